// The programs of docs/extending.md.
#include <copse/copse.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace copse;

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

// x / (1 + |x|)
struct Softsign final : ElementwisePrimitive {
  std::string_view name() const override { return "softsign"; }
  std::optional<traits::Elementwise> as_elementwise(std::span<const ShapeDtype> in,
                                                    const ShapeDtype&) const override {
    if (in[0].dtype != DType::float32) return std::nullopt;  // then it is a DTypeError
    return traits::Elementwise{.loop = [](const void* const* from, void* to, std::int64_t n) {
      const auto* x = static_cast<const float*>(from[0]);
      for (std::int64_t i = 0; i < n; ++i) static_cast<float*>(to)[i] = x[i] / (1 + std::abs(x[i]));
    }};
  }

 protected:
  Array partial(int, const ElementwiseRule& rule) const override {
    return rule.ct / square(1 + abs(rule.in[0]));
  }
};

Array softsign(const Array& x) {
  static const auto primitive = std::make_shared<const Softsign>();
  return copse::bind(primitive, x);
}

// The sum of squares along axes.
struct Energy final : ReductionPrimitive {
  using ReductionPrimitive::ReductionPrimitive;
  std::string_view name() const override { return "energy"; }
  std::vector<Array> vjp(const VjpCall& call) const override {
    Shape kept = call.inputs[0].shape();
    for (int axis : axes()) kept[axis] = 1;
    return {2 * call.inputs[0] * reshape(call.cotangents[0], kept)};
  }

 protected:
  const traits::ReductionLoops* loops(DType dtype) const override {
    static const traits::ReductionLoops of_float32{
        .total_size = sizeof(double),
        .start = [](void* totals, std::int64_t n) { std::fill_n(static_cast<double*>(totals), n, 0.0); },
        .rows =
            [](const void* x, std::int64_t stride, std::int64_t rows, std::int64_t n, void* totals) {
              for (std::int64_t r = 0; r < rows; ++r)
                for (std::int64_t i = 0; i < n; ++i) add(x, r * stride + i, totals, r);
            },
        .columns =
            [](const void* x, std::int64_t stride, std::int64_t rows, std::int64_t n, void* totals) {
              for (std::int64_t r = 0; r < rows; ++r)
                for (std::int64_t i = 0; i < n; ++i) add(x, r * stride + i, totals, i);
            },
        .merge =
            [](void* totals, const void* more, std::int64_t n) {
              for (std::int64_t i = 0; i < n; ++i)
                static_cast<double*>(totals)[i] += static_cast<const double*>(more)[i];
            },
        .finish =
            [](const void* totals, void* out, std::int64_t n) {
              std::copy_n(static_cast<const double*>(totals), n, static_cast<float*>(out));
            }};
    return dtype == DType::float32 ? &of_float32 : nullptr;
  }
  PrimitivePtr along(std::vector<int> axes) const override {
    return std::make_shared<const Energy>(std::move(axes));
  }

 private:
  static void add(const void* x, std::int64_t from, void* totals, std::int64_t to) {
    const double value = static_cast<const float*>(x)[from];
    static_cast<double*>(totals)[to] += value * value;
  }
};

Array energy(const Array& x, const Axes& axes = {}) {
  return copse::bind(std::make_shared<const Energy>(axes.normalize(x.ndim(), "energy")), x);
}

// Every element times that `distance` before it along the only axis.
struct Autocorrelate final : Primitive {
  explicit Autocorrelate(std::int64_t d) : distance(d) {}
  const std::int64_t distance;

  std::string_view name() const override { return "autocorrelate"; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {{in[0].shape[0] - distance}, in[0].dtype, false};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype>,
                                  std::span<const ShapeDtype> out) const override {
    return make_kernel([n = out[0].shape[0], d = distance](const void* const* from, void* const* to) {
      const float* x = static_cast<const float*>(from[0]);
      for (std::int64_t i = 0; i < n; ++i) static_cast<float*>(to[0])[i] = x[i] * x[i + d];
    });
  }
  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &x = call.inputs[0], &ct = call.cotangents[0];
    const std::int64_t n = x.shape(0);
    return {pad(ct * slice(x, {distance}, {n}), {{0, distance}}) +
            pad(ct * slice(x, {0}, {n - distance}), {{distance, 0}})};
  }
  BatchResult batch(const BatchCall& call) const override {
    const Array& x = call.inputs[0];
    const std::int64_t n = x.shape(1);
    return slice_in_dim(x, 0, n - distance, 1, 1) * slice_in_dim(x, distance, n, 1, 1);
  }
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const Autocorrelate*>(&other);
    return o && o->distance == distance;
  }
};

Array autocorrelate(const Array& x, std::int64_t distance) {
  return copse::bind(std::make_shared<const Autocorrelate>(distance), x);
}

std::size_t instructions(const flat::Compiled& compiled) { return compiled.program().instructions.size(); }

void elementwise_operation() {
  auto x = array({{-3.0f, -1.0f, 0.0f}, {0.5f, 2.0f, 9.0f}});
  auto wanted = [](const Array& a) { return a / (1 + abs(a)); };
  auto f = [](const Array& a) { return exp(softsign(a * 2)) + 1; };
  check(all_close(softsign(x), wanted(x)), "softsign");
  check(all_close(jit(f)(x), exp(wanted(x * 2)) + 1), "compiled");
  check(instructions(jit(f).ahead(x)) == 1, "one loop with its neighbours");
  check(all_close(vmap(softsign)(x), wanted(x)), "vmap");
  auto gradient = [&](auto g) { return grad([&](const Array& a) { return sum(g(a)); })(x); };
  check(all_close(gradient(softsign), gradient(wanted)), "grad");
  try {
    (void)softsign(astype(x, DType::float64));
    check(false, "float64 has no loop");
  } catch (const DTypeError& error) {
    check(std::string(error.what()).find("softsign: got float64") != std::string::npos, error.what());
  }
}

void reduction() {
  auto x = sin(astype(reshape(arange(6000), {60, 100}), DType::float32));
  for (const Axes& axes : {Axes{0}, Axes{1}, Axes{}}) {
    auto f = [&](const Array& a) { return energy(a * 2 + 1, axes); };
    auto wanted = sum(square(x * 2 + 1), axes);
    check(all_close(f(x), wanted, 1e-5, 1e-5) && all_close(jit(f)(x), wanted, 1e-5, 1e-5), "energy");
    check(instructions(jit(f).ahead(x)) == 1, "at the end of its operand's loop");
  }
  check(all_close(vmap([](const Array& a) { return energy(a); })(x), energy(x, 1), 1e-5, 1e-5), "vmap");
  check(all_close(grad([](const Array& a) { return energy(a); })(x), 2 * x), "grad");
}

void primitive() {
  auto x = array({1.0f, 2.0f, 3.0f, 4.0f, 5.0f});
  auto f = [](const Array& a) { return sum(autocorrelate(a, 2)); };
  check(all_close(autocorrelate(x, 2), array({3.0f, 8.0f, 15.0f})), "autocorrelate");
  check(all_close(jit(grad(f))(x), array({3.0f, 4.0f, 6.0f, 2.0f, 3.0f})), "grad");
  check(all_close(vmap(f)(stack({x, 2 * x})), array({26.0f, 104.0f})), "vmap");
}

int main() {
  elementwise_operation();
  reduction();
  primitive();
}
