#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

using namespace copse;
using Catch::Contains;
using flat::Arrays;

namespace {

std::vector<ShapeDtype> types(const Arrays& arrays) {
  std::vector<ShapeDtype> out;
  for (const Array& a : arrays) out.push_back(a.type());
  return out;
}

void same(const Array& a, const Array& b, double tolerance = 1e-5) {
  REQUIRE(a.type().shape == b.type().shape);
  REQUIRE(a.dtype() == b.dtype());
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO("element " << i);
    REQUIRE(std::abs(x[i] - y[i]) <= tolerance * (1 + std::abs(y[i])));
  }
}

Array ramp(const Shape& shape, double scale = 0.01) {
  return reshape(astype(arange(shape.elements()), DType::float32) * scale - 0.3, shape);
}

// Functions that give the compiler's passes something to do.
struct Sample {
  const char* name;
  flat::Function f;
  Arrays inputs;
};

std::vector<Sample> samples() {
  return {
      {"chain",
       [](const Arrays& a) { return Arrays{tanh(1.5 * a[0] + 0.25) * sigmoid(a[0]) + a[0]}; },
       {ramp({7, 301})}},
      {"broadcast",
       [](const Arrays& a) { return Arrays{exp(a[0] + a[1]) * a[2]}; },
       {ramp({40, 30}), ramp({30}), ramp({40, 1})}},
      {"softmax",
       [](const Arrays& a) {
         return Arrays{softmax(a[0]), log_softmax(a[0] * 2.0)};
       },
       {ramp({33, 10})}},
      {"long rows", [](const Arrays& a) { return Arrays{softmax(a[0])}; }, {ramp({5, 3000}, 1e-3)}},
      {"layer norm",
       [](const Arrays& a) {
         const Array centered = a[0] - mean(a[0], -1, true);
         return Arrays{centered * rsqrt(mean(square(centered), -1, true) + 1e-5) * a[1] + a[1]};
       },
       {ramp({65, 128}), ramp({128})}},
      {"batch norm",
       [](const Arrays& a) {
         const Array mu = mean(a[0], {0, 1}), centered = a[0] - mu;
         return Arrays{centered * rsqrt(mean(square(centered), {0, 1}) + 1e-5), mu};
       },
       {ramp({20, 9, 16})}},
      {"dense",
       [](const Arrays& a) {
         return Arrays{relu(matmul(a[0], a[1]) + a[2]), matmul(transpose(a[0]), a[0])};
       },
       {ramp({12, 20}), ramp({20, 8}), ramp({8})}},
      {"shared",
       [](const Arrays& a) {
         return Arrays{exp(a[0]) + exp(a[0]), exp(a[0]) * 1.0, a[0]};
       },
       {ramp({50})}},
      {"reshaped output",
       [](const Arrays& a) {
         return Arrays{reshape(a[0] * 2.0, {5, -1}), reshape(a[0], {2, 10})};
       },
       {ramp({20})}},
      {"constants",
       [](const Arrays& a) {
         return Arrays{a[0] * exp(Array(1.0f)) + ones({4, 5}) * 2.0, zeros({3})};
       },
       {ramp({4, 5})}},
      {"empty",
       [](const Arrays& a) {
         return Arrays{sum(exp(a[0])), a[0] + 1.0};
       },
       {zeros({0, 4})}},
      {"scalars",
       [](const Arrays& a) {
         return Arrays{a[0] * a[1] + 2.0, sqrt(abs(a[0]))};
       },
       {Array(2.0f), Array(3.0f)}},
      {"mixed dtypes",
       [](const Arrays& a) {
         return Arrays{where(a[0] > 0.0, a[0], astype(a[1], DType::float32)), a[1] + 1};
       },
       {ramp({30}), arange(30)}},
  };
}

}  // namespace

TEST_CASE("compiled programs equal uncompiled ones, with every pass switched off in turn") {
  for (const Sample& s : samples()) {
    std::vector<PassInfo> switches = compiler_passes();
    switches.push_back({"nothing", ""});
    for (const PassInfo& off : switches) {
      INFO(s.name << " without " << off.name);
      CompileOptions options;
      if (*off.text) options.without = {off.name};
      const auto compiled = flat::compile(flat::record(s.f, types(s.inputs)).program, {}, options);
      Arrays inputs = s.inputs;
      const Arrays got = compiled->run(inputs), wanted = s.f(s.inputs);
      REQUIRE(got.size() == wanted.size());
      for (std::size_t i = 0; i < got.size(); ++i) same(got[i], wanted[i]);
    }
  }
}

TEST_CASE("gradients of compiled functions equal those of uncompiled ones") {
  for (const Sample& s : samples()) {
    INFO(s.name);
    const flat::Function gradients = [&](const Arrays& in) {
      const flat::Vjp v = flat::vjp(s.f, in, std::vector<std::uint8_t>(in.size(), 1));
      Arrays cts;
      for (const Array& out : v.outputs) cts.push_back(is_floating(out.dtype()) ? cos(out * 3.0) : Array());
      Arrays found = v.pullback(cts), present;
      for (const Array& g : found)
        if (g.has_value()) present.push_back(g);
      return present;
    };
    const auto compiled = flat::compile(flat::record(gradients, types(s.inputs)).program);
    Arrays inputs = s.inputs;
    const Arrays got = compiled->run(inputs), wanted = gradients(s.inputs);
    REQUIRE(got.size() == wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) same(got[i], wanted[i], 1e-4);
  }
}

TEST_CASE("softmax is one instruction") {
  const auto compiled = flat::compile(
      flat::record([](const Arrays& a) { return Arrays{softmax(a[0])}; }, types({ramp({4, 8})})).program);
  CHECK(compiled->program().instructions.size() == 1);
  CHECK(ir::to_text(compiled->program()).find("fused") != std::string::npos);
  CHECK(ir::to_graphviz(compiled->program()).find("digraph") == 0);
}

