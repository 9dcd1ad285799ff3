#include <functional>
#include <string_view>

#include "copse/core/array.hpp"

namespace copse {

bool LeafTraits<Array>::equal(const Array& a, const Array& b) {
  if (a.impl() == b.impl()) return true;
  if (!a.has_value() || !b.has_value()) return false;
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  if (a.is_abstract() || b.is_abstract()) return false;
  return dispatch(a.dtype(), [&]<class T>() {
    const T *x = static_cast<const T*>(a.raw()), *y = static_cast<const T*>(b.raw());
    for (std::int64_t i = 0, n = a.size(); i < n; ++i)
      if (!(x[i] == y[i]) && !(x[i] != x[i] && y[i] != y[i])) return false;
    return true;
  });
}

std::size_t LeafTraits<Array>::hash(const Array& a) {
  if (!a.has_value()) return 0;
  if (a.is_abstract()) return std::hash<const void*>()(a.impl());
  std::size_t h = std::hash<std::string>()(to_string(ShapeDtype{a.shape(), a.dtype(), false}));
  dispatch(a.dtype(), [&]<class T>() {
    const T* x = static_cast<const T*>(a.raw());
    for (std::int64_t i = 0, n = a.size(); i < n; ++i) {
      // Zeros are equal whatever their sign, and all nans are.
      const double value = static_cast<double>(x[i]);
      h = h * 1099511628211u ^ (value == 0 || value != value ? value != value : std::hash<double>()(value));
    }
  });
  return h;
}

std::string LeafTraits<Array>::dtype(const Array& a) { return std::string(name_of(a.dtype())); }
std::string LeafTraits<Array>::shape(const Array& a) { return to_string(a.shape()); }

}  // namespace copse
