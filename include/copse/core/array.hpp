// Array: an immutable n-dimensional value, either with data or with a place in a trace.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "copse/core/dtype.hpp"
#include "copse/core/error.hpp"
#include "copse/core/shape.hpp"

namespace copse {

/// What is known of an array without its values. `weak` marks the type of a bare scalar (see `promote`).
struct ShapeDtype {
  Shape shape;
  DType dtype = DType::float32;
  bool weak = false;

  PromotionType type() const noexcept { return {dtype, weak}; }
  /// Throws ShapeError where there are more than 64 bits can count.
  std::size_t bytes() const;
  friend bool operator==(const ShapeDtype&, const ShapeDtype&) = default;
};

/// `float32(2, 3)`.
std::string to_string(const ShapeDtype& type);

/// A C++ number that converts to a scalar array.
template <class T>
concept Scalar = std::is_arithmetic_v<T> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
                 !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t> &&
                 !std::same_as<T, long double>;

class Index;  // ops/indexing.hpp

namespace detail {
struct ArrayImpl;
struct Tracer;
/// How an array is made from another library's type. The interop headers specialise it.
template <class T>
struct FromForeign;
/// An array as an xtensor expression. Defined by copse/interop/xtensor.hpp, which has to be included for it.
template <class T>
struct XtensorView;
/// Throws ValueError for a number that no integer dtype holds.
[[noreturn]] void throw_beyond_int64(std::uint64_t number);
/// An integer as the widest that arrays hold.
template <Scalar T>
std::int64_t whole_number(T value) {
  if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::uint64_t))
    if (value > static_cast<T>(INT64_MAX)) throw_beyond_int64(value);
  return static_cast<std::int64_t>(value);
}
void retain(const ArrayImpl* impl) noexcept;
void release(const ArrayImpl* impl) noexcept;
}  // namespace detail

/// An immutable array: a dtype, a shape, and data in row-major order. Copying is O(1).
///
/// Inside a transform an array may stand for a value that is not known yet; asking for the value then throws
/// ConcretizationError. An array made by the default constructor, or moved from, has no value: it is what
/// trees call Nothing, and using it throws ValueError.
class Array {
 public:
  Array() noexcept = default;
  /// A weakly typed scalar, as a bare number is in JAX: it takes the dtype of what it meets.
  /// Integers are int32 (int64 if they need it), floating-point numbers float32. Throws ValueError for a
  /// number beyond int64.
  template <Scalar T>
  Array(T value) : Array(scalar(value)) {}
  /// From an expression of another library, such as `Array(eigen_matrix * 2)`: see copse/interop. What is
  /// moved in lends its memory where it can.
  template <class E>
    requires requires(E&& e) { detail::FromForeign<std::remove_cvref_t<E>>::array(std::forward<E>(e)); }
  explicit Array(E&& expression)
      : Array(detail::FromForeign<std::remove_cvref_t<E>>::array(std::forward<E>(expression))) {}

