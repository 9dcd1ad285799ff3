// Whether a step that is run twice gives the same.
#pragma once

#include <string>

#include "copse/io/safetensors.hpp"
#include "copse/train/logs.hpp"

namespace copse::train_detail {

/// What a step has made: the module's arrays by name, and what it reports.
struct Made {
  io::NamedArrays arrays;
  Logs logs;
};

/// Throws ValueError, listing what differs, unless both are the same.
void require_same(const Made& first, const Made& second, const std::string& type);

}  // namespace copse::train_detail
