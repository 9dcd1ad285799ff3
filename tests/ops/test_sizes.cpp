// Sizes that are computed and that 64 bits do not hold: a ShapeError, never an array of the wrapped size.
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/math.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

using namespace copse;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(), half = most / 2 + 1;
using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

struct Case {
  const char* name;
  std::function<Array(const Array&)> f;  // of ones of shape (2, 3)
};

Array padded_inside(const Array& x, std::int64_t low, std::int64_t high, std::int64_t interior) {
  const std::vector<std::int64_t> l{low, 0}, h{high, 0}, i{interior, 0};
  return pad_interior(x, l, h, i);
}
// Without elements, so that its extents may be as large as they like.
Array empty(std::int64_t extent) { return zeros({0, extent}); }
Array image(const Array& x) { return reshape(x, {1, 6, 1}); }

const std::vector<Case>& cases() {
  using A = const Array&;
  static const std::vector<Case> all = {
      {"pad",
       [](A x) {
         return pad(x, {{most, most}, {0, 0}});
       }},
      {"pad on one side",
       [](A x) {
         return pad(x, {{0, 0}, {most - 2, 0}});
       }},
      {"pad by one number", [](A x) { return pad(x, half); }},
      {"pad to too many elements",
       [](A x) {
         return pad(x, {{half, 0}, {half, 0}});
       }},
      {"pad with edges",
       [](A x) {
         return pad(x, {{most, 0}, {0, 0}}, PadMode::edge);
       }},
      {"pad mirrored",
       [](A x) {
         return pad(x, {{0, 0}, {half, half}}, PadMode::reflect);
       }},
      {"pad mirrored, of many elements",
       [](A x) {
         return pad(x, {{half, 0}, {half, 0}}, PadMode::symmetric);
       }},
      {"pad around",
       [](A x) {
         return pad(x, {{0, most}, {0, 0}}, PadMode::wrap);
       }},
      {"pad_interior", [](A x) { return padded_inside(x, 0, 0, most); }},
      {"pad_interior and in front", [](A x) { return padded_inside(x, half, 0, half); }},
      {"pad_interior beyond, cut off again", [](A x) { return padded_inside(x, most, -most, most); }},
      {"concatenate",
       [](A) {
         return concatenate({empty(most), empty(most)}, 1);
       }},
      {"hstack",
       [](A) {
         return hstack({empty(half), empty(half)});
       }},
      {"tile",
       [](A x) {
         return tile(x, {half, 1});
       }},
      {"tile one that is empty",
       [](A) {
         return tile(empty(4), {1, half});
       }},
      {"tile to too many elements",
       [](A x) {
         return tile(x, {std::int64_t{1} << 32, std::int64_t{1} << 32});
       }},
      {"repeat", [](A x) { return repeat(x, half, 0); }},
      {"repeat all", [](A x) { return repeat(x, most); }},
      {"repeat one that is empty", [](A) { return repeat(empty(2), most, 1); }},
      {"broadcast_to",
       [](A x) {
         return broadcast_to(x[0], {half, half, 3});
       }},
      {"reshape",
       [](A x) {
         return reshape(x, {half, half, 4});
       }},
      {"zeros",
       [](A) {
         return zeros({half, 2, 2});
       }},
      {"ones of too many bytes", [](A) { return ones({most / 2}, DType::float64); }},
      {"full",
       [](A) {
         return full({most, most}, 1.0f);
       }},
      {"eye", [](A) { return eye(most); }},
      {"tri", [](A) { return tri(most, 5); }},
      {"diag", [](A x) { return diag(x[0], most); }},
      {"diag below", [](A x) { return diag(x[0], std::numeric_limits<std::int64_t>::min()); }},
      {"diagflat", [](A x) { return diagflat(x, half); }},
      {"arange", [](A) { return arange(std::numeric_limits<std::int64_t>::min(), most); }},
      {"linspace", [](A) { return linspace(0, 1, most); }},
      {"kron", [](A) { return kron(empty(half), empty(4)); }},
      {"one_hot", [](A x) { return one_hot(astype(x, DType::int32), most); }},
      {"random bits",
       [](A) {
         return random::bits(random::key(0), {half, half});
       }},
      {"normal",
       [](A) {
         return random::normal(random::key(0), {most, 4});
       }},
      {"conv padded",
       [](A x) {
         return conv(image(x), ones({2, 1, 1}), {.padding = {{most, most}}});
       }},
      {"conv padded by the half",
       [](A x) {
         return conv(image(x), ones({2, 1, 1}), {.padding = {{half, half}}});
       }},
      {"conv dilated",
       [](A x) {
         return conv(image(x), ones({2, 1, 1}), {.lhs_dilation = {most}});
       }},
      {"conv with a dilated kernel",
       [](A x) {
         return conv(image(x), ones({3, 1, 1}), {.rhs_dilation = {most}});
       }},
      {"conv_transpose",
       [](A x) {
         return conv_transpose(image(x), ones({2, 1, 1}), {.strides = {most}});
       }},
      {"conv_transpose with a dilated kernel",
       [](A x) {
         return conv_transpose(image(x), ones({3, 1, 1}), {.rhs_dilation = {half}});
       }},
      {"max_pool",
       [](A x) {
         return max_pool(image(x), {.window = {2}, .padding = {{most, most}}});
       }},
      {"avg_pool",
       [](A x) {
         return avg_pool(image(x), {.window = {most}, .padding = {{most, 2}}});
       }},
  };
  return all;
}

}  // namespace

