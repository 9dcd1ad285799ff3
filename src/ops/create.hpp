// Primitives without inputs. A trace records them as what they are instead of keeping their elements.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

#include "copse/core/primitive.hpp"

namespace copse::create {

/// One value everywhere.
struct FullParams {
  ShapeDtype type;
  std::array<std::byte, 8> value{};  ///< the element, as stored

  template <Element T>
  T as() const {
    T element;
    std::memcpy(&element, value.data(), sizeof element);
    return element;
  }
  friend bool operator==(const FullParams&, const FullParams&) = default;
};

/// 0, 1, 2, ... in one dimension.
struct IotaParams {
  std::int64_t size;
  DType dtype;

  friend bool operator==(const IotaParams&, const IotaParams&) = default;
};

/// An array of `type` that holds one element everywhere; `element` is of the dtype.
Array full_of(const ShapeDtype& type, const void* element);

}  // namespace copse::create
