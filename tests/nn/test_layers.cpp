// Every layer through one body of checks. The checks see a layer as functions on lists of arrays, so they are
// compiled once.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "copse/nn.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;

namespace {

using Arrays = std::vector<Array>;

struct Applied {
  Array y;
  Arrays leaves;
};

struct Bound {
  Arrays leaves;
  std::vector<bool> parameters;  // which of the leaves are
  std::function<Applied(const Arrays& leaves, const Key& key, const Array& x, bool training)> apply;
};

struct Case {
  std::string name;
  std::size_t leaves = 0;
  Array x;
  Shape y;
  Array misfit;          // an input that an initialised layer refuses
  std::string message;   // what it says
  bool changes = false;  // whether training changes states
  bool random = false;   // whether training needs a key
  std::function<Bound(const Key&)> init;
  std::function<Bound(const Key&)> init_by_shape;
  std::function<bool(const Key&)> init_keeps;
  std::function<Array(const Array&)> uninitialized;
};

// A layer in a model, for paths in messages.
template <class Layer>
struct Net {
  Layer part;
  Array operator()(Scope& scope, const Array& x) { return part(scope, x); }
};

template <class M>
Arrays arrays(const M& module) {
  Arrays out;
  visit_leaves(module, [&](const Array& leaf) { out.push_back(leaf); });
  return out;
}

template <class M>
Bound bind(const M& module) {
  Bound out;
  out.leaves = arrays(module);
  visit_slots(module, [&](auto slot) {
    if (!slot.is_nothing()) out.parameters.push_back(slot.kind().template is<ParameterKind>());
  });
  out.apply = [module](const Arrays& all, const Key& key, const Array& x, bool training) {
    M whole = module.train(training);
    std::size_t place = 0;
    visit_leaves(whole, [&](Array& leaf) { leaf = all[place++]; });
    auto [y, next] = whole.apply(key, x);
    return Applied{y, arrays(next)};
  };
  return out;
}

template <class Layer>
Case make(std::string name, Layer layer, std::size_t leaves, Array x, Shape y, Array misfit = {},
          std::string message = {}, bool changes = false, bool random = false) {
  using M = Module<Net<Layer>>;
  const M module{Net<Layer>{std::move(layer)}};
  Case c{std::move(name),
         leaves,
         x,
         std::move(y),
         std::move(misfit),
         std::move(message),
         changes,
         random,
         {},
         {},
         {},
         {}};
  c.init = [=](const Key& key) { return bind(module.init(key, x)); };
  c.init_by_shape = [=](const Key& key) { return bind(module.init(key, ShapeDtype{x.shape(), x.dtype()})); };
  c.init_keeps = [=](const Key& key) {
    const M once = module.init(key, x);
    return once == once.init(random::fold_in(key, 1), x) && once.initialized() && !module.initialized();
  };
  c.uninitialized = [=](const Array& input) { return module.apply(random::key(0), input).first; };
  return c;
}

std::vector<Case> cases() {
  const Key key = random::key(7);
  const auto normal = [&](const Shape& shape) {
    return random::normal(random::fold_in(key, shape.elements()), shape);
  };
  const Array image = normal({2, 8, 8, 4}), wide = normal({2, 8, 8, 5}), row = normal({2, 9, 4}),
              rows = normal({3, 4}), five = normal({3, 5});
  const Array words = array({{0, 4, 2}, {1, 1, 3}});
  std::vector<Case> all;
  all.push_back(make("Linear", nn::Linear{3}, 2, rows, {3, 3}, five,
                     "Linear: input has 5 features, kernel wants 4, in Net.part"));
  all.push_back(make("Linear without bias, three dimensions", nn::Linear{.features = 3, .use_bias = false}, 1,
                     row, {2, 9, 3}));
  all.push_back(make("MLP", nn::MLP{{8, 6, 3}}, 6, rows, {3, 3}, five, "in Net.part.layers.0"));
  all.push_back(make("Conv", nn::Conv{3, {3, 3}}, 2, image, {2, 8, 8, 3}, wide,
                     "Conv: input has 5 channels, kernel wants 4, in Net.part"));
  all.push_back(make("Conv with groups, strides, dilation",
                     nn::Conv{.features = 6,
                              .kernel_size = {3, 2},
                              .strides = 2,
                              .kernel_dilation = {1, 2},
                              .feature_group_count = 2},
                     2, image, {2, 4, 4, 6}));
  all.push_back(make("Conv, causal",
                     nn::Conv{.features = 3, .kernel_size = 3, .padding = nn::ConvPadding::causal}, 2, row,
                     {2, 9, 3}));
  all.push_back(make("Conv, circular",
                     nn::Conv{.features = 3, .kernel_size = {3, 4}, .padding = nn::ConvPadding::circular}, 2,
                     image, {2, 8, 8, 3}));
  all.push_back(
      make("ConvTranspose", nn::ConvTranspose{.features = 3, .kernel_size = {3, 3}, .strides = {2, 2}}, 2,
           image, {2, 16, 16, 3}, wide, "ConvTranspose: input has 5 channels, kernel wants 4, in Net.part"));
  all.push_back(
      make("ConvTranspose, circular",
           nn::ConvTranspose{
               .features = 3, .kernel_size = {3, 2}, .strides = 2, .padding = nn::ConvPadding::circular},
           2, image, {2, 16, 16, 3}));
  all.push_back(make("Embed", nn::Embed{.num_embeddings = 5, .features = 6}, 1, words, {2, 3, 6}, rows,
                     "Embed: input is float32, wanted integers, in Net.part"));
  all.push_back(make("Dropout", nn::Dropout{0.4}, 0, rows, {3, 4}, {}, {}, false, true));
  all.push_back(make("BatchNorm", nn::BatchNorm{}, 4, image, {2, 8, 8, 4}, wide,
                     "BatchNorm: input has 5 features, mean wants 4, in Net.part", true));
  all.push_back(make("BatchNorm, axis 1", nn::BatchNorm{.axis = 1, .momentum = 0.9, .use_bias = false}, 3,
                     image, {2, 8, 8, 4}, {}, {}, true));
  all.push_back(make("LayerNorm", nn::LayerNorm{}, 2, rows, {3, 4}, five,
                     "LayerNorm: input has 5 features, scale wants 4, in Net.part"));
  all.push_back(make("RMSNorm", nn::RMSNorm{}, 1, rows, {3, 4}, five,
                     "RMSNorm: input has 5 features, scale wants 4, in Net.part"));
  all.push_back(
      make("GroupNorm", nn::GroupNorm{.num_groups = 2}, 2, image, {2, 8, 8, 4}, wide,
           "GroupNorm: num_groups is 2, which does not divide the 5 channels of the input, in Net.part"));
  all.push_back(make("GroupNorm by size", nn::GroupNorm{.num_groups = std::nullopt, .group_size = 1}, 2,
                     image, {2, 8, 8, 4}));
  all.push_back(
      make("MaxPool", nn::MaxPool{{2, 2}, {2, 2}}, 0, image, {2, 4, 4, 4}, rows,
           "MaxPool: input has shape (3, 4), wanted (batch, 2 spatial dimensions, channels), in Net.part"));
  all.push_back(
      make("AvgPool", nn::AvgPool{{3, 3}, 2, Padding::same}, 0, image, {2, 4, 4, 4}, rows, "in Net.part"));
  all.push_back(make("Flatten", nn::Flatten{}, 0, image, {2, 256}, Array(1.0f), "Flatten"));
  all.push_back(make("Sequential of three",
                     nn::Sequential{nn::Linear{5}, relu, nn::Linear{4}, nn::Dropout{0.3}, nn::Linear{2}}, 6,
                     rows, {3, 2}, five, "Linear: input has 5 features, kernel wants 4, in Net.part.layers.0",
                     false, true));
  all.push_back(make("GRU", nn::GRU{5}, 10, row, {2, 5}, wide,
                     "GRU: input has 5 features, ir.kernel wants 4, in Net.part"));
  all.push_back(make("GRU, sequences backwards",
                     nn::GRU{.features = 5, .return_sequences = true, .go_backwards = true}, 10, row,
                     {2, 9, 5}));
  all.push_back(make("LSTM", nn::LSTM{5}, 12, row, {2, 5}, wide,
                     "LSTM: input has 5 features, ii.kernel wants 4, in Net.part"));
  all.push_back(make("MultiHeadAttention",
                     nn::MultiHeadAttention{.num_heads = 2, .dropout_rate = 0.2, .causal = true}, 8, row,
                     {2, 9, 4}, normal({2, 9, 5}), "in Net.part", false, true));
  return all;
}

bool same(const Arrays& a, const Arrays& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].shape() != b[i].shape() || !all_close(a[i], b[i], 2e-5, 2e-6)) return false;
  return true;
}

