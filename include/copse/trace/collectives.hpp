// Collectives by the name of an axis: what the elements of a vmap, or the ranks of an spmd, do together.
//
//     vmap([](const Array& x) { return x / psum(x, "i"); }, {.axis_name = "i"})
//     spmd([](const Array& x) { return x / psum(x, "i"); }, "i", comm::mpi())
//
// They are those of jax.lax, with derivatives of any order: the transpose of psum is psum, that of all_gather
// is psum_scatter. Each throws ValueError where there is no axis of that name. Under spmd all ranks must call
// the same ones in the same order; a compiled function does, each once, in its order.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// The sum over the axis, of the dtype of x; bools are counted in int32. A value that does not
/// depend on the axis is multiplied by the axis's size.
Array psum(const Array& x, std::string_view axis);
/// psum(x) / axis_size.
Array pmean(const Array& x, std::string_view axis);
/// The largest over the axis; a gradient is divided equally among those that have it.
Array pmax(const Array& x, std::string_view axis);
Array pmin(const Array& x, std::string_view axis);

namespace detail {
enum class Combine : std::uint8_t { sum, mean, max, min };
/// psum, pmean, pmax or pmin of each array. Over ranks small ones of a dtype go together, in one collective.
std::vector<Array> combine_all(const std::vector<Array>& arrays, std::string_view axis, Combine how);
}  // namespace detail

/// How parts are put together and divided.
struct PartsOptions {
  int axis = 0;        ///< of the array: the one of the parts; negative ones count from the end
  bool tiled = false;  ///< whether parts lie along an axis that x has already
};

/// All x, along a new axis in front, or where `options` says: at .axis of the result; with .tiled one behind
/// the other along .axis of x. Throws ShapeError if there is no such axis.
Array all_gather(const Array& x, std::string_view axis, const PartsOptions& options = {});

/// Of the sum over the axis the part that belongs to this place: its element along .axis of x, which must be
/// as long as the axis; with .tiled one of as many equal parts of it. Throws ShapeError for another length.
Array psum_scatter(const Array& x, std::string_view axis, const PartsOptions& options = {});

/// x of the place that a pair (source, destination) brings here; zeros where none does. Throws ValueError for
/// a place that is none, or that is twice a source or twice a destination.
Array ppermute(const Array& x, std::string_view axis, const std::vector<std::pair<int, int>>& pairs);

/// This place along the axis, from 0: int32.
Array axis_index(std::string_view axis);
/// How many there are.
std::int64_t axis_size(std::string_view axis);

}  // namespace copse
