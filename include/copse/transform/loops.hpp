// Loops inside of functions that are transformed: recorded once, however many steps they take.
#pragma once

#include <concepts>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/trace/control.hpp"
#include "copse/transform/lift.hpp"

namespace copse {

/// Options of `scan`.
struct ScanOptions {
  std::optional<std::int64_t> length = std::nullopt;  ///< number of steps; by default the extent of xs
  bool reverse = false;                               ///< from the last element to the first
};

namespace lift {

// Throws TreeError or ShapeError unless a loop's step gives back carries like those it was given.
void check_carries(const char* function, const std::vector<std::string>& paths,
                   std::span<const ShapeDtype> before, std::span<const ShapeDtype> after);
// The common extent of the first axes. Throws ShapeError if they differ or there is none.
std::int64_t scan_length(const std::vector<std::string>& paths, std::span<const Array> xs,
                         const std::optional<std::int64_t>& length);
// Whether bare numbers among the carries take the dtypes that a step gives them; converts those.
bool adopt_dtypes(flat::Arrays& carries, std::span<const ShapeDtype> after);

template <class T>
std::vector<std::string> paths_of(const T& tree) {
  std::vector<std::string> paths;
  for (const auto& [info, leaf] : leaves_with_path(tree)) paths.push_back(info.path);
  return paths;
}

template <class C>
void check_carry_tree(const char* function, const C& before, const C& after) {
  if (structure_equal(before, after)) return;
  if (const auto at = first_difference(before, after))
    throw TreeError(std::string(function) + ": a step changes the structure of the carry: " +
                    (at->path.empty() ? std::string("the root") : at->path) + ": " + at->left + " before, " +
                    at->right + " after");
}

// Records a step until the types of its carries stay the same: bare numbers may take another dtype once.
template <class F, class C, class... Rest>
auto record_step(const char* function, const F& step, const C& carry, flat::Arrays& carries,
                 const std::tuple<Rest...>& rest, std::span<const ShapeDtype> rest_types) {
  for (int attempt = 0;; ++attempt) {
    std::vector<ShapeDtype> types;
    for (const Array& c : carries) types.push_back({c.shape(), c.dtype()});
    types.insert(types.end(), rest_types.begin(), rest_types.end());
    auto recorded = record_call(function, step, std::tuple_cat(std::tuple<C>(carry), rest), types);
    std::vector<ShapeDtype> after;
    for (const ir::Id id : recorded.recorded.program.outputs)
      after.push_back(recorded.recorded.program.types[id]);
    if (attempt == 0 && adopt_dtypes(carries, after)) continue;
    return recorded;
  }
}

template <class C>
flat::Arrays carries_of(const C& carry) {
  flat::Arrays carries;
  collect(carry, carries);
  return carries;
}

template <class C>
C filled(C tree, std::span<const Array> arrays) {
  const Array* next = arrays.data();
  return fill(std::move(tree), next);
}

inline flat::Arrays strong(flat::Arrays arrays) {
  for (Array& a : arrays) a = astype(a, a.dtype());
  return arrays;
}

template <class F, class C, class X>
auto run_scan(const char* function, const F& f, const C& init, const X& xs, const ScanOptions& options);

template <class T>
inline constexpr bool pair_result = false;
template <class A, class B>
inline constexpr bool pair_result<std::pair<A, B>> = true;

}  // namespace lift

/// Runs `f(carry, x) -> pair(carry, y)` for each element x along the first axis of `xs` (of all its arrays),
/// and gives the last carry and all ys, stacked. Differentiable in both modes. The gradient of an eager call
/// keeps the carries and computes each step again; in a compiled function the forward loop also keeps what
/// products, reductions and random numbers gave. With `checkpoint` around the step only carries are kept.
///
/// A step must give back a carry like the one it was given, else TreeError, ShapeError or DTypeError; a bare
/// number takes the dtype that a step gives it. Throws ShapeError if the extents of xs differ.
template <class F, class C, class X>
[[nodiscard]] auto scan(const F& f, const C& init, const X& xs, ScanOptions options = {}) {
  return lift::run_scan("scan", f, init, xs, options);
}

namespace lift {

template <class F, class C, class X>
auto run_scan(const char* function, const F& f, const C& init, const X& xs, const ScanOptions& options) try {
  using Carry = lift::Held<C>;
  using Xs = lift::Held<X>;
  using Out = std::remove_cvref_t<std::invoke_result_t<const F&, const Carry&, const Xs&>>;
  static_assert(lift::pair_result<Out>,
                "copse: the function given to scan must return a pair of carry and y");
  using Y = lift::Held<typename Out::second_type>;
  static_assert(std::is_same_v<lift::Held<typename Out::first_type>, Carry>,
                "copse: the function given to scan must return a carry of the type that it is given");
  const Carry carry(init);
  const Xs elements(xs);
  const flat::Arrays sequences = lift::carries_of(elements);
  const std::int64_t length = lift::scan_length(lift::paths_of(elements), sequences, options.length);
  std::vector<ShapeDtype> element_types = lift::types_of(elements);
  for (ShapeDtype& type : element_types) {
    type.shape.erase(0);
    type.weak = false;
  }
  flat::Arrays carries = lift::carries_of(carry);
  const auto step = [&](const Carry& c, const Xs& x) -> std::pair<Carry, Y> { return f(c, x); };
  auto [recorded, result] =
      lift::record_step(function, step, carry, carries, std::tuple<Xs>(elements), element_types);
  lift::check_carry_tree(function, carry, result.first);
  std::vector<ShapeDtype> before, after;
  for (const Array& c : carries) before.push_back(c.type());
  for (std::size_t c = 0; c < carries.size(); ++c)
    after.push_back(recorded.program.types[recorded.program.outputs[c]]);
  lift::check_carries(function, lift::paths_of(carry), before, after);
  const flat::Arrays found =
      flat::scan(std::move(recorded), lift::strong(std::move(carries)), sequences, length, options.reverse);
  const std::span<const Array> all(found);
  return std::pair<Carry, Y>(lift::filled(carry, all),
                             lift::filled(result.second, all.subspan(before.size())));
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(function);
}

}  // namespace lift

/// The same for `f(carry) -> pair(carry, y)`, `options.length` times.
template <class F, class C>
[[nodiscard]] auto scan(const F& f, const C& init, ScanOptions options) {
  return scan([&](const auto& c, const std::tuple<>&) { return f(c); }, init, std::tuple<>(), options);
}

/// Runs `f(i, carry) -> carry` for i from `lower` up to, not including, `upper`, and gives the last carry.
/// Differentiable in both modes with bounds that are plain numbers; otherwise forwards only.
template <class F, class C>
[[nodiscard]] auto fori_loop(const Array& lower, const Array& upper, const F& f, const C& init);

/// Runs `step(carry) -> carry` while `condition(carry)` is true, and gives the last carry. Differentiable
/// forwards only: in reverse mode it throws ValueError.
template <class Condition, class F, class C>
[[nodiscard]] lift::Held<C> while_loop(const Condition& condition, const F& step, const C& init) try {
  using Carry = lift::Held<C>;
  const Carry carry(init);
  flat::Arrays carries = lift::carries_of(carry);
  const auto next = [&](const Carry& c) -> Carry { return step(c); };
  auto [recorded, result] = lift::record_step("while_loop", next, carry, carries, std::tuple<>(), {});
  lift::check_carry_tree("while_loop", carry, result);
  std::vector<ShapeDtype> before, after;
  for (const Array& c : carries) before.push_back({c.shape(), c.dtype()});
  for (const ir::Id id : recorded.program.outputs) after.push_back(recorded.program.types[id]);
  lift::check_carries("while_loop", lift::paths_of(carry), before, after);
  const auto ask = [&](const Carry& c) -> Array { return condition(c); };
  auto [question, answer] = lift::record_call("while_loop", ask, std::tuple<Carry>(carry), before);
  if (!answer.shape().empty() || answer.dtype() != DType::bool_)
    throw DTypeError("while_loop: the condition must give one bool, got " + to_string(answer.type()));
  return lift::filled(
      carry, flat::while_loop(std::move(question), std::move(recorded), lift::strong(std::move(carries))));
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("while_loop");
}

/// The same with plain numbers as bounds: a scan, and so differentiable in reverse mode, too.
template <std::integral L, std::integral U, class F, class C>
[[nodiscard]] auto fori_loop(L lower, U upper, const F& f, const C& init) {
  using Carry = lift::Held<C>;
  const std::int64_t first = detail::whole_number(lower), last = std::max(first, detail::whole_number(upper));
  const auto step = [&](const Carry& c, const Array& i) -> std::pair<Carry, std::tuple<>> {
    return {Carry(f(i, c)), std::tuple<>()};
  };
  return lift::run_scan("fori_loop", step, init, arange(first, last), ScanOptions()).first;
}

template <class F, class C>
[[nodiscard]] auto fori_loop(const Array& lower, const Array& upper, const F& f, const C& init) {
  using Carry = lift::Held<C>;
  using State = std::pair<Array, Carry>;
  if (is_floating(lower.dtype()) || is_floating(upper.dtype()) || lower.ndim() || upper.ndim())
    throw DTypeError("fori_loop: bounds must be integer scalars, got " + to_string(lower.type()) + " and " +
                     to_string(upper.type()));
  const bool wide = promote(lower.type().type(), upper.type().type()).dtype == DType::int64;
  const DType dtype = wide ? DType::int64 : DType::int32;
  const Array last = astype(upper, dtype);
  return while_loop([&](const State& s) { return s.first < last; },
                    [&](const State& s) { return State(s.first + 1, Carry(f(s.first, s.second))); },
                    State(astype(lower, dtype), Carry(init)))
      .second;
}

}  // namespace copse
