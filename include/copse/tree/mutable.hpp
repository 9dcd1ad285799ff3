// Running methods that change members on copies: the result and the new tree come back.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "copse/tree/handle.hpp"

namespace copse {

namespace tree_detail {

// Runs a method on `value`, which belongs to nobody else; `finish` gives the new tree afterwards.
template <class Method, class T, class Out, class... Args>
auto run_mutable(Method& method, T& value, Out&& finish, Args&&... args) {
  static_assert(std::is_invocable_v<Method&, T&, Args...>,
                "copse: mutable_: the method cannot be called with the tree's value and these arguments");
  using Result = std::invoke_result_t<Method&, T&, Args...>;
  if constexpr (std::is_void_v<Result>) {
    std::invoke(method, value, std::forward<Args>(args)...);
    return finish();
  } else {
    std::decay_t<Result> result = std::invoke(method, value, std::forward<Args>(args)...);
    auto next = finish();
    return std::pair<std::decay_t<Result>, decltype(next)>{std::move(result), std::move(next)};
  }
}

template <class Method, class T, class... Args>
auto run_on_copy(Method& method, T tree, Args&&... args) {
  if constexpr (AnyHandle<T>) {
    return run_mutable(
        method, HandleAccess::edit(tree), [&] { return std::move(tree); }, std::forward<Args>(args)...);
  } else {
    return run_mutable(
        method, tree, [&] { return std::move(tree); }, std::forward<Args>(args)...);
  }
}

// What `tree.mutable_(method)` gives: to be called with the method's arguments.
template <class Method, class HandleType>
class MutableCall {
 public:
  MutableCall(Method method, HandleType tree) : method_(std::move(method)), tree_(std::move(tree)) {}

  template <class... Args>
  [[nodiscard("a tree is immutable: mutable_ returns a new one")]] auto operator()(Args&&... args) && {
    return run_on_copy(method_, std::move(tree_), std::forward<Args>(args)...);
  }
  template <class... Args>
  [[nodiscard("a tree is immutable: mutable_ returns a new one")]] auto operator()(Args&&... args) & {
    return run_on_copy(method_, tree_, std::forward<Args>(args)...);
  }

 private:
  Method method_;
  HandleType tree_;
};

// What `mutable_(method)` gives: to be called with a tree and the method's arguments.
template <class Method>
class MutableFunction {
 public:
  explicit MutableFunction(Method method) : method_(std::move(method)) {}

  template <class T, class... Args>
  [[nodiscard("a tree is immutable: mutable_ returns a new one")]] auto operator()(T&& tree,
                                                                                   Args&&... args) const {
    Method method = method_;
    return run_on_copy<Method, std::remove_cvref_t<T>>(method, std::forward<T>(tree),
                                                       std::forward<Args>(args)...);
  }

 private:
  Method method_;
};

}  // namespace tree_detail

/// Makes a function on trees of a method that changes members, or of a lambda that takes `T&` first: `auto
/// [result, next] = mutable_(&Net::step)(tree, args...)`; only the new tree if nothing is returned.
template <class Method>
[[nodiscard]] auto mutable_(Method method) {
  return tree_detail::MutableFunction<Method>(std::move(method));
}

}  // namespace copse
