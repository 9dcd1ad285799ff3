// What operations say of themselves is what they do: every law of an elementwise operation, and every other
// fact by which the compiler rewrites programs, against the operation's own results.
#include <cmath>
#include <cstring>
#include <limits>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/flat.hpp"

using namespace copse;
using Arrays = std::vector<Array>;

namespace {

// The primitive that a function of arrays is, called with arrays of these types.
PrimitivePtr primitive_of(const flat::Function& f, const std::vector<ShapeDtype>& types) {
  const ir::Program program = flat::record(f, types).program;
  REQUIRE(program.instructions.size() == 1);
  return program.instructions[0].primitive;
}

using Binary = Array (*)(const Array&, const Array&);
using Unary = Array (*)(const Array&);

const std::vector<std::pair<const char*, Binary>> binary_functions{
    {"add", add},
    {"subtract", subtract},
    {"multiply", multiply},
    {"divide", divide},
    {"floor_divide", floor_divide},
    {"mod", mod},
    {"arctan2", arctan2},
    {"maximum", maximum},
    {"minimum", minimum},
    {"equal", equal},
    {"not_equal", not_equal},
    {"less", less},
    {"greater", greater},
    {"logical_and", logical_and},
    {"logical_or", logical_or},
    {"logical_xor", logical_xor},
    {"bitwise_and", bitwise_and},
    {"bitwise_or", bitwise_or},
    {"bitwise_xor", bitwise_xor},
};
const std::vector<std::pair<const char*, Unary>> unary_functions{
    {"negative", negative}, {"abs", abs},   {"square", square}, {"exp", exp},
    {"sqrt", sqrt},         {"relu", relu}, {"tanh", tanh},     {"floor", floor},
};

constexpr float infinity = std::numeric_limits<float>::infinity();

Array samples(DType dtype) {
  if (dtype == DType::bool_) return array({false, true});
  if (!is_floating(dtype)) return astype(array({-7, -1, 0, 1, 2, 100}), dtype);
  return astype(array({-infinity, -2.5f, -1.0f, -0.0f, 0.0f, 1e-30f, 1.0f, 3.0f, infinity,
                       std::numeric_limits<float>::quiet_NaN()}),
                dtype);
}

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.raw(), b.raw(), a.nbytes()) == 0;
}

Array number(double value, DType dtype) { return astype(Array(value), dtype); }

std::optional<traits::Elementwise> traits_of(Binary f, DType dtype) {
  const ShapeDtype type{{3}, dtype, false};
  const PrimitivePtr p =
      primitive_of([&](const Arrays& in) { return Arrays{f(in[0], in[1])}; }, {type, type});
  const ShapeDtype in[] = {type, type};
  ShapeDtype out;
  p->infer(in, {&out, 1});
  return p->as_elementwise(in, out);
}

// Whether a binary function takes a dtype as it is.
bool takes(Binary f, DType dtype) {
  try {
    const ShapeDtype type{{3}, dtype, false};
    const auto program =
        flat::record([&](const Arrays& in) { return Arrays{f(in[0], in[1])}; }, std::vector{type, type})
            .program;
    return program.instructions.size() == 1;  // and no conversions
  } catch (const DTypeError&) {
    return false;
  }
}

}  // namespace

TEST_CASE("laws of elementwise operations hold for their results") {
  int identities = 0, zeros_ = 0, commuting = 0, linear = 0, sums = 0;
  for (const auto& [name, f] : binary_functions)
    for (const DType dtype : {DType::float32, DType::float64, DType::int32, DType::bool_}) {
      if (!takes(f, dtype)) continue;
      INFO(name << " of " << name_of(dtype));
      const std::optional<traits::Elementwise> facts = traits_of(f, dtype);
      REQUIRE(facts);
      REQUIRE(facts->loop);
      if (!facts->algebra) continue;
      const traits::Algebra& law = *facts->algebra;
      const Array x = samples(dtype), column = reshape(x, {-1, 1});
      if (law.right_identity && dtype != DType::bool_) {
        CHECK(same_bits(f(x, number(*law.right_identity, dtype)), x));
        ++identities;
      }
      if (law.left_identity && dtype != DType::bool_) {
        CHECK(same_bits(f(number(*law.left_identity, dtype), x), x));
        ++identities;
      }
      if (law.zero && !is_floating(dtype)) {
        const Array z = number(*law.zero, dtype);
        CHECK(array_equal(f(z, x), broadcast_to(z, x.shape())));
        CHECK(array_equal(f(x, z), broadcast_to(z, x.shape())));
        ++zeros_;
      }
      if (law.commutative) {
        CHECK(array_equal(f(x, column), f(column, x), true));
        ++commuting;
      }
      if (law.sum) {
        CHECK((law.commutative && law.linear == traits::Linearity::together));
        if (dtype == DType::float64) CHECK(f(number(2, dtype), number(3, dtype)).item<double>() == 5);
        ++sums;
      }
      if (dtype != DType::float64 || law.linear == traits::Linearity::none) continue;
      // With numbers that are exact: f(2 a) = 2 f(a), and f(a + b) = f(a) + f(b), in what it is linear in.
      const Array a = number(3, dtype), b = number(0.5, dtype), c = number(4, dtype), d = number(8, dtype);
      ++linear;
      switch (law.linear) {
        case traits::Linearity::together:
          CHECK(array_equal(f(a + b, c + d), f(a, c) + f(b, d)));
          break;
        case traits::Linearity::each:
          CHECK(array_equal(f(c, a + b), f(c, a) + f(c, b)));
          [[fallthrough]];
        default:
          CHECK(array_equal(f(a + b, c), f(a, c) + f(b, c)));
      }
    }
  CHECK(identities >= 9);
  CHECK(zeros_ >= 1);
  CHECK(commuting >= 15);
  CHECK(linear >= 4);
  CHECK(sums >= 3);
}

