// Factorisations: cholesky, svd, eigh.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"
#include "decomposition.hpp"

namespace copse::linalg {
namespace {

Array symmetric(const Array& x) { return (x + turned(x)) * 0.5; }

// As columns of a diagonal matrix on the right, and rows of one on the left.
Array columns(const Array& s) { return expand_dims(s, -2); }
Array rows(const Array& s) { return expand_dims(s, -1); }

// 1 / (s_j - s_i) outside of the diagonal, 0 on it.
Array inverse_differences(const Array& s) {
  const Array apart = columns(s) - rows(s), same = eye(s.shape(-1), std::nullopt, 0, s.dtype());
  return (1.0 - same) / (apart + same);
}

template <class T>
void fill_nan(T* to, std::int64_t count) {
  std::fill_n(to, count, std::numeric_limits<T>::quiet_NaN());
}

template <class T>
bool all_finite(const T* x, std::int64_t count) {
  return std::all_of(x, x + count, [](T v) { return std::isfinite(v); });
}

void fill_identity(auto* to, std::int64_t n) {
  std::fill_n(to, n * n, 0);
  for (std::int64_t i = 0; i < n; ++i) to[i * n + i] = 1;
}

class Cholesky final : public OnMatrices {
 public:
  std::string_view name() const override { return "cholesky"; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[0].shape, in[0].dtype};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t n = in[0].shape[-1];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 2}, [n](const T* const* x, T* const* y) {
        if (n == 0 || decompositions<T>().cholesky(x[0], n, y[0])) return;
        for (std::int64_t i = 0; i < n; ++i) fill_nan(y[0] + i * n, i + 1);
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &l = call.outputs[0], &ct = call.cotangents[0];
    // The lower triangle of L' ct, its diagonal halved, between inverses of L.
    const Array product = matmul(turned(l), ct);
    const Array half = eye(l.shape(-1), std::nullopt, 0, l.dtype()) * 0.5;
    const Array phi = tril(product) - half * product;
    const Array left = triangular_solve(l, phi, {.transpose_a = true});
    return {symmetric(turned(triangular_solve(l, turned(left), {.transpose_a = true})))};
  }
};

class SvdFactors final : public OnMatrices {
 public:
  explicit SvdFactors(bool full) : full_(full) {}
  std::string_view name() const override { return "svd"; }
  std::string parameters() const override { return full_ ? "full_matrices" : ""; }
  int outputs() const override { return 3; }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const SvdFactors*>(&other);
    return o && o->full_ == full_;
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    const std::int64_t m = in[0].shape[-2], n = in[0].shape[-1], k = std::min(m, n);
    const Shape lead = batch_of(in[0].shape);
    out[0] = {join(lead, {m, full_ ? m : k}), in[0].dtype};
    out[1] = {join(lead, {k}), in[0].dtype};
    out[2] = {join(lead, {full_ ? n : k, n}), in[0].dtype};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t m = in[0].shape[-2], n = in[0].shape[-1], k = std::min(m, n), mu = out[0].shape[-1],
                       nv = out[2].shape[-2];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 2, 1, 2}, [=, full = full_](const T* const* x, T* const* y) {
        if (k == 0) {  // what there is of u and v is square
          fill_identity(y[0], std::min(m, mu));
          fill_identity(y[2], std::min(n, nv));
        } else if (all_finite(x[0], m * n)) {
          decompositions<T>().svd(x[0], m, n, full, y[0], y[1], y[2]);
        } else {
          fill_nan(y[0], m * mu);
          fill_nan(y[1], k);
          fill_nan(y[2], nv * n);
        }
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &a = call.inputs[0], &u = call.outputs[0], &s = call.outputs[1], &vh = call.outputs[2];
    const Array &du = call.cotangents[0], &ds = call.cotangents[1], &dvh = call.cotangents[2];
    if (full_ && (du.has_value() || dvh.has_value()) && a.shape(-1) != a.shape(-2))
      throw ValueError(fmt::format(
          "linalg.svd: with full_matrices u and vh have no derivative for matrices of {} by {}, as "
          "some of their columns and rows are any that are orthonormal; use full_matrices = false",
          a.shape(-2), a.shape(-1)));
    if (full_) return gradient(leading(u, -1, s), s, leading(vh, -2, s), du, ds, dvh);
    return gradient(u, s, vh, du, ds, dvh);
  }

