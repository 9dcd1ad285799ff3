// The training items: models as functions of their parameters, and one compiled step for each.
#include <cmath>
#include <utility>

#include "augmented.hpp"
#include "copse/copse.hpp"
#include "item.hpp"

namespace bench {
namespace {

using namespace copse;
using Parameters = std::vector<Array>;

struct Shapes {
  std::vector<Shape> shapes;
  std::vector<char> kinds;  // k: kernel, z: zeros, o: ones

  Shapes& kernel(const Shape& shape) { return add(shape, 'k'); }
  Shapes& dense(std::int64_t in, std::int64_t out) { return add({in, out}, 'k').add({out}, 'z'); }
  Shapes& norm(std::int64_t c) { return add({c}, 'o').add({c}, 'z'); }
  Shapes& add(const Shape& shape, char kind) {
    shapes.push_back(shape);
    kinds.push_back(kind);
    return *this;
  }
  Parameters make() const {
    Parameters out;
    for (std::size_t k = 0; k < shapes.size(); ++k) {
      if (kinds[k] == 'k') {
        const double fan_in =
            static_cast<double>(shapes[k].elements()) / static_cast<double>(shapes[k].back());
        out.push_back(uniform(static_cast<std::uint32_t>(100 + k), shapes[k]) * std::sqrt(3.0 / fan_in));
      } else {
        out.push_back(kinds[k] == 'z' ? zeros(shapes[k]) : ones(shapes[k]));
      }
    }
    return out;
  }
};

Array dense(const Array& x, const Array& w, const Array& b) { return matmul(x, w) + b; }

struct Walk {
  const Parameters& all;
  std::size_t at = 0;
  const Array& next() { return all[at++]; }
};

Array dense(Walk& p, const Array& x) {
  const Array& w = p.next();
  return dense(x, w, p.next());
}

Array tiny_mlp(const Parameters& parameters, const Array& x, Parameters&) {
  Walk p{parameters};
  const Array h = tanh(dense(p, tanh(dense(p, x))));
  return dense(p, h);
}

Array mlp(const Parameters& parameters, const Array& x, Parameters&) {
  Walk p{parameters};
  const Array h = relu(dense(p, relu(dense(p, x))));
  return dense(p, h);
}

Shapes lenet_shapes() {
  return Shapes()
      .kernel({5, 5, 1, 32})
      .add({32}, 'z')
      .kernel({5, 5, 32, 64})
      .add({64}, 'z')
      .dense(3136, 256)
      .dense(256, 10);
}

Array lenet(const Parameters& parameters, const Array& x, Parameters&) {
  Walk p{parameters};
  const PoolOptions pool{.window = {2, 2}, .strides = {2, 2}};
  Array h = x;
  for (int layer = 0; layer < 2; ++layer) {
    const Array& kernel = p.next();
    h = max_pool(relu(conv(h, kernel, {.padding = {{2, 2}, {2, 2}}}) + p.next()), pool);
  }
  h = relu(dense(p, reshape(h, {h.shape(0), -1})));
  return dense(p, h);
}

Array batch_norm(Walk& p, const Array& x, Parameters& statistics, std::size_t& at) {
  const Array mu = mean(x, {0, 1, 2});
  const Array variance = var(x, {0, 1, 2});
  const Array& scale = p.next();
  const Array& bias = p.next();
  statistics[at] = 0.9 * statistics[at] + 0.1 * stop_gradient(mu);
  statistics[at + 1] = 0.9 * statistics[at + 1] + 0.1 * stop_gradient(variance);
  at += 2;
  return (x - mu) * (rsqrt(variance + 1e-5) * scale) + bias;
}

Shapes resnet20_shapes() {
  Shapes s;
  s.kernel({3, 3, 3, 16}).norm(16);
  std::int64_t in = 16;
  for (const std::int64_t out : {16, 32, 64}) {
    for (int block = 0; block < 3; ++block) {
      s.kernel({3, 3, in, out}).norm(out).kernel({3, 3, out, out}).norm(out);
      if (in != out) s.kernel({1, 1, in, out}).norm(out);
      in = out;
    }
  }
  return s.dense(64, 10);
}

Array resnet20(const Parameters& parameters, const Array& x, Parameters& statistics) {
  Walk p{parameters};
  std::size_t at = 0;
  const auto layer = [&](const Array& h, std::int64_t stride, std::int64_t padding) {
    const Array y =
        conv(h, p.next(), {.strides = {stride, stride}, .padding = {{padding, padding}, {padding, padding}}});
    return batch_norm(p, y, statistics, at);
  };
  Array h = relu(layer(x, 1, 1));
  std::int64_t in = 16;
  for (const std::int64_t out : {16, 32, 64}) {
    for (int block = 0; block < 3; ++block) {
      const std::int64_t stride = in == out ? 1 : 2;
      const Array inner = relu(layer(h, stride, 1));
      const Array y = layer(inner, 1, 1);
      const Array shortcut = stride == 1 ? h : layer(h, stride, 0);
      h = relu(y + shortcut);
      in = out;
    }
  }
  return dense(p, mean(h, {1, 2}));
}

Array layer_norm(const Array& x, const Array& scale, const Array& bias) {
  const Array mu = mean(x, -1, true);
  const Array centered = x - mu;
  return centered * rsqrt(mean(square(centered), -1, true) + 1e-5) * scale + bias;
}

Array transformer(const Parameters& parameters, const Array& input, Parameters&) {
  Walk p{parameters};
  Array x = input;
  const std::int64_t batch = x.shape(0), length = x.shape(1), heads = 4, width = 32;
  const auto norm = [&](const Array& h) {
    const Array& scale = p.next();
    return layer_norm(h, scale, p.next());
  };
  const Array qkv = transpose(reshape(dense(p, norm(x)), {batch, length, 3, heads, width}), {2, 0, 3, 1, 4});
  const auto part = [&](int i) { return take(qkv, i, 0); };
  const Array weights = softmax(matmul(part(0), swapaxes(part(1), -1, -2)) * (1.0 / std::sqrt(32.0)));
  const Array mixed =
      reshape(transpose(matmul(weights, part(2)), {0, 2, 1, 3}), {batch, length, heads * width});
  x = x + dense(p, mixed);
  const Array up = gelu(dense(p, norm(x)));
  x = x + dense(p, up);
  return dense(p, mean(x, 1));
}

Array gru(const Parameters& parameters, const Array& x, Parameters&) {
  Walk p{parameters};
  const Array &w = p.next(), &u = p.next(), &b = p.next(), &c = p.next();
  const std::int64_t batch = x.shape(0), width = 128;
  const Array inputs = transpose(dense(x, w, b), {1, 0, 2});
  const auto gate = [&](const Array& a, std::int64_t i) {
    const std::int64_t from[] = {0, i * width}, to[] = {batch, (i + 1) * width};
    return slice(a, from, to);
  };
  const auto step = [&](const Array& h, const Array& xt) {
    const Array ht = dense(h, u, c);
    const Array r = sigmoid(gate(xt, 0) + gate(ht, 0)), z = sigmoid(gate(xt, 1) + gate(ht, 1));
    const Array n = tanh(gate(xt, 2) + r * gate(ht, 2));
    return std::pair((1.0 - z) * n + z * h, std::tuple());
  };
  return dense(p, scan(step, zeros({batch, width}), inputs).first);
}

Array cross_entropy(const Array& logits, const Array& target) {
  return losses::CrossEntropy{}(logits, target);
}
Array squared_error(const Array& y, const Array& target) { return mean(square(y - target)); }

using Forward = Array (*)(const Parameters&, const Array&, Parameters&);
using Loss = Array (*)(const Array&, const Array&);

struct State {
  Parameters parameters;
  Parameters statistics;
  optim::Optimizer optimizer;
};

// The same batch for every step.
struct Fixed {
  Array x, y;
  void reset() const {}
  std::pair<const Array&, const Array&> next() const { return {x, y}; }
};

template <class Data>
Bench training(const Shapes& shapes, Forward forward, Loss loss, const Data& given, bool sgd,
               std::size_t statistics, const ShardOptions& shard = {}) {
  const auto initial = [shapes, sgd, statistics] {
    State state{shapes.make(), {}, optim::Optimizer(sgd ? optim::sgd(0.1, 0.9) : optim::adam(1e-3))};
    for (std::size_t i = 0, at = 0; i < shapes.shapes.size() && at < statistics; ++i)
      if (shapes.kinds[i] == 'o') {
        state.statistics.push_back(zeros(shapes.shapes[i]));
        state.statistics.push_back(ones(shapes.shapes[i]));
        at += 2;
      }
    state.optimizer = state.optimizer.init(state.parameters);
    return state;
  };
  const auto compute = [forward, loss](const State& state, const Array& inputs, const Array& targets) {
    auto [result, gradients] = value_and_grad([&](const Parameters& p) {
      Parameters stats = state.statistics;
      const Array value = loss(forward(p, inputs, stats), targets);
      return std::pair{value, stats};
    })(state.parameters);
    auto [parameters, optimizer] = state.optimizer.step(gradients, state.parameters);
    return std::pair{State{std::move(parameters), std::move(result.second), std::move(optimizer)},
                     result.first};
  };
  const auto step = jit(compute, {.shard = shard});
  auto state = std::make_shared<State>(initial());
  auto last = std::make_shared<Array>();
  auto batches = std::make_shared<Data>(given);
  Bench bench;
  bench.reset = [=] {
    *state = initial();
    batches->reset();
  };
  bench.run = [=](int calls) {
    for (int i = 0; i < calls; ++i) {
      const auto [x, y] = batches->next();
      auto [next, value] = step(std::move(*state), x, y);
      *state = std::move(next);
      *last = std::move(value);
    }
  };
  bench.check = [=] {
    bench.reset();
    std::vector<double> values;
    for (int i = 0; i < 5; ++i) {
      bench.run(1);
      values.push_back(last->item<double>());
    }
    return values;
  };
  if (shard.communicator)
    bench.communication = [=] {
      const auto [x, y] = batches->next();
      return step.communication(initial(), x, y);
    };
  return bench;
}

Bench train_lenet(const ShardOptions& shard) {
  return training(lenet_shapes(), lenet, cross_entropy, Fixed{uniform(1, {64, 28, 28, 1}), labels(2, 64, 10)},
                  false, 0, shard);
}

Bench train_resnet20(const ShardOptions& shard) {
  return training(resnet20_shapes(), resnet20, cross_entropy,
                  Fixed{uniform(1, {32, 32, 32, 3}), labels(2, 32, 10)}, true, 1000, shard);
}

Bench train_transformer(const ShardOptions& shard) {
  return training(
      Shapes().norm(128).dense(128, 384).dense(128, 128).norm(128).dense(128, 512).dense(512, 128).dense(128,
                                                                                                         10),
      transformer, cross_entropy, Fixed{uniform(1, {16, 64, 128}), labels(2, 16, 10)}, false, 0, shard);
}

// A model alone, and its batches divided over two threads, to be compared with it on two threads.
void add_pair(std::vector<Item>& items, const std::string& name, const std::string& divided,
              const std::vector<double>& expected, const std::vector<double>& tolerance,
              Bench (*make)(const ShardOptions&)) {
  items.push_back({name, expected, tolerance, [=] { return make({}); }});
  items.push_back({divided, expected, tolerance, [=] {
                     return make({.in_axes = {std::nullopt, 0, 0}, .communicator = comm::threads(2)});
                   }});
}

}  // namespace

std::vector<Item> training_items() {
  std::vector<Item> items = {
      {"train_tiny_mlp",
       {0.918942, 0.895169, 0.872008, 0.849466, 0.827550},
       {1e-5},
       [] {
         return training(Shapes().dense(2, 16).dense(16, 16).dense(16, 1), tiny_mlp, squared_error,
                         Fixed{uniform(1, {32, 2}), uniform(2, {32, 1})}, false, 0);
       }},
      {"train_mlp",
       {2.365675, 1.962438, 1.638758, 1.365660, 1.125873},
       {1e-4},
       [] {
         return training(Shapes().dense(784, 300).dense(300, 100).dense(100, 10), mlp, cross_entropy,
                         Fixed{uniform(1, {64, 784}), labels(2, 64, 10)}, false, 0);
       }},
  };
  add_pair(items, "train_lenet", "dp_threads_2", {2.486008, 2.55030, 2.43238, 2.16585, 2.06999}, {1e-4},
           train_lenet);
  items.push_back(
      {"loader_lenet",  // reference values of its own
       {2.420978, 2.940312, 2.628494, 2.486561, 2.350991},
       {1e-3},
       [] { return training(lenet_shapes(), lenet, cross_entropy, Augmented(true, 1), false, 0); }});
  add_pair(items, "train_resnet20", "dp_threads_2_resnet20", {2.847117, 1.6332, 1.256, 0.972, 0.60},
           {1e-5, 1e-3, 5e-3, 1e-2, 2e-2}, train_resnet20);
  add_pair(items, "train_transformer", "dp_threads_2_transformer",
           {2.492581, 1.917250, 1.613833, 1.438056, 1.214979}, {1e-4}, train_transformer);
  items.push_back(
      {"train_gru", {2.382335, 2.314611, 2.247684, 2.181486, 2.115951}, {1e-5}, [] {
         return training(
             Shapes().kernel({32, 384}).kernel({128, 384}).add({384}, 'z').add({384}, 'z').dense(128, 10),
             gru, cross_entropy, Fixed{uniform(1, {32, 50, 32}), labels(2, 32, 10)}, false, 0);
       }});
  return items;
}

}  // namespace bench
