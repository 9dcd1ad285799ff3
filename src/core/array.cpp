#include "copse/core/array.hpp"

#include <fmt/format.h>

#include <limits>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define COPSE_HAS_SINGLE_THREADED
#endif

#include "array_impl.hpp"
#include "concrete.hpp"
#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
#include "memory_limit.hpp"

namespace copse {
namespace detail {

namespace {

// Whether this process has never had a second thread: then counting needs no atomic read-modify-write, which
// is most of what copying an array costs.
bool only_thread() noexcept {
#if defined(COPSE_HAS_SINGLE_THREADED)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

}  // namespace

void retain(const ArrayImpl* impl) noexcept {
  if (only_thread())
    impl->references.store(impl->references.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  else
    impl->references.fetch_add(1, std::memory_order_relaxed);
}

void release(const ArrayImpl* impl) noexcept {
  // A sole owner needs none either.
  const auto owners = impl->references.load(std::memory_order_acquire);
  if (owners == 1)
    delete impl;
  else if (only_thread())
    impl->references.store(owners - 1, std::memory_order_relaxed);
  else if (impl->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete impl;
}

namespace {

Array make(const ShapeDtype& type, Buffer* buffer) {
  auto impl = std::make_unique<ArrayImpl>();
  impl->type = type;
  impl->buffer = buffer;
  return Array(impl.release());
}

// "4.0 TB".
std::string readable(double bytes) {
  const char* const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
  int unit = 0;
  for (; bytes >= 1000 && unit < 6; ++unit) bytes /= 1000;
  return fmt::format("{:.{}f} {}", bytes, unit ? 1 : 0, units[unit]);
}

}  // namespace

OutOfMemory::OutOfMemory(const ShapeDtype& wanted, std::int64_t in_use, std::int64_t limit)
    : MemoryError(fmt::format(
          "out of memory: an array of type {} takes {}, and arrays use {} of {} already; make it "
          "smaller, or compute it in parts",
          to_string(wanted),
          readable(static_cast<double>(wanted.shape.elements()) * static_cast<double>(size_of(wanted.dtype))),
          readable(static_cast<double>(in_use)), readable(static_cast<double>(limit)))) {}

OutOfMemory OutOfMemory::in(std::string_view function, std::span<const Array> inputs) const {
  if (!std::string_view(what()).starts_with("out of memory")) return *this;  // an inner function has said it
  std::string types;
  for (const Array& x : inputs) types += (types.empty() ? "" : ", ") + to_string(x.type());
  return OutOfMemory(fmt::format("{}({}): {}", function, types, what()));
}

Array allocate(const ShapeDtype& type) {
  const std::int64_t elements = type.shape.elements();
  const auto refuse = [&] { throw OutOfMemory(type, memory_stats().bytes_in_use, memory_limit()); };
  if (elements > std::numeric_limits<std::int64_t>::max() / 16) (void)type.bytes();  // throws
  const std::size_t bytes = static_cast<std::size_t>(elements) * size_of(type.dtype);
  Array array = make(type, nullptr);
  ArrayImpl& impl = *array.impl();
  impl.elements = elements;
  if (bytes <= sizeof impl.small) {
    impl.data = impl.small;
  } else {
    impl.buffer = Buffer::allocate(bytes);
    if (!impl.buffer) refuse();
    impl.data = impl.buffer->data();
  }
  return array;
}

void* mutable_data(const Array& array) { return array.impl()->data; }

Array alias(const Array& array, const ShapeDtype& type) {
  const Array& from = concrete(array, "reshape");
  const ArrayImpl& source = *from.impl();
  Array result = make(type, source.buffer);
  ArrayImpl& impl = *result.impl();
  // Memory that is lent for a result may have held elements of another size.
  impl.elements = source.type.dtype == type.dtype ? source.elements : type.shape.elements();
  impl.exact = source.exact;
  if (source.buffer) {
    source.buffer->retain();
    impl.data = source.data;
  } else {
    std::memcpy(impl.small, source.small, sizeof impl.small);
    impl.data = impl.small;
  }
  return result;
}

Array borrow(const void* data, const ShapeDtype& type, std::shared_ptr<const void> owner) {
  const std::int64_t elements = type.shape.elements();
  Array array = make(type, Buffer::borrow(data, type.bytes(), std::move(owner)));
  array.impl()->elements = elements;
  array.impl()->data = const_cast<void*>(data);
  return array;
}

bool is_sole_owner(const Array& array) noexcept {
  const ArrayImpl* impl = array.impl();
  return impl && !impl->tracer && impl->references.load(std::memory_order_acquire) == 1 && impl->buffer &&
         !impl->buffer->shared() && !impl->buffer->borrowed();
}

double exact_scalar(const Array& array) {
  const ArrayImpl& impl = *concrete(array, "a bare number").impl();
  // Only what was made from a number remembers it; for the result of a computation the element is all there
  // is.
  return dispatch(impl.type.dtype, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      const T stored = *static_cast<const T*>(impl.data);
      return static_cast<T>(impl.exact) == stored ? impl.exact : static_cast<double>(stored);
    } else {
      return impl.exact;
    }
  });
}

void throw_beyond_int64(std::uint64_t number) {
  throw ValueError(fmt::format("Array: int64, the widest dtype of integers, cannot hold {}", number));
}

void throw_moved_from(const char* what) {
  throw ValueError(
      fmt::format("{}: it was used after it had been moved from; use the one that it was moved "
                  "to, or put a new one in its place",
                  what));
}

Array make_tracer(const ShapeDtype& type, Tracer tracer) {
  (void)type.bytes();  // refuses what could never be computed
  Array array = make(type, nullptr);
  array.impl()->elements = type.shape.elements();
  array.impl()->tracer = std::make_unique<Tracer>(std::move(tracer));
  return array;
}

}  // namespace detail

std::size_t ShapeDtype::bytes() const {
  const std::int64_t elements = shape.elements();
  if (elements > std::numeric_limits<std::int64_t>::max() / 16)
    throw ShapeError(
        fmt::format("Shape: an array of type {} has more bytes than 64 bits can count", to_string(*this)));
  return static_cast<std::size_t>(elements) * size_of(dtype);
}

std::string to_string(const ShapeDtype& type) {
  return fmt::format("{}{}", name_of(type.dtype), to_string(type.shape));
}

const ShapeDtype& Array::type() const {
  if (!impl_)
    throw ValueError(
        "an array without a value was used: it was never initialised, was filtered out of a tree, or was "
        "moved from "
        "(donated)");
  return impl_->type;
}

std::int64_t Array::size() const { return (void)type(), impl_->elements; }
std::size_t Array::nbytes() const { return static_cast<std::size_t>(size()) * size_of(dtype()); }
const detail::Tracer* Array::tracer() const noexcept { return impl_ ? impl_->tracer.get() : nullptr; }

bool Array::is_abstract() const {
  const Array* at = this;
  while (const detail::Tracer* tracer = at->tracer()) {
    if (!tracer->value.has_value() || !tracer->trace->knows_values()) return true;
    at = &tracer->value;
  }
  return false;
}

const void* Array::raw() const {
  (void)type();
  return detail::concrete(*this, "reading elements", detail::without_elements).impl()->data;
}

Array Array::scalar(bool value) {
  Array array = detail::allocate({{}, DType::bool_, false});
  *static_cast<bool*>(detail::mutable_data(array)) = value;
  return array;
}

Array Array::scalar(std::int64_t value) {
  const bool small =
      value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
  Array array = detail::allocate({{}, small ? DType::int32 : DType::int64, true});
  void* data = detail::mutable_data(array);
  if (small)
    *static_cast<std::int32_t*>(data) = static_cast<std::int32_t>(value);
  else
    *static_cast<std::int64_t*>(data) = value;
  array.impl_->exact = static_cast<double>(value);
  return array;
}

Array Array::scalar(double value) {
  Array array = detail::allocate({{}, DType::float32, true});
  *static_cast<float*>(detail::mutable_data(array)) = static_cast<float>(value);
  array.impl_->exact = value;
  return array;
}

const void* Array::element(const std::int64_t* index, std::size_t count) const {
  const Shape& dims = shape();
  std::int64_t offset = 0;
  if (!index) {
    if (size() != 1)
      throw ShapeError(
          fmt::format("item: the array has shape {}, wanted exactly one element", to_string(dims)));
  } else {
    if (count != dims.size())
      throw ShapeError(fmt::format("item: got {} indices for an array of shape {}", count, to_string(dims)));
    for (int i = 0; i < dims.rank(); ++i) {
      const std::int64_t at = index[i] < 0 ? index[i] + dims[i] : index[i];
      if (at < 0 || at >= dims[i])
        throw ShapeError(fmt::format("item: index {} is out of range for dimension {} of {}", index[i], i,
                                     to_string(dims)));
      offset = offset * dims[i] + at;
    }
  }
  // `if (x > 0)` comes here as item<bool>().
  const bool steers = !index && dtype() == DType::bool_;
  const Array& known = steers ? detail::concrete(*this, "conversion to bool")
                              : detail::concrete(*this, "item", detail::without_elements);
  const void* const data = known.impl()->data;
  return static_cast<const std::byte*>(data) + static_cast<std::size_t>(offset) * size_of(dtype());
}

void Array::require_dtype(DType wanted) const {
  if (dtype() != wanted)
    throw DTypeError(fmt::format("the elements are {}, but were asked for as {}; convert with astype",
                                 name_of(dtype()), name_of(wanted)));
}

}  // namespace copse

template class std::vector<copse::Array>;
