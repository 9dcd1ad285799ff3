// How parameters begin: functions of a key and a shape, which compare and hash so that layers can hold them.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string_view>

#include "copse/random/key.hpp"

namespace copse::initializers {

/// Which number of connections sets the variance.
enum class Mode : std::uint8_t { fan_in, fan_out, fan_avg };
/// What weights are drawn from.
enum class Distribution : std::uint8_t { truncated_normal, normal, uniform };
/// An initializer of one's own.
using Function = Array (*)(const Key& key, const Shape& shape, DType dtype);

/// A recipe for the first value of a parameter. Made by the functions below.
struct Initializer {
  enum class Kind : std::uint8_t {
    constant,
    normal,
    uniform,
    truncated_normal,
    variance_scaling,
    orthogonal,
    custom
  };

  Kind kind = Kind::constant;
  double scale = 0;  ///< the constant, deviation, extent, ...
  double lower = -2;
  double upper = 2;
  Mode mode = Mode::fan_in;
  Distribution distribution = Distribution::truncated_normal;
  Function function = nullptr;

  /// Draws an array. Samples are float32, converted to the dtype. Throws ShapeError where the number of
  /// connections counts and the shape has less than two dimensions.
  Array operator()(const Key& key, const Shape& shape, DType dtype = DType::float32) const;

  friend bool operator==(const Initializer&, const Initializer&) = default;
  /// As the call that makes it: `lecun_normal()`, `constant(0.5)`.
  friend std::ostream& operator<<(std::ostream& out, const Initializer& init);
};

/// All 0.
Initializer zeros();
/// All 1.
Initializer ones();
/// All the same.
Initializer constant(double value);
/// Normal with mean 0.
Initializer normal(double stddev = 0.01);
/// Uniform in [0, scale).
Initializer uniform(double scale = 0.01);
/// Standard normal between the bounds, times `stddev`.
Initializer truncated_normal(double stddev = 0.01, double lower = -2, double upper = 2);
/// Variance scale / fan, where fan is the number of inputs, outputs, or their mean. The last dimension counts
/// outputs, the one before it inputs, and all others are a window in which both repeat.
Initializer variance_scaling(double scale, Mode mode, Distribution distribution);
/// The same by JAX's names; throws ValueError for others.
Initializer variance_scaling(double scale, std::string_view mode, std::string_view distribution);
/// Columns (or rows, if there are fewer) orthogonal to each other, of length `scale`; all dimensions but the
/// last are rows.
Initializer orthogonal(double scale = 1);
/// variance_scaling(1, fan_in, truncated_normal): the default of layers.
Initializer lecun_normal();
/// variance_scaling(1, fan_in, uniform).
Initializer lecun_uniform();
/// variance_scaling(1, fan_avg, truncated_normal).
Initializer glorot_normal();
/// variance_scaling(1, fan_avg, uniform).
Initializer glorot_uniform();
/// variance_scaling(2, fan_in, truncated_normal): for relu.
Initializer he_normal();
/// variance_scaling(2, fan_in, uniform): for relu.
Initializer he_uniform();
/// A function of one's own, or a lambda without captures.
Initializer custom(Function function);

}  // namespace copse::initializers

/// Equal initializers have equal hashes.
template <>
struct std::hash<copse::initializers::Initializer> {
  std::size_t operator()(const copse::initializers::Initializer& value) const noexcept;
};
