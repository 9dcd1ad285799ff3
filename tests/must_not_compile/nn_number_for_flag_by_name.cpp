// expect: copse: a number stands where an option takes true or false
#include "copse/nn.hpp"

copse::nn::BatchNorm norm{.use_scale = 1.0f};
