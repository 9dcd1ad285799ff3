// What printed programs include: the pieces, the rows of the tables, and every operation by name.
#pragma once

#include <cstdio>

#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/math.hpp"
#include "copse/ops/positions.hpp"
#include "copse/ops/sets.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/ops/statistics.hpp"
#include "copse/random/samplers.hpp"
#include "pieces.hpp"
#include "tables/compare.hpp"
#include "tables/row.hpp"

namespace random_programs {

/// Computes both and says what differs; 0 if nothing does.
inline int same(const std::function<Arrays()>& got, const std::function<Arrays()>& wanted,
                double factor = 100) {
  set_strict_compiler(true);
  set_num_threads(1);
  try {
    const std::string text = tables::difference(got(), wanted(), factor);
    std::printf("%s\n", text.empty() ? "the same" : text.c_str());
    return text.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::printf("threw %s\n", error.what());
    return 1;
  }
}

}  // namespace random_programs
