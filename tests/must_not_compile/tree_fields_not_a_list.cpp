// expect: copse: fields() must return a std::tuple of std::pair
#include "copse/tree.hpp"

class Bad {
 public:
  static constexpr auto fields() { return std::tuple{&Bad::x_, &Bad::y_}; }

 private:
  int x_ = 0;
  int y_ = 0;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
