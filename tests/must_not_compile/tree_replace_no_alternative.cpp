// expect: copse: replace: a step of the path is no member of what the steps before it lead to
#include <variant>

#include "copse/tree.hpp"

struct Linear {
  int units = 1;
};
struct Conv {
  int channels = 1;
};
struct Net {
  std::variant<int, Linear> layer;
};

int main() {
  copse::Tree<Net> net;
  return net.replace<&Net::layer, &Conv::channels>(2)->layer.index() == 0;
}
