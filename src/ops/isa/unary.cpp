// Loops of the elementwise operations with one input.
#include "../elementwise/loops.hpp"

namespace copse::elementwise::COPSE_ISA {

const Table<UnaryOps>& unary_table() {
  static const Table<UnaryOps> table = [] {
    Table<UnaryOps> t;
    UnaryOps::each([&]<class Op>() {
      each_dtype([&]<class T>(std::size_t d) {
        if constexpr (takes<Op, T>())
          t.at[static_cast<std::size_t>(UnaryOps::index<Op>)][d] = unary_loop<Op, T>;
      });
    });
    return t;
  }();
  return table;
}

}  // namespace copse::elementwise::COPSE_ISA
