// matmul, and the rules of its primitive.
#include "matmul.hpp"

#include <fmt/format.h>

#include <array>

#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "core/lifetime.hpp"
#include "epilogue.hpp"

namespace copse {
namespace {

Shape batch_of(const Shape& shape) {
  return Shape(std::span<const std::int64_t>(shape.begin(), shape.size() - 2));
}

Shape with_matrix(Shape batch, std::int64_t rows, std::int64_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

// All dimensions but the last as one.
Array as_rows(const Array& x) {
  const std::int64_t columns = x.shape(-1);
  std::int64_t rows = 1;
  for (int i = 0; i + 1 < x.ndim(); ++i) rows *= x.shape(i);
  return reshape(x, {rows, columns});
}

// The sum of a product over its batch dimensions.
Array sum_of_products(const Array& a, const Array& b, bool ta, bool tb) {
  if (ta && !tb && a.ndim() == b.ndim()) return product(as_rows(a), as_rows(b), true, false);
  const Array all = product(a, b, ta, tb);
  return sum_to(all, {all.shape(-2), all.shape(-1)});
}

Array gradient_a(const Array& a, const Array& b, const Array& ct, MatMulParams p) {
  if (a.ndim() < ct.ndim())
    return p.transpose_a ? sum_of_products(b, ct, p.transpose_b, true)
                         : sum_of_products(ct, b, false, !p.transpose_b);
  return p.transpose_a ? product(b, ct, p.transpose_b, true) : product(ct, b, false, !p.transpose_b);
}

Array gradient_b(const Array& a, const Array& b, const Array& ct, MatMulParams p) {
  if (b.ndim() < ct.ndim())
    return p.transpose_b ? sum_of_products(ct, a, true, p.transpose_a)
                         : sum_of_products(a, ct, !p.transpose_a, false);
  return p.transpose_b ? product(ct, a, true, p.transpose_a) : product(a, ct, !p.transpose_a, false);
}

Array with_batch(const Array& x, const Shape& batch) {
  const Shape wanted = with_matrix(batch, x.shape(-2), x.shape(-1));
  return x.shape() == wanted ? x : broadcast_to(x, wanted);
}

// The mapped axis in front of x's own batch dimensions, which become those of `batch`.
Array with_mapped_batch(const Array& x, bool mapped, std::int64_t size, const Shape& batch) {
  Shape shape = x.shape();
  if (mapped)
    while (shape.rank() < batch.rank() + 3) shape.insert(1, 1);
  Shape all{size};
  for (const std::int64_t d : batch) all.push_back(d);
  return with_batch(shape == x.shape() ? x : reshape(x, shape), all);
}

[[noreturn]] void mismatch(const Array& a, const Array& b, const char* why) {
  throw ShapeError(
      fmt::format("matmul: shapes {} and {} {}", to_string(a.shape()), to_string(b.shape()), why));
}

}  // namespace

std::string MatMul::parameters() const {
  return params.transpose_a   ? params.transpose_b ? "transpose_a, transpose_b" : "transpose_a"
         : params.transpose_b ? "transpose_b"
                              : "";
}

const PrimitivePtr& MatMul::of(MatMulParams p) {
  static const auto& all = detail::never_destroyed(std::array<PrimitivePtr, 4>{
      new_primitive<MatMul>(MatMulParams{false, false}), new_primitive<MatMul>(MatMulParams{false, true}),
      new_primitive<MatMul>(MatMulParams{true, false}), new_primitive<MatMul>(MatMulParams{true, true})});
  return all[(p.transpose_a ? 2u : 0u) + (p.transpose_b ? 1u : 0u)];
}

void MatMul::infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const {
  const Shape &a = in[0].shape, &b = in[1].shape;
  out[0].shape = with_matrix(batch_of(a.rank() >= b.rank() ? a : b), a[params.transpose_a ? -1 : -2],
                             b[params.transpose_b ? -2 : -1]);
  out[0].dtype = in[0].dtype;
  out[0].weak = in[0].weak && in[1].weak;
}

std::unique_ptr<Kernel> MatMul::prepare(std::span<const ShapeDtype> in, std::span<const ShapeDtype>) const {
  return prepare_matmul(in[0], in[1], params);
}

void MatMul::eval(std::span<const Array> in, std::span<Array> out) const {
  const ShapeDtype types[] = {in[0].type(), in[1].type()};
  const MatMulPlan plan(types[0], types[1], params);
  ShapeDtype result;
  infer(types, std::span(&result, 1));
  const void *a = in[0].raw(), *b = in[1].raw();
  Array made = detail::allocate(result), scratch;
  const std::size_t bytes = plan.workspace();
  if (bytes) scratch = detail::allocate({Shape{static_cast<std::int64_t>(bytes)}, DType::uint8});
  plan.run(a, b, nullptr, detail::mutable_data(made), bytes ? detail::mutable_data(scratch) : nullptr);
  out[0] = std::move(made);
}

std::vector<Array> MatMul::vjp(const VjpCall& call) const {
  const Array &a = call.inputs[0], &b = call.inputs[1], &ct = call.cotangents[0];
  std::vector<Array> gradients(2);
  if (!is_floating(a.dtype())) return gradients;
  if (call.wanted[0]) gradients[0] = gradient_a(a, b, ct, params);
  if (call.wanted[1]) gradients[1] = gradient_b(a, b, ct, params);
  return gradients;
}

std::vector<Array> MatMul::jvp(std::span<const Array> in, std::span<const Array>,
                               std::span<const Array> tangents) const {
  Array total;
  if (tangents[0].has_value()) total = copse::product(tangents[0], in[1], params.transpose_a, params.transpose_b);
  if (tangents[1].has_value()) {
    const Array part = copse::product(in[0], tangents[1], params.transpose_a, params.transpose_b);
    total = total.has_value() ? total + part : part;
  }
  return {total};
}

std::optional<traits::Product> MatMul::product() const {
  return traits::Product{
      .matrix = true, .transpose_a = params.transpose_a, .transpose_b = params.transpose_b};
}

PrimitivePtr MatMul::with_epilogue(const Epilogue& epilogue) const {
  return copse::with_epilogue(share(), epilogue,
                              [p = params](const ShapeDtype& a, const ShapeDtype& b, const Epilogue& e) {
                                return prepare_matmul(a, b, p, e);
                              });
}

double MatMul::flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const {
  const std::int64_t k = in[0].shape[params.transpose_a ? -2 : -1];
  return 2.0 * static_cast<double>(out[0].shape.elements()) * static_cast<double>(k);
}

BatchResult MatMul::batch(const BatchCall& call) const {
  Array a = call.inputs[0], b = call.inputs[1];
  const bool mapped_a = call.batched[0], mapped_b = call.batched[1];
  const int rank_a = a.ndim() - (mapped_a ? 1 : 0), rank_b = b.ndim() - (mapped_b ? 1 : 0);
  const bool ta = params.transpose_a, tb = params.transpose_b;
  // Without batch dimensions of their own, or with the same on both sides of a map over both, it is one more
  // of them.
  if ((rank_a == 2 && rank_b == 2) || (rank_a == rank_b && mapped_a && mapped_b))
    return copse::product(a, b, ta, tb);
  if (rank_b == 2 && !mapped_b) return copse::product(a, b, ta, tb);
  if (rank_a == 2 && !mapped_a) return copse::product(a, b, ta, tb);
  if (rank_b == 2 && mapped_a && !ta) {
    // All rows of an example meet the same matrix.
    std::int64_t rows = 1;
    for (int i = 1; i + 1 < a.ndim(); ++i) rows *= a.shape(i);
    Shape shape = a.shape();
    const Array flat = copse::product(reshape(a, {call.size, rows, a.shape(-1)}), b, false, tb);
    shape[-1] = flat.shape(-1);
    return reshape(flat, shape);
  }
  const Shape& larger = rank_a >= rank_b ? a.shape() : b.shape();
  const int skip = (rank_a >= rank_b ? mapped_a : mapped_b) ? 1 : 0;
  const Shape batch(std::span<const std::int64_t>(larger.begin() + skip,
                                                  larger.size() - 2 - static_cast<std::size_t>(skip)));
  return copse::product(with_mapped_batch(a, mapped_a, call.size, batch),
                 with_mapped_batch(b, mapped_b, call.size, batch), ta, tb);
}

Array product(const Array& a, const Array& b, bool transpose_a, bool transpose_b) {
  return copse::bind(MatMul::of({transpose_a, transpose_b}), a, b);
}

Array matmul(const Array& a, const Array& b) {
  const PromotionType type = promote(a.type().type(), b.type().type());
  if (a.ndim() == 0 || b.ndim() == 0)
    mismatch(a, b, "were given, wanted at least one dimension each; use multiply");
  if (a.shape(-1) != b.shape(b.ndim() == 1 ? 0 : -2))
    mismatch(
        a, b,
        fmt::format("do not fit: {} columns against {} rows", a.shape(-1), b.shape(b.ndim() == 1 ? 0 : -2))
            .c_str());
  Array x = elementwise::convert(a, type.dtype, a.weak_type()),
        y = elementwise::convert(b, type.dtype, b.weak_type());
  if (x.ndim() == 2 && y.ndim() == 2) return product(x, y);
  const bool row = x.ndim() == 1, column = y.ndim() == 1;
  if (row) x = reshape(x, {1, x.shape(0)});
  if (column) y = reshape(y, {y.shape(0), 1});
  if (x.ndim() > 2 && y.ndim() > 2) {
    const Shape batch_a = batch_of(x.shape()), batch_b = batch_of(y.shape());
    if (batch_a != batch_b) {
      const Shape batch = broadcast_shapes(batch_a, batch_b, "matmul");
      x = with_batch(x, batch);
      y = with_batch(y, batch);
    }
  }
  Array out = product(x, y);
  if (row || column) {
    Shape shape = out.shape();
    if (column) shape.erase(shape.rank() - 1);
    if (row) shape.erase(shape.rank() - (column ? 1 : 2));
    out = reshape(out, shape);
  }
  return out;
}

}  // namespace copse
