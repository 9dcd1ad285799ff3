#include "copse/transform/jit.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace copse::lift {

namespace {

// A program compiled for arguments of which some are given away.
struct JitVariant {
  std::uint64_t mask = 0;             // of arguments
  std::vector<std::uint8_t> donated;  // for each array whether its argument is given away
  std::shared_ptr<const flat::Compiled> compiled;
};

}  // namespace

// A recorded call: what the leaves must be like, the program, what was made of it, and the arguments and the
// result without their arrays.
struct JitEntry {
  std::vector<ShapeDtype> types;        // of the arrays that have a value
  std::vector<std::uint8_t> present;    // for each leaf whether it has a value
  std::vector<std::uint8_t> arguments;  // for each array which argument it is in
  std::vector<std::size_t> starts;      // by argument, its first array; then how many there are
  std::vector<std::uint8_t> out_present;
  std::vector<std::shared_ptr<void>> arguments_like;
  std::shared_ptr<void> result_like;
  ir::Program program;
  std::vector<std::unique_ptr<const JitVariant>> variants;

  const JitVariant* variant(std::uint64_t mask) const {
    for (const auto& v : variants)
      if (v->mask == mask) return v.get();
    return nullptr;
  }

  std::unique_ptr<const JitVariant> compile(std::uint64_t mask) const {
    auto made = std::make_unique<JitVariant>();
    made->mask = mask;
    for (const std::uint8_t argument : arguments) made->donated.push_back((mask >> argument) & 1u);
    made->compiled = flat::compile(program, made->donated);
    return made;
  }
};

// Entries by the types of their arguments. They are never removed.
struct JitStore {
  std::shared_mutex mutex;
  std::unordered_map<std::type_index, std::vector<std::unique_ptr<JitEntry>>> entries;
  std::atomic<std::int64_t> calls{0}, compiles{0}, traces{0};
};

std::shared_ptr<JitStore> make_store() { return std::make_shared<JitStore>(); }

JitStats stats_of(const JitStore& store) { return {store.calls, store.compiles, store.traces}; }

const void* result_like(const JitEntry& entry) { return entry.result_like.get(); }

flat::Arrays& spare_outputs() {
  thread_local flat::Arrays list;
  return list;
}

namespace {

using tree_detail::PathLink;
using tree_detail::SlotVisitor;

[[noreturn]] void escaped() {
  throw ConcretizationError(
      "jit: the function uses an array that belongs to a transform which has ended; return arrays from "
      "transformed functions instead of storing them");
}

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
  thread_local flat::Arrays list;
  return list;
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

std::unique_ptr<JitEntry> record(const JitCall& call) {
  auto entry = std::make_unique<JitEntry>();
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
      entry->types, "jit");
  if (!recorded.captured.empty()) escaped();
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

// What a call finds, or makes.
struct Found {
  const JitEntry* entry = nullptr;
  const JitVariant* variant = nullptr;
};

Found find(JitStore& store, const JitOptions& options, const JitCall& call) {
  const auto search = [&]() -> JitEntry* {
    const auto known = store.entries.find(call.types);
    if (known == store.entries.end()) return nullptr;
    for (const auto& entry : known->second)
      if (matches(*entry, call)) return entry.get();
    return nullptr;
  };
  JitEntry* entry = nullptr;
  {
    const std::shared_lock lock(store.mutex);
    entry = search();
    if (entry)
      if (const auto* variant = entry->variant(call.mask)) return {entry, variant};
  }
  // Nothing is published before every stage has succeeded; another thread may be faster.
  std::unique_ptr<JitEntry> made;
  if (!entry) made = record(call);
  auto variant = (entry ? entry : made.get())->compile(call.mask);
  std::string change;
  std::unique_lock lock(store.mutex);
  if (made) entry = search();
  if (!entry) {
    auto& all = store.entries[call.types];
    if (++store.traces > options.log_after && options.log_after >= 0)
      change = all.empty() ? "the types of the arguments are others" : what_changed(*all.back(), call);
    entry = all.emplace_back(std::move(made)).get();
  }
  const JitVariant* use = entry->variant(call.mask);
  if (!use) {
    use = entry->variants.emplace_back(std::move(variant)).get();
    ++store.compiles;
  }
  lock.unlock();
  if (!change.empty()) log_compile(options, store.traces, change);
  return {entry, use};
}

}  // namespace

const flat::Compiled& compiled(JitStore& store, const JitOptions& options, const JitCall& call) {
  return *find(store, options, call).variant->compiled;
}

const JitEntry& run(JitStore& store, const JitOptions& options, const JitCall& call, flat::Arrays& outputs) {
  const auto [entry, variant] = find(store, options, call);
  store.calls.fetch_add(1, std::memory_order_relaxed);
  // A list that the thread's calls use one after the other, so that a call asks for no memory.
  flat::Arrays inputs = std::move(spare_inputs());
  inputs.resize(entry->types.size());
  // What is kept comes first: it may be a part of what is given away.
  gather(*entry, call, false, inputs);
  gather(*entry, call, true, inputs);
  try {
    variant->compiled->run(inputs, variant->donated, outputs);
  } catch (...) {
    outputs.clear();
    give_back(*entry, call, inputs);
    throw;
  }
  inputs.clear();
  spare_inputs() = std::move(inputs);
  return *entry;
}

void put(const JitEntry& entry, const TreeOps& operations, void* result, flat::Arrays&& outputs) {
  std::size_t slot_number = 0, next = 0;
  visit(operations, result, [&](const Slot<Array>& slot) {
    if (entry.out_present[slot_number++]) slot.set(std::move(outputs[next++]));
  });
  outputs.clear();
  spare_outputs() = std::move(outputs);
}

}  // namespace copse::lift
