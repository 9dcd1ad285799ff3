// Loops of the elementwise operations with two inputs.
#include "../elementwise/loops.hpp"

namespace copse::elementwise::COPSE_ISA {

const BinaryTable& binary_table() {
  static const BinaryTable table = [] {
    BinaryTable t;
    BinaryOps::each([&]<class Op>() {
      each_dtype([&]<class T>(std::size_t d) {
        if constexpr (takes<Op, T>()) {
          constexpr auto i = static_cast<std::size_t>(BinaryOps::index<Op>);
          t.at[i][d] = binary_loop<Op, T>;
          t.with_scalar[0].at[i][d] = scalar_loop<Op, T, 0>;
          t.with_scalar[1].at[i][d] = scalar_loop<Op, T, 1>;
        }
      });
    });
    return t;
  }();
  return table;
}

}  // namespace copse::elementwise::COPSE_ISA
