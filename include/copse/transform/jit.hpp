// Compiled functions on trees.
#pragma once

#include <array>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <typeindex>
#include <vector>

#include "copse/comm/communicator.hpp"
#include "copse/core/trace.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/partition.hpp"
#include "copse/trace/profile.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

/// How a compiled function has been used.
struct JitStats {
  std::int64_t calls = 0;  ///< calls that ran a compiled program
  /// Programs made: one for each structure, static field, shape, dtype, and set of arguments given away.
  std::int64_t compiles = 0;
  std::int64_t traces =
      0;  ///< how often the function was recorded; giving arguments away needs no other recording
  std::int64_t kept = 0;  ///< programs kept now: JitOptions.cache_size at most
};

/// `3 calls, 1 compiled program, 1 trace`.
std::ostream& operator<<(std::ostream& out, const JitStats& stats);

/// How a call is divided over the ranks of a communicator. Each rank computes its part of what depends on
/// divided arguments; where parts must meet, they do. Results are those of the function itself, to rounding,
/// and whole on every rank.
struct ShardOptions {
  /// By argument: the axis along which all of its arrays are divided into consecutive parts, or none where
  /// each rank has all of it. Arrays without that axis are whole. Arguments behind the last one are whole.
  std::vector<std::optional<int>> in_axes = {};
  /// Who takes part; nothing is divided without. Of a group of threads in this process (`comm::threads`)
  /// arguments are given whole; of processes each gives its own part of what is divided.
  std::optional<comm::Group> communicator = {};
};

/// Options of `jit`.
struct JitOptions {
  std::string name = "function";  ///< for the log
  /// How many programs are kept, 1 or more: then the one that was not called for longest makes room. Called
  /// again, its call is recorded and compiled again.
  std::int64_t cache_size = 512;
  /// A function that is recorded more often than this says so, each time, and what has changed. Below 0:
  /// never.
  std::int64_t log_after = 10;
  std::function<void(const std::string&)> log = {};  ///< where to say it; stderr by default
  CompileOptions compile = {};                       ///< passes left out, programs written to files
  ShardOptions shard = {};                           ///< computed in parts by several threads or processes
};

namespace lift {

// What the untyped part of jit does with trees of a type, which it knows by their addresses. So that what a
// call takes, which is much, is compiled once and not for each function and each list of arguments.
struct TreeOps {
  void (*visit)(void* tree, const tree_detail::SlotVisitor& f);
  void (*read)(const void* tree, const tree_detail::SlotVisitor& f);
  void (*read_paths)(const void* tree, const tree_detail::SlotVisitor& f);
  bool (*same_statics)(const void* a, const void* b);
  std::size_t (*hash)(const void* tree);                                  // of statics, shapes and dtypes
  std::optional<Difference> (*difference)(const void* a, const void* b);  // in statics alone
  std::shared_ptr<void> (*copy)(const void* tree);
  // What a weak type means for an argument: a bare number keeps it, the leaves of a tree are what they are.
  bool keeps_weak;
};

// A hash of what programs are compiled for in an array.
std::size_t hash_type(const ShapeDtype& type, bool weak) noexcept;

// The same for a leaf: one type for all trees, so that the code for what they have in common is made once.
struct HashTypes {
  bool keeps_weak;
  template <class Leaf>
  std::size_t operator()(const Leaf& slot) const {
    return slot.is_nothing() ? 3 : hash_type(slot.value().type(), keeps_weak);
  }
};

template <class T>
struct TreeOpsOf {
  using Leaves = tree_detail::LeafTypes<T>;
  static_assert(std::is_same_v<Leaves, reflect::Types<>> || std::is_same_v<Leaves, reflect::Types<Array>>,
                "copse: jit works on arrays; keep other leaves out of its arguments and results, or hold "
                "them in a Static");

