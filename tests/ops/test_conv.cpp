#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/conv.hpp"
#include "copse/trace/compile.hpp"

using namespace copse;
using agree::numbers;
using agree::require_same;
using agree::require_transforms;
using agree::require_values;
using Catch::Matchers::Contains;

namespace {

constexpr double rounding = 1e-11;

// One spatial dimension at a time is enough to say what a convolution is.
Array slow_conv(const Array& x, const Array& kernel, std::int64_t stride, std::int64_t low, std::int64_t high,
                std::int64_t lhs, std::int64_t rhs, std::int64_t groups) {
  const std::int64_t batch = x.shape(0), length = x.shape(1), channels = x.shape(2), window = kernel.shape(0),
                     features = kernel.shape(2), cg = channels / groups, fg = features / groups;
  const std::int64_t padded = (length - 1) * lhs + 1 + low + high, effective = (window - 1) * rhs + 1;
  const std::int64_t out = padded < effective ? 0 : (padded - effective) / stride + 1;
  const auto a = x.to_vector<double>(), k = kernel.to_vector<double>();
  std::vector<double> y(static_cast<std::size_t>(batch * out * features));
  for (std::int64_t n = 0; n < batch; ++n)
    for (std::int64_t o = 0; o < out; ++o)
      for (std::int64_t t = 0; t < window; ++t) {
        const std::int64_t at = o * stride + t * rhs - low;
        if (at < 0 || at % lhs != 0 || at / lhs >= length) continue;
        for (std::int64_t f = 0; f < features; ++f)
          for (std::int64_t c = 0; c < cg; ++c)
            y[static_cast<std::size_t>((n * out + o) * features + f)] +=
                a[static_cast<std::size_t>((n * length + at / lhs) * channels + f / fg * cg + c)] *
                k[static_cast<std::size_t>((t * cg + c) * features + f)];
      }
  return reshape(array(y), {batch, out, features});
}

flat::Function conv_with(ConvOptions options) {
  return [options](const agree::Arrays& in) { return agree::Arrays{conv(in[0], in[1], options)}; };
}

}  // namespace

TEST_CASE("conv with every option") {
  for (const std::int64_t stride : {1, 2, 3})
    for (const std::int64_t lhs : {1, 2, 3})
      for (const std::int64_t rhs : {1, 2})
        for (const std::int64_t groups : {1, 2})
          for (const std::int64_t window : {1, 2, 3})
            for (const std::int64_t low : {-1, 0, 3}) {
              INFO("stride " << stride << " lhs " << lhs << " rhs " << rhs << " groups " << groups
                             << " window " << window << " low " << low);
              const Array x = numbers({2, 6, 4}), kernel = numbers({window, 4 / groups, 6}, 0.4);
              const Array got = conv(x, kernel,
                                     {.strides = {stride},
                                      .padding = {{low, 1}},
                                      .lhs_dilation = {lhs},
                                      .rhs_dilation = {rhs},
                                      .feature_group_count = groups});
              require_same(got, slow_conv(x, kernel, stride, low, 1, lhs, rhs, groups), rounding);
            }
}

TEST_CASE("conv of one, two and three dimensions") {
  // A kernel of ones adds up what lies under the window.
  const Array row = array({1.0f, 2.0f, 3.0f, 4.0f});
  require_values(conv(reshape(row, {1, 4, 1}), ones({3, 1, 1})), {1, 4, 1}, {3, 6, 9, 7});
  require_values(conv(reshape(row, {1, 2, 2, 1}), ones({2, 2, 1, 1})), {1, 2, 2, 1}, {10, 6, 7, 4});
  require_values(conv(reshape(row, {1, 1, 2, 2, 1}), ones({1, 2, 2, 1, 1}), {.padding = Padding::valid}),
                 {1, 1, 1, 1, 1}, {10});
  const Array image = reshape(arange(16, DType::float32), {1, 4, 4, 1});
  const Array with_bias = conv(image, ones({3, 3, 1, 1})) + 1.0;
  require_values(slice_in_dim(with_bias, 0, 1, 1, 1), {1, 1, 4, 1}, {11, 19, 25, 19});
  require_values(conv(image, ones({3, 3, 1, 1}), {.strides = {2, 2}}) + 1.0, {1, 2, 2, 1}, {46, 40, 67, 51});
}

