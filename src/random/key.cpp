#include "copse/random/key.hpp"

#include <fmt/format.h>

#include <ostream>

#include "check.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "threefry.hpp"

namespace copse {

Key Key::operator[](std::int64_t index) const {
  if (!data.has_value()) throw KeyError("Key: an array of keys was indexed that has no value");
  const Shape& shape = data.shape();
  if (shape.rank() < 2)
    throw ShapeError(
        fmt::format("Key: data of shape {} is one key, wanted several to index", to_string(shape)));
  const std::int64_t at = index < 0 ? index + shape[0] : index;
  if (at < 0 || at >= shape[0])
    throw ShapeError(
        fmt::format("Key: index {} is out of range for data of shape {}", index, to_string(shape)));
  std::vector<std::int64_t> start(shape.size(), 0), limit = shape.to_vector();
  start[0] = at;
  limit[0] = at + 1;
  Shape rest = shape;
  rest.erase(0);
  return {reshape(slice(data, start, limit), rest)};
}

std::ostream& operator<<(std::ostream& out, const Key& key) {
  const Array& data = key.data;
  if (!data.has_value() || data.is_abstract() || data.shape() != Shape{2})
    return out << "Key(" << to_string(data) << ")";
  return out << "Key(" << data.item<std::int64_t>({0}) << ", " << data.item<std::int64_t>({1}) << ")";
}

namespace random {
namespace {

// The low 32 bits of an integer scalar.
Array word(const Array& x, const char* function) {
  if (!is_integer(x.dtype()))
    throw DTypeError(fmt::format("{}: got {}, wanted an integer", function, name_of(x.dtype())));
  if (x.size() != 1)
    throw ShapeError(fmt::format("{}: got shape {}, wanted a scalar", function, to_string(x.shape())));
  return reshape(astype(x, DType::uint32), Shape{});
}

}  // namespace

const Array& checked(const Key& key, const char* function) {
  const Array& data = key.data;
  if (!data.has_value())
    throw KeyError(fmt::format("{}: the key has no value; make one with random::key(seed)", function));
  if (data.dtype() != DType::uint32)
    throw DTypeError(fmt::format("{}: the key is {}, wanted uint32 as random::key(seed) gives", function,
                                 name_of(data.dtype())));
  if (data.shape() != Shape{2})
    throw ShapeError(
        fmt::format("{}: the key has shape {}, wanted (2,){}", function, to_string(data.shape()),
                    data.ndim() > 1 && data.shape(-1) == 2 ? "; map over several keys with vmap" : ""));
  return data;
}

Key key(std::int64_t seed) {
  const std::uint32_t words[] = {0, static_cast<std::uint32_t>(static_cast<std::uint64_t>(seed))};
  return {array(std::span<const std::uint32_t>(words), {2})};
}

Key key(const Array& seed) {
  const Array low = word(seed, "key");
  return {stack({zeros_like(low), low})};
}

Key split(const Key& key, std::int64_t n) {
  const Array& data = checked(key, "split");
  if (n < 0) throw ValueError(fmt::format("split: got n = {}, wanted 0 or more", n));
  return {threefry_blocks(data, arange(n, DType::uint32))};
}

Key fold_in(const Key& key, std::int64_t data) {
  const auto low = static_cast<std::uint32_t>(static_cast<std::uint64_t>(data));
  return {threefry_blocks(checked(key, "fold_in"), array(std::span<const std::uint32_t>(&low, 1), {}))};
}

Key fold_in(const Key& key, const Array& data) {
  return {threefry_blocks(checked(key, "fold_in"), word(data, "fold_in"))};
}

}  // namespace random
}  // namespace copse
