// How the options of a compiled function say that its arguments are divided over ranks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "copse/transform/jit.hpp"
#include "trace/partition/placement.hpp"

namespace copse::sharding {

/// Whether there are several ranks.
bool divides(const ShardOptions& shard);
/// Whether a program is divided: between processes always, between threads if it has `least_flops`.
bool worth_dividing(const ShardOptions& shard, const ir::Program& program);

/// The axis along which an array of an argument is divided, if it is.
std::optional<int> divided_axis(const ShardOptions& shard, std::size_t argument, const ShapeDtype& type);

/// How the arrays of a call are placed: their types, and which argument each is in. `extents` has each
/// process's extents of its parts, process by process; it is empty where arguments are given whole.
std::vector<Placement> placements_of(const ShardOptions& shard, std::span<const ShapeDtype> types,
                                     std::span<const std::uint8_t> arguments,
                                     std::span<const std::int64_t> extents);

/// The types of the whole arrays of which there are parts of these types.
std::vector<ShapeDtype> whole_types(std::vector<ShapeDtype> types, std::span<const Placement> placements);

/// The numbers of all processes, process by process. Each has as many.
std::vector<std::int64_t> gathered(std::span<const std::int64_t> mine, comm::Communicator& communicator);

}  // namespace copse::sharding
