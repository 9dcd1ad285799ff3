#include "transform/jit_sharding.hpp"

#include "trace/control/derive.hpp"

namespace copse::sharding {

bool divides(const ShardOptions& shard) { return shard.communicator && shard.communicator->size() > 1; }

bool worth_dividing(const ShardOptions& shard, const ir::Program& program) {
  return divides(shard) &&
         (!shard.communicator->is_local() || control::flops_of(program) >= shard.least_flops);
}

std::optional<int> divided_axis(const ShardOptions& shard, std::size_t argument, const ShapeDtype& type) {
  if (!divides(shard) || argument >= shard.in_axes.size() || !shard.in_axes[argument]) return std::nullopt;
  const int rank = type.shape.rank(), given = *shard.in_axes[argument],
            axis = given < 0 ? given + rank : given;
  return axis < 0 || axis >= rank ? std::nullopt : std::optional(axis);
}

std::vector<Placement> placements_of(const ShardOptions& shard, std::span<const ShapeDtype> types,
                                     std::span<const std::uint8_t> arguments,
                                     std::span<const std::int64_t> extents) {
  std::vector<Placement> placements;
  std::size_t divided = 0;
  const std::size_t parts = divides(shard) ? static_cast<std::size_t>(shard.communicator->size()) : 1;
  for (std::size_t i = 0; i < types.size(); ++i) {
    Placement& placement = placements.emplace_back();
    const auto axis = divided_axis(shard, arguments[i], types[i]);
    if (!axis) continue;
    Starts starts{0};
    if (extents.empty())
      starts = even_parts(types[i].shape[*axis], static_cast<int>(parts));
    else
      for (std::size_t r = 0; r < parts; ++r)
        starts.push_back(starts.back() + extents[r * extents.size() / parts + divided]);
    ++divided;
    placement = Placement::divided(*axis, std::move(starts));
  }
  return placements;
}

std::vector<ShapeDtype> whole_types(std::vector<ShapeDtype> types, std::span<const Placement> placements) {
  for (std::size_t i = 0; i < types.size(); ++i)
    if (const Placement& placement = placements[i]; placement.is_divided())
      types[i].shape[placement.axis] = placement.starts.back();
  return types;
}

std::vector<std::int64_t> gathered(std::span<const std::int64_t> mine, comm::Communicator& communicator) {
  const auto ranks = static_cast<std::size_t>(communicator.size());
  const std::vector<std::int64_t> counts(ranks, static_cast<std::int64_t>(mine.size()));
  std::vector<std::int64_t> all(ranks * mine.size());
  communicator.all_gather(mine.data(), all.data(), counts, DType::int64);
  return all;
}

}  // namespace copse::sharding
