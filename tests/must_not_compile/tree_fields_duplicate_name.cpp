// expect: copse: two entries of fields() have the same name
#include "copse/tree.hpp"

class Bad {
 public:
  static constexpr auto fields() { return std::tuple{std::pair{"x", &Bad::x_}, std::pair{"x", &Bad::y_}}; }

 private:
  int x_ = 0;
  int y_ = 0;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
