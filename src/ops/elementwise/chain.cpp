#include "chain.hpp"

#include <array>

#include "tables.hpp"

namespace copse::elementwise {

std::optional<Arithmetic> arithmetic_of(TileFunction loop) {
  constexpr auto f32 = static_cast<std::size_t>(DType::float32);
  struct Known {
    TileFunction loop;
    Arithmetic arithmetic;
  };
  static const std::array<Known, 7> known = [] {
    const auto& unary = COPSE_ISA_SELECT(unary_table)();
    const auto one = [&]<class Op>(Op, Arithmetic a) {
      return Known{unary.at[static_cast<std::size_t>(UnaryOps::index<Op>)][f32], a};
    };
    return std::array<Known, 7>{Known{binary_loop_of<Add>(DType::float32), Arithmetic::add},
                                Known{binary_loop_of<Subtract>(DType::float32), Arithmetic::subtract},
                                Known{binary_loop_of<Multiply>(DType::float32), Arithmetic::multiply},
                                Known{binary_loop_of<Divide>(DType::float32), Arithmetic::divide},
                                one(Negative{}, Arithmetic::negative),
                                one(Square{}, Arithmetic::square),
                                one(Sqrt{}, Arithmetic::sqrt)};
  }();
  for (const Known& k : known)
    if (k.loop == loop) return k.arithmetic;
  return std::nullopt;
}

}  // namespace copse::elementwise
