// expect: copse: a class inherits fields() and has members of its own, which are not listed
#include "copse/tree.hpp"

class Leaf {
 public:
  bool operator==(const Leaf&) const = default;
};
template <>
struct copse::LeafTraits<Leaf> {
  static constexpr bool leaf = true;
};
struct Base {
  Leaf weight;
  int units = 1;

  static constexpr auto fields() {
    return std::tuple{std::pair{"weight", &Base::weight}, std::pair{"units", &Base::units}};
  }
};
struct Bad : Base {
  std::string name;
};

int main() { return static_cast<int>(copse::leaves(copse::Tree<Bad>{}).size()); }
