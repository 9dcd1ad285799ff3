// Requests beyond the memory: an error that says what was asked for, and the program goes on.
#include <functional>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/trace.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/random.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

using namespace copse;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t million = 1000000, trillion = million * million;

struct Case {
  const char* name;  // as the message has it
  std::function<Array()> run;
};

// Each asks for 10^12 elements. The inputs are small.
std::vector<Case> cases() {
  const Array column = ones({million, 1}), row = ones({1, million});
  return {
      {"full",
       [] {
         return zeros({million, million});
       }},
      {"full", [] { return full({trillion}, 3, DType::uint8); }},
      {"iota", [] { return arange(trillion); }},
      {"iota", [] { return arange(0.0, 1e12); }},
      {"iota", [] { return linspace(0, 1, trillion); }},
      {"equal", [] { return eye(million); }},
      {"add", [=] { return column + row; }},
      {"where", [=] { return where(column > row, column, row); }},
      {"broadcast_to",
       [=] {
         return broadcast_to(row, {million, million});
       }},
      {"matmul", [=] { return matmul(column, row); }},
      {"matmul", [=] { return outer(column, row); }},
      {"concatenate", [=] { return repeat(row, million, 0); }},
      {"pad",
       [=] {
         return pad(row, {{0, million}, {0, 0}});
       }},
      {"gather", [=] { return take(row, zeros({million}, DType::int32), 0); }},
      {"normal",
       [] {
         return random::normal(random::key(0), {million, million});
       }},
      {"uniform", [] { return random::uniform(random::key(0), {trillion}); }},
      {"bernoulli", [] { return random::bernoulli(random::key(0), 0.5, Shape{trillion}); }},
      {"random_bits", [] { return random::bits(random::key(0), {trillion}); }},
      {"random_bits", [] { return random::randint(random::key(0), {trillion}, 0, 5); }},
  };
}

}  // namespace

TEST_CASE("10^12 elements are refused, and the program goes on") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const auto before = detail::memory_stats();
    CHECK_THROWS_WITH(c.run(), Contains("out of memory") && Contains("TB") && Contains("in parts"));
    CHECK_THROWS_AS(c.run(), Error);
    CHECK(detail::memory_stats().bytes_in_use == before.bytes_in_use);
    CHECK((Array(1) + Array(2)).item<int>() == 3);
  }
}

TEST_CASE("the message names the function, its inputs and what they would give") {
  const Array column = ones({million, 1}), row = ones({1, million});
  CHECK_THROWS_WITH(column + row, Contains("add(float32(1000000, 1), float32(1, 1000000)): out of memory") &&
                                      Contains("float32(1000000, 1000000) takes 4.0 TB"));
  CHECK_THROWS_WITH(matmul(column, row), Contains("matmul(float32(1000000, 1), float32(1, 1000000))"));
  CHECK_THROWS_WITH(zeros({million, million}), Contains("full()"));
  CHECK_THROWS_WITH(random::normal(random::key(0), {trillion}), Contains("normal()"));
  // So many elements have no number.
  CHECK_THROWS_WITH(zeros({trillion, trillion}), Contains("too many elements"));
  CHECK_THROWS_AS(zeros({trillion * million}), Error);
}

TEST_CASE("compiled, 10^12 elements are refused as well") {
  const ShapeDtype type[] = {{{}, DType::float32}};
  for (const Case& c : cases()) {
    INFO(c.name);
    const flat::Function f = [&](const flat::Arrays& in) { return flat::Arrays{c.run() + in[0]}; };
    const auto before = detail::memory_stats();
    Array input[] = {Array(1.0f)};
    CHECK_THROWS_WITH(flat::compile(flat::record(f, type).program)->run(input), Contains("out of memory"));
    CHECK(detail::memory_stats().bytes_in_use == before.bytes_in_use);
  }
  CHECK((Array(1) + Array(2)).item<int>() == 3);
}

TEST_CASE("memory that is in use counts") {
  // More than there is, in pieces that would each fit.
  std::vector<Array> held;
  const auto before = detail::memory_stats();
  CHECK_THROWS_WITH(
      [&] {
        for (int i = 0; i < 1000; ++i)
          held.push_back(detail::allocate({{4 * million, 1000}, DType::float32}));
      }(),
      Contains("out of memory") && Contains("16.0 GB"));
  held.clear();
  CHECK(detail::memory_stats().bytes_in_use == before.bytes_in_use);
}

TEST_CASE("a failed operation leaves memory and arrays as they were") {
  const Array a = arange(6.0), b = arange(5.0), m = reshape(a, {2, 3});
  const auto values = a.to_vector<double>();
  const std::function<Array()> failing[] = {
      [&] { return a + b; },
      [&] { return matmul(m, m); },
      [&] {
        return reshape(a, {4, 2});
      },
      [&] {
        return concatenate({m, a});
      },
      [&] { return sum(a, 3); },
      [&] { return max(zeros({0})); },
      [&] {
        return m[{0, 5}];
      },
      [&] { return at(m, 7).set(1); },
      [&] { return at(m, 0).set(ones({2})); },
      [&] { return bitwise_and(a, a); },
      [&] { return conv(m, m); },
      [&] { return linalg::inv(m); },
      [&] { return einsum("ij,jk->ik", a, m); },
      [&] { return random::normal(Key{a}, {2}); },
      [&] { return top_k(a, 9).values; },
  };
  for (const auto& f : failing) {
    const auto before = detail::memory_stats();
    CHECK_THROWS_AS(f(), Error);
    CHECK(detail::memory_stats().bytes_in_use == before.bytes_in_use);
  }
  CHECK(a.to_vector<double>() == values);
  CHECK(current_trace() == nullptr);
}
