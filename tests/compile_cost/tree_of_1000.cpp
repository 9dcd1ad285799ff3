// A tree of structs of up to 64 members, nested four deep, with 1,000 leaves in 37 types of structs; and what
// programs do with trees.
#include "copse/tree.hpp"

class Leaf {
 public:
  friend bool operator==(const Leaf&, const Leaf&) = default;

 private:
  float value_ = 0;
};
template <>
struct copse::LeafTraits<Leaf> {
  static constexpr bool leaf = true;
};

using Parameter = copse::Field<copse::ParameterKind, Leaf>;

template <int I>
struct Layer {
  Parameter p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19, p20,
      p21, p22, p23, p24, p25, p26, p27, p28, p29, p30, p31, p32, p33, p34, p35, p36, p37, p38, p39, p40, p41,
      p42, p43, p44, p45, p46, p47, p48, p49, p50, p51, p52, p53, p54, p55, p56, p57, p58, p59, p60, p61;
  int units = I;
  std::string name = "layer";
};

template <int I>
struct Block {
  Layer<I> layer;
};

template <int I>
struct Stage {
  Block<4 * I> a;
  Block<4 * I + 1> b;
  Block<4 * I + 2> c;
  Block<4 * I + 3> d;
};

struct Net {
  Stage<0> a;
  Stage<1> b;
  Stage<2> c;
  Stage<3> d;
  Parameter p0, p1, p2, p3, p4, p5, p6, p7;
};

int main() {
  const copse::Tree net{Net{}};
  auto [leaves, def] = copse::flatten(net);
  const auto back = copse::unflatten(def, leaves);
  const auto other = back.replace<&Net::a, &Stage<0>::b, &Block<1>::layer, &Layer<1>::units>(3);
  const bool changed = other->a.b.layer.units == 3;
  return leaves.size() == 1000 && changed ? 0 : 1;
}
