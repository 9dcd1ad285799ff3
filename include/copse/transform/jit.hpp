// Compiled functions on trees.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <typeindex>
#include <unordered_map>

#include "copse/core/trace.hpp"
#include "copse/trace/compile.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

/// How a compiled function has been used.
struct JitStats {
  std::int64_t calls = 0;  ///< calls that ran a compiled program
  /// Programs made: one for each structure, static field, shape, dtype, and set of arguments given away.
  std::int64_t compiles = 0;
  std::int64_t traces =
      0;  ///< how often the function was recorded; giving arguments away needs no other recording
};

/// Options of `jit`.
struct JitOptions {
  std::string name = "function";  ///< for the log
  /// A function that is recorded more often than this says so, each time, and what has changed. Below 0:
  /// never.
  std::int64_t log_after = 10;
  std::function<void(const std::string&)> log = {};  ///< where to say it; stderr by default
};

namespace lift {

// A program compiled for arguments of which some are given away.
struct JitVariant {
  std::uint64_t mask = 0;             // of arguments
  std::vector<std::uint8_t> donated;  // for each array whether its argument is given away
  std::shared_ptr<const flat::Compiled> compiled;
};

// The untyped part of an entry: what the leaves must be like, the recorded program, and what was made of it.
struct JitProgram {
  std::vector<ShapeDtype> types;        // of the arrays that have a value
  std::vector<std::uint8_t> present;    // for each leaf whether it has a value
  std::vector<std::uint8_t> arguments;  // for each array which argument it is in
  std::vector<std::size_t> starts;      // by argument, its first array; then how many there are
  std::vector<std::uint8_t> out_present;
  ir::Program program;
  std::vector<std::unique_ptr<const JitVariant>> variants;

  const JitVariant* variant(std::uint64_t mask) const;
  std::unique_ptr<const JitVariant> compile(std::uint64_t mask) const;
};

// What a call finds.
template <class Entry>
struct Found {
  const Entry* entry = nullptr;
  const JitVariant* variant = nullptr;
};

[[noreturn]] void escaped();
[[noreturn]] void given_twice(std::size_t argument);
// Lists of this thread, empty, with the room that they have had.
flat::Arrays& spare_inputs();
flat::Arrays& spare_outputs();
void log_compile(const JitOptions& options, std::int64_t traces, const std::string& change);
// The first array whose type has changed, as text; empty if none has.
std::string type_change(const std::vector<std::pair<std::string, ShapeDtype>>& now,
                        const std::vector<ShapeDtype>& before);

template <class Held, class Out>
struct JitEntry : JitProgram {
  JitEntry(JitProgram program, Held arguments, Out out)
      : JitProgram(std::move(program)), skeleton(std::move(arguments)), result(std::move(out)) {}
  Held skeleton;
  Out result;
};

// Entries of one signature: the types of the arguments. They are never removed.
struct AnyEntries {
  virtual ~AnyEntries() = default;
};
template <class Held, class Out>
struct Entries final : AnyEntries {
  std::vector<std::unique_ptr<JitEntry<Held, Out>>> all;
};

struct JitStore {
  std::shared_mutex mutex;
  std::unordered_map<std::type_index, std::unique_ptr<AnyEntries>> entries;
  std::atomic<std::int64_t> calls{0}, compiles{0}, traces{0};
};

// What a weak type means for an argument: a bare number keeps it, the leaves of a tree are what they are.
template <class T>
inline constexpr bool keeps_weak = std::is_same_v<T, Array>;

template <class H>
bool matches(const H& tree, const JitProgram& program, std::size_t& slot, std::size_t& array) {
  bool equal = true;
  visit_slots(tree, [&](auto s) {
    if (!equal) return;
    const bool has = !s.is_nothing();
    if (slot >= program.present.size() || (program.present[slot] != 0) != has) {
      equal = false;
      return;
    }
    ++slot;
    if (!has) return;
    const ShapeDtype &mine = s.value().type(), &wanted = program.types[array++];
    equal = mine.dtype == wanted.dtype && mine.shape == wanted.shape &&
            (!keeps_weak<H> || mine.weak == wanted.weak);
  });
  return equal;
}

template <class H>
bool same_statics(const H& a, const H& b) {
  tree_detail::AnyLeaves any;
  return tree_detail::Comparison<tree_detail::AnyLeaves>{
      .leaf_equal = any, .nothing = false, .identity = true}
      .compare(a, b);
}

}  // namespace lift

