// The transforms on untyped functions: from a list of arrays to a list of arrays. Users call the typed ones
// in copse/transform.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "copse/core/trace.hpp"
#include "copse/trace/ir.hpp"

namespace copse::flat {

using Arrays = std::vector<Array>;
/// A function on lists of arrays. Called during the transform only, never kept.
using Function = std::function<Arrays(const Arrays&)>;

/// A recorded function, and the arrays of outer traces that it uses: they are its last inputs.
struct Recorded {
  ir::Program program;
  Arrays captured;
};

/// Records a function for inputs of these types. Arrays with known values become constants of the program.
Recorded record(const Function& f, std::span<const ShapeDtype> inputs, const char* name = "jit");

/// Takes cotangents of the outputs (one without a value is zero), gives gradients of the inputs (none where
/// there is nothing to differentiate).
using Pullback = std::function<Arrays(std::span<const Array>)>;

struct Vjp {
  Arrays outputs;
  Pullback pullback;
};

/// Runs f and remembers how to go back. Only `wanted` inputs of floating dtype get gradients.
Vjp vjp(const Function& f, const Arrays& inputs, std::span<const std::uint8_t> wanted);

struct Jvp {
  Arrays outputs;
  Arrays tangents;  ///< without a value where zero
};

/// Runs f and its derivative in the direction of the tangents (one without a value is zero).
Jvp jvp(const Function& f, const Arrays& inputs, std::span<const Array> tangents);

/// Runs f for each element along the axes given: none for an input that all share.
/// An output is put together along its axis of `out_axes`. Collectives find the mapped axis by its name, if
/// it has one. Throws ShapeError if the mapped extents differ.
Arrays vmap(const Function& f, const Arrays& inputs, std::span<const std::optional<int>> in_axes,
            const std::function<std::vector<std::optional<int>>(std::size_t)>& out_axes,
            std::optional<std::int64_t> axis_size = std::nullopt, const std::string& axis_name = {});

/// The same with every output as it comes: the mapped axis in front where it depends on it. In a batching
/// rule it is the axis that the rule is asked for.
struct Mapped {
  Arrays outputs;
  std::vector<std::uint8_t> mapped;
};
Mapped vmap_where_needed(const Function& f, const Arrays& inputs, std::span<const std::optional<int>> in_axes,
                         std::int64_t size);

/// An array `size` times along a new first axis.
Array broadcast_in_front(const Array& x, std::int64_t size);

}  // namespace copse::flat