TEST_CASE("conv with many channels crosses all blocks") {
  const Array x = numbers({2, 9, 40}), kernel = numbers({3, 40, 70}, 0.1);
  require_same(conv(x, kernel), slow_conv(x, kernel, 1, 1, 1, 1, 1, 1), 1e-9);
  const Array single = conv(astype(x, DType::float32), astype(kernel, DType::float32));
  require_same(astype(single, DType::float64), slow_conv(x, kernel, 1, 1, 1, 1, 1, 1), 1e-2);
  const Array long_row = numbers({1, 9000, 16}), taps = numbers({5, 16, 3}, 0.1);
  require_same(conv(long_row, taps), slow_conv(long_row, taps, 1, 2, 2, 1, 1, 1), 1e-7);
}

TEST_CASE("conv with many channels leaves out what lies in the padding") {
  for (const std::int64_t groups : {1, 2})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t rhs : {1, 2})
        for (const auto& [length, window] : {std::pair<std::int64_t, std::int64_t>{2, 7}, {40, 3}, {7, 5}})
          for (const std::int64_t low : {0, 2, 6}) {
            INFO("groups " << groups << " stride " << stride << " rhs " << rhs << " length " << length
                           << " window " << window << " low " << low);
            const Array x = numbers({3, length, 32}), kernel = numbers({window, 32 / groups, 18}, 0.1);
            const ConvOptions options{.strides = {stride},
                                      .padding = {{low, 12}},
                                      .rhs_dilation = {rhs},
                                      .feature_group_count = groups};
            require_same(conv(x, kernel, options), slow_conv(x, kernel, stride, low, 12, 1, rhs, groups),
                         1e-9);
          }

  // The same with zeros of our own, which are not left out; and its gradients.
  const std::pair<std::int64_t, std::int64_t> none{0, 0};
  for (const auto& [images, size, window, stride] :
       {std::array<std::int64_t, 4>{3, 14, 5, 1}, {5, 8, 3, 1}, {2, 9, 3, 2}, {2, 3, 5, 1}, {1, 30, 3, 1}}) {
    INFO("size " << size << " window " << window << " stride " << stride);
    const std::int64_t low = window / 2, st = stride;
    const auto by_options = [&](const agree::Arrays& in) {
      return agree::Arrays{conv(in[0], in[1], {.strides = {st, st}, .padding = {{low, low}, {low, low}}})};
    };
    const auto by_hand = [&](const agree::Arrays& in) {
      const Array padded = pad(in[0], {none, {low, low}, {low, low}, none});
      return agree::Arrays{conv(padded, in[1], {.strides = {st, st}, .padding = Padding::valid})};
    };
    const agree::Arrays in{numbers({images, size, size, 24}), numbers({window, window, 24, 40}, 0.1)};
    const std::vector<std::uint8_t> both{1, 1};
    const auto got = flat::vjp(by_options, in, both), wanted = flat::vjp(by_hand, in, both);
    require_same(got.outputs[0], wanted.outputs[0], 1e-9);
    const agree::Arrays y{numbers(wanted.outputs[0].shape(), 1.1)};
    const agree::Arrays gradients = got.pullback(y), wanted_gradients = wanted.pullback(y);
    for (std::size_t i = 0; i < 2; ++i) require_same(gradients[i], wanted_gradients[i], 1e-7);
  }
}

TEST_CASE("conv takes a bias and an activation into itself, also where padding is left out") {
  const auto f = [](const agree::Arrays& in) {
    return agree::Arrays{relu(conv(in[0], in[1], {.padding = {{3, 3}}}) + in[2])};
  };
  for (const std::int64_t length : {2, 3, 20}) {
    const auto single = [](const Array& x) { return astype(x, DType::float32); };
    const agree::Arrays in{single(numbers({2, length, 16})), single(numbers({5, 16, 24}, 0.1)),
                           single(numbers({24}))};
    std::vector<ShapeDtype> types;
    for (const Array& a : in) types.push_back(a.type());
    const auto compiled = flat::compile(flat::record(f, types).program);
    CHECK(compiled->program().instructions.size() == 1);
    agree::Arrays given = in;
    require_same(compiled->run(given, {})[0], f(in)[0], 1e-4);
  }
}

