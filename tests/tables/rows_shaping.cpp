#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"
#include "row.hpp"

namespace tables {
namespace {

using F = std::function<Array(const Array&)>;

Row row(const char* name, const char* variant, const Shape& shape, const char* jax, const F& f) {
  return {.name = name,
          .variant = variant,
          .call = one([f](const Arrays& in) { return f(in[0]); }),
          .inputs = {data(shape)},
          .jax = jax};
}

}  // namespace

std::vector<Row> shaping_rows() {
  using A = const Array&;
  const std::vector<std::int64_t> extents{3, 2};
  const std::vector<int> order{2, 0, 1}, from{0, 2}, to{1, 0}, ones_at{0, 2};
  std::vector<Row> rows = {
      row("reshape", "", {2, 3}, "x.reshape(3, -1)",
          [](A x) {
            return reshape(x, {3, -1});
          }),
      row("reshape", "span", {2, 3}, "x.reshape(3, 2)",
          [=](A x) { return reshape(x, std::span<const std::int64_t>(extents)); }),
      row("reshape", "shape", {2, 3}, "x.reshape(1, 6)",
          [](A x) {
            return reshape(x, Shape{1, 6});
          }),
      row("ravel", "", {2, 3}, "x.ravel()", [](A x) { return ravel(x); }),
      row("transpose", "", {2, 3, 4}, "x.T", [](A x) { return transpose(x); }),
      row("transpose", "axes", {2, 3, 4}, "x.transpose(1, 2, 0)",
          [](A x) {
            return transpose(x, {1, 2, 0});
          }),
      row("transpose", "span", {2, 3, 4}, "x.transpose(2, 0, 1)",
          [=](A x) { return transpose(x, std::span<const int>(order)); }),
      row("broadcast_to", "", {3, 1}, "jnp.broadcast_to(x, (2, 3, 4))",
          [](A x) {
            return broadcast_to(x, {2, 3, 4});
          }),
      row("broadcast_to", "nothing", {3, 1}, "jnp.broadcast_to(x, (3, 0))",
          [](A x) {
            return broadcast_to(x, {3, 0});
          }),
      row("expand_dims", "", {2, 3}, "jnp.expand_dims(x, 1)", [](A x) { return expand_dims(x, 1); }),
      row("expand_dims", "axes", {2, 3}, "jnp.expand_dims(x, (0, -1))",
          [](A x) {
            return expand_dims(x, {0, -1});
          }),
      row("squeeze", "", {1, 3, 1}, "jnp.squeeze(x)", [](A x) { return squeeze(x); }),
      row("squeeze", "axis", {1, 3, 1}, "jnp.squeeze(x, -1)", [](A x) { return squeeze(x, -1); }),
      row("squeeze", "axes", {1, 3, 1}, "jnp.squeeze(x, (0, 2))",
          [=](A x) { return squeeze(x, std::span<const int>(ones_at)); }),
      row("moveaxis", "", {2, 3, 4}, "jnp.moveaxis(x, 0, -1)", [](A x) { return moveaxis(x, 0, -1); }),
      row("moveaxis", "several", {2, 3, 4}, "jnp.moveaxis(x, (0, 2), (1, 0))",
          [=](A x) { return moveaxis(x, from, to); }),
      row("swapaxes", "", {2, 3, 4}, "jnp.swapaxes(x, 0, -1)", [](A x) { return swapaxes(x, 0, -1); }),
      row("atleast_1d", "", {}, "jnp.atleast_1d(x)", [](A x) { return atleast_1d(x); }),
      row("atleast_2d", "", {3}, "jnp.atleast_2d(x)", [](A x) { return atleast_2d(x); }),
      row("atleast_3d", "", {3}, "jnp.atleast_3d(x)", [](A x) { return atleast_3d(x); }),
      row("atleast_3d", "matrix", {2, 3}, "jnp.atleast_3d(x)", [](A x) { return atleast_3d(x); }),
      row("slice", "", {3, 4}, "lax.slice(x, (1, 0), (3, 4), (1, 2))",
          [](A x) {
            return slice(x, {1, 0}, {3, 4}, {1, 2});
          }),
      row("slice", "nothing", {3, 4}, "lax.slice(x, (1, 2), (3, 2))",
          [](A x) {
            return slice(x, {1, 2}, {3, 2});
          }),
      row("slice_in_dim", "", {3, 5}, "lax.slice_in_dim(x, 1, 5, 2, 1)",
          [](A x) { return slice_in_dim(x, 1, 5, 2, 1); }),
      row("pad", "", {2, 3}, "jnp.pad(x, ((1, 0), (0, 2)))",
          [](A x) {
            return pad(x, {{1, 0}, {0, 2}});
          }),
      row("pad", "number", {2, 3}, "jnp.pad(x, 1, constant_values=2)", [](A x) { return pad(x, 1, 2); }),
      row("pad", "edge", {2, 3}, "jnp.pad(x, ((1, 0), (0, 2)), 'edge')",
          [](A x) {
            return pad(x, {{1, 0}, {0, 2}}, PadMode::edge);
          }),
      row("pad", "reflect", {2, 3}, "jnp.pad(x, ((1, 0), (3, 4)), 'reflect')",
          [](A x) {
            return pad(x, {{1, 0}, {3, 4}}, PadMode::reflect);
          }),
      row("pad", "symmetric", {2, 3}, "jnp.pad(x, ((1, 0), (3, 4)), 'symmetric')",
          [](A x) {
            return pad(x, {{1, 0}, {3, 4}}, PadMode::symmetric);
          }),
      row("pad", "wrap", {2, 3}, "jnp.pad(x, ((1, 0), (3, 4)), 'wrap')",
          [](A x) {
            return pad(x, {{1, 0}, {3, 4}}, PadMode::wrap);
          }),
      row("pad_interior", "", {2, 3}, "lax.pad(x, jnp.zeros((), x.dtype), ((1, -1, 2), (-1, 2, 1)))",
          [](A x) {
            const std::int64_t low[] = {1, -1}, high[] = {-1, 2}, interior[] = {2, 1};
            return pad_interior(x, low, high, interior);
          }),
      row("flip", "", {2, 3}, "jnp.flip(x)", [](A x) { return flip(x); }),
      row("flip", "axis", {2, 3}, "jnp.flip(x, -1)", [](A x) { return flip(x, -1); }),
      row("flip", "axes", {2, 3, 2}, "jnp.flip(x, (0, 2))",
          [](A x) {
            return flip(x, {0, 2});
          }),
      row("roll", "", {2, 3}, "jnp.roll(x, 2)", [](A x) { return roll(x, 2); }),
      row("roll", "axis", {2, 3}, "jnp.roll(x, -4, 1)", [](A x) { return roll(x, -4, 1); }),
      row("roll", "axes", {2, 3}, "jnp.roll(x, (1, 2), (0, 1))",
          [](A x) {
            return roll(x, {1, 2}, {0, 1});
          }),
      row("tile", "", {2, 3}, "jnp.tile(x, (2, 1, 2))",
          [](A x) {
            return tile(x, {2, 1, 2});
          }),
      row("tile", "number", {2, 3}, "jnp.tile(x, 2)", [](A x) { return tile(x, 2); }),
      row("tile", "nothing", {2, 3}, "jnp.tile(x, 0)", [](A x) { return tile(x, 0); }),
      row("repeat", "", {2, 3}, "jnp.repeat(x, 2)", [](A x) { return repeat(x, 2); }),
      row("repeat", "axis", {2, 3}, "jnp.repeat(x, 3, axis=0)", [](A x) { return repeat(x, 3, 0); }),
      row("rot90", "", {2, 3}, "jnp.rot90(x)", [](A x) { return rot90(x); }),
      row("rot90", "thrice", {2, 3, 2}, "jnp.rot90(x, -1, (2, 1))", [](A x) { return rot90(x, -1, 2, 1); }),
      row("diagonal", "", {3, 4}, "jnp.diagonal(x)", [](A x) { return diagonal(x); }),
      row("diagonal", "offset", {2, 3, 4}, "jnp.diagonal(x, -1, 2, 1)",
          [](A x) { return diagonal(x, -1, 2, 1); }),
      row("diag", "", {3}, "jnp.diag(x)", [](A x) { return diag(x); }),
      row("diag", "offset", {3}, "jnp.diag(x, -2)", [](A x) { return diag(x, -2); }),
      row("diag", "of a matrix", {3, 4}, "jnp.diag(x, 1)", [](A x) { return diag(x, 1); }),
      row("diagflat", "", {2, 2}, "jnp.diagflat(x)", [](A x) { return diagflat(x); }),
      row("diagflat", "offset", {3}, "jnp.diagflat(x, -1)", [](A x) { return diagflat(x, -1); }),
      row("fliplr", "", {2, 3, 2}, "jnp.fliplr(x)", [](A x) { return fliplr(x); }),
      row("flipud", "", {3, 2}, "jnp.flipud(x)", [](A x) { return flipud(x); }),
      row("matrix_transpose", "", {2, 3, 4}, "jnp.matrix_transpose(x)",
          [](A x) { return matrix_transpose(x); }),
  };
  // JAX takes a scalar for a vector here, NumPy does not.
  for (Row& row : rows)
    if (row.id() == "repeat/axis") row.scalar = std::vector<Shape>{Shape{1}};
  return rows;
}

}  // namespace tables
