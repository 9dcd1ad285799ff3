// What layers compute, in numbers that the layers they are modelled on give.
#include <cmath>
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

using namespace copse;

namespace {

Array run(auto layer, const Array& x, bool training = true) {
  Scope scope({.training = training});
  return layer(scope, x);
}

bool near(const Array& a, const Array& b, double atol = 2e-6) {
  return a.shape() == b.shape() && all_close(a, b, 1e-5, atol);
}

Array grid(std::int64_t h, std::int64_t w) {
  return reshape(arange(0.0, static_cast<double>(h * w)), {1, h, w, 1});
}
Array plane(const Array& x) { return reshape(x, {x.shape(1), x.shape(2)}); }

const Array four = array({{0.0f, 1.0f, 2.0f, 3.0f}});

}  // namespace

TEST_CASE("LayerNorm and GroupNorm of four numbers") {
  CHECK(near(run(nn::LayerNorm{.scale = ones({4}), .bias = zeros({4})}, four),
             array({{-1.341635f, -0.447212f, 0.447212f, 1.341635f}})));
  CHECK(near(run(nn::GroupNorm{.num_groups = 2, .scale = ones({4}), .bias = zeros({4})}, four),
             array({{-0.99998f, 0.99998f, -0.99998f, 0.99998f}})));
  CHECK(near(run(nn::RMSNorm{.epsilon = 0, .scale = ones({2})}, array({{3.0f, 4.0f}})),
             array({{0.848528f, 1.131371f}})));
}

TEST_CASE("BatchNorm keeps running statistics in which momentum multiplies the old ones") {
  Module model{nn::BatchNorm{}};
  const Array x = array({{1.0f, 2.0f}, {3.0f, 6.0f}, {5.0f, 1.0f}});
  model = model.init(std::nullopt, x);
  auto [y, next] = model.apply(std::nullopt, x);
  CHECK(near(y, array({{-1.224743f, -0.462910f}, {0.0f, 1.388729f}, {1.224743f, -0.925819f}})));
  CHECK(near(next->mean, array({0.03f, 0.03f})));
  CHECK(near(next->var, array({1.016667f, 1.036667f})));
  CHECK(near(model.eval()(x), x * 0.999995f));
}

TEST_CASE("Convolutions of a small image") {
  nn::Conv conv{.features = 1, .kernel_size = {3, 3}, .kernel = ones({3, 3, 1, 1}), .bias = ones({1})};
  CHECK(near(copse::take(plane(run(conv, grid(4, 4))), 0, 0), array({11.0f, 19.0f, 25.0f, 19.0f})));
  conv.strides = 2;
  CHECK(near(plane(run(conv, grid(4, 4))), array({{46.0f, 40.0f}, {67.0f, 51.0f}})));
  nn::ConvTranspose transposed{.features = 1,
                               .kernel_size = {3, 3},
                               .strides = 2,
                               .use_bias = false,
                               .kernel = reshape(grid(3, 3), {3, 3, 1, 1})};
  CHECK(near(plane(run(transposed, grid(2, 2))), array({{0.0f, 0.0f, 8.0f, 7.0f},
                                                        {0.0f, 0.0f, 5.0f, 4.0f},
                                                        {16.0f, 14.0f, 38.0f, 22.0f},
                                                        {10.0f, 8.0f, 21.0f, 12.0f}})));
}

TEST_CASE("Circular and causal padding") {
  const Array x = reshape(array({1.0f, 2.0f, 4.0f, 8.0f}), {1, 4, 1});
  nn::Conv conv{.features = 1,
                .kernel_size = 3,
                .padding = nn::ConvPadding::circular,
                .use_bias = false,
                .kernel = ones({3, 1, 1})};
  CHECK(near(reshape(run(conv, x), {4}), array({11.0f, 7.0f, 14.0f, 13.0f})));
  conv.padding = nn::ConvPadding::causal;
  CHECK(near(reshape(run(conv, x), {4}), array({1.0f, 3.0f, 7.0f, 14.0f})));
  conv.kernel_dilation = 2;
  CHECK(near(reshape(run(conv, x), {4}), array({1.0f, 2.0f, 5.0f, 10.0f})));
  conv.kernel_dilation = {};
  conv.padding = 1;
  CHECK(near(reshape(run(conv, x), {4}), array({3.0f, 7.0f, 14.0f, 12.0f})));
  conv.padding = {{0, 1}};
  CHECK(near(reshape(run(conv, x), {3}), array({7.0f, 14.0f, 12.0f})));
  CHECK(run(conv, reshape(x, {4, 1})).shape() == Shape{3, 1});              // no batch
  CHECK(run(conv, reshape(x, {1, 1, 4, 1})).shape() == Shape{1, 1, 3, 1});  // two batch dimensions
}

TEST_CASE("Sizes of convolutions and transposed convolutions") {
  struct Size {
    std::int64_t n, k, s, same, valid, back_same, back_valid;
  };
  for (const Size& c :
       {Size{5, 3, 2, 3, 2, 10, 11}, Size{7, 4, 3, 3, 2, 21, 22}, Size{6, 2, 2, 3, 3, 12, 12}}) {
    const Array x = zeros({1, c.n, 1});
    nn::Conv conv{
        .features = 1, .kernel_size = c.k, .strides = c.s, .kernel = zeros({c.k, 1, 1}), .bias = zeros({1})};
    nn::ConvTranspose back{
        .features = 1, .kernel_size = c.k, .strides = c.s, .kernel = zeros({c.k, 1, 1}), .bias = zeros({1})};
    CHECK(run(conv, x).shape(1) == c.same);
    CHECK(run(back, x).shape(1) == c.back_same);
    conv.padding = back.padding = Padding::valid;
    CHECK(run(conv, x).shape(1) == c.valid);
    CHECK(run(back, x).shape(1) == c.back_valid);
  }
}