TEST_CASE("conv keeps dtypes") {
  const Array x = array({1, 2, 3, 4}), kernel = array({1, 10});
  for (const DType d :
       {DType::uint8, DType::uint32, DType::int32, DType::int64, DType::bfloat16, DType::float32}) {
    const Array y = conv(astype(reshape(x, {1, 4, 1}), d), astype(reshape(kernel, {2, 1, 1}), d));
    CHECK(y.dtype() == d);
    require_values(y, {1, 4, 1}, {21, 32, 43, 4});
  }
  CHECK_THROWS_AS(conv(zeros({1, 4, 1}, DType::bool_), zeros({2, 1, 1}, DType::bool_)), DTypeError);
}

TEST_CASE("conv of nothing") {
  CHECK(conv(ones({0, 4, 4, 2}), ones({3, 3, 2, 5})).shape() == Shape{0, 4, 4, 5});
  CHECK(conv(ones({1, 2, 2, 2}), ones({3, 3, 2, 5}), {.padding = Padding::valid}).shape() ==
        Shape{1, 0, 0, 5});
  require_values(conv(ones({1, 2, 0}), ones({1, 0, 2})), {1, 2, 2}, {0, 0, 0, 0});
  CHECK(conv(ones({1, 2, 3}), ones({1, 3, 0})).shape() == Shape{1, 2, 0});
  // The whole input is cut away, so that no tap meets anything.
  require_values(conv(ones({1, 1, 1}), ones({1, 1, 1}), {.padding = {{2, 0}}, .lhs_dilation = {3}}),
                 {1, 3, 1}, {0, 0, 1});
}

TEST_CASE("conv says what does not fit") {
  CHECK_THROWS_WITH(conv(ones({1, 4, 4, 3}), ones({3, 3, 4, 8})),
                    Contains("conv") && Contains("3 channels") && Contains("(3, 3, 4, 8)"));
  CHECK_THROWS_WITH(conv(ones({4, 4}), ones({3, 3})), Contains("(4, 4)"));
  CHECK_THROWS_WITH(conv(ones({1, 4, 4, 3}), ones({3, 3, 8})), Contains("4 dimensions"));
  CHECK_THROWS_WITH(conv(ones({1, 4, 4}), ones({3, 2, 3}), {.feature_group_count = 2}), Contains("2 groups"));
  CHECK_THROWS_WITH(conv(ones({1, 4, 3}), ones({3, 3, 3}), {.strides = {1, 1}}), Contains("strides"));
  CHECK_THROWS_AS(conv(ones({1, 4, 3}), ones({3, 3, 3}), {.strides = {0}}), ValueError);
  CHECK_THROWS_WITH(conv(ones({1, 4, 3}), ones({3, 3, 3}), {.padding = {{1, 1}, {1, 1}}}),
                    Contains("2 pairs"));
}

TEST_CASE("conv is differentiated and mapped over any of its inputs") {
  require_transforms(conv_with({}), {numbers({2, 5, 2}), numbers({3, 2, 3})}, rounding);
  require_transforms(conv_with({.strides = {2, 1}, .padding = {{1, 2}, {0, 1}}}),
                     {numbers({1, 4, 3, 2}), numbers({2, 2, 2, 3})}, rounding);
  require_transforms(conv_with({.rhs_dilation = {2}, .feature_group_count = 2}),
                     {numbers({2, 5, 4}), numbers({3, 2, 6})}, rounding);
  require_transforms(conv_with({.padding = {{2, 2}}, .lhs_dilation = {3}}),
                     {numbers({2, 3, 2}), numbers({4, 2, 2})}, rounding);
}

