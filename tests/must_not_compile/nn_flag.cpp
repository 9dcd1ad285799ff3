// expect-success
#include "copse/nn.hpp"

copse::nn::Linear by_place{64, true};
copse::nn::Linear by_name{.features = 64, .use_bias = false};
copse::nn::GRU gru{.features = 8, .return_sequences = true};
