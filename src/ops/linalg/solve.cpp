// Linear systems: solve, triangular_solve, inv, and determinants.
#include <algorithm>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "decomposition.hpp"

namespace copse::linalg {
namespace {

// (a, b) -> x with a x = b, or a' x = b.
class Solve final : public OnMatrices {
 public:
  explicit Solve(bool transposed) : transposed_(transposed) {}
  std::string_view name() const override { return "solve"; }
  std::string parameters() const override { return transposed_ ? "transpose_a" : ""; }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const Solve*>(&other);
    return o && o->transposed_ == transposed_;
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[1].shape, in[1].dtype};
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t n = in[1].shape[-2], k = in[1].shape[-1];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 2, 2},
                            [n, k, transposed = transposed_](const T* const* x, T* const* y) {
                              if (n == 0 || k == 0) return;
                              decompositions<T>().solve(x[0], x[1], n, k, transposed, y[0]);
                            });
    });
  }

  std::vector<Array> vjp(const VjpCall& call) const override;

 private:
  bool transposed_;
};

Array apply_solve(const Array& a, const Array& b, bool transposed) {
  return copse::bind(new_primitive<Solve>(transposed), a, b);
}

std::vector<Array> Solve::vjp(const VjpCall& call) const {
  const Array &a = call.inputs[0], &x = call.outputs[0];
  const Array db = apply_solve(a, call.cotangents[0], !transposed_);
  std::vector<Array> gradients(2);
  if (call.wanted[0]) gradients[0] = -(transposed_ ? matmul(x, turned(db)) : matmul(db, turned(x)));
  if (call.wanted[1]) gradients[1] = db;
  return gradients;
}

class TriangularSolve final : public OnMatrices {
 public:
  explicit TriangularSolve(TriangularOptions options) : options_(options) {}
  std::string_view name() const override { return "triangular_solve"; }
  std::string parameters() const override {
    std::string text = options_.lower ? "lower" : "upper";
    if (options_.transpose_a) text += ", transpose_a";
    if (options_.unit_diagonal) text += ", unit_diagonal";
    return text;
  }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const TriangularSolve*>(&other);
    return o && o->options_.lower == options_.lower && o->options_.transpose_a == options_.transpose_a &&
           o->options_.unit_diagonal == options_.unit_diagonal;
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[1].shape, in[1].dtype};
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t n = in[1].shape[-2], k = in[1].shape[-1];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 2, 2}, [n, k, o = options_](const T* const* x, T* const* y) {
        std::copy_n(x[1], n * k, y[0]);
        if (n == 0 || k == 0) return;
        decompositions<T>().triangular_solve(x[0], n, k, o.lower, o.unit_diagonal, o.transpose_a, y[0]);
      });
    });
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    TriangularOptions other = options_;
    other.transpose_a = !options_.transpose_a;
    const Array &a = call.inputs[0], &x = call.outputs[0];
    const Array db = copse::bind(new_primitive<TriangularSolve>(other), a, call.cotangents[0]);
    std::vector<Array> gradients(2);
    if (call.wanted[0]) {
      const Array da = -(options_.transpose_a ? matmul(x, turned(db)) : matmul(db, turned(x)));
      const int past = options_.unit_diagonal ? 1 : 0;
      gradients[0] = options_.lower ? tril(da, -past) : triu(da, past);
    }
    if (call.wanted[1]) gradients[1] = db;
    return gradients;
  }

 private:
  TriangularOptions options_;
};

// a -> sign and log of the determinant's absolute value.
class LogDeterminant final : public OnMatrices {
 public:
  std::string_view name() const override { return "slogdet"; }
  int outputs() const override { return 2; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = out[1] = {batch_of(in[0].shape), in[0].dtype};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t n = in[0].shape[-1];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 0, 0}, [n](const T* const* x, T* const* y) {
        *y[0] = 1;
        *y[1] = 0;
        if (n > 0) decompositions<T>().log_determinant(x[0], n, y[0], y[1]);
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    if (!call.cotangents[1].has_value()) return {Array()};
    return {expand_dims(call.cotangents[1], {-1, -2}) * turned(inv(call.inputs[0]))};
  }
};

// a -> the matrix of cofactors, the gradient of the determinant: by singular values, so that it holds for a
// singular matrix as well.
class Cofactors final : public OnMatrices {
 public:
  std::string_view name() const override { return "cofactors"; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[0].shape, in[0].dtype};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t n = in[0].shape[-1];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 2}, [n](const T* const* x, T* const* y) {
        if (n > 0) decompositions<T>().cofactors(x[0], n, y[0]);
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override;
};

// a -> its determinant.
class Determinant final : public OnMatrices {
 public:
  std::string_view name() const override { return "det"; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {batch_of(in[0].shape), in[0].dtype};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t n = in[0].shape[-1];
    return dispatch_floating(in[0].dtype, [&]<class T>() {
      return each_matrix<T>(in, out, {2, 0}, [n](const T* const* x, T* const* y) {
        *y[0] = n == 0 ? T{1} : decompositions<T>().determinant(x[0], n);
      });
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    return {expand_dims(call.cotangents[0], {-1, -2}) *
            copse::bind(new_primitive<Cofactors>(), call.inputs[0])};
  }
};

// Where the matrix has an inverse, its cofactors are det(a) inv(a)'.
std::vector<Array> Cofactors::vjp(const VjpCall& call) const {
  const Array &a = call.inputs[0], &ct = call.cotangents[0], &cofactors = call.outputs[0];
  const Array inverse = turned(inv(a));
  const Array along = sum(ct * inverse, {-2, -1}, true);
  return {along * cofactors - matmul(matmul(cofactors, turned(ct)), inverse)};
}

Array as_vector(const Array& x, bool vector) { return vector ? squeeze(x, -1) : x; }

}  // namespace

Array solve(const Array& a, const Array& b) {
  const System s = system_of("linalg.solve", a, b);
  return as_vector(apply_solve(s.a, s.b, false), s.vector);
}

Array triangular_solve(const Array& a, const Array& b, const TriangularOptions& options) {
  if (!options.left_side) {
    // Transposed: a' x' = b'.
    TriangularOptions turned = options;
    turned.left_side = true;
    turned.transpose_a = !options.transpose_a;
    return b.ndim() < 2 ? triangular_solve(a, b, turned)
                        : matrix_transpose(triangular_solve(a, matrix_transpose(b), turned));
  }
  const System s = system_of("linalg.triangular_solve", a, b);
  return as_vector(copse::bind(new_primitive<TriangularSolve>(options), s.a, s.b), s.vector);
}

Array inv(const Array& a) {
  const Array x = matrices("linalg.inv", a, true);
  return apply_solve(x, broadcast_to(eye(x.shape(-1), std::nullopt, 0, x.dtype()), x.shape()), false);
}

Array det(const Array& a) {
  return copse::bind(new_primitive<Determinant>(), matrices("linalg.det", a, true));
}

SlogDet slogdet(const Array& a) {
  const Array x = matrices("linalg.slogdet", a, true);
  Array out[2];
  copse::bind(new_primitive<LogDeterminant>(), std::span(&x, 1), out);
  return {out[0], out[1]};
}

}  // namespace copse::linalg
