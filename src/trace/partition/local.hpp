// The program that a rank runs.
#pragma once

#include "copse/comm/communicator.hpp"
#include "copse/trace/partition.hpp"
#include "plan.hpp"

namespace copse::sharding {

/// The program of the rank of `communicator`. Its inputs are what the plan says a rank is given, its outputs
/// placed as in the plan. What the ranks exchange is added to `listing` unless that is null.
ir::Program local_program(const Plan& plan, const comm::CommunicatorPtr& communicator,
                          Communication* listing = nullptr);

}  // namespace copse::sharding
