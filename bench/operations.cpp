// The items that are single operations, and inference.
#include <cmath>

#include "copse/copse.hpp"
#include "item.hpp"

namespace bench {
namespace {

using namespace copse;

double mean_magnitude(const Array& y) {
  double total = 0;
  for (const double v : y.to_vector<double>()) total += std::abs(v);
  return total / static_cast<double>(y.size());
}

// One call after the other; the result of one is released before the next begins.
template <class Call>
Bench repeated(Call call) {
  auto result = std::make_shared<Array>();
  return {[] {},
          [=](int calls) {
            for (int i = 0; i < calls; ++i) {
              *result = Array();
              *result = call();
            }
          },
          [=] { return std::vector<double>{mean_magnitude(call())}; }};
}

Bench gemm(std::int64_t n) {
  const Array a = uniform(1, {n, n}), b = uniform(2, {n, n});
  return repeated([=] { return matmul(a, b); });
}

Bench convolution() {
  const Array x = uniform(1, {32, 28, 28, 64}), kernel = uniform(2, {3, 3, 64, 64});
  return repeated([=] { return conv(x, kernel, {.padding = {{1, 1}, {1, 1}}}); });
}

Bench elementwise() {
  const Array x = uniform(1, {1000000}, 4.0f);
  const auto f = jit([](const Array& v) { return tanh(1.5 * v + 0.25) * sigmoid(v) + v; });
  return repeated([=] { return f(x); });
}

Bench softmax_rows() {
  const Array x = uniform(1, {4096, 1000}, 4.0f);
  const auto f = jit([](const Array& v) { return softmax(v); });
  return repeated([=] { return f(x); });
}

Bench layernorm_rows() {
  const Array x = uniform(1, {4096, 1024}), scale = uniform(2, {1024}), bias = uniform(3, {1024});
  const auto f = jit([](const Array& v, const Array& s, const Array& b) {
    const Array centered = v - mean(v, -1, true);
    return centered * rsqrt(mean(square(centered), -1, true) + 1e-5) * s + b;
  });
  return repeated([=] { return f(x, scale, bias); });
}

Bench reduce_sum() {
  const Array x = uniform(1, {4096, 1024});
  return repeated([=] { return sum(x, 0); });
}

Bench accuracy() {
  struct State {
    Array total, count;
  };
  const Array logits = uniform(1, {1024, 10}), target = labels(2, 1024, 10);
  const auto update = jit([](const State& s, const Array& scores, const Array& wanted) {
    return State{s.total + sum(astype(argmax(scores, -1) == wanted, DType::int32)), s.count + 1024};
  });
  const State zero{full({}, 0, DType::int32), full({}, 0, DType::int32)};
  auto state = std::make_shared<State>(zero);
  Bench bench;
  bench.reset = [=] { *state = zero; };
  bench.run = [=](int calls) {
    for (int i = 0; i < calls; ++i) *state = update(std::move(*state), logits, target);
  };
  bench.check = [=] {
    bench.reset();
    bench.run(1);
    return std::vector<double>{state->total.item<double>() / state->count.item<double>()};
  };
  return bench;
}

Bench random_normal() {
  auto key = std::make_shared<Key>(random::key(0));
  const auto draw = jit([](const Key& k) {
    const auto [now, next] = random::split<2>(k);
    return std::pair{random::normal(now, {1000000}), next};
  });
  const auto call = [=] {
    auto [numbers, next] = draw(*key);
    *key = next;
    return numbers;
  };
  Bench bench = repeated(call);
  bench.check = [=] {
    const std::vector<double> numbers = call().to_vector<double>();
    double total = 0, squares = 0;
    for (const double v : numbers) total += v, squares += v * v;
    const double mean = total / static_cast<double>(numbers.size());
    return std::vector<double>{std::sqrt(squares / static_cast<double>(numbers.size()) - mean * mean)};
  };
  return bench;
}

Bench inference() {
  std::vector<Array> parameters;
  const std::int64_t widths[] = {784, 300, 100, 10};
  for (std::uint32_t k = 0; k < 3; ++k) {
    parameters.push_back(uniform(100 + 2 * k, {widths[k], widths[k + 1]}) *
                         std::sqrt(3.0 / static_cast<double>(widths[k])));
    parameters.push_back(zeros({widths[k + 1]}));
  }
  const Array x = uniform(1, {1, 784});
  const auto f = jit([](const std::vector<Array>& p, const Array& v) {
    Array h = relu(matmul(v, p[0]) + p[1]);
    h = relu(matmul(h, p[2]) + p[3]);
    return matmul(h, p[4]) + p[5];
  });
  return repeated([=] { return f(parameters, x); });
}

}  // namespace

std::vector<Item> operation_items() {
  return {
      {"gemm_256", {4.255506}, {1e-4}, [] { return gemm(256); }},
      {"gemm_1024", {8.513428}, {1e-4}, [] { return gemm(1024); }},
      {"conv3x3_64", {6.217123}, {1e-4}, [] { return convolution(); }},
      {"elementwise_1m", {2.443945}, {1e-5}, [] { return elementwise(); }},
      {"softmax_rows", {0.001}, {1e-6}, [] { return softmax_rows(); }},
      {"layernorm_rows", {0.652128}, {1e-5}, [] { return layernorm_rows(); }},
      {"reduce_sum_axis0", {28.49909}, {1e-4}, [] { return reduce_sum(); }},
      {"metric_accuracy_update", {107.0 / 1024.0}, {1e-6}, [] { return accuracy(); }},
      {"random_normal_1m", {1.0}, {0.003}, [] { return random_normal(); }},
      {"infer_mlp_b1", {0.295708}, {1e-5}, [] { return inference(); }},
  };
}

}  // namespace bench
