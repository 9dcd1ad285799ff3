// Compiled functions on trees.
#pragma once

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
  std::int64_t calls = 0;     ///< calls that ran a compiled program
  std::int64_t compiles = 0;  ///< programs made, one for each structure, static field, shape and dtype
};

namespace lift {

// The untyped part of a compiled entry: what the leaves must be like, and the program.
struct JitProgram {
  std::vector<ShapeDtype> types;      // of the arrays that have a value
  std::vector<std::uint8_t> present;  // for each leaf whether it has a value
  std::vector<std::uint8_t> donated;  // for each array whether its argument was given away
  std::vector<std::uint8_t> out_present;
  std::shared_ptr<const flat::Compiled> compiled;
};

[[noreturn]] void escaped();

template <class Held, class Out>
struct JitEntry : JitProgram {
  Held skeleton;
  Out result;
};

// Entries of one signature (argument types and which are given away).
struct AnyEntries {
  virtual ~AnyEntries() = default;
};
template <class Held, class Out>
struct Entries final : AnyEntries {
  std::vector<std::shared_ptr<const JitEntry<Held, Out>>> all;
};

struct JitStore {
  std::shared_mutex mutex;
  std::unordered_map<std::type_index, std::unique_ptr<AnyEntries>> entries;
  std::atomic<std::int64_t> calls{0}, compiles{0};
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
  explicit Jit(F f) : f_(std::move(f)), store_(std::make_shared<lift::JitStore>()) {}

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
    const auto entry = find<Args...>(views);
    store_->calls.fetch_add(1, std::memory_order_relaxed);
    flat::Arrays inputs;
    inputs.reserve(entry->types.size());
    (take<Args>(args, inputs), ...);
    const flat::Arrays outputs = entry->compiled->run(inputs, entry->donated);
    return rebuild(entry->result, entry->out_present, outputs);
  }

  /// Compiles for these arguments without running. Gives the compiled program, to print it or ask for its
  /// cost.
  template <class... Args>
  const flat::Compiled& ahead(const Args&... args) const {
    const std::tuple<View<const Args&>...> views{args...};
    return *find<const Args&...>(views)->compiled;
  }

  JitStats stats() const { return {store_->calls.load(), store_->compiles.load()}; }

 private:
  // Arguments are looked at where they are; bare numbers become arrays.
  template <class T>
  using View = std::conditional_t<Scalar<std::remove_cvref_t<T>>, Array, const std::remove_cvref_t<T>&>;

  template <class Arg>
  static constexpr bool donates =
      !std::is_lvalue_reference_v<Arg> && !std::is_const_v<std::remove_reference_t<Arg>> &&
      !Scalar<std::remove_cvref_t<Arg>>;

  template <class Arg, class T>
  static void take(T& argument, flat::Arrays& inputs) {
    if constexpr (Scalar<std::remove_cvref_t<T>>)
      inputs.push_back(Array(argument));
    else if constexpr (donates<Arg>)
      lift::each_array(argument, [&](auto slot) { inputs.push_back(slot.take()); });
    else
      lift::collect(argument, inputs);
  }

  template <class Out>
  static Out rebuild(const Out& skeleton, const std::vector<std::uint8_t>& present,
                     const flat::Arrays& arrays) {
    Out out = skeleton;
    std::size_t slot = 0, next = 0;
    visit_slots(out, [&](auto s) {
      if (present[slot++]) s.set(arrays[next++]);
    });
    return out;
  }

