#include "concatenation.hpp"
#include "copse/core/error.hpp"

#include <fmt/format.h>

#include <cstring>

namespace copse::passes {
namespace {

void place(const Part& part, const Shape& whole, std::size_t item, const std::byte* from, std::byte* to) {
  if (part.shape.elements() == 0) return;
  // Trailing dimensions that the part has in full are moved as one.
  int rank = whole.rank();
  std::int64_t run = 1;
  while (rank > 0 && part.shape[rank - 1] == whole[rank - 1]) run *= whole[--rank];
  std::int64_t index[max_rank] = {}, stride[max_rank] = {}, offset = 0;
  row_major_strides(whole, stride);
  for (int d = 0; d < rank; ++d) offset += part.low[static_cast<std::size_t>(d)] * stride[d];
  if (rank > 0) run *= part.shape[rank - 1];  // and the one before, as far as it goes
  const std::size_t bytes = static_cast<std::size_t>(run) * item;
  for (std::int64_t n = part.shape.elements() / run; n > 0; --n) {
    std::byte* const there = to + static_cast<std::size_t>(offset) * item;
    if (there != from) std::memcpy(there, from, bytes);
    from += bytes;
    for (int d = rank - 2; d >= 0; --d) {
      offset += stride[d];
      if (++index[d] < part.shape[d]) break;
      offset -= index[d] * stride[d];
      index[d] = 0;
    }
  }
}

// Whether the parts are all of the whole.
bool complete(const std::vector<Part>& parts, const Shape& whole) {
  std::int64_t covered = 0;
  for (const Part& p : parts) covered += p.shape.elements();
  return covered == whole.elements();
}

// The element of the whole at which a part begins, if it lies there without gaps: behind the first dimension
// in which there is more than one element, all must be there.
std::optional<std::int64_t> begin_of(const Part& p, const Shape& whole) {
  bool wide = false;
  std::int64_t offset = 0;
  for (int d = 0; d < whole.rank(); ++d) {
    if (wide && p.shape[d] != whole[d]) return std::nullopt;
    wide = wide || p.shape[d] > 1;
    offset = offset * whole[d] + p.low[static_cast<std::size_t>(d)];
  }
  return offset;
}

}  // namespace

bool apart(const Part& a, const Part& b) {
  for (std::size_t d = 0; d < a.low.size(); ++d) {
    const int axis = static_cast<int>(d);
    if (a.low[d] + a.shape[axis] <= b.low[d] || b.low[d] + b.shape[axis] <= a.low[d]) return true;
  }
  return false;
}

void Concatenate::infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const {
  if (in.size() != parts_.size()) throw InternalError("another number of operands than of parts");
  for (std::size_t n = 0; n < in.size(); ++n) {
    const Part& part = parts_[n];
    bool fits =
        in[n].dtype == whole_.dtype && in[n].shape == part.shape && part.shape.rank() == whole_.shape.rank();
    for (int d = 0; fits && d < whole_.shape.rank(); ++d) {
      const std::int64_t low = part.low[static_cast<std::size_t>(d)];
      fits = low >= 0 && low + part.shape[d] <= whole_.shape[d];
    }
    if (!fits)
      throw InternalError(
          fmt::format("part {} is {}, which is none of {} there", n, to_string(in[n]), to_string(whole_)));
  }
  out[0] = whole_;
}

std::optional<traits::Concatenation> Concatenate::concatenation(const ShapeDtype& out) const {
  traits::Concatenation found{complete(parts_, out.shape), {}};
  for (const Part& p : parts_) found.begins.push_back(begin_of(p, out.shape));
  return found;
}

std::unique_ptr<Kernel> Concatenate::prepare(std::span<const ShapeDtype>,
                                             std::span<const ShapeDtype> out) const {
  const Shape& whole = out[0].shape;
  return make_kernel([parts = parts_, whole, item = size_of(out[0].dtype), complete = complete(parts_, whole),
                      bytes = out[0].bytes()](const void* const* in, void* const* to) {
    if (!complete) std::memset(to[0], 0, bytes);
    for (std::size_t n = 0; n < parts.size(); ++n)
      place(parts[n], whole, item, static_cast<const std::byte*>(in[n]), static_cast<std::byte*>(to[0]));
  });
}

}  // namespace copse::passes
