// Handles as other layers build them: with something beside the value.
#pragma once

#include "leaves.hpp"

namespace testing_trees {

struct Flags {
  bool training = true;
};

// A handle with a static part beside the value.
template <class T>
class Module : public copse::Handle<Module<T>, T, Flags> {
 public:
  using copse::Handle<Module<T>, T, Flags>::Handle;

  Module eval() const { return this->with_extra({.training = false}); }
};
template <class T>
  requires(!copse::tree_detail::AnyHandle<T>)
Module(T) -> Module<T>;

struct Calls {
  copse::State<Vec> calls = 0.0f;
};

// A handle with a node beside the value.
template <class T>
class Tracked : public copse::Handle<Tracked<T>, T, Calls> {
 public:
  using copse::Handle<Tracked<T>, T, Calls>::Handle;
};
template <class T>
  requires(!copse::tree_detail::AnyHandle<T>)
Tracked(T) -> Tracked<T>;

}  // namespace testing_trees
