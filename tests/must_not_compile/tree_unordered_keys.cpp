// expect: copse: the keys of an unordered_map in a tree need operator<
#include "copse/tree.hpp"

struct Key {
  int id = 0;
  friend bool operator==(Key, Key) = default;
};
template <>
struct std::hash<Key> {
  std::size_t operator()(Key key) const { return static_cast<std::size_t>(key.id); }
};

int main() { return static_cast<int>(copse::count_leaves(std::unordered_map<Key, copse::State<float>>{})); }
