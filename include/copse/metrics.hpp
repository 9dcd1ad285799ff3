// Metrics: structs that accumulate, and the handle that makes them values.
#pragma once

#include "copse/metrics/accuracy.hpp"
#include "copse/metrics/any_metric.hpp"
#include "copse/metrics/auroc.hpp"
#include "copse/metrics/collections.hpp"
#include "copse/metrics/counting.hpp"
#include "copse/metrics/mean.hpp"
#include "copse/metrics/metric.hpp"
#include "copse/metrics/report.hpp"
#include "copse/metrics/rules.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