TEST_CASE("Pooling of a small image") {
  CHECK(near(plane(run(nn::MaxPool{{3, 3}, {2, 2}, Padding::same}, grid(4, 4))),
             array({{10.0f, 11.0f}, {14.0f, 15.0f}})));
  CHECK(near(plane(run(nn::AvgPool{{3, 3}, {2, 2}, Padding::same}, grid(4, 4))),
             array({{5.0f, 4.333333f}, {7.333333f, 5.555556f}})));
  CHECK(run(nn::MaxPool{{2, 2}}, grid(4, 4)).shape() == Shape{1, 3, 3, 1});  // strides are ones
}

TEST_CASE("Recurrent layers with all parameters 0.1") {
  const Array x = reshape(array({1.0f, 2.0f, 3.0f, 1.0f, 2.0f, 3.0f}), {1, 2, 3});
  const nn::Gate in{full({3, 2}, 0.1f), full({2}, 0.1f)}, in_bare{full({3, 2}, 0.1f), {}},
      hidden{full({2, 2}, 0.1f), {}}, hidden_bias{full({2, 2}, 0.1f), full({2}, 0.1f)};
  Scope scope;
  nn::GRU gru{.features = 2, .ir = in, .iz = in, .in = in, .hr = hidden, .hz = hidden, .hn = hidden_bias};
  const auto [all, last] = gru.run(scope, x);
  CHECK(near(reshape(all, {2, 2}), array({{0.214044f, 0.214044f}, {0.358534f, 0.358534f}})));
  CHECK(near(last, array({{0.358534f, 0.358534f}})));

  nn::LSTM lstm{.features = 2,
                .ii = in_bare,
                .if_ = in_bare,
                .ig = in_bare,
                .io = in_bare,
                .hi = hidden_bias,
                .hf = hidden_bias,
                .hg = hidden_bias,
                .ho = hidden_bias};
  CHECK(near(reshape(lstm.run(scope, x).first, {2, 2}),
             array({{0.256064f, 0.256064f}, {0.413391f, 0.413391f}})));
  const auto first = lstm.run(scope, slice_in_dim(x, 0, 1, 1, 1)).second;
  CHECK(near(first.first, array({{0.403831f, 0.403831f}})));
}

TEST_CASE("Attention of two queries") {
  const auto heads = [](const Array& x) { return reshape(x, {2, 1, 2}); };
  const Array q = heads(eye(2)), k = heads(array({{1.0f, 1.0f}, {0.0f, 1.0f}})),
              v = heads(array({{1.0f, 2.0f}, {3.0f, 4.0f}}));
  CHECK(near(reshape(nn::attention_weights(q, k), {2, 2}), array({{0.669762f, 0.330238f}, {0.5f, 0.5f}})));
  CHECK(near(reshape(nn::dot_product_attention(q, k, v), {2, 2}),
             array({{1.660477f, 2.660477f}, {2.0f, 3.0f}})));
}

TEST_CASE("Embed looks up rows and attends to them") {
  nn::Embed embed{
      .num_embeddings = 3, .features = 2, .embedding = array({{1.0f, 2.0f}, {3.0f, 4.0f}, {5.0f, 6.0f}})};
  CHECK(near(run(embed, array({2, 0})), array({{5.0f, 6.0f}, {1.0f, 2.0f}})));
  // What is no row gives nan: negative numbers don't count from the end.
  for (const DType dtype : {DType::int32, DType::int64}) {
    const Array beyond = run(embed, astype(array({1, 3, -1, -3, -4, 100}), dtype));
    CHECK(beyond.item<float>({0, 0}) == 3.0f);
    for (int i = 1; i < 6; ++i) CHECK(all(isnan(copse::take(beyond, i, 0))).item<bool>());
  }
  Scope scope;
  CHECK(near(embed.attend(scope, array({1.0f, -1.0f})), array({-1.0f, -1.0f, -1.0f})));
}

TEST_CASE("Dropout keeps the mean, shares decisions, and lets everything through in evaluation") {
  const Array x = ones({200, 100});
  Scope scope({.key = random::key(1)});
  nn::Dropout dropout{0.25};
  const Array y = dropout(scope, x);
  CHECK(mean(y).item<float>() == Approx(1.0f).margin(0.02));
  CHECK(all(logical_or(y == Array(0.0f), y == 1 / Array(0.75f))).item<bool>());
  dropout.broadcast_dims = {0};
  const Array shared = dropout(scope, x);
  CHECK(all_close(shared, broadcast_to(copse::take(shared, 0, 0), x.shape())));
  CHECK(all_close(dropout(scope, x, true), x));
  CHECK(all_close(run(nn::Dropout{1.0}, x), zeros_like(x)));
  CHECK(all_close(run(nn::Dropout{1.0}, x, false), x));
  CHECK(all_close(run(nn::Dropout{0.0}, x), x));
  CHECK_THROWS_WITH(run(nn::Dropout{1.5}, x), "Dropout: rate is 1.5, wanted 0 to 1");
}
