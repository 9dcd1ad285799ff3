// What the programs of ranks have beside the operations of the whole program.
#pragma once

#include "copse/comm/communicator.hpp"
#include "copse/core/primitive.hpp"
#include "placement.hpp"
#include "view_axes.hpp"

namespace copse::sharding {

/// So many arrays of one dtype on each rank; results are what those of all ranks combine to, in one exchange.
PrimitivePtr all_reduce(comm::CommunicatorPtr communicator, traits::Combination how, std::size_t arrays);

/// Parts of `placement` on each rank; the result is of the type `whole`, put together from them.
PrimitivePtr all_gather(comm::CommunicatorPtr communicator, Placement placement, ShapeDtype whole);

/// The same operand on each rank, added up; the result is the rank's part.
PrimitivePtr reduce_scatter(comm::CommunicatorPtr communicator, Placement placement);

/// A view whose result has the type `out`.
PrimitivePtr view(ViewAxes axes, ShapeDtype out);

}  // namespace copse::sharding