/// A function that is recorded once for each structure of its arguments (static fields, shapes, dtypes) and
/// from then on runs as a compiled program. Copies share what has been compiled. Safe to call from several
/// threads.
///
/// Arguments given as rvalues are donated: their buffers may be reused for results where nobody else holds
/// them, and using the moved-from argument throws. Inside another transform the function is inlined.
template <class F>
class Jit {
 public:
  explicit Jit(F f, JitOptions options = {})
      : f_(std::move(f)), options_(std::move(options)), store_(std::make_shared<lift::JitStore>()) {}

  template <class... Args>
  auto operator()(Args&&... args) const {
    using Out = lift::CallResult<F, Args...>;
    static_assert(!std::is_void_v<Out>,
                  "copse: a function given to jit must return its results: side effects happen only "
                  "once, while it is recorded");
    if (current_trace()) {
      const std::tuple<lift::Held<Args>...> held{args...};
      return Out(std::apply(f_, held));
    }
    const std::tuple<View<Args>...> views{args...};
    const auto [entry, variant] = find<Args...>(views);
    store_->calls.fetch_add(1, std::memory_order_relaxed);
    // Lists that the thread's calls use one after the other, so that a call asks for no memory.
    flat::Arrays inputs = std::move(lift::spare_inputs()), outputs = std::move(lift::spare_outputs());
    inputs.resize(entry->types.size());
    constexpr std::index_sequence_for<Args...> each{};
    // What is kept comes first: it may be a part of what is given away.
    gather<false, Args...>(*entry, inputs, each, args...);
    gather<true, Args...>(*entry, inputs, each, args...);
    try {
      variant->compiled->run(inputs, variant->donated, outputs);
    } catch (...) {
      outputs.clear();
      give_back<Args...>(*entry, inputs, each, args...);
      throw;
    }
    Out result = rebuild(entry->result, entry->out_present, outputs);
    inputs.clear();
    outputs.clear();
    lift::spare_inputs() = std::move(inputs);
    lift::spare_outputs() = std::move(outputs);
    return result;
  }

  /// Compiles for these arguments without running. Gives the compiled program, to print it or ask for its
  /// cost.
  template <class... Args>
  const flat::Compiled& ahead(const Args&... args) const {
    const std::tuple<View<const Args&>...> views{args...};
    return *find<const Args&...>(views).variant->compiled;
  }

  JitStats stats() const { return {store_->calls, store_->compiles, store_->traces}; }

 private:
  // Arguments are looked at where they are; bare numbers become arrays.
  template <class T>
  using View = std::conditional_t<Scalar<std::remove_cvref_t<T>>, Array, const std::remove_cvref_t<T>&>;

  template <class Arg>
  static constexpr bool donates =
      !std::is_lvalue_reference_v<Arg> && !std::is_const_v<std::remove_reference_t<Arg>> &&
      !Scalar<std::remove_cvref_t<Arg>>;

  // The arrays of the arguments that are given away, or of the others, each in its place.
  template <bool taken, class... Args, std::size_t... I, class... T>
  static void gather(const lift::JitProgram& entry, flat::Arrays& inputs, std::index_sequence<I...> each,
                     T&... args) {
    const auto one = [&]<class Arg>(std::type_identity<Arg>, std::size_t n, auto& argument) {
      if constexpr (donates<Arg> == taken) {
        std::size_t at = entry.starts[n];
        if constexpr (Scalar<std::remove_cvref_t<Arg>>)
          inputs[at++] = Array(argument);
        else
          lift::each_array(argument, [&](auto slot) {
            if constexpr (taken)
              inputs[at++] = slot.take();
            else
              inputs[at++] = slot.value();
          });
        if (at == entry.starts[n + 1]) return;
        give_back<Args...>(entry, inputs, each, args...);
        lift::given_twice(n);
      }
    };
    (one(std::type_identity<Args>(), I, args), ...);
  }