  static const T& at(const void* tree) { return *static_cast<const T*>(tree); }
  static void visit(void* tree, const tree_detail::SlotVisitor& f) {
    tree_detail::walk(*static_cast<T*>(tree), f, LeafContext{});
  }
  static void read(const void* tree, const tree_detail::SlotVisitor& f) {
    tree_detail::walk(at(tree), f, LeafContext{});
  }
  static void read_paths(const void* tree, const tree_detail::SlotVisitor& f) {
    tree_detail::TreeCode<T>::walk_paths(at(tree), f, LeafContext{}, nullptr);
  }
  static bool same_statics(const void* a, const void* b) { return tree_detail::same_statics(at(a), at(b)); }
  static std::size_t hash(const void* tree) {
    return tree_detail::hash_tree(at(tree), HashTypes{keeps_weak});
  }
  static std::optional<Difference> difference(const void* a, const void* b) {
    return tree_detail::find_difference(at(a), at(b), true, false);
  }
  static std::shared_ptr<void> copy(const void* tree) { return std::make_shared<T>(at(tree)); }

  static constexpr bool keeps_weak = std::is_same_v<T, Array>;
};

// No member of it: where `extern template` leaves the functions to the library, link-time optimisation would
// ask for such a member when it is too late to take it from there.
template <class T>
inline constexpr TreeOps tree_ops{
    TreeOpsOf<T>::visit, TreeOpsOf<T>::read,       TreeOpsOf<T>::read_paths, TreeOpsOf<T>::same_statics,
    TreeOpsOf<T>::hash,  TreeOpsOf<T>::difference, TreeOpsOf<T>::copy,       TreeOpsOf<T>::keeps_weak};

// What it knows of a call.
struct JitCall {
  std::type_index types;                       // of all arguments
  std::uint64_t mask;                          // of arguments that are given away
  std::span<const TreeOps* const> operations;  // by argument
  std::span<const void* const> arguments;
  const TreeOps* result;
  const void* f;
  std::shared_ptr<void> (*run)(const void* f, std::span<const void* const> arguments);
};

// What has been recorded and compiled of a function.
struct JitStore;
// A program compiled for calls of one kind, and what has been recorded of them.
struct JitProgram;

// Throws ValueError for a cache_size below 1.
std::shared_ptr<JitStore> make_store(const JitOptions& options);
JitStats stats_of(const JitStore& store);

// The program that a call runs, compiled if need be, and kept as long as the store.
const flat::Compiled& compiled(JitStore& store, const JitOptions& options, const JitCall& call);

// Profiles the program that a call runs. Nothing is taken from the arguments.
Profile profile(JitStore& store, const JitOptions& options, const JitCall& call);

// What the ranks of a call exchange; nothing where it is not divided.
Communication communication(JitStore& store, const JitOptions& options, const JitCall& call);

// Runs a call. `outputs` are the arrays of a result like the program's, for `put`.
std::shared_ptr<const JitProgram> run(JitStore& store, const JitOptions& options, const JitCall& call,
                                      flat::Arrays& outputs);
const void* result_like(const JitProgram& program);
void put(const JitProgram& program, const TreeOps& operations, void* result, flat::Arrays&& outputs);
// A list of this thread, empty, with the room that it has had.
flat::Arrays& spare_outputs();

}  // namespace lift

/// A function that is recorded once for each structure of its arguments (static fields, shapes, dtypes) and
/// from then on runs as a compiled program. Copies share what has been compiled. Safe to call from several
/// threads.
///
/// Calling one that has been moved from throws ValueError.
///
/// Arguments given as rvalues are donated: their buffers may be reused for results where nobody else holds
/// them, and using the moved-from argument throws. Inside another transform the function is inlined.
template <class F>
class Jit {
 public:
  explicit Jit(F f, JitOptions options = {})
      : f_(std::move(f)), options_(std::move(options)), store_(lift::make_store(options_)) {}

  template <class... Args>
  auto operator()(Args&&... args) const try {
    using Out = lift::CallResult<F, Args...>;
    static_assert(!std::is_void_v<Out>,
                  "copse: a function given to jit must return its results: side effects happen only "
                  "once, while it is recorded");
    if (current_trace()) {
      const std::tuple<lift::Held<Args>...> held{args...};
      return Out(std::apply(function(), held));
    }
    flat::Arrays outputs = std::move(lift::spare_outputs());
    const std::shared_ptr<const lift::JitProgram> program = with_call<Args...>(
        [&](const lift::JitCall& call) { return lift::run(*store_, options_, call, outputs); }, args...);
    Out result = *static_cast<const Out*>(lift::result_like(*program));
    lift::put(*program, lift::tree_ops<Out>, &result, std::move(outputs));
    return result;
  } catch (const std::bad_alloc&) {
    detail::out_of_memory("jit");
  }

