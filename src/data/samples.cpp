#include "copse/data/samples.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/key.hpp"
#include "copse/random/samplers.hpp"
#include "io/file.hpp"

namespace copse::data {

std::int64_t common_length(const char* function, std::span<const NamedColumn> columns) {
  if (columns.empty())
    throw ValueError(fmt::format("{}: there are no samples: no array has a value", function));
  for (const auto& [name, array] : columns) {
    if (array.ndim() == 0) {
      throw ShapeError(fmt::format("{}: {} is {}, wanted samples along the first axis", function, name,
                                   to_string(array.type())));
    }
  }
  const auto& [first_name, first] = columns.front();
  for (const auto& [name, array] : columns) {
    if (array.shape(0) != first.shape(0)) {
      throw ShapeError(fmt::format("{}: {} has {} samples, {} has {}: {} and {}", function, first_name,
                                   first.shape(0), name, array.shape(0), to_string(first.type()),
                                   to_string(array.type())));
    }
  }
  return first.shape(0);
}

Array gather(const Array& column, std::span<const std::int64_t> positions) {
  Shape shape = column.shape();
  const std::int64_t all = shape[0];
  const auto count = static_cast<std::int64_t>(positions.size());
  for (const std::int64_t p : positions) {
    if (p < 0 || p >= all) throw ShapeError(fmt::format("gather: sample {} of {}", p, all));
  }
  shape[0] = count;
  Array out = detail::allocate({shape, column.dtype()});
  if (out.nbytes() == 0) return out;
  const std::size_t bytes = out.nbytes() / positions.size();
  const auto* from = static_cast<const char*>(column.raw());
  auto* to = static_cast<char*>(detail::mutable_data(out));
  const auto grain = static_cast<std::int64_t>((std::size_t{1} << 18) / bytes + 1);
  // Looking at a mapped file would make far more than a row of it resident.
  const io::FilePlace file = io::place_in_file(from);
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::size_t at = static_cast<std::size_t>(positions[static_cast<std::size_t>(i)]) * bytes;
      char* row = to + static_cast<std::size_t>(i) * bytes;
      if (file.handle < 0 || !file.read(at, row, bytes)) std::memcpy(row, from + at, bytes);
    }
  });
  return out;
}

Array rows(const Array& column, std::int64_t begin, std::int64_t end) {
  if (begin == 0 && end == column.shape(0)) return column;
  if (!column.is_abstract() && column.nbytes() > 0 && begin >= 0 && begin < end && end <= column.shape(0)) {
    const io::FilePlace file = io::place_in_file(column.raw());
    if (file.handle >= 0) {
      Shape shape = column.shape();
      const std::size_t bytes = column.nbytes() / static_cast<std::size_t>(shape[0]);
      shape[0] = end - begin;
      Array out = detail::allocate({shape, column.dtype()});
      if (file.read(static_cast<std::size_t>(begin) * bytes, detail::mutable_data(out), out.nbytes()))
        return out;
    }
  }
  return slice_in_dim(column, begin, end);
}

Array join(const char* function, std::span<const Array> parts) {
  for (const Array& part : parts) {
    if (part.ndim() == 0) {
      throw ShapeError(fmt::format("{}: a batch gave {}, wanted samples along the first axis", function,
                                   to_string(part.type())));
    }
  }
  return concatenate(parts);
}

std::vector<std::int64_t> epoch_order(std::int64_t n, bool shuffle, std::int64_t seed,
                                      std::int64_t epoch) try {
  if (shuffle) {
    // A stream of its own: the seed's others initialise and train.
    constexpr std::int64_t purpose = 0x64617461;
    const Key key = random::fold_in(random::fold_in(random::key(seed), purpose), epoch);
    return random::permutation(key, n).to_vector<std::int64_t>();
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("shuffling");
}

std::int64_t split_position(const char* function, std::int64_t n, double fraction) {
  const auto first = static_cast<std::int64_t>(std::floor(static_cast<double>(n) * (1.0 - fraction) + 1e-9));
  if (!(fraction > 0.0 && fraction < 1.0) || first == 0 || first == n) {
    throw ValueError(
        fmt::format("{}: a fraction of {} of {} samples: both parts need samples", function, fraction, n));
  }
  return first;
}

}  // namespace copse::data
