// expect: copse: a number stands where an option takes true or false
#include "copse/nn.hpp"

// In the order of PyTorch: 64 outputs, and whether there is a bias.
copse::nn::Linear head{64, 1};