  /// Compiles for these arguments without running. Gives the compiled program, to print it or ask for its
  /// cost; what it gives is kept as long as this function.
  template <class... Args>
  const flat::Compiled& ahead(const Args&... args) const try {
    return with_call<const Args&...>(
        [&](const lift::JitCall& call) -> const flat::Compiled& {
          return lift::compiled(*store_, options_, call);
        },
        args...);
  } catch (const std::bad_alloc&) {
    detail::out_of_memory("jit");
  }

  /// Where the time of a call with these arguments goes: a row for each instruction, with its layer's path.
  /// Compiles if need be, and runs the program a number of times. Of arguments given as rvalues the program
  /// is the one that they are donated to, but nothing is taken from them.
  template <class... Args>
  [[nodiscard]] Profile profile(Args&&... args) const try {
    return with_call<Args...>(
        [&](const lift::JitCall& call) { return lift::profile(*store_, options_, call); }, args...);
  } catch (const std::bad_alloc&) {
    detail::out_of_memory("jit");
  }

  /// What the ranks exchange in a call with these arguments, and what is not computed in parts. Compiles if
  /// need be. Nothing where the function is not divided.
  template <class... Args>
  [[nodiscard]] Communication communication(const Args&... args) const try {
    return with_call<const Args&...>(
        [&](const lift::JitCall& call) { return lift::communication(*store_, options_, call); }, args...);
  } catch (const std::bad_alloc&) {
    detail::out_of_memory("jit");
  }

  JitStats stats() const { return (void)function(), lift::stats_of(*store_); }

 private:
  const F& function() const { return f_.get("jit"); }

  // Arguments are looked at where they are; bare numbers become arrays.
  template <class T>
  using View = std::conditional_t<Scalar<std::remove_cvref_t<T>>, Array, const std::remove_cvref_t<T>&>;

  template <class Arg>
  static constexpr bool donates =
      !std::is_lvalue_reference_v<Arg> && !std::is_const_v<std::remove_reference_t<Arg>> &&
      !Scalar<std::remove_cvref_t<Arg>>;

  template <class... Args>
  static constexpr std::uint64_t mask_of() {
    std::uint64_t mask = 0, bit = 1;
    ((mask |= donates<Args> ? bit : 0, bit <<= 1), ...);
    return mask;
  }

  template <class Out, class... Held, std::size_t... I>
  static std::shared_ptr<void> run(const void* f, std::span<const void* const> arguments,
                                   std::index_sequence<I...>) {
    return std::make_shared<Out>(
        std::invoke(*static_cast<const F*>(f), *static_cast<const Held*>(arguments[I])...));
  }

  // Calls `use` with what the untyped part must know of a call.
  template <class... Args, class Use, class... T>
  decltype(auto) with_call(const Use& use, T&... args) const {
    using Out = lift::CallResult<F, Args...>;
    static_assert(sizeof...(Args) <= 64, "copse: jit takes up to 64 arguments");
    const std::tuple<View<Args>...> views{args...};
    const auto arguments = std::apply(
        [](const auto&... tree) { return std::array<const void*, sizeof...(tree)>{std::addressof(tree)...}; },
        views);
    static constexpr std::array<const lift::TreeOps*, sizeof...(Args)> operations{
        &lift::tree_ops<lift::Held<Args>>...};
    return use({typeid(std::tuple<lift::Held<Args>...>), mask_of<Args...>(), operations, arguments,
                &lift::tree_ops<Out>, std::addressof(function()),
                [](const void* f, std::span<const void* const> trees) {
                  return run<Out, lift::Held<Args>...>(f, trees, std::index_sequence_for<Args...>());
                }});
  }

  copse::detail::Callable<F> f_;
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
  return [f = copse::detail::Callable(std::move(f))](const auto&... args) {
    const std::tuple<lift::Held<decltype(args)>...> held{args...};
    return lift::record_call("make_ir", f.get("make_ir"), held, lift::types_of(held)).recorded.program;
  };
}

}  // namespace copse
