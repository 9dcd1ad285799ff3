#include "divided.hpp"

#include <future>
#include <map>

#include "../../core/lifetime.hpp"
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

// The one mutex of a group.
std::shared_ptr<std::mutex> turn_of(const comm::Group& group) {
  static std::mutex mutex;
  static auto& turns =
      detail::never_destroyed(std::map<const comm::Communicator*, std::weak_ptr<std::mutex>>());
  const std::lock_guard lock(mutex);
  std::erase_if(turns, [](const auto& turn) { return turn.second.expired(); });
  std::weak_ptr<std::mutex>& turn = turns[group.local()[0].get()];
  std::shared_ptr<std::mutex> held = turn.lock();
  if (!held) turn = held = std::make_shared<std::mutex>();
  return held;
}

}  // namespace

Divided::Divided(const ir::Program& recorded, const Division& division, std::span<const std::uint8_t> donated,
                 const CompileOptions& options, std::string_view name)
    : group_(division.group), turn_(turn_of(group_)) {
  // What is computed here is known and belongs to no trace.
  const TraceContext none(nullptr);
  const detail::EmptyScope no_path;
  const bool all_here = group_.is_local();
  Request request{.inputs = division.inputs, .parts = group_.size()};
  for (const Placement& placement : division.inputs)
    request.given_whole.push_back(all_here && placement.is_divided());
  request.outputs.assign(recorded.outputs.size(), Placement{});
  const Plan made = plan(passes::simplified(recorded), request);

  // The first rank gives the results. Its memory is that of the inputs that no other rank reads.
  std::vector<std::uint8_t> read(recorded.inputs.size(), 0);
  std::vector<std::future<std::shared_ptr<const flat::Compiled>>> others;
  for (std::size_t r = 1; r < group_.local().size(); ++r) {
    ir::Program local = local_program(made, group_.local()[r]);
    local.outputs.clear();
    if (passes::Result needed = passes::dead_code(local)) local = std::move(*needed);
    note_read(local, read);
    others.push_back(std::async(
        std::launch::async | std::launch::deferred,
        [&options, name, program = std::move(local)] { return flat::compile(program, {}, options, name); }));
  }
  donated_.assign(donated.begin(), donated.end());
  for (std::size_t i = 0; i < donated_.size(); ++i) donated_[i] &= !read[i];
  ranks_.push_back(
      flat::compile(local_program(made, group_.local()[0], &communication_), donated_, options, name));
  for (auto& other : others) ranks_.push_back(other.get());
}

void Divided::run(std::span<Array> inputs, std::vector<Array>& outputs) const {
  const std::lock_guard lock(*turn_);
  if (ranks_.size() == 1) {
    try {
      return ranks_[0]->run(inputs, donated_, outputs);
    } catch (...) {  // or the other processes would wait for this one
      group_.local()[0]->abort(std::current_exception());
      throw;
    }
  }
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
