// The elementwise operations as lists of types. Tables of loops are indexed by their order.
#pragma once

#include <type_traits>

#include "binary.hpp"
#include "unary.hpp"

namespace copse::elementwise {

template <class... Ops>
struct List {
  static constexpr int size = sizeof...(Ops);
  template <class Op>
  static constexpr int index = [] {
    int at = 0;
    (void)((std::is_same_v<Op, Ops> || (++at, false)) || ...);
    return at;
  }();
  template <class F>
  static void each(F&& f) {
    (f.template operator()<Ops>(), ...);
  }
};

// Begins with a type that is none, as every operation of a list follows a comma.
struct Begin {};
template <class... Ops>
struct Listed;
template <class... Ops>
struct Listed<Begin, Ops...> : std::type_identity<List<Ops...>> {};

#define COPSE_LISTED(function, Op) , Op
using UnaryOps = Listed<Begin COPSE_UNARY_OPERATIONS(COPSE_LISTED)>::type;
using BinaryOps = Listed<Begin COPSE_BINARY_OPERATIONS(COPSE_LISTED, COPSE_LISTED)>::type;
#undef COPSE_LISTED
using TernaryOps = List<Select>;

}  // namespace copse::elementwise
