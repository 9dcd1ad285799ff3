// Names of operations are for people: the compiler treats one of a user's own by what it says of itself.
#include <string>

#include "catch.hpp"
#include "copse/core/primitive.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/transform/jit.hpp"

using namespace copse;

namespace {

// 3 a of one operand, 3 a b of two, 3 a b c of three, under any name. All but the first may be single
// numbers.
class Triple final : public Primitive {
 public:
  explicit Triple(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override { out[0] = in[0]; }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel(
        [types = std::vector<ShapeDtype>(in.begin(), in.end())](const void* const* from, void* const* to) {
          for (std::int64_t i = 0; i < types[0].shape.elements(); ++i) {
            float product = 3.0f;
            for (std::size_t k = 0; k < types.size(); ++k)
              product *= static_cast<const float*>(from[k])[i % types[k].shape.elements()];
            static_cast<float*>(to[0])[i] = product;
          }
        });
  }
  BatchResult batch(const BatchCall&) const override { throw Error("not in this test"); }
  bool same(const Primitive& other) const override { return this == &other; }

 private:
  std::string name_;
};

}  // namespace

TEST_CASE("an operation of a user's own may have the name of any of the library's") {
  const Array x = reshape(arange(1, 13, 1, DType::float32), {3, 4}), one = ones({1}), zero = zeros({1});
  for (const char* name : {"add", "subtract", "multiply", "divide", "negative", "relu", "select", "greater",
                           "transpose", "broadcast", "reshape", "pad", "full", "sum", "convert", "matmul"}) {
    CAPTURE(name);
    const PrimitivePtr triple = std::make_shared<const Triple>(name);
    const auto alone = [&](const Array& a) { return copse::bind(triple, a + 0.5f) * 2.0f; };
    const auto with_one = [&](const Array& a) { return copse::bind(triple, a + 0.5f, one); };
    const auto with_zero = [&](const Array& a) { return copse::bind(triple, a + 0.5f, zero) + a; };
    const auto in_a_sum = [&](const Array& a) {
      const Array b = copse::bind(triple, a, a) + a;
      return copse::bind(triple, b, a) + copse::bind(triple, a, b);
    };
    const auto after_a_product = [&](const Array& a) {
      const Array product = matmul(a, transpose(a));
      return copse::bind(triple, copse::bind(triple, product, ones({3})));
    };
    const auto before_a_product = [&](const Array& a) {
      return matmul(copse::bind(triple, a), transpose(a));
    };
    const auto three = [&](const Array& a) { return sum(copse::bind(triple, a, one, a) * 2.0f, 1); };
    CHECK(array_equal(jit(alone)(x), alone(x)));
    CHECK(array_equal(jit(with_one)(x), with_one(x)));
    CHECK(array_equal(jit(with_zero)(x), with_zero(x)));
    CHECK(array_equal(jit(in_a_sum)(x), in_a_sum(x)));
    CHECK(array_equal(jit(after_a_product)(x), after_a_product(x)));
    CHECK(array_equal(jit(before_a_product)(x), before_a_product(x)));
    CHECK(array_equal(jit(three)(x), three(x)));
  }
}
