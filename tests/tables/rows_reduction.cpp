#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/reduce.hpp"
#include "row.hpp"

namespace tables {
namespace {

using Reduce = Array (*)(const Array&, const copse::Axes&, bool);

// One function over all, one and several axes, with and without keeping them; ties, nan, and nothing.
void add_rows(std::vector<Row>& rows, const char* name, Reduce f, const std::string& jax, double low,
              double high, Gradient gradient = Gradient::smooth) {
  const auto add = [&](const char* variant, const copse::Axes& axes, bool keepdims, const Shape& shape,
                       const std::string& arguments, const Shape& empty, const Shape& scalar) {
    Row row{.name = name,
            .variant = variant,
            .call = one([=](const Arrays& in) { return f(in[0], axes, keepdims); }),
            .inputs = {data(shape, low, high)},
            .jax = jax + "(x" + arguments + ")",
            .gradient = gradient,
            .tolerance = 2,
            .empty = {{empty}},
            .scalar = {{scalar}}};
    row.more = {{"one element",
                 {data(Shape::filled(shape.rank(), 1), low, high)},
                 only(DType::float32) | only(DType::uint8)},
                {"long",
                 {data(shape.rank() == 2 ? Shape{70, 90} : Shape{20, 30, 40}, low, high)},
                 only(DType::float32) | only(DType::int32)}};
    if (!*variant) row.more.push_back({"special", {special()}, floats});
    rows.push_back(std::move(row));
  };
  add("", {}, false, {2, 3}, "", {0, 3}, {});
  add("first", 0, false, {2, 3}, ", axis=0", {0, 3}, {});
  add("last kept", -1, true, {2, 3}, ", axis=-1, keepdims=True", {0, 3}, {});
  add("two", {0, 2}, false, {2, 3, 2}, ", axis=(0, 2)", {2, 0, 2}, {});
  add("inner kept", {1}, true, {2, 3, 2}, ", axis=1, keepdims=True", {2, 0, 2}, {});
}

}  // namespace

std::vector<Row> reduction_rows() {
  std::vector<Row> rows;
  add_rows(rows, "sum", sum, "jnp.sum", -3, 3);
  add_rows(rows, "mean", mean, "jnp.mean", -3, 3);
  add_rows(rows, "max", max, "jnp.max", -3, 3);
  add_rows(rows, "min", min, "jnp.min", -3, 3);
  add_rows(rows, "prod", prod, "jnp.prod", 0.5, 1.5);
  add_rows(rows, "any", any, "jnp.any", 0, 3);
  add_rows(rows, "all", all, "jnp.all", 0, 3);
  add_rows(rows, "logsumexp", logsumexp, "special.logsumexp", -3, 3);
  const Input x = data({2, 3});
  const struct {
    const char* name;
    Array (*f)(const Array&, const copse::Axes&);
    const char* jax;
  } same_shape[] = {{"softmax", softmax, "nn.softmax"}, {"log_softmax", log_softmax, "nn.log_softmax"}};
  for (const auto& s : same_shape) {
    const std::string jax = std::string("(lambda x, **k: ") + s.jax + "(F(x), **k))";
    rows.push_back({.name = s.name,
                    .call = one([f = s.f](const Arrays& in) { return f(in[0], -1); }),
                    .inputs = {x},
                    .jax = jax + "(x)",
                    .tolerance = 2,
                    .more = {{"special", {special()}, floats},
                             {"nothing in rows", {data({2, 0})}, only(DType::float32)},
                             {"long", {data({30, 70})}, only(DType::float32)}}});
    rows.push_back({.name = s.name,
                    .variant = "first",
                    .call = one([f = s.f](const Arrays& in) { return f(in[0], 0); }),
                    .inputs = {x},
                    .jax = jax + "(x, axis=0)",
                    .tolerance = 2});
    rows.push_back({.name = s.name,
                    .variant = "two",
                    .call = one([f = s.f](const Arrays& in) {
                      return f(in[0], {0, 1});
                    }),
                    .inputs = {x},
                    .jax = jax + "(x, axis=(0, 1))",
                    .tolerance = 2});
  }
  const struct {
    const char* name;
    Array (*f)(const Array&, std::optional<int>, bool);
    const char* jax;
  } positions[] = {{"argmax", argmax, "jnp.argmax"}, {"argmin", argmin, "jnp.argmin"}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& p : positions) {
    const std::string jax = p.jax;
    const std::vector<Sample> more = {
        {"ties", {typed(array({{1, 3, 3}, {0, 3, 0}}))}},
        {"nan", {typed(array({{1.0, nan, 3.0}, {nan, -9.0, nan}}))}, floats},
        {"long", {data({60, 90}, -5, 5)}, only(DType::float32) | only(DType::int32)}};
    rows.push_back({.name = p.name,
                    .call = one([f = p.f](const Arrays& in) { return f(in[0], std::nullopt, false); }),
                    .inputs = {x},
                    .jax = jax + "(x)",
                    .more = more});
    rows.push_back({.name = p.name,
                    .variant = "first",
                    .call = one([f = p.f](const Arrays& in) { return f(in[0], 0, false); }),
                    .inputs = {x},
                    .jax = jax + "(x, axis=0)",
                    .more = more});
    rows.push_back({.name = p.name,
                    .variant = "last kept",
                    .call = one([f = p.f](const Arrays& in) { return f(in[0], -1, true); }),
                    .inputs = {x},
                    .jax = jax + "(x, axis=-1, keepdims=True)",
                    .more = more});
  }
  return rows;
}

}  // namespace tables
