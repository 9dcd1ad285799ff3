// Functions of matrices made of decompositions.
#include "copse/ops/create.hpp"
#include "copse/ops/linalg.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> matrix_function_rows() {
  const Input square = positive_definite(3), tall = data({4, 2}), wide = data({2, 4});
  const Sample singular{"singular", {typed(array({{1, 2}, {2, 4}}))}, only(DType::float32)};
  const double loose = 40;
  std::vector<Row> rows = {
      {.name = "linalg.eigvalsh",
       .call = unary(linalg::eigvalsh),
       .inputs = {square},
       .jax = "jnp.linalg.eigvalsh(x)",
       .tolerance = loose,
       .empty = {{{0, 0}}}},
      {.name = "linalg.svdvals",
       .call = unary(linalg::svdvals),
       .inputs = {tall},
       .jax = "jnp.linalg.svdvals(x)",
       .tolerance = loose},
      {.name = "linalg.pinv",
       .call = one([](const Arrays& in) { return linalg::pinv(in[0]); }),
       .inputs = {tall},
       .jax = "jnp.linalg.pinv(x)",
       .tolerance = loose,
       .more = {singular}},
      {.name = "linalg.pinv",
       .variant = "wide",
       .call = one([](const Arrays& in) { return linalg::pinv(in[0], 1e-3); }),
       .inputs = {wide},
       .jax = "jnp.linalg.pinv(x, rtol=1e-3)",
       .tolerance = loose},
      // Without rows or columns it is 0.
      {.name = "linalg.matrix_rank",
       .call = one([](const Arrays& in) { return linalg::matrix_rank(in[0]); }),
       .inputs = {tall},
       .jax = "jnp.linalg.matrix_rank(x)",
       .scalar = {{{4, 2}}},
       .more = {singular},
       .lenient = true},
      {.name = "linalg.matrix_rank",
       .variant = "rtol",
       .call = one([](const Arrays& in) { return linalg::matrix_rank(in[0], 0.9); }),
       .inputs = {tall},
       .jax = "(lambda s: (s > 0.9 * s.max(-1)).sum())(jnp.linalg.svdvals(x))",
       .scalar = {{{4, 2}}},
       .lenient = true},
      {.name = "linalg.cond",
       .call = unary(linalg::cond),
       .inputs = {square},
       .jax = "jnp.linalg.cond(x)",
       .tolerance = loose,
       .empty = {{{0, 0}}}},
  };
  for (const int n : {0, 1, 3, -2})
    rows.push_back({.name = "linalg.matrix_power",
                    .variant = std::to_string(n),
                    .call = one([n](const Arrays& in) { return linalg::matrix_power(in[0], n); }),
                    .inputs = {positive_definite(2)},
                    .jax = "jnp.linalg.matrix_power(x, " + std::to_string(n) + ")",
                    .tolerance = loose,
                    .empty = {{{0, 0}}}});
  const auto least = [](const Arrays& in) {
    const auto [x, residuals, rank, s] = linalg::lstsq(in[0], in[1]);
    return Arrays{x, residuals, rank, s};
  };
  rows.push_back({.name = "linalg.lstsq",
                  .call = least,
                  .inputs = {tall, data({4, 3})},
                  .jax = "jnp.linalg.lstsq(x, y)",
                  .tolerance = loose});
  rows.push_back({.name = "linalg.lstsq",
                  .variant = "vector",
                  .call = least,
                  .inputs = {tall, data({4})},
                  .jax = "jnp.linalg.lstsq(x, y)",
                  .tolerance = loose});
  return rows;
}

}  // namespace tables
