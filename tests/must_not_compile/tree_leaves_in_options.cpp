// expect: copse: there are leaves in a static member of a tree, which trees cannot look into
#include <list>
#include <map>
#include <string>

#include "copse/tree.hpp"

class Leaf {
 public:
  bool operator==(const Leaf&) const = default;
};
template <>
struct copse::LeafTraits<Leaf> {
  static constexpr bool leaf = true;
};
struct Options {
  std::map<std::string, std::list<Leaf>> tables;
};
struct Bad {
  Leaf value;
  Options options;
};

int main() { return static_cast<int>(copse::leaves(copse::Tree<Bad>{}).size()); }