TEST_CASE("donated inputs become outputs where nobody else holds them") {
  const flat::Function f = [](const Arrays& a) { return Arrays{a[0] + 1.0}; };
  Arrays inputs{full({1000}, 1.0f)};
  const std::uint8_t donated[] = {1};
  const auto compiled = flat::compile(flat::record(f, types(inputs)).program, donated);
  const void* memory = inputs[0].raw();
  const Arrays first = compiled->run(inputs, donated);
  CHECK(first[0].raw() == memory);
  Arrays shared{first[0]};
  const Arrays second = compiled->run(shared, donated);
  CHECK(second[0].raw() != memory);
  CHECK(first[0].item<float>({0}) == 2.0f);
  CHECK(second[0].item<float>({0}) == 3.0f);
}

TEST_CASE("a steady state asks the system for no memory") {
  const flat::Function f = [](const Arrays& a) { return Arrays{tanh(matmul(a[0], a[1])), a[1] * 0.5}; };
  Arrays inputs{ramp({64, 64}), ramp({64, 64})};
  const auto compiled = flat::compile(flat::record(f, types(inputs)).program);
  for (int i = 0; i < 3; ++i) (void)compiled->run(inputs);
  const auto before = detail::memory_stats().system_allocations;
  for (int i = 0; i < 50; ++i) (void)compiled->run(inputs);
  CHECK(detail::memory_stats().system_allocations == before);
}

TEST_CASE("values are refused while only shapes are known, with a remedy") {
  const flat::Function f = [](const Arrays& a) { return a[0].item<float>() > 0 ? a : Arrays{-a[0]}; };
  CHECK_THROWS_WITH(flat::record(f, types({Array(1.0f)})), Contains("where") && Contains("jit"));
  CHECK(current_trace() == nullptr);
  // In reverse mode alone the value is there.
  const std::uint8_t wanted[] = {1};
  CHECK(flat::vjp(f, {Array(-2.0f)}, wanted).outputs[0].item<float>() == 2.0f);
}

TEST_CASE("an array that outlives its trace is refused") {
  Array kept;
  (void)flat::record([&](const Arrays& a) { return kept = a[0] * 2.0, a; }, types({Array(1.0f)}));
  CHECK_THROWS_WITH(kept + 1.0, Contains("left the `jit`"));
  CHECK_THROWS_WITH(kept.item<float>(), Contains("left the `jit`") && Contains("instead of storing it"));
}

TEST_CASE("numbers of the channels are read at every position, whatever a loop's tiles are") {
  const int before = num_threads();
  const flat::Function f = [](const Arrays& a) {
    const Array y = a[0] * 1.0 + a[1];  // exact: whole numbers
    return Arrays{y, sum(y, {0, 1}), sum(y, 0), sum(y)};
  };
  for (const int threads : {1, 3})
    for (const std::int64_t channels : {3, 24, 1000, 1025}) {
      INFO("threads " << threads << " channels " << channels);
      set_num_threads(threads);
      const std::int64_t images = 60'000 / channels, positions = 2;
      Arrays in{zeros({images, positions, channels}), astype(arange(channels), DType::float32)};
      const Arrays got = flat::compile(flat::record(f, types(in)).program)->run(in);
      const auto y = got[0].to_vector<float>();
      bool good = true;
      for (std::size_t i = 0; i < y.size(); ++i)
        good = good && y[i] == static_cast<float>(static_cast<std::int64_t>(i) % channels);
      CHECK(good);
      const float last = static_cast<float>(channels - 1);
      CHECK(got[1].item<float>({channels - 1}) == last * static_cast<float>(images * positions));
      CHECK(got[2].item<float>({1, channels - 1}) == last * static_cast<float>(images));
      CHECK(got[3].item<float>() ==
            Approx(static_cast<double>(images * positions * channels) * 0.5 * last).epsilon(1e-6));
    }
  set_num_threads(before);
}

TEST_CASE("vmap says which extents differ") {
  const std::optional<int> axes[] = {0, 0};
  const auto out = [](std::size_t n) { return std::vector<std::optional<int>>(n, 0); };
  const flat::Function f = [](const Arrays& a) { return Arrays{a[0] + a[1]}; };
  CHECK_THROWS_WITH(flat::vmap(f, {zeros({2}), zeros({3})}, axes, out), Contains("2 and 3"));
  const std::optional<int> none[] = {std::nullopt, std::nullopt};
  CHECK_THROWS_WITH(flat::vmap(f, {zeros({2}), zeros({2})}, none, out), Contains("no input is mapped"));
}

TEST_CASE("graphs of 200,000 operations are traced, differentiated, compiled and destroyed") {
  const flat::Function loop = [](const Arrays& a) {
    Array x = a[0];
    for (int i = 0; i < 100000; ++i) x = x * 0.99999 + 0.00001;
    return Arrays{x};
  };
  const flat::Function gradient = [&](const Arrays& a) {
    const std::uint8_t wanted[] = {1};
    const flat::Vjp v = flat::vjp(loop, a, wanted);
    const Array ct = ones_like(v.outputs[0]);
    return v.pullback(std::span<const Array>(&ct, 1));
  };
  Arrays inputs{ones({4})};
  const double wanted = std::pow(0.99999, 100000);
  CHECK(gradient(inputs)[0].item<double>({0}) == Approx(wanted).epsilon(1e-2));
  const auto compiled = flat::compile(flat::record(gradient, types(inputs)).program);
  CHECK(compiled->run(inputs)[0].item<double>({0}) == Approx(wanted).epsilon(1e-2));
}