TEST_CASE("the derivatives of conv are differentiated and mapped, too") {
  const auto gradients = [](ConvOptions options) {
    return [options](const agree::Arrays& in) {
      const std::vector<std::uint8_t> both{1, 1};
      const agree::Arrays inputs{in[0], in[1]};
      return flat::vjp(conv_with(options), inputs, both).pullback(std::span(&in[2], 1));
    };
  };
  const auto check = [&](ConvOptions options, const Array& x, const Array& kernel) {
    const Array y = numbers(conv(x, kernel, options).shape(), 1.1);
    require_transforms(gradients(options), {x, kernel, y}, rounding);
  };
  check({}, numbers({2, 4, 2}), numbers({3, 2, 3}));
  check({.strides = {2}, .feature_group_count = 2}, numbers({2, 5, 4}), numbers({2, 2, 4}));
}

TEST_CASE("conv in narrow groups is that of each group alone") {
  struct Groups {
    std::int64_t count, channels, features;  // of each
  };
  // As wide as a vector, a little more and less, many input channels, many output channels.
  const auto g =
      GENERATE(Groups{16, 1, 1}, Groups{19, 1, 1}, Groups{3, 1, 1}, Groups{9, 1, 2}, Groups{8, 2, 2},
               Groups{9, 4, 4}, Groups{5, 3, 3}, Groups{7, 3, 1}, Groups{6, 2, 4}, Groups{5, 4, 2});
  const DType dtype = GENERATE(DType::float32, DType::float64);
  const auto option = [](std::int64_t stride, std::int64_t lhs, std::int64_t rhs, std::int64_t low) {
    return ConvOptions{.strides = {stride, 1},
                       .padding = {{low, 2}, {1, low}},
                       .lhs_dilation = {lhs, lhs},
                       .rhs_dilation = {1, rhs}};
  };
  for (ConvOptions options :
       {option(1, 1, 1, 1), option(1, 1, 1, 0), option(2, 1, 1, 1), option(1, 1, 2, 2), option(1, 2, 1, 1),
        option(2, 2, 1, 1), option(1, 1, 1, -1), option(1, 1, 1, 9)}) {
    CAPTURE(g.count, g.channels, g.features, options.strides, options.lhs_dilation, options.rhs_dilation);
    const Array x = astype(numbers({2, 7, 13, g.count * g.channels}), dtype),
                kernel = astype(numbers({3, 2, g.channels, g.count * g.features}, 0.3), dtype);
    const auto alone = [&](const agree::Arrays& in) {
      std::vector<Array> parts;
      for (std::int64_t i = 0; i < g.count; ++i)
        parts.push_back(conv(slice_in_dim(in[0], i * g.channels, (i + 1) * g.channels, 1, -1),
                             slice_in_dim(in[1], i * g.features, (i + 1) * g.features, 1, -1), options));
      return agree::Arrays{concatenate(parts, -1)};
    };
    const std::vector<std::uint8_t> both{1, 1};
    const auto wanted = flat::vjp(alone, {x, kernel}, both);
    ConvOptions in_groups = options;
    in_groups.feature_group_count = g.count;
    const auto got = flat::vjp(conv_with(in_groups), {x, kernel}, both);
    const double close = dtype == DType::float32 ? 3e-4 : rounding;
    require_same(got.outputs[0], wanted.outputs[0], close);
    const agree::Arrays back = got.pullback(wanted.outputs), wanted_back = wanted.pullback(wanted.outputs);
    require_same(back[0], wanted_back[0], close * 10);
    require_same(back[1], wanted_back[1], close * 30);
  }
}

TEST_CASE("conv in narrow groups takes bias and activation along") {
  const auto f = [](const agree::Arrays& in) {
    return agree::Arrays{relu(conv(in[0], in[1], {.feature_group_count = 21}) + in[2])};
  };
  const auto single = [](const Array& x) { return astype(x, DType::float32); };
  const agree::Arrays in{single(numbers({2, 5, 6, 21})), single(numbers({3, 3, 1, 42}, 0.4)),
                         single(numbers({42}, 0.7))};
  const Array eager = f(in)[0];
  std::vector<ShapeDtype> types;
  for (const Array& a : in) types.push_back(a.type());
  const auto compiled = flat::compile(flat::record(f, types).program);
  CHECK(compiled->program().instructions.size() == 1);
  agree::Arrays given = in;
  require_same(compiled->run(given, {})[0], eager, 1e-4);
  CHECK(any(eager == 0.0).item<bool>());
}