 private:
  static Array leading(const Array& x, int axis, const Array& s) {
    return slice_in_dim(x, 0, s.shape(-1), 1, axis);
  }
  static std::vector<Array> gradient(const Array& u, const Array& s, const Array& vh, const Array& du,
                                     const Array& ds, const Array& dvh) {
    const Array core = inverse_differences(s * s);
    Array inside, total;
    const auto add = [](Array& to, const Array& part) { to = to.has_value() ? to + part : part; };
    if (ds.has_value()) add(inside, rows(ds) * eye(s.shape(-1), std::nullopt, 0, s.dtype()));
    if (du.has_value()) {
      const Array utdu = matmul(turned(u), du);
      add(inside, core * (utdu - turned(utdu)) * columns(s));
      if (u.shape(-2) > u.shape(-1)) add(total, matmul((du - matmul(u, utdu)) / columns(s), vh));
    }
    if (dvh.has_value()) {
      const Array vtdv = matmul(vh, turned(dvh));
      add(inside, rows(s) * (core * (vtdv - turned(vtdv))));
      if (vh.shape(-1) > vh.shape(-2)) add(total, matmul(u, (dvh - matmul(turned(vtdv), vh)) / rows(s)));
    }
    if (!inside.has_value()) return {Array()};
    add(total, matmul(matmul(u, inside), vh));
    return {total};
  }

  bool full_;
};

class SymmetricEigen final : public OnMatrices {
 public:
  std::string_view name() const override { return "eigh"; }
  int outputs() const override { return 2; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {join(batch_of(in[0].shape), {in[0].shape[-1]}), in[0].dtype};
    out[1] = {in[0].shape, in[0].dtype};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t n = in[0].shape[-1];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 1, 2}, [n](const T* const* x, T* const* y) {
        if (n == 0) return;
        if (all_finite(x[0], n * n)) return decompositions<T>().eigh(x[0], n, y[0], y[1]);
        fill_nan(y[0], n);
        fill_nan(y[1], n * n);
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &w = call.outputs[0], &v = call.outputs[1];
    Array inside;
    if (call.cotangents[0].has_value())
      inside = rows(call.cotangents[0]) * eye(w.shape(-1), std::nullopt, 0, w.dtype());
    if (call.cotangents[1].has_value()) {
      const Array part = inverse_differences(w) * matmul(turned(v), call.cotangents[1]);
      inside = inside.has_value() ? inside + part : part;
    }
    if (!inside.has_value()) return {Array()};
    return {symmetric(matmul(matmul(v, inside), turned(v)))};
  }
};

}  // namespace

Array cholesky(const Array& a, bool upper) {
  const Array l = copse::bind(new_primitive<Cholesky>(), symmetric(matrices("linalg.cholesky", a, true)));
  return upper ? matrix_transpose(l) : l;
}

Svd svd(const Array& a, bool full_matrices) {
  const Array x = matrices("linalg.svd", a);
  Array out[3];
  copse::bind(new_primitive<SvdFactors>(full_matrices), std::span(&x, 1), out);
  return {out[0], out[1], out[2]};
}

Eigh eigh(const Array& a) {
  const Array x = symmetric(matrices("linalg.eigh", a, true));
  Array out[2];
  copse::bind(new_primitive<SymmetricEigen>(), std::span(&x, 1), out);
  return {out[0], out[1]};
}

}  // namespace copse::linalg
