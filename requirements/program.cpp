#include "copse/train/strategy.hpp"
int main() {}