TEST_CASE("conv in narrow groups without outputs has gradients of zeros") {
  const std::vector<std::uint8_t> both{1, 1};
  const auto r = flat::vjp(conv_with({.padding = Padding::valid, .feature_group_count = 20}),
                           {numbers({1, 1, 20}), numbers({2, 1, 20})}, both);
  CHECK(r.outputs[0].shape() == Shape{1, 0, 20});
  const agree::Arrays gradients = r.pullback(r.outputs);
  require_same(gradients[0], zeros({1, 1, 20}, DType::float64));
  require_same(gradients[1], zeros({2, 1, 20}, DType::float64));
}

TEST_CASE("conv in groups does not depend on the number of threads") {
  const int before = num_threads();
  const Array x = astype(numbers({5, 40, 40, 32}), DType::float32),
              kernel = astype(numbers({3, 3, 2, 32}), DType::float32);
  const auto all = [&](int threads) {
    set_num_threads(threads);
    const std::vector<std::uint8_t> both{1, 1};
    const auto r = flat::vjp(conv_with({.feature_group_count = 16}), {x, kernel}, both);
    agree::Arrays out = r.pullback(r.outputs);
    out.push_back(r.outputs[0]);
    return out;
  };
  const agree::Arrays one = all(1), three = all(3);
  set_num_threads(before);
  for (std::size_t i = 0; i < one.size(); ++i) require_same(three[i], one[i]);
}

TEST_CASE("conv does not depend on the number of threads") {
  const int before = num_threads();
  const std::int64_t channels = GENERATE(8, 16);
  const Array x = astype(numbers({6, 14, 14, channels}), DType::float32),
              kernel = astype(numbers({3, 3, channels, 24}), DType::float32);
  const auto all = [&] {
    const std::vector<std::uint8_t> both{1, 1};
    const auto r = flat::vjp(conv_with({}), {x, kernel}, both);
    agree::Arrays out = r.pullback(r.outputs);
    out.push_back(r.outputs[0]);
    return out;
  };
  set_num_threads(1);
  const agree::Arrays one = all();
  set_num_threads(3);
  const agree::Arrays three = all();
  set_num_threads(before);
  for (std::size_t i = 0; i < one.size(); ++i) require_same(three[i], one[i]);
}

TEST_CASE("conv_transpose spreads each element by the kernel") {
  const Array x = reshape(arange(4, DType::float32), {1, 2, 2, 1}),
              kernel = reshape(arange(9, DType::float32), {3, 3, 1, 1});
  require_values(conv_transpose(x, kernel, {.strides = {2, 2}}), {1, 4, 4, 1},
                 {0, 0, 8, 7, 0, 0, 5, 4, 16, 14, 38, 22, 10, 8, 21, 12});
  CHECK(conv_transpose(ones({1, 5, 2}), ones({4, 2, 3}), {.strides = {3}}).shape() == Shape{1, 15, 3});
  CHECK(
      conv_transpose(ones({1, 5, 2}), ones({4, 2, 3}), {.strides = {3}, .padding = Padding::valid}).shape() ==
      Shape{1, 16, 3});
  CHECK_THROWS_WITH(conv_transpose(ones({1, 5, 2}), ones({4, 3, 3})), Contains("conv_transpose"));
  require_transforms(
      [](const agree::Arrays& in) { return agree::Arrays{conv_transpose(in[0], in[1], {.strides = {2}})}; },
      {numbers({2, 3, 2}), numbers({3, 2, 2})}, rounding);
}

TEST_CASE("Padding compares and tells its kind") {
  CHECK(Padding::same == Padding());
  CHECK_FALSE(Padding::same == Padding::valid);
  CHECK(Padding{{1, 2}} == Padding(std::vector<Padding::Pair>{{1, 2}}));
  CHECK(Padding{{1, 2}}.kind() == Padding::Kind::pairs);
}
