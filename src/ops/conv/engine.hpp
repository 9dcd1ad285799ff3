// The loops behind all convolutions, on pointers.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "../linalg/matmul.hpp"
#include "geometry.hpp"

namespace copse::convolution {

/// How a kernel's elements are found: as they lie, or turned around with input and output channels swapped.
enum class Weights { straight, turned };

/// y = the map of a geometry. One plan serves all calls.
template <class T>
class Correlation {
 public:
  Correlation(const Geometry& geometry, Weights weights, Epilogue epilogue);
  ~Correlation();
  /// Elements of scratch memory for `run`.
  std::int64_t workspace() const noexcept;
  void run(const T* x, const T* kernel, const T* bias, T* y, T* workspace) const;

 private:
  struct Part;
  Geometry geometry_;
  Weights weights_;
  Epilogue epilogue_;
  std::vector<Part> parts_;
};

/// The gradient with respect to the kernel of a geometry's map from x to y.
template <class T>
class KernelGradient {
 public:
  explicit KernelGradient(const Geometry& geometry);
  ~KernelGradient();
  std::int64_t workspace() const noexcept;
  void run(const T* x, const T* y, T* kernel, T* workspace) const;

 private:
  struct Plan;
  std::unique_ptr<const Plan> plan_;
};

/// Whether the two below are faster than the two above: groups are narrower than a vector.
template <class T>
bool grouped_suits(const Geometry& geometry);

/// `Correlation` for narrow groups.
template <class T>
class GroupedCorrelation {
 public:
  GroupedCorrelation(const Geometry& geometry, Weights weights, Epilogue epilogue);
  ~GroupedCorrelation();
  std::int64_t workspace() const noexcept;
  void run(const T* x, const T* kernel, const T* bias, T* y, T* workspace) const;

 private:
  struct Part;
  Geometry geometry_;
  Weights weights_;
  Epilogue epilogue_;
  std::vector<Part> parts_;
  std::int64_t workspace_ = 0;
};

/// `KernelGradient` for narrow groups.
template <class T>
class GroupedKernelGradient {
 public:
  explicit GroupedKernelGradient(const Geometry& geometry);
  ~GroupedKernelGradient();
  std::int64_t workspace() const noexcept;
  void run(const T* x, const T* y, T* kernel, T* workspace) const;

 private:
  struct Plan;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace copse::convolution