  // Puts what was given away back where it was: a failed call changes nothing.
  template <class... Args, std::size_t... I, class... T>
  static void give_back(const lift::JitProgram& entry, flat::Arrays& inputs, std::index_sequence<I...>,
                        T&... args) {
    std::size_t slot_number = 0, at = 0;
    const auto one = [&]<class Arg>(std::type_identity<Arg>, auto& argument) {
      if constexpr (Scalar<std::remove_cvref_t<Arg>>) {
        ++slot_number, ++at;
      } else {
        visit_slots(argument, [&](auto slot) {
          if (!entry.present[slot_number++]) return;
          if constexpr (donates<Arg>)
            if (inputs[at].has_value()) slot.set(std::move(inputs[at]));
          ++at;
        });
      }
    };
    (one(std::type_identity<Args>(), args), ...);
  }

  template <class Out>
  static Out rebuild(const Out& skeleton, const std::vector<std::uint8_t>& present, flat::Arrays& arrays) {
    Out out = skeleton;
    std::size_t slot = 0, next = 0;
    visit_slots(out, [&](auto s) {
      if (present[slot++]) s.set(std::move(arrays[next++]));
    });
    return out;
  }

  template <class... Args>
  static constexpr std::uint64_t mask_of() {
    std::uint64_t mask = 0, bit = 1;
    ((mask |= donates<Args> ? bit : 0, bit <<= 1), ...);
    return mask;
  }

  template <class... Args, class Views>
  auto find(const Views& views) const {
    using Held = std::tuple<lift::Held<Args>...>;
    using Out = lift::CallResult<F, Args...>;
    using Entry = lift::JitEntry<Held, Out>;
    using Entries = lift::Entries<Held, Out>;
    static_assert(sizeof...(Args) <= 64, "copse: jit takes up to 64 arguments");
    constexpr std::uint64_t mask = mask_of<Args...>();
    constexpr std::index_sequence_for<Args...> each{};
    const std::type_index signature = typeid(Held);
    const auto entries = [&]() -> Entries* {
      const auto it = store_->entries.find(signature);
      return it == store_->entries.end() ? nullptr : static_cast<Entries*>(it->second.get());
    };
    const auto search = [&]() -> Entry* {
      if (const Entries* known = entries())
        for (const auto& entry : known->all)
          if (matches(*entry, views, each)) return entry.get();
      return nullptr;
    };
    Entry* entry = nullptr;
    {
      const std::shared_lock lock(store_->mutex);
      entry = search();
      if (entry)
        if (const auto* variant = entry->variant(mask)) return lift::Found<Entry>{entry, variant};
    }
    // Nothing is published before every stage has succeeded; another thread may be faster.
    std::unique_ptr<Entry> made;
    if (!entry) made = record<Args...>(views);
    auto variant = (entry ? entry : made.get())->compile(mask);
    std::string change;
    std::unique_lock lock(store_->mutex);
    if (made) entry = search();
    if (!entry) {
      auto& slot = store_->entries[signature];
      if (!slot) slot = std::make_unique<Entries>();
      auto& all = static_cast<Entries&>(*slot).all;
      if (++store_->traces > options_.log_after && options_.log_after >= 0)
        change =
            all.empty() ? "the types of the arguments are others" : what_changed(*all.back(), views, each);
      entry = all.emplace_back(std::move(made)).get();
    }
    const lift::JitVariant* use = entry->variant(mask);
    if (!use) {
      use = entry->variants.emplace_back(std::move(variant)).get();
      ++store_->compiles;
    }
    lock.unlock();
    if (!change.empty()) lift::log_compile(options_, store_->traces, change);
    return lift::Found<Entry>{entry, use};
  }

