#include "copse/ops/conv.hpp"
#include "row.hpp"

namespace tables {
namespace {

// JAX's call for `conv`.
std::string jax_conv(const char* options) {
  return std::string("lax.conv_general_dilated(x, y, dimension_numbers=conv_numbers(x), ") + options + ")";
}
Row conv_row(const char* variant, const Shape& x, const Shape& kernel, const char* jax,
             const ConvOptions& options) {
  Shape none = x;
  none[0] = 0;
  return {.name = "conv",
          .variant = variant,
          .call = one([=](const Arrays& in) { return conv(in[0], in[1], options); }),
          .inputs = {data(x), data(kernel)},
          .jax = jax_conv(jax),
          .types = numbers,
          .tolerance = 4,
          .empty = {{none, kernel}}};
}

Row pool_row(const char* name, Array (*f)(const Array&, const PoolOptions&), const char* variant,
             const Shape& x, const std::string& jax, const PoolOptions& options) {
  return {.name = name,
          .variant = variant,
          .call = one([=](const Arrays& in) { return f(in[0], options); }),
          .inputs = {data(x)},
          .jax = jax,
          .types = numbers,
          .tolerance = 4};
}

}  // namespace

std::vector<Row> conv_rows() {
  std::vector<Row> rows = {
      conv_row("", {2, 4, 3, 2}, {2, 2, 2, 3}, "window_strides=(1, 1), padding='SAME'", {}),
      conv_row("vector", {1, 5, 2}, {3, 2, 2}, "window_strides=(2,), padding='VALID'",
               {.strides = {2}, .padding = Padding::valid}),
      conv_row("dilated", {1, 5, 5, 1}, {2, 2, 1, 2},
               "window_strides=(1, 2), padding=((1, 0), (0, 2)), rhs_dilation=(2, 1)",
               {.strides = {1, 2}, .padding = {{1, 0}, {0, 2}}, .rhs_dilation = {2, 1}}),
      conv_row("input dilated", {1, 3, 3, 1}, {2, 2, 1, 2},
               "window_strides=(1, 1), padding=((0, 0), (0, 0)), lhs_dilation=(2, 3)",
               {.padding = Padding::valid, .lhs_dilation = {2, 3}}),
      conv_row("groups", {1, 4, 4, 4}, {3, 3, 2, 4},
               "window_strides=(1, 1), padding='SAME', feature_group_count=2", {.feature_group_count = 2}),
      conv_row("volume", {1, 3, 3, 3, 1}, {2, 2, 2, 1, 2}, "window_strides=(1, 1, 1), padding='VALID'",
               {.padding = Padding::valid}),
  };
  const auto transposed = [&](const char* variant, const Shape& x, const Shape& kernel,
                              const std::string& jax, const ConvTransposeOptions& options) {
    Shape none = x;
    none[0] = 0;
    rows.push_back({.name = "conv_transpose",
                    .variant = variant,
                    .call = one([=](const Arrays& in) { return conv_transpose(in[0], in[1], options); }),
                    .inputs = {data(x), data(kernel)},
                    .jax = "lax.conv_transpose(x, y, dimension_numbers=conv_numbers(x), " + jax + ")",
                    .types = numbers,
                    .tolerance = 4,
                    .empty = {{none, kernel}}});
  };
  transposed("", {1, 3, 3, 2}, {2, 2, 2, 3}, "strides=(2, 2), padding='SAME'", {.strides = {2, 2}});
  transposed("vector", {1, 4, 2}, {3, 2, 2}, "strides=(2,), padding='VALID'",
             {.strides = {2}, .padding = Padding::valid});
  const std::string max =
      "lax.reduce_window(x, -jnp.inf if jnp.issubdtype(x.dtype, jnp.floating) else jnp.iinfo(x.dtype).min, "
      "lax.max, ";
  rows.push_back(pool_row("max_pool", max_pool, "", {2, 4, 4, 2},
                          max + "(1, 2, 2, 1), (1, 2, 2, 1), 'VALID')",
                          {.window = {2, 2}, .strides = {2, 2}}));
  rows.push_back(pool_row("max_pool", max_pool, "same", {1, 5, 2}, max + "(1, 3, 1), (1, 2, 1), 'SAME')",
                          {.window = {3}, .strides = {2}, .padding = Padding::same}));
  const std::string sum = "lax.reduce_window(x, 0., lax.add, ",
                    ones = "lax.reduce_window(jnp.ones_like(x), 0., lax.add, ";
  rows.push_back(pool_row("avg_pool", avg_pool, "", {2, 4, 4, 2},
                          sum + "(1, 2, 2, 1), (1, 2, 2, 1), 'VALID') / 4",
                          {.window = {2, 2}, .strides = {2, 2}}));
  const std::string same = "(1, 3, 1), (1, 2, 1), 'SAME')";
  rows.push_back(pool_row("avg_pool", avg_pool, "same", {1, 5, 2}, sum + same + " / 3",
                          {.window = {3}, .strides = {2}, .padding = Padding::same}));
  rows.push_back(
      pool_row("avg_pool", avg_pool, "without padding", {1, 5, 2}, sum + same + " / " + ones + same,
               {.window = {3}, .strides = {2}, .padding = Padding::same, .count_include_pad = false}));
  return rows;
}

}  // namespace tables
