#include "checks.hpp"
#include "copse/comm/threads.hpp"
#include "copse/transform/jit.hpp"

namespace tables {
namespace {

// Three ranks: parts are uneven for most extents, and empty for some.
const comm::Group& ranks() {
  static const comm::Group three = comm::threads(3);
  return three;
}

// The call by all ranks, with the inputs that are chosen divided along an axis.
Arrays divided(const Call& f, const Arrays& inputs, const std::vector<bool>& chosen, int axis) {
  const auto call = [&](const Arrays& whole, const Arrays& parts) {
    Arrays in;
    std::size_t next[2] = {};
    for (const bool part : chosen) in.push_back((part ? parts : whole)[next[part]++]);
    return f(in);
  };
  Arrays lists[2];
  for (std::size_t i = 0; i < inputs.size(); ++i) lists[chosen[i]].push_back(inputs[i]);
  return jit(call, {.shard = {.in_axes = {std::nullopt, axis}, .communicator = ranks(), .least_flops = 0}})(
      lists[0], lists[1]);
}

}  // namespace

void check_divided(const Row& row, Report& report) {
  if (row.needs_values) return;
  const DType dtype = contains(row.types, DType::float32) ? DType::float32 : DType::int32;
  if (!contains(row.types, dtype)) return;
  for (const Sample& sample : row.samples()) {
    if (!contains(sample.types, dtype)) continue;
    const Arrays inputs = make(sample.inputs, dtype);
    Arrays wanted;
    try {
      wanted = row.call(inputs);
    } catch (const std::exception&) {
      continue;  // what has no value is check_golden's subject
    }
    const auto check = [&](const std::vector<bool>& chosen, int axis, const std::string& which) {
      const std::string what = "divided, " + sample.label + ", " + which + " along " + std::to_string(axis);
      report.run(what, [&] {
        report.add(what, difference(divided(row.call, inputs, chosen, axis), wanted, row.tolerance));
      });
    };
    int most = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      std::vector<bool> one(inputs.size(), false);
      one[i] = true;
      for (int axis = 0; axis < inputs[i].ndim(); ++axis) check(one, axis, "input " + std::to_string(i));
      most = std::max(most, inputs[i].ndim());
    }
    for (int axis = 0; axis < most && inputs.size() > 1; ++axis)
      check(std::vector<bool>(inputs.size(), true), axis, "all inputs");
  }
}

}  // namespace tables
