#include "copse/nn/initializers.hpp"

#include <fmt/format.h>

#include <cmath>
#include <ostream>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/samplers.hpp"

namespace copse::initializers {
namespace {

void check_rank(const Shape& shape, const char* what) {
  if (shape.rank() < 2)
    throw ShapeError(fmt::format("{}: got shape {}, wanted at least two dimensions", what, to_string(shape)));
}

double fan(const Shape& shape, Mode mode) {
  double window = 1;
  for (int d = 0; d < shape.rank() - 2; ++d) window *= static_cast<double>(shape[d]);
  const double in = window * static_cast<double>(shape[-2]), out = window * static_cast<double>(shape[-1]);
  return mode == Mode::fan_in ? in : mode == Mode::fan_out ? out : (in + out) / 2;
}

Array scaled(const Initializer& init, const Key& key, const Shape& shape) {
  check_rank(shape, "variance_scaling");
  if (shape.elements() == 0) return copse::zeros(shape);
  const double variance = init.scale / fan(shape, init.mode);
  switch (init.distribution) {
    case Distribution::normal:
      return random::normal(key, shape) * std::sqrt(variance);
    case Distribution::uniform:
      return random::uniform(key, shape, -1.0, 1.0) * std::sqrt(3 * variance);
    default:
      // What lies between -2 and 2 has a smaller deviation, which this makes 1 again.
      return random::truncated_normal(key, -2, 2, shape) * (std::sqrt(variance) / 0.87962566103423978);
  }
}

Array orthogonal_matrix(const Key& key, const Shape& shape, double scale) {
  check_rank(shape, "orthogonal");
  const std::int64_t columns = shape[-1], rows = columns ? shape.elements() / columns : 0;
  if (shape.elements() == 0) return copse::zeros(shape);
  const std::int64_t tall = std::max(rows, columns), wide = std::min(rows, columns);
  const auto [q, r] = linalg::qr(random::normal(key, {tall, wide}));
  // The signs that make the decomposition unique, and with it the distribution uniform.
  const Array signs = sign(sum(r * eye(wide), 0));
  const Array matrix = q * signs;
  return reshape(rows < columns ? transpose(matrix) : matrix, shape) * scale;
}

template <class E, std::size_t N>
E named(std::string_view name, const std::pair<std::string_view, E> (&all)[N], const char* wanted) {
  for (const auto& [known, value] : all)
    if (known == name) return value;
  throw ValueError(fmt::format("variance_scaling: got '{}', wanted {}", name, wanted));
}

constexpr std::string_view name_of(Mode mode) {
  return mode == Mode::fan_in ? "fan_in" : mode == Mode::fan_out ? "fan_out" : "fan_avg";
}

constexpr std::string_view name_of(Distribution distribution) {
  return distribution == Distribution::normal    ? "normal"
         : distribution == Distribution::uniform ? "uniform"
                                                 : "truncated_normal";
}

std::string text_of_scaling(const Initializer& init) {
  constexpr std::pair<std::string_view, Initializer (*)()> known[] = {
      {"lecun_normal", lecun_normal},     {"lecun_uniform", lecun_uniform}, {"glorot_normal", glorot_normal},
      {"glorot_uniform", glorot_uniform}, {"he_normal", he_normal},         {"he_uniform", he_uniform}};
  for (const auto& [name, make] : known)
    if (init == make()) return fmt::format("{}()", name);
  return fmt::format("variance_scaling({}, {}, {})", init.scale, name_of(init.mode),
                     name_of(init.distribution));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Initializer& init) {
  using Kind = Initializer::Kind;
  switch (init.kind) {
    case Kind::constant:
      if (init.scale == 0 || init.scale == 1) return out << (init.scale == 0 ? "zeros()" : "ones()");
      return out << fmt::format("constant({})", init.scale);
    case Kind::normal:
      return out << fmt::format("normal({})", init.scale);
    case Kind::uniform:
      return out << fmt::format("uniform({})", init.scale);
    case Kind::truncated_normal:
      return out << fmt::format("truncated_normal({}, {}, {})", init.scale, init.lower, init.upper);
    case Kind::variance_scaling:
      return out << text_of_scaling(init);
    case Kind::orthogonal:
      return out << fmt::format("orthogonal({})", init.scale);
    default:
      return out << "custom";
  }
}

Array Initializer::operator()(const Key& key, const Shape& shape, DType dtype) const {
  switch (kind) {
    case Kind::constant:
      return full(shape, scale, dtype);
    case Kind::normal:
      return astype(random::normal(key, shape) * scale, dtype);
    case Kind::uniform:
      return astype(random::uniform(key, shape) * scale, dtype);
    case Kind::truncated_normal:
      return astype(random::truncated_normal(key, lower, upper, shape) * scale, dtype);
    case Kind::variance_scaling:
      return astype(scaled(*this, key, shape), dtype);
    case Kind::orthogonal:
      return astype(orthogonal_matrix(key, shape, scale), dtype);
    default:
      if (!function) throw ValueError("initializers: a custom initializer has no function");
      return function(key, shape, dtype);
  }
}

Initializer zeros() { return constant(0); }
Initializer ones() { return constant(1); }
Initializer constant(double value) { return {.kind = Initializer::Kind::constant, .scale = value}; }
Initializer normal(double stddev) { return {.kind = Initializer::Kind::normal, .scale = stddev}; }
Initializer uniform(double scale) { return {.kind = Initializer::Kind::uniform, .scale = scale}; }

Initializer truncated_normal(double stddev, double lower, double upper) {
  return {.kind = Initializer::Kind::truncated_normal, .scale = stddev, .lower = lower, .upper = upper};
}

Initializer variance_scaling(double scale, Mode mode, Distribution distribution) {
  return {.kind = Initializer::Kind::variance_scaling,
          .scale = scale,
          .mode = mode,
          .distribution = distribution};
}

Initializer variance_scaling(double scale, std::string_view mode, std::string_view distribution) {
  constexpr std::pair<std::string_view, Mode> modes[] = {
      {"fan_in", Mode::fan_in}, {"fan_out", Mode::fan_out}, {"fan_avg", Mode::fan_avg}};
  constexpr std::pair<std::string_view, Distribution> distributions[] = {
      {"truncated_normal", Distribution::truncated_normal},
      {"normal", Distribution::normal},
      {"uniform", Distribution::uniform}};
  return variance_scaling(scale, named(mode, modes, "fan_in, fan_out or fan_avg"),
                          named(distribution, distributions, "truncated_normal, normal or uniform"));
}

Initializer orthogonal(double scale) { return {.kind = Initializer::Kind::orthogonal, .scale = scale}; }
Initializer lecun_normal() { return variance_scaling(1, Mode::fan_in, Distribution::truncated_normal); }
Initializer lecun_uniform() { return variance_scaling(1, Mode::fan_in, Distribution::uniform); }
Initializer glorot_normal() { return variance_scaling(1, Mode::fan_avg, Distribution::truncated_normal); }
Initializer glorot_uniform() { return variance_scaling(1, Mode::fan_avg, Distribution::uniform); }
Initializer he_normal() { return variance_scaling(2, Mode::fan_in, Distribution::truncated_normal); }
Initializer he_uniform() { return variance_scaling(2, Mode::fan_in, Distribution::uniform); }
Initializer custom(Function function) { return {.kind = Initializer::Kind::custom, .function = function}; }

}  // namespace copse::initializers

std::size_t std::hash<copse::initializers::Initializer>::operator()(
    const copse::initializers::Initializer& value) const noexcept {
  std::size_t seed = static_cast<std::size_t>(value.kind);
  const auto mix = [&seed](std::size_t part) {
    seed ^= part + 0x9e3779b97f4a7c15u + (seed << 6) + (seed >> 2);
  };
  for (const double number : {value.scale, value.lower, value.upper}) mix(std::hash<double>{}(number));
  mix(static_cast<std::size_t>(value.mode));
  mix(static_cast<std::size_t>(value.distribution));
  mix(std::hash<copse::initializers::Function>{}(value.function));
  return seed;
}
