#include "copse/transform/jit.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <ostream>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "copse/trace/axes.hpp"
#include "core/concrete.hpp"
#include "core/lifetime.hpp"
#include "trace/partition/divided.hpp"
#include "trace/passes/pipeline.hpp"
#include "transform/jit_sharding.hpp"

namespace copse {

std::ostream& operator<<(std::ostream& out, const JitStats& stats) {
  const auto counted = [](std::int64_t n, const char* what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
  };
  return out << counted(stats.calls, "call") << ", " << counted(stats.compiles, "compiled program") << ", "
             << counted(stats.traces, "trace");
}

}  // namespace copse

namespace copse::lift {

// A recorded call: what the leaves must be like, the program, and the arguments and the result without their
// arrays.
struct JitEntry {
  explicit JitEntry(std::type_index arguments_types) : call_types(arguments_types) {}

  std::type_index call_types;           // of all arguments
  std::uint64_t ranks = 0;              // the axes of ranks around, see flat::ranks_around
  std::vector<ShapeDtype> types;        // of the arrays that have a value
  std::vector<std::uint8_t> present;    // for each leaf whether it has a value
  std::vector<std::uint8_t> arguments;  // for each array which argument it is in
  std::vector<std::size_t> starts;      // by argument, its first array; then how many there are
  std::vector<std::uint8_t> out_present;
  std::vector<std::shared_ptr<void>> arguments_like;
  std::shared_ptr<void> result_like;
  ir::Program program;
  std::vector<sharding::Placement> placements;  // of the arrays, where the call is divided
  std::vector<std::int64_t> extents;  // of the parts that processes have, see sharding::placements_of
};

struct JitProgram {
  std::shared_ptr<const JitEntry> entry;
  std::uint64_t mask = 0;             // of arguments that are given away
  std::vector<std::uint8_t> donated;  // for each array whether its argument is given away
  std::shared_ptr<const flat::Compiled> compiled;
  std::shared_ptr<const sharding::Divided> divided;  // or null; then `compiled` is its first rank's
  mutable std::atomic<std::int64_t> used{0};         // the number of the last call that did
  mutable std::atomic<bool> pinned{false};           // whether somebody refers to it
};

namespace {

using ProgramPtr = std::shared_ptr<const JitProgram>;

// The programs of the ranks. Null where a fault of the pass keeps it from making them: then one rank does
// all, if it has all.
std::shared_ptr<const sharding::Divided> divide(const JitOptions& options, const JitEntry& entry,
                                                std::span<const std::uint8_t> donated) {
  const sharding::Division division{entry.placements, *options.shard.communicator};
  try {
    return std::make_shared<const sharding::Divided>(entry.program, division, donated, options.compile,
                                                     options.name);
  } catch (const InternalError& error) {
    if (!options.shard.communicator->is_local()) throw;
    passes::report_fault("division over ranks", error);
    return nullptr;
  }
}

std::shared_ptr<JitProgram> compile(const JitOptions& options, std::shared_ptr<const JitEntry> entry,
                                    std::uint64_t mask) {
  auto made = std::make_shared<JitProgram>();
  made->mask = mask;
  for (const std::uint8_t argument : entry->arguments) made->donated.push_back((mask >> argument) & 1u);
  if (sharding::worth_dividing(options.shard, entry->program))
    made->divided = divide(options, *entry, made->donated);
  if (made->divided)
    made->compiled = {made->divided, &made->divided->first()};
  else
    made->compiled = flat::compile(entry->program, made->donated, options.compile, options.name);
  made->entry = std::move(entry);
  return made;
}

}  // namespace

// The programs of a function, by the hash of a call. A call holds its program, so that it may be removed
// meanwhile.
struct JitStore {
  mutable std::shared_mutex mutex;
  std::size_t capacity = 0;
  std::unordered_multimap<std::size_t, ProgramPtr> programs;
  // What was called last. It changes under a shared lock, and what it points to is removed under the other
  // one.
  std::atomic<const ProgramPtr*> latest{nullptr};
  std::atomic<std::int64_t> calls{0}, compiles{0}, traces{0};
};

std::shared_ptr<JitStore> make_store(const JitOptions& options) try {
  if (options.cache_size < 1)
    throw ValueError(fmt::format("jit: cache_size is {}, wanted how many programs to keep, 1 or more",
                                 options.cache_size));
  if (const auto& ranks = options.shard.communicator)
    if (const auto here = static_cast<int>(ranks->local().size()); here != 1 && here != ranks->size())
      throw ValueError(fmt::format(
          "jit: {} of {} ranks of shard.communicator are in this process, wanted one or all of them", here,
          ranks->size()));
  auto store = std::make_shared<JitStore>();
  store->capacity = static_cast<std::size_t>(options.cache_size);
  return store;
} catch (const std::bad_alloc&) {
  detail::out_of_memory("jit");
}

JitStats stats_of(const JitStore& store) {
  const std::shared_lock lock(store.mutex);
  return {store.calls, store.compiles, store.traces, static_cast<std::int64_t>(store.programs.size())};
}

const void* result_like(const JitProgram& program) { return program.entry->result_like.get(); }

std::size_t hash_type(const ShapeDtype& type, bool weak) noexcept {
  using tree_detail::mix;
  std::size_t hash = static_cast<std::size_t>(type.dtype) * 2 + (weak && type.weak ? 1 : 0);
  for (const std::int64_t extent : type.shape) hash = mix(hash, static_cast<std::size_t>(extent));
  return mix(hash, type.shape.size());
}

flat::Arrays& spare_outputs() {
  struct Spare {
    flat::Arrays list;
  };
  return detail::per_thread<Spare>().list;
}

namespace {

using tree_detail::PathLink;
using tree_detail::SlotVisitor;

[[noreturn]] void given_twice(std::size_t argument) {
  throw ValueError(
      fmt::format("jit: argument {} was given away by std::move together with another one that it shares an "
                  "object with; give it away once, and pass a copy the other time",
                  argument));
}

void log_compile(const JitOptions& options, std::int64_t traces, const std::string& change) {
  const std::string line = fmt::format("jit: {} was compiled {} times; {}", options.name, traces, change);
  if (options.log)
    options.log(line);
  else
    fmt::print(stderr, "{}\n", line);
}

std::string type_change(const std::vector<std::pair<std::string, ShapeDtype>>& now,
                        const std::vector<ShapeDtype>& before) {
  for (std::size_t i = 0; i < now.size() && i < before.size(); ++i) {
    const auto& [place, type] = now[i];
    if (type.shape != before[i].shape || type.dtype != before[i].dtype)
      return fmt::format("{} is {}, it was {}", place, to_string(type), to_string(before[i]));
    if (type.weak != before[i].weak)
      return fmt::format("{} is {} a bare number, it was {}", place, type.weak ? "now" : "not",
                         before[i].weak ? "one" : "none");
  }
  return now.size() == before.size() ? std::string()
                                     : fmt::format("{} arrays, there were {}", now.size(), before.size());
}

// Calls f(slot) for the places of arrays in a tree that may change, or in one that may not.
template <class F>
void visit(const TreeOps& operations, void* tree, const F& f) {
  operations.visit(tree, SlotVisitor::of_slots<Array>(f));
}
template <class F>
void read(const TreeOps& operations, const void* tree, const F& f) {
  operations.read(tree, SlotVisitor::of_slots<const Array>(f));
}

flat::Arrays& spare_inputs() {
  struct Spare {
    flat::Arrays list;
  };
  return detail::per_thread<Spare>().list;
}

bool given_away(const JitCall& call, std::size_t argument) { return (call.mask >> argument) & 1u; }

// Puts what was given away back where it was: a failed call changes nothing.
void give_back(const JitEntry& entry, const JitCall& call, flat::Arrays& inputs) {
  std::size_t slot_number = 0, at = 0;
  for (std::size_t n = 0; n < call.arguments.size(); ++n) {
    if (given_away(call, n)) {
      visit(*call.operations[n], const_cast<void*>(call.arguments[n]), [&](const Slot<Array>& slot) {
        if (!entry.present[slot_number++]) return;
        if (inputs[at].has_value()) slot.set(std::move(inputs[at]));
        ++at;
      });
    } else {
      read(*call.operations[n], call.arguments[n],
           [&](const Slot<const Array>&) { at += entry.present[slot_number++]; });
    }
  }
}

// The arrays of the arguments that are given away, or of the others, each in its place.
void gather(const JitEntry& entry, const JitCall& call, bool taken, flat::Arrays& inputs) {
  for (std::size_t n = 0; n < call.arguments.size(); ++n) {
    if (given_away(call, n) != taken) continue;
    std::size_t at = entry.starts[n];
    if (taken) {
      visit(*call.operations[n], const_cast<void*>(call.arguments[n]), [&](const Slot<Array>& slot) {
        if (!slot.is_nothing()) inputs[at++] = slot.take();
      });
    } else {
      read(*call.operations[n], call.arguments[n], [&](const Slot<const Array>& slot) {
        if (!slot.is_nothing()) inputs[at++] = slot.value();
      });
    }
    if (at == entry.starts[n + 1]) continue;
    give_back(entry, call, inputs);
    given_twice(n);
  }
}

bool matches(const JitEntry& entry, const JitCall& call) {
  if (entry.ranks != flat::ranks_around()) return false;
  std::size_t slot_number = 0, array = 0;
  bool equal = true;
  for (std::size_t n = 0; n < call.arguments.size() && equal; ++n) {
    const TreeOps& operations = *call.operations[n];
    read(operations, call.arguments[n], [&](const Slot<const Array>& slot) {
      if (!equal) return;
      const bool has = !slot.is_nothing();
      if (slot_number >= entry.present.size() || (entry.present[slot_number] != 0) != has) {
        equal = false;
        return;
      }
      ++slot_number;
      if (!has) return;
      const ShapeDtype &mine = slot.value().type(), &wanted = entry.types[array++];
      equal = mine.dtype == wanted.dtype && mine.shape == wanted.shape &&
              (!operations.keeps_weak || mine.weak == wanted.weak);
    });
  }
  if (!equal || slot_number != entry.present.size()) return false;
  for (std::size_t n = 0; n < call.arguments.size(); ++n) {
    if (!call.operations[n]->same_statics(call.arguments[n], entry.arguments_like[n].get())) return false;
  }
  return true;
}

// The first difference between the arguments and those of an earlier recording.
std::string what_changed(const JitEntry& entry, const JitCall& call) {
  if (entry.ranks != flat::ranks_around()) return "it is called within another spmd";
  std::string change;
  std::vector<std::pair<std::string, ShapeDtype>> now;
  for (std::size_t n = 0; n < call.arguments.size(); ++n) {
    const TreeOps& operations = *call.operations[n];
    const std::string argument = "argument " + std::to_string(n);
    const auto add = [&](const Slot<const Array>& slot, const PathLink* at) {
      if (slot.is_nothing()) return;
      ShapeDtype type = slot.value().type();
      type.weak = type.weak && operations.keeps_weak;
      now.emplace_back(at == nullptr ? argument : argument + " at " + tree_detail::path_text(at), type);
    };
    operations.read_paths(call.arguments[n], SlotVisitor::of_paths<const Array>(add));
    const void* before = entry.arguments_like[n].get();
    if (!change.empty() || operations.same_statics(call.arguments[n], before)) continue;
    if (const auto at = operations.difference(before, call.arguments[n]))
      change = argument + (at->path.empty() ? "" : " at " + at->path) + " is " + at->right + ", it was " +
               at->left;
  }
  if (change.empty()) change = type_change(now, entry.types);
  return change.empty() ? "other leaves are Nothing" : change;
}

std::shared_ptr<JitEntry> record(const JitOptions& options, const JitCall& call,
                                 std::vector<std::int64_t> extents) {
  auto entry = std::make_shared<JitEntry>(call.types);
  entry->extents = std::move(extents);
  if (options.shard.in_axes.size() > call.arguments.size())
    throw ValueError(fmt::format("jit: shard.in_axes has {} axes, the function got {} arguments",
                                 options.shard.in_axes.size(), call.arguments.size()));
  entry->ranks = flat::ranks_around();
  for (std::size_t n = 0; n < call.arguments.size(); ++n) {
    const TreeOps& operations = *call.operations[n];
    entry->arguments_like.push_back(operations.copy(call.arguments[n]));
    entry->starts.push_back(entry->types.size());
    read(operations, call.arguments[n], [&](const Slot<const Array>& slot) {
      entry->present.push_back(!slot.is_nothing());
      if (slot.is_nothing()) return;
      entry->types.push_back(slot.value().type());
      if (!operations.keeps_weak) entry->types.back().weak = false;
      entry->arguments.push_back(static_cast<std::uint8_t>(n));
    });
  }
  entry->starts.push_back(entry->types.size());
  entry->placements = sharding::placements_of(options.shard, entry->types, entry->arguments, entry->extents);
  flat::Recorded recorded = flat::record(
      [&](const flat::Arrays& arrays) {
        const Array* next = arrays.data();
        std::vector<std::shared_ptr<void>> filled;
        std::vector<const void*> arguments;
        for (std::size_t n = 0; n < call.arguments.size(); ++n) {
          filled.push_back(call.operations[n]->copy(entry->arguments_like[n].get()));
          visit(*call.operations[n], filled.back().get(), [&](const Slot<Array>& slot) {
            if (!slot.is_nothing()) slot.set(*next++);
          });
          arguments.push_back(filled.back().get());
        }
        entry->result_like = call.run(call.f, arguments);
        flat::Arrays out;
        read(*call.result, entry->result_like.get(), [&](const Slot<const Array>& slot) {
          if (!slot.is_nothing()) out.push_back(slot.value());
        });
        return out;
      },
      sharding::whole_types(entry->types, entry->placements), "jit");
  // All transforms around have ended: none is active where a call is recorded.
  if (!recorded.captured.empty()) detail::escaped(recorded.captured[0], "jit");
  entry->program = std::move(recorded.program);
  visit(*call.result, entry->result_like.get(), [&](const Slot<Array>& slot) {
    entry->out_present.push_back(!slot.is_nothing());
    if (!slot.is_nothing()) (void)slot.try_clear();
  });
  for (std::size_t n = 0; n < call.arguments.size(); ++n) {
    visit(*call.operations[n], entry->arguments_like[n].get(), [](const Slot<Array>& slot) {
      if (!slot.is_nothing()) (void)slot.try_clear();
    });
  }
  return entry;
}

// Of the programs for calls of one hash: one that was recorded from such a call, compiled for the given mask
// if there is one. Null if there is none.
const ProgramPtr* search(const JitStore& store, std::size_t hash, const JitCall& call,
                         const std::vector<std::int64_t>& extents) {
  const ProgramPtr* other_mask = nullptr;
  const auto [first, last] = store.programs.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const JitProgram& program = *it->second;
    if (program.entry->call_types != call.types || program.entry->extents != extents ||
        !matches(*program.entry, call))
      continue;
    if (program.mask == call.mask) return &it->second;
    other_mask = &it->second;
  }
  return other_mask;
}

std::size_t hash_of(const JitCall& call) {
  std::size_t hash = static_cast<std::size_t>(flat::ranks_around());
  for (std::size_t n = 0; n < call.arguments.size(); ++n)
    hash = tree_detail::mix(hash, call.operations[n]->hash(call.arguments[n]));
  return hash;
}

// Called before the call is counted.
void note_use(JitStore& store, const ProgramPtr& program) {
  program->used.store(store.calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (store.latest.load(std::memory_order_relaxed) != &program)
    store.latest.store(&program, std::memory_order_relaxed);
}

// Makes room for one more program: the least recently used ones go. The caller destroys them, without the
// lock.
std::vector<ProgramPtr> evict(JitStore& store) {
  std::vector<ProgramPtr> removed;
  while (store.programs.size() >= store.capacity) {
    auto oldest = store.programs.end();
    for (auto it = store.programs.begin(); it != store.programs.end(); ++it)
      if (!it->second->pinned && (oldest == store.programs.end() || it->second->used < oldest->second->used))
        oldest = it;
    if (oldest == store.programs.end()) break;
    store.latest = nullptr;
    removed.push_back(std::move(oldest->second));
    store.programs.erase(oldest);
  }
  return removed;
}

// What the last program recorded from arguments of these types differs in.
std::string last_change(const JitStore& store, const JitCall& call) {
  const JitProgram* last = nullptr;
  for (const auto& [hash, program] : store.programs)
    if (program->entry->call_types == call.types && (!last || program->used > last->used))
      last = program.get();
  return last ? what_changed(*last->entry, call) : "the types of the arguments are others";
}

// The extents of the parts that all processes give, where each gives its own; empty elsewhere.
std::vector<std::int64_t> extents_of_processes(const ShardOptions& shard, const JitCall& call) {
  if (!sharding::divides(shard) || shard.communicator->is_local()) return {};
  std::vector<std::int64_t> mine;
  for (std::size_t n = 0; n < call.arguments.size(); ++n)
    read(*call.operations[n], call.arguments[n], [&](const Slot<const Array>& slot) {
      if (slot.is_nothing()) return;
      const ShapeDtype& type = slot.value().type();
      if (const auto axis = sharding::divided_axis(shard, n, type)) mine.push_back(type.shape[*axis]);
    });
  return sharding::gathered(mine, *shard.communicator->local()[0]);
}

// The program that a call runs, recorded or compiled if need be.
ProgramPtr find(JitStore& store, const JitOptions& options, const JitCall& call) {
  std::vector<std::int64_t> extents;
  if (options.shard.communicator) [[unlikely]]
    extents = extents_of_processes(options.shard, call);
  std::shared_ptr<const JitEntry> entry;
  std::size_t hash = 0;
  {
    const std::shared_lock lock(store.mutex);
    const ProgramPtr* found = store.latest.load(std::memory_order_relaxed);
    if (!found || (*found)->mask != call.mask || (*found)->entry->call_types != call.types ||
        (*found)->entry->extents != extents || !matches(*(*found)->entry, call)) {
      hash = hash_of(call);
      found = search(store, hash, call, extents);
    }
    if (found && (*found)->mask == call.mask) {
      note_use(store, *found);
      return *found;
    }
    if (found) entry = (*found)->entry;
  }
  // Nothing is published before every stage has succeeded; another thread may be faster.
  const bool recorded = !entry;
  if (recorded) entry = record(options, call, extents);
  std::shared_ptr<JitProgram> made = compile(options, std::move(entry), call.mask);
  std::string change;
  std::vector<ProgramPtr> removed;
  std::unique_lock lock(store.mutex);
  const ProgramPtr* found = search(store, hash, call, extents);
  if (recorded && !found && ++store.traces > options.log_after && options.log_after >= 0)
    change = last_change(store, call);
  if (!found || (*found)->mask != call.mask) {
    if (found) made->entry = (*found)->entry;
    removed = evict(store);
    found = &store.programs.emplace(hash, std::move(made))->second;
    ++store.compiles;
  }
  note_use(store, *found);
  ProgramPtr program = *found;
  lock.unlock();
  if (!change.empty()) log_compile(options, store.traces, change);
  return program;
}

}  // namespace

const flat::Compiled& compiled(JitStore& store, const JitOptions& options, const JitCall& call) {
  const ProgramPtr program = find(store, options, call);
  program->pinned = true;
  return *program->compiled;
}

Profile profile(JitStore& store, const JitOptions& options, const JitCall& call) {
  const ProgramPtr program = find(store, options, call);
  if (program->divided)
    throw ValueError(
        "profile: the function is divided over ranks, which is not measured: profile it without `shard`");
  flat::Arrays inputs;
  for (std::size_t n = 0; n < call.arguments.size(); ++n)
    read(*call.operations[n], call.arguments[n], [&](const Slot<const Array>& slot) {
      if (!slot.is_nothing()) inputs.push_back(slot.value());
    });
  return program->compiled->profile(inputs, options.name);
}

Communication communication(JitStore& store, const JitOptions& options, const JitCall& call) {
  const ProgramPtr program = find(store, options, call);
  return program->divided ? program->divided->communication() : Communication();
}

std::shared_ptr<const JitProgram> run(JitStore& store, const JitOptions& options, const JitCall& call,
                                      flat::Arrays& outputs) {
  ProgramPtr program = find(store, options, call);
  const JitEntry& entry = *program->entry;
  store.calls.fetch_add(1, std::memory_order_relaxed);
  // A list that the thread's calls use one after the other, so that a call asks for no memory.
  flat::Arrays inputs = std::move(spare_inputs());
  inputs.resize(entry.types.size());
  // What is kept comes first: it may be a part of what is given away.
  gather(entry, call, false, inputs);
  gather(entry, call, true, inputs);
  try {
    if (program->divided) [[unlikely]]
      program->divided->run(inputs, outputs);
    else
      program->compiled->run(inputs, program->donated, outputs);
  } catch (...) {
    outputs.clear();
    give_back(entry, call, inputs);
    throw;
  }
  inputs.clear();
  spare_inputs() = std::move(inputs);
  return program;
}

void put(const JitProgram& program, const TreeOps& operations, void* result, flat::Arrays&& outputs) {
  std::size_t slot_number = 0, next = 0;
  visit(operations, result, [&](const Slot<Array>& slot) {
    if (program.entry->out_present[slot_number++]) slot.set(std::move(outputs[next++]));
  });
  outputs.clear();
  spare_outputs() = std::move(outputs);
}

}  // namespace copse::lift
