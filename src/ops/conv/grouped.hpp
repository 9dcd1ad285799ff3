// Convolutions whose groups are narrower than a vector.
#pragma once

#include "engine.hpp"

namespace copse::convolution {

/// Whether the loops of this file are faster than products of each group's columns.
template <class T>
bool grouped_suits(const Geometry& geometry);

template <class T>
std::shared_ptr<const Correlation<T>> grouped_correlation(const Geometry& geometry, Weights weights,
                                                          Epilogue epilogue);
template <class T>
std::shared_ptr<const KernelGradient<T>> grouped_kernel_gradient(const Geometry& geometry);

}  // namespace copse::convolution