// The derivative along a direction against a difference, in float64.
void check_gradient(const Bound& bound, const Array& input, const Key& key) {
  const bool has_gradient = is_floating(input.dtype());
  Arrays at;
  for (const Array& leaf : bound.leaves) at.push_back(astype(leaf, DType::float64));
  // Away from the symmetric start: biases at 0 and scales at 1 hide mistakes.
  for (std::size_t i = 0; i < at.size(); ++i)
    at[i] =
        at[i] +
        0.1 * abs(astype(random::normal(random::fold_in(key, static_cast<std::int64_t>(i)), at[i].shape()),
                         DType::float64));
  const Array x = has_gradient ? astype(input, DType::float64) : input;
  const auto loss = [&](const Arrays& leaves, const Array& in) {
    const Array y = bound.apply(leaves, key, in, true).y;
    const Array weights = cos(reshape(astype(arange(y.size()), DType::float64), y.shape()));
    return sum(y * weights);
  };
  Arrays d_leaves;
  Array d_x;
  if (has_gradient)
    std::tie(d_leaves, d_x) = grad<0, 1>(loss)(at, x);
  else
    d_leaves = grad(loss)(at, x);
  Arrays forth = at, back = at;
  Array slope = astype(Array(0.0f), DType::float64);
  constexpr double step = 1e-6;
  const auto move = [&](const Array& value, const Array& gradient, std::int64_t salt, Array& plus,
                        Array& minus) {
    const Array way = astype(random::normal(random::fold_in(key, salt), value.shape()), DType::float64);
    plus = value + step * way;
    minus = value - step * way;
    slope = slope + sum(gradient * way);
  };
  // Running statistics are no parameters: training does not use them.
  for (std::size_t i = 0; i < at.size(); ++i)
    if (bound.parameters[i]) move(at[i], d_leaves[i], static_cast<std::int64_t>(100 + i), forth[i], back[i]);
  Array x_forth = x, x_back = x;
  if (has_gradient) move(x, d_x, 99, x_forth, x_back);
  const double difference = ((loss(forth, x_forth) - loss(back, x_back)) / (2 * step)).item<double>();
  CHECK(slope.item<double>() == Approx(difference).epsilon(1e-4).margin(1e-6));
}

}  // namespace

