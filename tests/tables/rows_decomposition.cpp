// Decompositions and solutions. Signs of eigenvectors and the like are free: rows show products that do not
// depend on them.
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> decomposition_rows() {
  const Input square = positive_definite(3), b = data({3, 2});
  const Input tall = data({4, 2}), wide = data({2, 4});
  const double loose = 40;
  const auto transposed = [](const Array& x) { return swapaxes(x, -1, -2); };
  std::vector<Row> rows = {
      {.name = "linalg.solve",
       .call = binary(linalg::solve),
       .inputs = {square, b},
       .jax = "jnp.linalg.solve(x, y)",
       .tolerance = loose,
       .empty = {{{0, 0}, {0, 2}}}},
      {.name = "linalg.solve",
       .variant = "vector",
       .call = binary(linalg::solve),
       .inputs = {square, data({3})},
       .jax = "jnp.linalg.solve(x, y)",
       .tolerance = loose,
       .empty = {{{0, 0}, {0}}}},
      {.name = "linalg.inv",
       .call = unary(linalg::inv),
       .inputs = {square},
       .jax = "jnp.linalg.inv(x)",
       .tolerance = loose,
       .empty = {{{0, 0}}},
       .more = {{"singular", {typed(array({{1, 2}, {2, 4}}))}, only(DType::float32)}}},
      {.name = "linalg.det",
       .call = unary(linalg::det),
       .inputs = {square},
       .jax = "jnp.linalg.det(W(x))",
       .tolerance = loose,
       .empty = {{{0, 0}}},
       .more = {{"singular", {typed(array({{1, 2}, {2, 4}}))}, only(DType::float32)}}},
      {.name = "linalg.slogdet",
       .call =
           [](const Arrays& in) {
             const auto s = linalg::slogdet(in[0]);
             return Arrays{s.sign, s.logabsdet};
           },
       .inputs = {square},
       .jax = "jnp.linalg.slogdet(x)",
       .tolerance = loose,
       .empty = {{{0, 0}}},
       .more = {{"singular", {typed(array({{1, 2}, {2, 4}}))}, only(DType::float32)}}},
      {.name = "linalg.cholesky",
       .call = one([](const Arrays& in) { return linalg::cholesky(in[0]); }),
       .inputs = {square},
       .jax = "jnp.linalg.cholesky(x)",
       .tolerance = loose,
       .empty = {{{0, 0}}},
       .more = {{"indefinite", {typed(array({{1, 2}, {2, 1}}))}, only(DType::float32)}}},
      {.name = "linalg.qr",
       .call =
           [=](const Arrays& in) {
             const auto [q, r] = linalg::qr(in[0]);
             return Arrays{matmul(q, transposed(q)), matmul(q, r), abs(r)};
           },
       .inputs = {tall},
       .jax = "(lambda q, r: (q @ q.swapaxes(-1, -2), q @ r, abs(r)))(*jnp.linalg.qr(x))",
       .tolerance = loose,
       .empty = {{{0, 2}}}},
      {.name = "linalg.qr",
       .variant = "square",
       .call =
           [=](const Arrays& in) {
             const auto [q, r] = linalg::qr(in[0]);
             return Arrays{matmul(q, r), abs(r)};
           },
       .inputs = {data({3, 3})},
       .jax = "(lambda q, r: (q @ r, abs(r)))(*jnp.linalg.qr(x))",
       .tolerance = loose,
       .empty = {{{0, 0}}}},
      {.name = "linalg.qr",
       .variant = "complete",
       .call =
           [=](const Arrays& in) {
             const auto [q, r] = linalg::qr(in[0], linalg::QrMode::complete);
             return Arrays{q, r};
           },
       .inputs = {tall},
       .jax = "jnp.linalg.qr(x, mode='complete')",
       .tolerance = loose,
       .empty = {{{3, 0}}},
       .more = {{"wide", {wide}, only(DType::float32)}}},
      {.name = "linalg.qr",
       .variant = "r",
       .call = one([](const Arrays& in) { return linalg::qr(in[0], linalg::QrMode::r).r; }),
       .inputs = {tall},
       .jax = "jnp.linalg.qr(x, mode='r')",
       .tolerance = loose,
       .empty = {{{0, 2}}},
       .more = {{"wide", {wide}, only(DType::float32)}}},
      {.name = "linalg.svd",
       .call =
           [=](const Arrays& in) {
             const auto [u, s, vh] = linalg::svd(in[0]);
             return Arrays{s, matmul(u * s, vh), matmul(u, transposed(u))};
           },
       .inputs = {tall},
       .jax = "(lambda u, s, v: (s, u * s @ v, u @ u.swapaxes(-1, -2)))(*jnp.linalg.svd(x, "
              "full_matrices=False))",
       .tolerance = loose,
       .empty = {{{0, 2}}}},
      {.name = "linalg.svd",
       .variant = "wide",
       .call =
           [=](const Arrays& in) {
             const auto [u, s, vh] = linalg::svd(in[0]);
             return Arrays{s, matmul(transposed(vh), vh)};
           },
       .inputs = {wide},
       .jax = "(lambda u, s, v: (s, v.swapaxes(-1, -2) @ v))(*jnp.linalg.svd(x, full_matrices=False))",
       .tolerance = loose,
       .empty = {{{2, 0}}}},
      {.name = "linalg.svd",
       .variant = "full",
       .call =
           [=](const Arrays& in) {
             const auto [u, s, vh] = linalg::svd(in[0], true);
             return Arrays{s, matmul(u, transposed(u)), matmul(vh, transposed(vh))};
           },
       .inputs = {tall},
       .jax = "(lambda u, s, v: (s, u @ u.swapaxes(-1, -2), v @ v.swapaxes(-1, -2)))(*jnp.linalg.svd(x))",
       .gradient = Gradient::none,
       .tolerance = loose,
       .empty = {{{0, 2}}}},
      {.name = "linalg.eigh",
       .call =
           [=](const Arrays& in) {
             const auto [w, v] = linalg::eigh(in[0]);
             return Arrays{w, matmul(v * w, transposed(v)), abs(v)};
           },
       .inputs = {square},
       .jax = "(lambda w, v: (w, v * w @ v.swapaxes(-1, -2), abs(v)))(*jnp.linalg.eigh(x))",
       .tolerance = loose,
       .empty = {{{0, 0}}}},
      {.name = "linalg.triangular_solve",
       .call = one([](const Arrays& in) { return linalg::triangular_solve(in[0], in[1]); }),
       .inputs = {square, b},
       .jax = "jsl.solve_triangular(W(x), W(y), lower=True)",
       .tolerance = loose,
       .empty = {{{0, 0}, {0, 2}}}},
      {.name = "linalg.triangular_solve",
       .variant = "options",
       .call = one([](const Arrays& in) {
         return linalg::triangular_solve(in[0], in[1],
                                         {.lower = false, .transpose_a = true, .unit_diagonal = true});
       }),
       .inputs = {square, data({3})},
       .jax = "jsl.solve_triangular(W(x), W(y), trans=1, unit_diagonal=True)",
       .tolerance = loose,
       .empty = {{{0, 0}, {0}}}},
  };
  return rows;
}

}  // namespace tables