  template <class... Args, class Views>
  auto find(const Views& views) const {
    using Held = std::tuple<lift::Held<Args>...>;
    using Out = lift::CallResult<F, Args...>;
    using Entry = lift::JitEntry<Held, Out>;
    using Entries = lift::Entries<Held, Out>;
    const std::type_index signature = typeid(std::tuple<Signature<lift::Held<Args>, donates<Args>>...>);
    const auto search = [&]() -> std::shared_ptr<const Entry> {
      const auto it = store_->entries.find(signature);
      if (it == store_->entries.end()) return nullptr;
      for (const auto& entry : static_cast<const Entries&>(*it->second).all)
        if (matches(*entry, views, std::index_sequence_for<Args...>{})) return entry;
      return nullptr;
    };
    {
      const std::shared_lock lock(store_->mutex);
      if (auto entry = search()) return entry;
    }
    auto made = compile<Args...>(views);
    const std::unique_lock lock(store_->mutex);
    if (auto entry = search()) return entry;  // another thread was faster
    auto& slot = store_->entries[signature];
    if (!slot) slot = std::make_unique<Entries>();
    static_cast<Entries&>(*slot).all.push_back(made);
    store_->compiles.fetch_add(1, std::memory_order_relaxed);
    return std::shared_ptr<const Entry>(std::move(made));
  }

  // What tells apart calls at compile time: the types, and which arguments are given away.
  template <class H, bool given>
  struct Signature {};

  template <class Entry, class Views, std::size_t... I>
  static bool matches(const Entry& entry, const Views& views, std::index_sequence<I...>) {
    std::size_t slot = 0, array = 0;
    return (lift::matches(std::get<I>(views), entry, slot, array) && ...) && slot == entry.present.size() &&
           (lift::same_statics(std::get<I>(views), std::get<I>(entry.skeleton)) && ...);
  }

  template <class... Args, class Views>
  auto compile(const Views& views) const {
    using Held = std::tuple<lift::Held<Args>...>;
    using Out = lift::CallResult<F, Args...>;
    Held held{views};
    lift::JitProgram program;
    const auto add = [&]<class Arg>(auto& tree, std::type_identity<Arg>) {
      using Tree = std::remove_cvref_t<decltype(tree)>;
      visit_slots(tree, [&](auto slot) {
        static_assert(
            std::is_same_v<typename decltype(slot)::value_type, Array>,
            "copse: jit works on arrays; keep other leaves out of its arguments, or hold them in a Static");
        program.present.push_back(!slot.is_nothing());
        if (slot.is_nothing()) return;
        program.types.push_back(slot.value().type());
        if (!lift::keeps_weak<Tree>) program.types.back().weak = false;
        program.donated.push_back(donates<Arg>);
      });
    };
    std::apply([&](auto&... trees) { (add(trees, std::type_identity<Args>{}), ...); }, held);
    std::optional<Out> result;
    flat::Recorded recorded = flat::record(
        [&](const flat::Arrays& arrays) {
          result.emplace(lift::call(f_, held, arrays));
          flat::Arrays out;
          lift::collect(*result, out);
          return out;
        },
        program.types);
    if (!recorded.captured.empty()) lift::escaped();
    program.compiled = flat::compile(std::move(recorded.program), program.donated);
    visit_slots(*result, [&](auto slot) {
      program.out_present.push_back(!slot.is_nothing());
      if (!slot.is_nothing()) (void)slot.try_clear();
    });
    visit_slots(held, [&](auto slot) {
      if (!slot.is_nothing()) (void)slot.try_clear();
    });
    return std::make_shared<const lift::JitEntry<Held, Out>>(
        lift::JitEntry<Held, Out>{std::move(program), std::move(held), std::move(*result)});
  }

  F f_;
  std::shared_ptr<lift::JitStore> store_;
};

/// Compiles a function: see Jit.
template <class F>
[[nodiscard]] Jit<F> jit(F f) {
  return Jit<F>(std::move(f));
}

/// The program that a call of f records: `to_text` and `to_graphviz` print it.
template <class F>
[[nodiscard]] auto make_ir(F f) {
  return [f = std::move(f)](const auto&... args) {
    const std::tuple<lift::Held<decltype(args)>...> held{args...};
    flat::Arrays inputs;
    lift::collect(held, inputs);
    std::vector<ShapeDtype> types;
    for (const Array& a : inputs) types.push_back(a.type());
    return flat::record(
               [&](const flat::Arrays& arrays) {
                 const auto result = lift::call(f, held, arrays);
                 flat::Arrays out;
                 lift::collect(result, out);
                 return out;
               },
               types)
        .program;
  };
}

}  // namespace copse
