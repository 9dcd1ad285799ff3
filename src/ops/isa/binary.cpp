// Loops of the elementwise operations with two inputs.
#include "../elementwise/loops.hpp"

namespace copse::elementwise::COPSE_ISA {

const Table<BinaryOps>& binary_table() {
  static const Table<BinaryOps> table = [] {
    Table<BinaryOps> t;
    BinaryOps::each([&]<class Op>() {
      each_dtype([&]<class T>(std::size_t d) {
        if constexpr (takes<Op, T>())
          t.at[static_cast<std::size_t>(BinaryOps::index<Op>)][d] = binary_loop<Op, T>;
      });
    });
    return t;
  }();
  return table;
}

}  // namespace copse::elementwise::COPSE_ISA
