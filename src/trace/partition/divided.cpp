#include "divided.hpp"

#include "../../core/serial.hpp"
#include "../passes/loops.hpp"
#include "copse/comm/threads.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/core/threads.hpp"
#include "copse/core/trace.hpp"
#include "local.hpp"

namespace copse::sharding {
namespace {

// Notes which inputs a program reads.
void note_read(const ir::Program& program, std::vector<std::uint8_t>& read) {
  const passes::PerValue<std::uint32_t> uses = passes::use_counts(program);
  for (std::size_t i = 0; i < program.inputs.size(); ++i)
    if (uses[program.inputs[i]] > 0) read[i] = 1;
}

}  // namespace

Divided::Divided(const ir::Program& recorded, const Division& division, std::span<const std::uint8_t> donated,
                 const CompileOptions& options, std::string_view name)
    : group_(division.group) {
  // What is computed here is known and belongs to no trace.
  const TraceContext none(nullptr);
  const detail::EmptyScope no_path;
  const bool all_here = static_cast<int>(group_.local().size()) == group_.size();
  Request request{.inputs = division.inputs, .parts = group_.size()};
  for (const Placement& placement : division.inputs)
    request.given_whole.push_back(all_here && placement.is_divided());
  request.outputs.assign(recorded.outputs.size(), Placement{});
  const Plan made = plan(passes::simplified(recorded), request);

  std::vector<std::uint8_t> read(recorded.inputs.size(), 0);
  ranks_.resize(group_.local().size());
  // The first rank gives the results. Its memory is that of the inputs that no other rank reads.
  for (std::size_t r = ranks_.size(); r-- > 0;) {
    ir::Program local = local_program(made, group_.local()[r], r == 0 ? &communication_ : nullptr);
    if (r > 0) {
      local.outputs.clear();
      ranks_[r] = flat::compile(std::move(local), {}, options, name);
      note_read(ranks_[r]->program(), read);
      continue;
    }
    donated_.assign(donated.begin(), donated.end());
    for (std::size_t i = 0; i < donated_.size(); ++i) donated_[i] &= !read[i];
    ranks_[r] = flat::compile(std::move(local), donated_, options, name);
  }
}

void Divided::run(std::span<Array> inputs, std::vector<Array>& outputs) const {
  if (ranks_.size() == 1) return ranks_[0]->run(inputs, donated_, outputs);
  const int first = group_.local()[0]->rank();
  const bool alone = static_cast<int>(ranks_.size()) >= num_threads();
  comm::run(group_, [&](const comm::CommunicatorPtr& communicator) {
    std::optional<detail::SerialScope> serial;
    if (alone) serial.emplace();
    const auto r = static_cast<std::size_t>(communicator->rank() - first);
    std::vector<Array> nothing;
    if (r == 0)
      ranks_[r]->run(inputs, donated_, outputs);
    else
      ranks_[r]->run(inputs, {}, nothing);
  });
}

}  // namespace copse::sharding
