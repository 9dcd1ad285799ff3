// The loops behind all convolutions, on pointers.
#pragma once

#include <cstdint>
#include <memory>

#include "../linalg/matmul.hpp"
#include "geometry.hpp"

namespace copse::convolution {

/// How a kernel's elements are found: as they lie, or turned around with input and output channels swapped.
enum class Weights { straight, turned };

/// y = the map of a geometry. One plan serves all calls.
template <class T>
class Correlation {
 public:
  virtual ~Correlation() = default;
  /// Elements of scratch memory for `run`.
  virtual std::int64_t workspace() const noexcept = 0;
  virtual void run(const T* x, const T* kernel, const T* bias, T* y, T* workspace) const = 0;
};

/// The gradient with respect to the kernel of a geometry's map from x to y.
template <class T>
class KernelGradient {
 public:
  virtual ~KernelGradient() = default;
  virtual std::int64_t workspace() const noexcept = 0;
  virtual void run(const T* x, const T* y, T* kernel, T* workspace) const = 0;
};

/// By the loops that suit a geometry.
template <class T>
std::shared_ptr<const Correlation<T>> correlation(const Geometry& geometry, Weights weights,
                                                  Epilogue epilogue);
template <class T>
std::shared_ptr<const KernelGradient<T>> kernel_gradient(const Geometry& geometry);

}  // namespace copse::convolution