  Array(const Array& other) noexcept : impl_(other.impl_) {
    if (impl_) detail::retain(impl_);
  }
  Array(Array&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  Array& operator=(const Array& other) noexcept {
    Array copy(other);
    std::swap(impl_, copy.impl_);
    return *this;
  }
  Array& operator=(Array&& other) noexcept {
    Array moved(std::move(other));
    std::swap(impl_, moved.impl_);
    return *this;
  }
  ~Array() {
    if (impl_) detail::release(impl_);
  }

  /// Whether there is a value at all (known or in a trace).
  bool has_value() const noexcept { return impl_ != nullptr; }

  const ShapeDtype& type() const;
  const Shape& shape() const { return type().shape; }
  /// A dimension; negative axes count from the end.
  std::int64_t shape(int axis) const { return type().shape[axis]; }
  DType dtype() const { return type().dtype; }
  /// Whether the dtype is that of a bare scalar, which gives way to others in promotion.
  bool weak_type() const { return type().weak; }
  int ndim() const { return type().shape.rank(); }
  /// Number of elements.
  std::int64_t size() const;
  std::size_t nbytes() const;

  /// The only element, converted to T. Throws ShapeError unless there is exactly one.
  template <Scalar T>
  T item() const {
    return dispatch(dtype(), [&]<class E>() {
      return static_cast<T>(static_cast<Wide<T, E>>(*static_cast<const E*>(element(nullptr, 0))));
    });
  }
  /// The element at an index; negative indices count from the end.
  template <Scalar T>
  T item(std::initializer_list<std::int64_t> index) const {
    return dispatch(dtype(), [&]<class E>() {
      return static_cast<T>(
          static_cast<Wide<T, E>>(*static_cast<const E*>(element(index.begin(), index.size()))));
    });
  }

  /// The elements in row-major order, valid while an array that shares them lives. Throws DTypeError if T is
  /// not the element type, ConcretizationError if the values are not known.
  template <Element T>
  std::span<const T> span() const {
    require_dtype(dtype_of<T>);
    return {static_cast<const T*>(raw()), static_cast<std::size_t>(size())};
  }
  template <Element T>
  const T* data() const {
    return span<T>().data();
  }
  /// The elements as an xtensor expression, without a copy; it keeps them alive. Needs
  /// copse/interop/xtensor.hpp. Throws as `span` does.
  template <Element T>
  auto view() const {
    return detail::XtensorView<T>::of(*this);
  }
  /// The elements converted to T, in row-major order.
  template <Scalar T>
  std::vector<T> to_vector() const {
    auto out =
        detail::guard_memory("to_vector", [&] { return std::vector<T>(static_cast<std::size_t>(size())); });
    dispatch(dtype(), [&]<class E>() {
      const E* from = static_cast<const E*>(raw());
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<T>(static_cast<Wide<T, E>>(from[i]));
    });
    return out;
  }
  /// The untyped elements.
  const void* raw() const;

  /// Whether the value is unknown at this place of a trace, so that asking for it would throw.
  bool is_abstract() const;

  /// NumPy's indexing, `x[2]`, `x[Slice{1, 3}]` or `x[{0, ellipsis, mask}]`: `index` of ops/indexing.hpp,
  /// which has to be included for it.
  Array operator[](const Index& item) const;
  Array operator[](std::initializer_list<Index> items) const;

  /// True if the only element is not zero: lets a concrete comparison steer control flow.
  explicit operator bool() const { return item<bool>(); }

  /// For the layers above: takes over one reference.
  explicit Array(detail::ArrayImpl* impl) noexcept : impl_(impl) {}
  detail::ArrayImpl* impl() const noexcept { return impl_; }
  /// The place in a trace, or null if this is plain data.
  const detail::Tracer* tracer() const noexcept;

  /// As NumPy prints it: see `to_string(const Array&)`.
  friend std::ostream& operator<<(std::ostream& out, const Array& x);

 private:
  // bfloat16 converts through float only.
  template <class T, class E>
  using Wide = std::conditional_t<std::same_as<E, bfloat16>, float, E>;

  static Array scalar(bool value);
  static Array scalar(std::int64_t value);
  static Array scalar(double value);
  template <Scalar T>
  static Array scalar(T value) {
    if constexpr (std::same_as<T, bool>)
      return scalar(value);
    else if constexpr (std::is_integral_v<T>)
      return scalar(detail::whole_number(value));
    else
      return scalar(static_cast<double>(value));
  }
  const void* element(const std::int64_t* index, std::size_t count) const;
  void require_dtype(DType wanted) const;

  detail::ArrayImpl* impl_ = nullptr;
};

/// The elements as NumPy prints them: in columns, shortened to the ends of each dimension if there are more
/// than 1000. What is not known inside a transform is printed as its type, an array without a value as
/// `Nothing`.
std::string to_string(const Array& x);
std::ostream& operator<<(std::ostream& out, DType dtype);
std::ostream& operator<<(std::ostream& out, const Shape& shape);
std::ostream& operator<<(std::ostream& out, const ShapeDtype& type);

// Arrays are leaves of trees; one without a value is Nothing. Declared here, next to the type, so that no two
// parts of a program can see it differently.
template <class T>
struct LeafTraits;
template <>
struct LeafTraits<Array> {
  static constexpr bool leaf = true;
  static bool is_nothing(const Array& a) noexcept { return !a.has_value(); }
  static void make_nothing(Array& a) noexcept { a = Array(); }
  /// The same dtype, shape and elements; a nan is equal to itself. Arrays in a trace are equal to themselves
  /// alone.
  static bool equal(const Array& a, const Array& b);
  /// The same dtype and shape, and all elements close.
  static bool close(const Array& a, const Array& b, double rtol, double atol);
  static std::size_t hash(const Array& a);
  static std::string dtype(const Array& a);
  static std::string shape(const Array& a);
  static std::size_t bytes(const Array& a) { return a.nbytes(); }
};

namespace detail {

/// A block of memory shared by arrays. Comes from a cache of blocks, or is borrowed from an owner.
class Buffer;

/// New uninitialised memory for an array; throws Error naming the size when there is not enough.
Array allocate(const ShapeDtype& type);
/// The memory to fill. Only for an array that was just allocated and that nobody else has seen.
void* mutable_data(const Array& array);
/// The same data under another type of the same size (a reshape, or a change of `weak`).
Array alias(const Array& array, const ShapeDtype& type);
/// Memory that somebody else owns, kept alive by `owner`.
Array borrow(const void* data, const ShapeDtype& type, std::shared_ptr<const void> owner);
/// Whether nobody else holds this array nor its memory, so that the memory may be reused.
bool is_sole_owner(const Array& array) noexcept;
/// The number that a weak scalar was made from, exactly. Only for concrete weak scalars.
double exact_scalar(const Array& array);

/// Counts of memory requests, for tests: how many blocks came from the system, and bytes in use now and at
/// most.
struct MemoryStats {
  std::int64_t system_allocations = 0;
  std::int64_t bytes_in_use = 0;
  std::int64_t peak_bytes = 0;
};
MemoryStats memory_stats() noexcept;
void reset_peak_memory() noexcept;

}  // namespace detail
}  // namespace copse

extern template class std::vector<copse::Array>;
