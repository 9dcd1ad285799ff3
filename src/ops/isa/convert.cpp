// Loops that convert between dtypes.
#include "../elementwise/loops.hpp"

namespace copse::elementwise::COPSE_ISA {

const ConvertTable& convert_table() {
  static const ConvertTable table = [] {
    ConvertTable t;
    each_dtype([&]<class From>(std::size_t from) {
      each_dtype([&]<class To>(std::size_t to) { t.at[from][to] = convert_loop<From, To>; });
    });
    return t;
  }();
  return table;
}

}  // namespace copse::elementwise::COPSE_ISA
