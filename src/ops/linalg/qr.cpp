// The factorisation into orthonormal columns and a triangle.
#include <algorithm>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"
#include "decomposition.hpp"

namespace copse::linalg {
namespace {

// With k columns of q; q may be null.
template <class T>
void factorise(const T* a, std::int64_t m, std::int64_t n, std::int64_t k, T* q, T* r) {
  if (m > 0 && n > 0) return decompositions<T>().qr(a, m, n, k, q, r);
  if (!q) return;
  std::fill_n(q, m * k, T{});
  for (std::int64_t i = 0; i < std::min(m, k); ++i) q[i * k + i] = 1;
}

// Also q alone square, with rows of zeros below r.
class QrFactors final : public OnMatrices {
 public:
  explicit QrFactors(bool complete) : complete_(complete) {}
  std::string_view name() const override { return "qr"; }
  std::string parameters() const override { return complete_ ? "complete" : ""; }
  int outputs() const override { return 2; }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const QrFactors*>(&other);
    return o && o->complete_ == complete_;
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    const std::int64_t m = in[0].shape[-2], n = in[0].shape[-1], k = complete_ ? m : std::min(m, n);
    out[0] = {join(batch_of(in[0].shape), {m, k}), in[0].dtype};
    out[1] = {join(batch_of(in[0].shape), {k, n}), in[0].dtype};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t m = in[0].shape[-2], n = in[0].shape[-1], k = out[0].shape[-1];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 2, 2}, [m, n, k](const T* const* x, T* const* y) {
        factorise(x[0], m, n, k, y[0], y[1]);
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &a = call.inputs[0], &q = call.outputs[0], &r = call.outputs[1];
    const Array dq = call.cotangents[0].has_value() ? call.cotangents[0] : zeros_like(q);
    const Array dr = call.cotangents[1].has_value() ? call.cotangents[1] : zeros_like(r);
    return {a.size() == 0 ? Array() : complete_ ? completed(q, r, dq, dr) : reduced(a, q, r, dq, dr)};
  }

  static Array reduced(const Array& a, const Array& q, const Array& r, const Array& dq, const Array& dr) {
    const std::int64_t m = a.shape(-2), n = a.shape(-1);
    if (m >= n) return tall(q, r, dq, dr);
    // The first m columns alone have this q; the others are q times theirs of r.
    const Array r1 = slice_in_dim(r, 0, m, 1, -1), dr1 = slice_in_dim(dr, 0, m, 1, -1),
                dr2 = slice_in_dim(dr, m, n, 1, -1);
    const Array a2 = slice_in_dim(a, m, n, 1, -1);
    const Array first = tall(q, r1, dq + matmul(a2, turned(dr2)), dr1);
    return concatenate({first, matmul(q, dr2)}, -1);
  }

 private:
  static Array tall(const Array& q, const Array& r, const Array& dq, const Array& dr) {
    const Array m = matmul(r, turned(dr)) - matmul(turned(dq), q);
    const Array below = tril(m, -1);
    const Array diagonal = m * eye(m.shape(-1), std::nullopt, 0, m.dtype());
    const Array right = dq + matmul(q, below + turned(below) + diagonal);
    // right times the inverse of r'.
    return turned(triangular_solve(r, turned(right), {.lower = false}));
  }
  // The further columns of q follow from the first ones, as both are products of the same reflections: with
  // q = (q1 q2), the first n rows of q1 on top and the others below, z (top - 1) = below,
  //   q2' = q1' z^T - (q1 + q2 z) (below' - z top')^T
  // where ' is the tangent (arXiv 2409.13374). This is its transpose.
  static Array completed(const Array& q, const Array& r, const Array& dq, const Array& dr) {
    const std::int64_t m = r.shape(-2), n = r.shape(-1);
    const Array q1 = slice_in_dim(q, 0, n, 1, -1), q2 = slice_in_dim(q, n, m, 1, -1);
    const Array dq1 = slice_in_dim(dq, 0, n, 1, -1), dq2 = slice_in_dim(dq, n, m, 1, -1);
    const Array top = slice_in_dim(q1, 0, n, 1, -2), below = slice_in_dim(q1, n, m, 1, -2);
    const Array one = eye(n, std::nullopt, 0, q.dtype());
    const Array z = turned(solve(turned(top - one), turned(below)));
    const Array apart = matmul(turned(dq2), q1 + matmul(q2, z));
    const Array more = matmul(dq2, z) + concatenate({matmul(turned(z), apart), -apart}, -2);
    return tall(q1, slice_in_dim(r, 0, n, 1, -2), dq1 + more, slice_in_dim(dr, 0, n, 1, -2));
  }
  bool complete_;
};

// r without q, which only the gradient needs: then it is a further output.
class QrTriangle final : public OnMatrices {
 public:
  explicit QrTriangle(bool with_q) : with_q_(with_q) {}
  std::string_view name() const override { return "qr_r"; }
  int outputs() const override { return with_q_ ? 2 : 1; }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const QrTriangle*>(&other);
    return o && o->with_q_ == with_q_;
  }
  bool has_gradient_form() const override { return !with_q_; }
  PrimitivePtr for_gradient(std::span<const ShapeDtype>) const override {
    return new_primitive<QrTriangle>(true);
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    const std::int64_t m = in[0].shape[-2], n = in[0].shape[-1], k = std::min(m, n);
    out[0] = {join(batch_of(in[0].shape), {k, n}), in[0].dtype};
    if (with_q_) out[1] = {join(batch_of(in[0].shape), {m, k}), in[0].dtype};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t m = in[0].shape[-2], n = in[0].shape[-1], k = out[0].shape[-2];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      if (with_q_)
        return each_matrix<T>(in, out, {2, 2, 2}, [m, n, k](const T* const* x, T* const* y) {
          factorise(x[0], m, n, k, y[1], y[0]);
        });
      return each_matrix<T>(in, out, {2, 2}, [m, n, k](const T* const* x, T* const* y) {
        factorise<T>(x[0], m, n, k, nullptr, y[0]);
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &a = call.inputs[0], &r = call.outputs[0];
    if (a.size() == 0) return {Array()};
    const Array q = with_q_ ? call.outputs[1] : qr(a).q;
    const Array dr = call.cotangents[0].has_value() ? call.cotangents[0] : zeros_like(r);
    const bool given = with_q_ && call.cotangents[1].has_value();
    return {QrFactors::reduced(a, q, r, given ? call.cotangents[1] : zeros_like(q), dr)};
  }

 private:
  bool with_q_;
};

}  // namespace

Qr qr(const Array& a, QrMode mode) {
  const Array x = matrices("linalg.qr", a);
  if (mode == QrMode::r) return {Array(), copse::bind(new_primitive<QrTriangle>(false), x)};
  // A matrix that is not tall has no further columns of q.
  const bool complete = mode == QrMode::complete && x.shape(-2) > x.shape(-1);
  Array out[2];
  copse::bind(new_primitive<QrFactors>(complete), std::span(&x, 1), out);
  return {out[0], out[1]};
}

}  // namespace copse::linalg
