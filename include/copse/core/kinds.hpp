// Fields of modules that hold arrays, by what they are for.
#pragma once

#include "copse/core/array.hpp"
#include "copse/tree/field.hpp"

namespace copse {

/// A value that training changes. Knows whether it is trainable.
using Parameter = Field<ParameterKind, Array>;
/// Running statistics of batches.
using BatchStat = Field<BatchStatKind, Array>;
/// A loss that a module reports.
using LossLog = Field<LossLogKind, Array>;
/// A number that a module reports.
using MetricLog = Field<MetricLogKind, Array>;

}  // namespace copse
