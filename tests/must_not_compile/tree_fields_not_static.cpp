// expect: copse: fields() must be a static member function
#include "copse/tree.hpp"

class Bad {
 public:
  constexpr auto fields() { return std::tuple{std::pair{"x", &Bad::x_}}; }

 private:
  int x_ = 0;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