TEST_CASE("Every layer behaves as layers do") {
  const Key key = random::key(3), other = random::key(4);
  for (const Case& c : cases()) {
    INFO(c.name);
    if (c.leaves > 0)
      CHECK_THROWS_WITH(c.uninitialized(c.x),
                        Catch::Contains("call init first") && Catch::Contains("Net.part"));

    const Bound bound = c.init(key);
    CHECK(bound.leaves.size() == c.leaves);
    CHECK(c.init_keeps(key));
    CHECK(same(c.init(key).leaves, bound.leaves));
    CHECK(same(c.init_by_shape(key).leaves, bound.leaves));

    const Applied training = bound.apply(bound.leaves, key, c.x, true);
    const Applied evaluation = bound.apply(bound.leaves, key, c.x, false);
    CHECK(training.y.shape() == c.y);
    CHECK(evaluation.y.shape() == c.y);
    CHECK(training.y.dtype() == DType::float32);
    CHECK(same(evaluation.leaves, bound.leaves));
    CHECK(same(training.leaves, bound.leaves) == !c.changes);
    CHECK(all_close(bound.apply(bound.leaves, other, c.x, false).y, evaluation.y));
    CHECK(all_close(bound.apply(bound.leaves, other, c.x, true).y, training.y) == !c.random);

    const auto run = [&](const Arrays& leaves, const Key& k, const Array& x) {
      const auto [y, next] = bound.apply(leaves, k, x, true);
      return std::pair{y, next};
    };
    const auto compiled = jit(run)(bound.leaves, key, c.x);
    CHECK(all_close(compiled.first, training.y, 2e-5, 2e-6));
    CHECK(same(compiled.second, training.leaves));

    const Array both = stack({c.x, flip(c.x, 0)});
    const auto mapped = vmap(run, {.in_axes = {std::nullopt, std::nullopt, 0}})(bound.leaves, key, both);
    CHECK(all_close(copse::take(mapped.first, 0, 0), training.y, 2e-5, 2e-6));
    CHECK(all_close(copse::take(mapped.first, 1, 0), bound.apply(bound.leaves, key, flip(c.x, 0), true).y,
                    2e-5, 2e-6));

    check_gradient(bound, c.x, key);
    if (!c.message.empty())
      CHECK_THROWS_WITH(bound.apply(bound.leaves, key, c.misfit, true), Catch::Contains(c.message));
  }
}

TEST_CASE("Layers take empty batches and bfloat16") {
  const Key key = random::key(3);
  for (const Case& c : cases()) {
    INFO(c.name);
    const Bound bound = c.init(key);
    Shape none = c.x.shape(), wanted = c.y;
    none[0] = wanted[0] = 0;
    CHECK(bound.apply(bound.leaves, key, zeros(none, c.x.dtype()), false).y.shape() == wanted);
    if (!is_floating(c.x.dtype())) continue;
    Arrays half;
    for (const Array& leaf : bound.leaves) half.push_back(astype(leaf, DType::bfloat16));
    const Array y = bound.apply(half, key, astype(c.x, DType::bfloat16), false).y;
    CHECK(all_close(astype(y, DType::float32), bound.apply(bound.leaves, key, c.x, false).y, 0.1, 0.1));
  }
}