TEST_CASE("operations with one operand: their laws, and the arithmetic of their loops") {
  int arithmetic = 0, laws = 0;
  for (const auto& [name, f] : unary_functions)
    for (const DType dtype : {DType::float32, DType::float64}) {
      INFO(name << " of " << name_of(dtype));
      const ShapeDtype type{{10}, dtype, false};
      const PrimitivePtr p = primitive_of([&](const Arrays& in) { return Arrays{f(in[0])}; }, {type});
      const auto facts = p->as_elementwise({&type, 1}, type);
      REQUIRE(facts);
      const Array x = samples(dtype), y = f(x);
      if (facts->algebra && facts->algebra->rectifier) {
        CHECK(array_equal(y, where(isnan(x), x, maximum(x, number(0, dtype))), true));
        ++laws;
      }
      if (facts->algebra && facts->algebra->linear == traits::Linearity::first) {
        CHECK(f(number(3, dtype)).item<double>() == 2 * f(number(1.5, dtype)).item<double>());
        ++laws;
      }
      if (!facts->arithmetic) continue;
      CHECK(dtype == DType::float32);
      ++arithmetic;
      const float v = f(number(2.25, dtype)).item<float>();
      switch (*facts->arithmetic) {
        case traits::Arithmetic::negative:
          CHECK(v == -2.25f);
          break;
        case traits::Arithmetic::square:
          CHECK(v == 2.25f * 2.25f);
          break;
        default:
          CHECK((*facts->arithmetic == traits::Arithmetic::sqrt && v == 1.5f));
      }
    }
  CHECK(arithmetic == 3);
  CHECK(laws >= 4);
  for (const auto& [name, f] : binary_functions) {
    const auto of_floats = takes(f, DType::float32) ? traits_of(f, DType::float32) : std::nullopt;
    if (!of_floats || !of_floats->arithmetic) continue;
    const float v = f(Array(7.0f), Array(2.0f)).item<float>();
    const float wanted[] = {9, 5, 14, 3.5f};
    CHECK(v == wanted[static_cast<int>(*of_floats->arithmetic)]);
    ++arithmetic;
  }
  CHECK(arithmetic == 7);
}

TEST_CASE("views choose the elements that they say") {
  const Array x = astype(reshape(arange(60), {3, 4, 5}), DType::float32);
  const std::vector<std::pair<const char*, std::function<Array(const Array&)>>> functions{
      {"transpose",
       [](const Array& a) {
         return transpose(a, {2, 0, 1});
       }},
      {"slice",
       [](const Array& a) {
         return slice(a, {1, 0, 1}, {3, 4, 5}, {1, 2, 3});
       }},
      {"flip", [](const Array& a) { return flip(a, 1); }},
      {"broadcast", [](const Array& a) {
         return broadcast_to(a, {2, 3, 4, 5});
       }}};
  for (const auto& [name, f] : functions) {
    INFO(name);
    const PrimitivePtr p =
        primitive_of([&, f = f](const Arrays& in) { return Arrays{f(in[0])}; }, {x.type()});
    const Array y = f(x);
    const auto view = p->as_view(x.type(), y.type());
    REQUIRE(view);
    const std::vector<float> from = x.to_vector<float>(), got = y.to_vector<float>();
    const std::vector<std::int64_t> dense = row_major_strides(y.shape());
    for (std::int64_t n = 0; n < y.size(); ++n) {
      std::int64_t at = view->offset;
      for (std::size_t d = 0; d < dense.size(); ++d)
        at += n / dense[d] % y.shape()[static_cast<int>(d)] * view->strides[d];
      REQUIRE(from.at(static_cast<std::size_t>(at)) == got[static_cast<std::size_t>(n)]);
    }
  }
}

