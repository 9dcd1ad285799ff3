// Random changes of files.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace fuzz {

using Random = std::mt19937_64;

/// One of the inputs, half the time one of the first `seeds`, with a few random changes: bytes, numbers,
/// digits, parts left out, repeated or taken from another.
std::string mutated(const std::vector<std::string>& inputs, std::size_t seeds, Random& random);

}  // namespace fuzz
