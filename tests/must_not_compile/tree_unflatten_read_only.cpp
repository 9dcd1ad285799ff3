// expect: discards qualifiers || is not marked const || TreesAreImmutable_UseReplaceOrMutable
#include "copse/tree.hpp"

struct Net {
  copse::State<float> x = 0.0f;
};

int main() {
  auto [leaves, structure] = copse::flatten(copse::Tree{Net{}});
  structure.skeleton()->x = 1.0f;
}
