// Loops of the elementwise operations with three inputs.
#include "../elementwise/loops.hpp"

namespace copse::elementwise::COPSE_ISA {

const Table<TernaryOps>& ternary_table() {
  static const Table<TernaryOps> table = [] {
    Table<TernaryOps> t;
    TernaryOps::each([&]<class Op>() {
      each_dtype([&]<class T>(std::size_t d) {
        if constexpr (takes<Op, T>())
          t.at[static_cast<std::size_t>(TernaryOps::index<Op>)][d] = select_loop<Op, T>;
      });
    });
    return t;
  }();
  return table;
}

}  // namespace copse::elementwise::COPSE_ISA