TEST_CASE("fills, pads, reductions and aliases say what they are") {
  const ShapeDtype type{{2, 3, 4}, DType::float32, false}, scalar{{}, DType::float32, false};
  const PrimitivePtr fill = primitive_of(
      [](const Arrays&) {
        return Arrays{full({2, 3}, 1.5f)};
      },
      std::vector<ShapeDtype>{});
  REQUIRE(fill->as_fill());
  float value = 0;
  std::memcpy(&value, fill->as_fill()->value.data(), sizeof value);
  CHECK(value == 1.5f);

  const std::vector<std::int64_t> low{1, 0, 2}, high{0, -1, 3}, interior{0, 1, 0};
  const PrimitivePtr padding =
      primitive_of([&](const Arrays& in) { return Arrays{pad_interior(in[0], low, high, interior, in[1])}; },
                   {type, scalar});
  const auto pad = padding->as_pad();
  REQUIRE(pad);
  CHECK(std::vector<std::int64_t>(pad->low.begin(), pad->low.end()) == low);
  CHECK(std::vector<std::int64_t>(pad->high.begin(), pad->high.end()) == high);
  CHECK(std::vector<std::int64_t>(pad->interior.begin(), pad->interior.end()) == interior);

  const PrimitivePtr total = primitive_of(
      [](const Arrays& in) {
        return Arrays{sum(in[0], {0, 2})};
      },
      {type});
  const auto reduction = total->as_reduction(type);
  REQUIRE(reduction);
  CHECK(std::vector<int>(reduction->axes.begin(), reduction->axes.end()) == std::vector<int>{0, 2});
  REQUIRE(reduction->loops);
  // One row through the loops by hand.
  const float row[] = {1, 2, 3.5f};
  std::vector<std::byte> room(static_cast<std::size_t>(reduction->loops->total_size));
  float result = 0;
  reduction->loops->start(room.data(), 1);
  reduction->loops->rows(row, 3, 1, 3, room.data());
  reduction->loops->finish(room.data(), &result, 1);
  CHECK(result == 6.5f);
  CHECK_FALSE(total->as_reduction({{2, 3, 4}, DType::bool_, false})->loops);

  const PrimitivePtr reshaped = primitive_of(
      [](const Arrays& in) {
        return Arrays{reshape(in[0], {6, 4})};
      },
      {type});
  CHECK(reshaped->aliases());
  for (const PrimitivePtr& p : {fill, padding, total, reshaped}) {
    INFO(p->name());
    CHECK_FALSE(p->as_elementwise({&type, 1}, type));
    CHECK_FALSE(p->as_product());
    CHECK_FALSE(p->with_epilogue({}));
    CHECK_FALSE(p->as_concatenation(type));
  }
}

TEST_CASE("products make themselves with other transposes and with an epilogue") {
  const Array a = sin(astype(reshape(arange(12), {3, 4}), DType::float32));
  const Array b = cos(astype(reshape(arange(20), {4, 5}), DType::float32));
  const Array bias = astype(arange(5), DType::float32) - 2.0f;
  const PrimitivePtr p =
      primitive_of([](const Arrays& in) { return Arrays{matmul(in[0], in[1])}; }, {a.type(), b.type()});
  REQUIRE(p->as_product());
  CHECK((p->as_product()->matrix && !p->as_product()->transpose_a && !p->as_product()->transpose_b));
  const PrimitivePtr other = p->with_transposes(true, true);
  CHECK((other->as_product()->transpose_a && other->as_product()->transpose_b));
  CHECK(all_close(copse::bind(other, transpose(a), transpose(b)), matmul(a, b), 1e-6, 1e-6));
  const PrimitivePtr rectified = p->with_epilogue({true, traits::Activation::relu});
  REQUIRE(rectified);
  CHECK(all_close(copse::bind(rectified, a, b, bias), relu(matmul(a, b) + bias), 1e-6, 1e-6));
  const ShapeDtype wrong[] = {a.type(), b.type(), {{4}, DType::float32, false}};
  ShapeDtype out;
  CHECK_THROWS_AS(rectified->infer(wrong, {&out, 1}), InternalError);

  // A convolution takes an epilogue, its gradients take none.
  const Array x = ones({1, 5, 5, 2}), kernel = ones({3, 3, 2, 4});
  const PrimitivePtr convolution =
      primitive_of([](const Arrays& in) { return Arrays{conv(in[0], in[1])}; }, {x.type(), kernel.type()});
  REQUIRE(convolution->as_product());
  CHECK_FALSE(convolution->as_product()->matrix);
  CHECK(convolution->with_epilogue({true, traits::Activation::none}));
  CHECK_FALSE(convolution->with_transposes(true, false));
  const flat::Function gradient = [](const Arrays& in) {
    const flat::Vjp v = flat::vjp([](const Arrays& i) { return Arrays{conv(i[0], i[1])}; }, in,
                                  std::vector<std::uint8_t>{1, 1});
    return v.pullback(std::vector<Array>{ones_like(v.outputs[0])});
  };
  int gradients = 0;
  for (const ir::Instruction& i :
       flat::record(gradient, std::vector{x.type(), kernel.type()}).program.instructions)
    if (i.primitive->as_product() && !i.primitive->with_epilogue({})) ++gradients;
  CHECK(gradients == 2);
}
