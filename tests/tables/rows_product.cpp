#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/linalg.hpp"
#include "row.hpp"

namespace tables {
namespace {

Row row(const char* name, const char* variant, const char* jax, const std::vector<Shape>& shapes,
        const std::vector<Shape>& empty, const std::function<Array(const Arrays&)>& f) {
  Row r{.name = name, .variant = variant, .call = one(f), .jax = jax, .tolerance = 4, .empty = empty};
  for (const Shape& shape : shapes) r.inputs.push_back(data(shape));
  return r;
}

}  // namespace

std::vector<Row> product_rows() {
  using In = const Arrays&;
  std::vector<Row> rows = {
      row("matmul", "", "x @ y", {{2, 3}, {3, 4}}, {{2, 0}, {0, 4}}, [](In a) { return matmul(a[0], a[1]); }),
      row("matmul", "no rows", "x @ y", {{2, 3}, {3, 4}}, {{0, 3}, {3, 4}},
          [](In a) { return matmul(a[0], a[1]); }),
      row("matmul", "batches", "x @ y", {{2, 1, 2, 3}, {3, 3, 2}}, {{2, 1, 0, 3}, {3, 3, 2}},
          [](In a) { return matmul(a[0], a[1]); }),
      row("matmul", "vector right", "x @ y", {{2, 3}, {3}}, {{2, 0}, {0}},
          [](In a) { return matmul(a[0], a[1]); }),
      row("matmul", "vector left", "x @ y", {{3}, {2, 3, 4}}, {{3}, {0, 3, 4}},
          [](In a) { return matmul(a[0], a[1]); }),
      row("matmul", "vectors", "x @ y", {{3}, {3}}, {{0}, {0}}, [](In a) { return matmul(a[0], a[1]); }),
      row("dot", "", "jnp.dot(x, y)", {{2, 3}, {3, 4}}, {{2, 0}, {0, 4}},
          [](In a) { return dot(a[0], a[1]); }),
      row("dot", "many", "jnp.dot(x, y)", {{2, 3}, {2, 3, 2}}, {{0, 3}, {2, 3, 2}},
          [](In a) { return dot(a[0], a[1]); }),
      row("dot", "scalar", "jnp.dot(x, y)", {{}, {2, 3}}, {{}, {0, 3}}, [](In a) { return dot(a[0], a[1]); }),
      row("vdot", "", "jnp.vdot(x, y)", {{2, 3}, {2, 3}}, {{0, 3}, {0, 3}},
          [](In a) { return vdot(a[0], a[1]); }),
      row("inner", "", "jnp.inner(x, y)", {{2, 3}, {4, 3}}, {{2, 0}, {4, 0}},
          [](In a) { return inner(a[0], a[1]); }),
      row("outer", "", "jnp.outer(x, y)", {{2}, {2, 2}}, {{0}, {2, 2}},
          [](In a) { return outer(a[0], a[1]); }),
      row("tensordot", "", "jnp.tensordot(x, y)", {{4, 2, 3}, {2, 3, 2}}, {{4, 0, 3}, {0, 3, 2}},
          [](In a) { return tensordot(a[0], a[1]); }),
      row("tensordot", "none", "jnp.tensordot(x, y, 0)", {{2}, {3}}, {{0}, {3}},
          [](In a) { return tensordot(a[0], a[1], 0); }),
      row("tensordot", "pairs", "jnp.tensordot(x, y, ((0, 2), (1, 0)))", {{2, 4, 3}, {3, 2}},
          {{0, 4, 3}, {3, 0}},
          [](In a) {
            return tensordot(a[0], a[1], {0, 2}, {1, 0});
          }),
      row("einsum", "", "jnp.einsum('bij,bjk->bik', x, y)", {{2, 2, 3}, {2, 3, 2}}, {{2, 2, 0}, {2, 0, 2}},
          [](In a) { return einsum("bij,bjk->bik", a[0], a[1]); }),
      row("einsum", "trace", "jnp.einsum('ii', x)", {{3, 3}}, {{0, 0}},
          [](In a) { return einsum("ii", a[0]); }),
      row("einsum", "diagonal", "jnp.einsum('ii->i', x)", {{3, 3}}, {{0, 0}},
          [](In a) { return einsum("ii->i", a[0]); }),
      row("einsum", "ellipsis", "jnp.einsum('...i,...i->...', x, y)", {{2, 1, 3}, {4, 3}},
          {{2, 1, 0}, {4, 0}}, [](In a) { return einsum("...i,...i->...", a[0], a[1]); }),
      row("einsum", "three", "jnp.einsum('ij,jk,k->i', x, y, z)", {{2, 3}, {3, 2}, {2}},
          {{0, 3}, {3, 2}, {2}}, [](In a) { return einsum("ij,jk,k->i", a[0], a[1], a[2]); }),
      row("vecdot", "", "jnp.vecdot(x, y)", {{2, 1, 3}, {4, 3}}, {{2, 1, 0}, {4, 0}},
          [](In a) { return vecdot(a[0], a[1]); }),
      row("vecdot", "axis", "jnp.vecdot(x, y, axis=0)", {{3, 2}, {3, 1}}, {{0, 2}, {0, 1}},
          [](In a) { return vecdot(a[0], a[1], 0); }),
      row("trace", "", "jnp.trace(x)", {{3, 4}}, {{0, 4}}, [](In a) { return trace(a[0]); }),
      row("trace", "offset", "jnp.trace(x, 1, 2, 0)", {{2, 3, 4}}, {{2, 0, 4}},
          [](In a) { return trace(a[0], 1, 2, 0); }),
      row("kron", "", "jnp.kron(x, y)", {{2, 3}, {2, 2}}, {{0, 3}, {2, 2}},
          [](In a) { return kron(a[0], a[1]); }),
      row("kron", "vector", "jnp.kron(x, y)", {{3}, {2, 2}}, {{0}, {2, 2}},
          [](In a) { return kron(a[0], a[1]); }),
      row("cross", "", "jnp.cross(x, y)", {{2, 3}, {3}}, {{0, 3}, {3}},
          [](In a) { return cross(a[0], a[1]); }),
      row("cross", "plane", "jnp.cross(x, y)", {{4, 2}, {4, 2}}, {{0, 2}, {0, 2}},
          [](In a) { return cross(a[0], a[1]); }),
      row("cross", "axis", "jnp.cross(x, y, axis=0)", {{3, 2}, {3, 2}}, {{3, 0}, {3, 0}},
          [](In a) { return cross(a[0], a[1], 0); }),
      row("linalg.multi_dot", "", "jnp.linalg.multi_dot(a)", {{2, 3}, {3, 4}, {4, 2}},
          {{0, 3}, {3, 4}, {4, 2}}, [](In a) { return linalg::multi_dot(a); }),
      row("linalg.multi_dot", "vectors", "jnp.linalg.multi_dot(a)", {{3}, {3, 4}, {4}}, {{3}, {3, 0}, {0}},
          [](In a) {
            return linalg::multi_dot({a[0], a[1], a[2]});
          }),
      row("linalg.norm", "", "jnp.linalg.norm(x)", {{2, 3}}, {{0, 3}},
          [](In a) { return linalg::norm(a[0]); }),
      row("linalg.norm", "axis", "jnp.linalg.norm(x, axis=1, keepdims=True)", {{2, 3}}, {{0, 3}},
          [](In a) { return linalg::norm(a[0], {}, {1}, true); }),
      row("linalg.norm", "1", "jnp.linalg.norm(x, 1, axis=0)", {{2, 3}}, {{2, 0}},
          [](In a) { return linalg::norm(a[0], 1, {0}); }),
      row("linalg.norm", "3", "jnp.linalg.norm(x, 3, axis=-1)", {{2, 3}}, {{0, 3}},
          [](In a) { return linalg::norm(a[0], 3, {-1}); }),
      row("linalg.norm", "inf", "jnp.linalg.norm(x, jnp.inf, axis=1)", {{2, 3}}, {{2, 0}},
          [](In a) { return linalg::norm(a[0], std::numeric_limits<double>::infinity(), {1}); }),
      row("linalg.norm", "0", "jnp.linalg.norm(x, 0, axis=1)", {{2, 3}}, {{0, 3}},
          [](In a) { return linalg::norm(a[0], 0, {1}); }),
      row("linalg.norm", "fro", "jnp.linalg.norm(x, 'fro', axis=(0, 2))", {{2, 3, 2}}, {{2, 0, 2}},
          [](In a) {
            return linalg::norm(a[0], "fro", {0, 2});
          }),
      row("linalg.norm", "nuc", "jnp.linalg.norm(x, 'nuc')", {{2, 3}}, {{2, 0}},
          [](In a) { return linalg::norm(a[0], "nuc"); }),
      row("linalg.norm", "matrix 1", "jnp.linalg.norm(x, 1)", {{2, 3}}, {{0, 3}},
          [](In a) { return linalg::norm(a[0], 1); }),
      row("linalg.norm", "matrix 2", "jnp.linalg.norm(x, 2)", {{2, 3}}, {{2, 0}},
          [](In a) { return linalg::norm(a[0], 2); }),
  };
  for (Row& r : rows)
    if (r.name == "cross") r.types = numbers;
  const Input x = data({2, 3}), ints = integers({3, 2}, 0, 3, DType::uint8);
  rows.push_back({.name = "matmul",
                  .variant = "promoting",
                  .call = binary(matmul),
                  .inputs = {x, ints},
                  .jax = "x @ y",
                  .tolerance = 4,
                  .empty = {{{0, 3}, {3, 2}}}});
  return rows;
}

}  // namespace tables
