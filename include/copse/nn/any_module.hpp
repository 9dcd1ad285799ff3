// Layers whose types are known when the program runs, and layers made inline.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "copse/core/array.hpp"
#include "copse/nn/call.hpp"
#include "copse/tree/compact.hpp"

namespace copse {

namespace nn_detail {

struct LayerBehavior {
  struct Interface {
    virtual ~Interface() = default;
    virtual Array call(Scope& scope, const Array& x) = 0;
  };
  template <class Base>
  struct Of : Base {
    using Base::Base;
    Array call(Scope& scope, const Array& x) override {
      return nn_detail::invoke(CallOperator{}, this->value, scope, x);
    }
  };
};

}  // namespace nn_detail

/// Any layer from one array to another, for containers that are filled when the program runs:
/// `std::vector<AnyModule> layers; layers.push_back(nn::Linear{32});`. A value and a node, like what is in
/// it.
class AnyModule : public AnyTree<Array, nn_detail::LayerBehavior> {
 public:
  using AnyTree<Array, nn_detail::LayerBehavior>::AnyTree;

  Array operator()(Scope& scope, const Array& x) { return (*this)->call(scope, x); }
};

/// What a method makes inline when it is first run, kept by name: see BasicCompact.
using Compact = BasicCompact<Array>;

}  // namespace copse
