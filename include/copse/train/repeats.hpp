// Whether a step that is run twice gives the same.
#pragma once

#include <string>
#include <utility>

#include "copse/train/elegy_module.hpp"
#include "copse/train/loading.hpp"
#include "copse/train/logs.hpp"

namespace copse::train_detail {

/// What a step has made: the module's arrays by name, and what it reports.
struct Made {
  io::NamedArrays arrays;
  Logs logs;
};

/// Throws ValueError, listing what differs, unless both are the same.
void require_same(const Made& first, const Made& second, const std::string& type);

/// Runs a step twice, on copies of a module. Throws ValueError, listing what differs, unless both give the
/// same.
template <class T, class Step>
void require_repeatable(const ElegyModule<T>& module, const Step& step) {
  const auto made = [&] {
    ElegyModule<T> copy = module;
    Logs logs = step(copy);
    return Made{all_arrays(copy), std::move(logs)};
  };
  const Made first = made(), second = made();
  require_same(first, second, std::string(reflect::type_name<T>()));
}

}  // namespace copse::train_detail
