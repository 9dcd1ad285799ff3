// Options that convolutions and pooling share.
#pragma once

#include "case.hpp"
#include "copse/ops/conv.hpp"

namespace reference {

/// "SAME", "VALID", or pairs.
copse::Padding padding_option(const Options& options, const copse::Padding& fallback);
/// One extent for each spatial dimension; a single number stands for all. Empty if the option is absent.
std::vector<std::int64_t> extents_option(const Options& options, const std::string& name, int spatial);
/// `window`, `strides`, `padding`, `count_include_pad`.
copse::PoolOptions pool_options(const Options& options, const Array& x, bool average);

}  // namespace reference