  // The first difference between the arguments and those of an earlier recording.
  template <class Entry, class Views, std::size_t... I>
  static std::string what_changed(const Entry& entry, const Views& views, std::index_sequence<I...>) {
    std::string change;
    std::vector<std::pair<std::string, ShapeDtype>> now;
    const auto look = [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
      const auto& tree = std::get<N>(views);
      const std::string argument = "argument " + std::to_string(N);
      for (const auto& [info, leaf] : leaves_with_path(tree)) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(leaf)>,
                                     Array>) {  // not a tree without leaves
          ShapeDtype type = leaf.type();
          type.weak = type.weak && lift::keeps_weak<std::remove_cvref_t<decltype(tree)>>;
          now.emplace_back(info.path.empty() ? argument : argument + " at " + info.path, type);
        }
      }
      if (!change.empty() || lift::same_statics(tree, std::get<N>(entry.skeleton))) return;
      if (const auto at = tree_detail::find_difference(std::get<N>(entry.skeleton), tree, true, false))
        change = argument + (at->path.empty() ? "" : " at " + at->path) + " is " + at->right + ", it was " +
                 at->left;
    };
    (look(std::integral_constant<std::size_t, I>{}), ...);
    if (change.empty()) change = lift::type_change(now, entry.types);
    return change.empty() ? "other leaves are Nothing" : change;
  }

  template <class Entry, class Views, std::size_t... I>
  static bool matches(const Entry& entry, const Views& views, std::index_sequence<I...>) {
    std::size_t slot = 0, array = 0;
    return (lift::matches(std::get<I>(views), entry, slot, array) && ...) && slot == entry.present.size() &&
           (lift::same_statics(std::get<I>(views), std::get<I>(entry.skeleton)) && ...);
  }

  template <class... Args, class Views>
  auto record(const Views& views) const {
    using Held = std::tuple<lift::Held<Args>...>;
    using Out = lift::CallResult<F, Args...>;
    Held held{views};
    lift::JitProgram program;
    std::uint8_t argument = 0;
    const auto add = [&](auto& tree) {
      program.starts.push_back(program.types.size());
      using Tree = std::remove_cvref_t<decltype(tree)>;
      visit_slots(tree, [&](auto slot) {
        static_assert(
            std::is_same_v<typename decltype(slot)::value_type, Array>,
            "copse: jit works on arrays; keep other leaves out of its arguments, or hold them in a Static");
        program.present.push_back(!slot.is_nothing());
        if (slot.is_nothing()) return;
        program.types.push_back(slot.value().type());
        if (!lift::keeps_weak<Tree>) program.types.back().weak = false;
        program.arguments.push_back(argument);
      });
      ++argument;
    };
    std::apply([&](auto&... trees) { (add(trees), ...); }, held);
    program.starts.push_back(program.types.size());
    auto [recorded, result] = lift::record_call("jit", f_, held, program.types);
    if (!recorded.captured.empty()) lift::escaped();
    program.program = std::move(recorded.program);
    visit_slots(result, [&](auto slot) {
      program.out_present.push_back(!slot.is_nothing());
      if (!slot.is_nothing()) (void)slot.try_clear();
    });
    visit_slots(held, [&](auto slot) {
      if (!slot.is_nothing()) (void)slot.try_clear();
    });
    return std::make_unique<lift::JitEntry<Held, Out>>(std::move(program), std::move(held),
                                                       std::move(result));
  }

  F f_;
  JitOptions options_;
  std::shared_ptr<lift::JitStore> store_;
};

/// Compiles a function: see Jit.
template <class F>
[[nodiscard]] Jit<F> jit(F f, JitOptions options = {}) {
  return Jit<F>(std::move(f), std::move(options));
}

/// The program that a call of f records: `to_text` and `to_graphviz` print it.
template <class F>
[[nodiscard]] auto make_ir(F f) {
  return [f = std::move(f)](const auto&... args) {
    const std::tuple<lift::Held<decltype(args)>...> held{args...};
    return lift::record_call("make_ir", f, held, lift::types_of(held)).recorded.program;
  };
}

}  // namespace copse