TEST_CASE("sizes that overflow are a ShapeError, eager and compiled") {
  const Array x = ones({2, 3});
  const ShapeDtype type = x.type();
  for (const Case& c : cases()) {
    INFO(c.name);
    CHECK_THROWS_AS(c.f(x), ShapeError);
    CHECK_THROWS_AS(
        flat::compile(flat::record([&](const flat::Arrays& in) { return flat::Arrays{c.f(in[0])}; },
                                   std::span(&type, 1))
                          .program),
        ShapeError);
  }
}

TEST_CASE("numbers at the ends of the integer type that mean something are taken") {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const Array x = array({1, 2, 3, 4});
  const auto values = [](const Array& a) { return a.to_vector<int>(); };
  using Ints = std::vector<int>;
  CHECK(values(x[Slice{1, std::nullopt, most}]) == Ints{2});
  CHECK(values(x[Slice{std::nullopt, std::nullopt, least}]) == Ints{4});
  CHECK(values(x[Slice{least, most}]) == Ints{1, 2, 3, 4});
  CHECK(values(x[Slice{most, least, -2}]) == Ints{4, 2});
  CHECK(values(slice_in_dim(x, 1, 4, most)) == Ints{2});
  CHECK(values(roll(x, least)) == values(roll(x, least % 4)));
  CHECK(values(roll(x, most)) == values(roll(x, most % 4)));
  const Array square = reshape(x, {2, 2});
  for (const std::int64_t k : {least, most}) {
    CHECK(diagonal(square, k).size() == 0);
    CHECK(trace(square, k).item<int>() == 0);
    CHECK(values(eye(2, 2, k)) == Ints{0, 0, 0, 0});
    CHECK(values(tri(2, 2, k)) == (k > 0 ? Ints{1, 1, 1, 1} : Ints{0, 0, 0, 0}));
    CHECK(values(tril(square, k)) == (k > 0 ? Ints{1, 2, 3, 4} : Ints{0, 0, 0, 0}));
    CHECK(values(triu(square, k)) == (k < 0 ? Ints{1, 2, 3, 4} : Ints{0, 0, 0, 0}));
  }
  CHECK(values(avg_pool(reshape(ones({4}), {1, 4, 1}), {.window = {2}, .strides = {most}})) == Ints{1});
  CHECK(conv(reshape(ones({4}), {1, 4, 1}), ones({1, 1, 1}), {.strides = {most}}).size() == 1);
  CHECK(conv(reshape(ones({4}), {1, 4, 1}), ones({1, 1, 1}), {.rhs_dilation = {most}}).size() == 4);
  CHECK(values(padded_inside(ones({1, 2}), 0, 0, most)) == Ints{1, 1});
  CHECK(repeat(ones({2}), 0).size() == 0);
  CHECK(zeros({0, most}).size() == 0);
  CHECK(values(diff(x, 1)) == Ints{1, 1, 1});
}
