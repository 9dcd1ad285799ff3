// Single functions of every family of kernels, eager, with the names that bench/peers/functions.py has too.
#include <cmath>
#include <map>
#include <string_view>

#include "copse/copse.hpp"
#include "item.hpp"

namespace bench {
namespace {

using namespace copse;
using namespace copse::linalg;

double mean_magnitude(const Array& y) {
  double total = 0;
  for (const double v : y.to_vector<double>()) total += std::abs(v);
  return total / static_cast<double>(y.size());
}

// What `check` of each item gives, as JAX and PyTorch find it.
const std::map<std::string_view, double> expected{
    {"depthwise3x3", 0.77687},
    {"depthwise3x3_gradients", 9.9383},
    {"grouped3x3", 1.56257},
    {"grouped3x3_gradients", 14.5843},
    {"svd_200", 6.93196},
    {"svd_batch", 1.69004},
    {"eigh_200", 266.743},
    {"eigh_batch", 15.9935},
    {"qr_300", 0.251654},
    {"cholesky_400", 0.165033},
    {"solve_400", 0.00100738},
    {"inv_batch", 0.06259},
    {"det_batch", 0.373812},
    {"take_rows", 0.499798},
    {"scatter_add_rows", 1.02292},
    {"scatter_add_numbers", 2.90922},
    {"searchsorted", 1501.27},
    {"top_k_64", 0.994442},
    {"select_by_mask", 0.499618},
    {"one_hot_product", 0.499481},
    {"max_pool_gradient", 0.311249},
    {"permutation", 29999.5},
    {"randint", 499.447},
    {"exp_f32", 14.7093},
    {"log_f32", 1.39717},
    {"log1p_f32", 1.49103},
    {"expm1_f32", 3.00368},
    {"sin_f32", 0.656741},
    {"cos_f32", 0.620801},
    {"tan_f32", 18.0817},
    {"arcsin_f32", 0.569638},
    {"arccos_f32", 1.57349},
    {"arctan_f32", 1.04631},
    {"sinh_f32", 14.5926},
    {"cosh_f32", 14.7922},
    {"tanh_f32", 0.86045},
    {"arcsinh_f32", 1.99575},
    {"arccosh_f32", 2.12828},
    {"arctanh_f32", 0.54843},
    {"sigmoid_f32", 0.49831},
    {"erf_f32", 0.810959},
    {"erfc_f32", 1.00389},
    {"ndtr_f32", 0.498296},
    {"gammaln_f32", 14.9182},
    {"digamma_f32", 2.10237},
    {"exp2_f32", 4.57992},
    {"log2_f32", 2.01569},
    {"log10_f32", 0.606782},
    {"cbrt_f32", 1.55855},
    {"power_f32", 83.2186},
    {"arctan2_f32", 0.828285},
    {"hypot_f32", 3.40423},
    {"mod_f32", 0.999342},
    {"fmod_f32", 0.990638},
    {"floor_divide_f32", 16.2101},
    {"exp_f64", 14.7093},
    {"log_f64", 1.39717},
    {"log1p_f64", 1.49103},
    {"expm1_f64", 3.00368},
    {"sin_f64", 0.656741},
    {"cos_f64", 0.620801},
    {"tan_f64", 20.1386},
    {"arcsin_f64", 0.569638},
    {"arccos_f64", 1.57349},
    {"arctan_f64", 1.04631},
    {"sinh_f64", 14.5926},
    {"cosh_f64", 14.7922},
    {"tanh_f64", 0.86045},
    {"arcsinh_f64", 1.99575},
    {"arccosh_f64", 2.12828},
    {"arctanh_f64", 0.54843},
    {"sigmoid_f64", 0.49831},
    {"erf_f64", 0.810959},
    {"erfc_f64", 1.00389},
    {"ndtr_f64", 0.498296},
    {"gammaln_f64", 14.9182},
    {"digamma_f64", 2.10237},
    {"exp2_f64", 4.57992},
    {"log2_f64", 2.01569},
    {"log10_f64", 0.606782},
    {"cbrt_f64", 1.55855},
    {"power_f64", 83.2186},
    {"arctan2_f64", 0.828285},
    {"hypot_f64", 3.40423},
    {"mod_f64", 0.999342},
    {"fmod_f64", 0.990638},
    {"floor_divide_f64", 16.2101},
    {"repeat_last", 0.499779},
    {"pad_last", 0.374834},
    {"transpose_2d", 0.499772},
    {"transpose_heads", 0.499027},
    {"roll_last", 0.499779},
    {"flip_last", 0.499779},
    {"sum_short_last", 1.04224},
    {"max_short_last", 0.676354},
    {"sum_middle", 3.57698},
    {"concatenate_last", 0.499486},
    {"broadcast_middle", 0.66755},
    {"broadcast_last", 0.249803},
    {"outer_difference", 0.655607},
};

// One call after the other; the results of one are released before the next begins. The check is the mean
// magnitude of the last result.
Item item(std::string name, std::function<std::function<Array()>()> make) {
  const auto known = expected.find(name);
  return {name, {known == expected.end() ? 0 : known->second}, {1e-3}, [=] {
            const std::function<Array()> call = make();
            auto result = std::make_shared<Array>();
            return Bench{[] {},
                         [=](int calls) {
                           for (int i = 0; i < calls; ++i) {
                             *result = Array();
                             *result = call();
                           }
                         },
                         [=] { return std::vector<double>{mean_magnitude(call())}; }};
          }};
}

std::function<Array()> grouped(Shape x_shape, Shape kernel_shape, std::int64_t stride, std::int64_t groups,
                               bool gradient) {
  const Array x = uniform(1, x_shape), kernel = uniform(2, kernel_shape);
  const ConvOptions options{
      .strides = {stride, stride}, .padding = {{1, 1}, {1, 1}}, .feature_group_count = groups};
  if (!gradient) return [=] { return conv(x, kernel, options); };
  const Array weights = uniform(3, conv(x, kernel, options).shape());
  const auto step =
      jit(grad<0, 1>([=](const Array& v, const Array& k) { return sum(conv(v, k, options) * weights); }));
  return [=] { return std::get<1>(step(x, kernel)); };
}

std::vector<Item> convolutions() {
  return {
      item("depthwise3x3",
           [] {
             return grouped({8, 56, 56, 96}, {3, 3, 1, 96}, 1, 96, false);
           }),
      item("depthwise3x3_gradients",
           [] {
             return grouped({8, 28, 28, 96}, {3, 3, 1, 96}, 2, 96, true);
           }),
      item("grouped3x3",
           [] {
             return grouped({4, 28, 28, 128}, {3, 3, 4, 128}, 1, 32, false);
           }),
      item("grouped3x3_gradients",
           [] {
             return grouped({4, 28, 28, 128}, {3, 3, 4, 128}, 1, 32, true);
           }),
  };
}

Array spd(const Array& a) {
  const std::int64_t n = a.shape(-1);
  return matmul(a, swapaxes(a, -1, -2)) + static_cast<double>(n) * eye(n);
}

std::vector<Item> decompositions() {
  std::vector<Item> all;
  using Function = std::function<Array(const Array&)>;
  const auto square = [&all](const std::string& name, Shape shape, bool positive, Function f) {
    all.push_back(item(name, [=] {
      const Array a = positive ? spd(uniform(1, shape)) : uniform(1, shape);
      return [=] { return f(a); };
    }));
  };
  const auto solved = [](const Array& a) { return solve(a, uniform(2, {a.shape(0), 8})); };
  square("svd_200", {200, 200}, false, [](const Array& a) { return svd(a).s; });
  square("svd_batch", {100, 12, 12}, false, [](const Array& a) { return svd(a).s; });
  square("eigh_200", {200, 200}, true, [](const Array& a) { return eigh(a).eigenvalues; });
  square("eigh_batch", {100, 12, 12}, true, [](const Array& a) { return eigh(a).eigenvalues; });
  square("qr_300", {300, 300}, false, [](const Array& a) { return qr(a).r; });
  square("cholesky_400", {400, 400}, true, [](const Array& a) { return cholesky(a); });
  square("solve_400", {400, 400}, true, solved);
  square("inv_300", {300, 300}, true, [](const Array& a) { return inv(a); });
  square("inv_batch", {2000, 4, 4}, true, [](const Array& a) { return inv(a); });
  square("det_batch", {2000, 4, 4}, false, [](const Array& a) { return det(a); });
  return all;
}

std::vector<Item> indexing() {
  std::vector<Item> all;
  const auto add = [&all](const std::string& name, std::function<std::function<Array()>()> make) {
    all.push_back(item(name, std::move(make)));
  };
  add("take_rows", [] {
    const Array x = uniform(1, {20000, 48}), rows = labels(2, 30000, 20000);
    return [=] { return take(x, rows, 0); };
  });
  add("scatter_add_rows", [] {
    const Array x = uniform(1, {5000, 24}), rows = labels(2, 20000, 5000), more = uniform(3, {20000, 24});
    return [=] { return scatter_add(x, rows, more); };
  });
  add("scatter_add_numbers", [] {
    const Array x = uniform(1, {5000}), at = labels(2, 200000, 5000), more = uniform(3, {200000});
    return [=] { return scatter_add(x, at, more); };
  });
  add("searchsorted", [] {
    const Array bins = sort(uniform(1, {3000})), x = uniform(2, {100000});
    return [=] { return searchsorted(bins, x); };
  });
  add("top_k_64", [] {
    const Array x = uniform(1, {32, 12000});
    return [=] { return top_k(x, 64).values; };
  });
  add("select_by_mask", [] {
    const Array x = uniform(1, {500000}), mask = uniform(2, {500000}) > 0.3;
    return [=] { return index(x, mask); };
  });
  add("one_hot_product", [] {
    const Array at = labels(1, 4000, 500), w = uniform(2, {500, 64});
    const auto f = jit([](const Array& a, const Array& b) { return matmul(one_hot(a, 500), b); });
    return [=] { return f(at, w); };
  });
  add("max_pool_gradient", [] {
    const Array x = uniform(1, {32, 24, 24, 20});
    const auto f = jit(grad([](const Array& v) {
      return sum(square(max_pool(v, {.window = {2, 2}, .strides = {2, 2}})));
    }));
    return [=] { return f(x); };
  });
  add("permutation", [] {
    const Key key = random::key(1);
    return [=] { return random::permutation(key, 60000); };
  });
  add("randint", [] {
    const Key key = random::key(1);
    return [=] { return random::randint(key, {500000}, 0, 1000); };
  });
  return all;
}

using Function = Array (*)(const Array&, const Array&);
struct Elementary {
  const char* name;
  double low, high;  // of the first operand
  Function f;
};

#define ONE(name) [](const Array& x, const Array&) { return name(x); }
#define TWO(name) [](const Array& x, const Array& y) { return name(x, y); }
const Elementary elementary[] = {
    {"exp", -5, 5, ONE(exp)},           {"log", 0.1, 9, ONE(log)},
    {"log1p", -0.5, 9, ONE(log1p)},     {"expm1", -3, 3, ONE(expm1)},
    {"sin", -9, 9, ONE(sin)},           {"cos", -9, 9, ONE(cos)},
    {"tan", -9, 9, ONE(tan)},           {"arcsin", -1, 1, ONE(arcsin)},
    {"arccos", -1, 1, ONE(arccos)},     {"arctan", -5, 5, ONE(arctan)},
    {"sinh", -5, 5, ONE(sinh)},         {"cosh", -5, 5, ONE(cosh)},
    {"tanh", -5, 5, ONE(tanh)},         {"arcsinh", -9, 9, ONE(arcsinh)},
    {"arccosh", 1, 9, ONE(arccosh)},    {"arctanh", -0.9, 0.9, ONE(arctanh)},
    {"sigmoid", -5, 5, ONE(sigmoid)},   {"erf", -3, 3, ONE(erf)},
    {"erfc", -3, 3, ONE(erfc)},         {"ndtr", -3, 3, ONE(ndtr)},
    {"gammaln", 0.1, 20, ONE(gammaln)}, {"digamma", 0.1, 20, ONE(digamma)},
    {"exp2", -5, 5, ONE(exp2)},         {"log2", 0.1, 9, ONE(log2)},
    {"log10", 0.1, 9, ONE(log10)},      {"cbrt", -9, 9, ONE(cbrt)},
    {"power", 0.1, 9, TWO(power)},      {"arctan2", -5, 5, TWO(arctan2)},
    {"hypot", -5, 5, TWO(hypot)},       {"mod", -50, 50, TWO(mod)},
    {"fmod", -50, 50, TWO(fmod)},       {"floor_divide", -50, 50, TWO(floor_divide)},
};
#undef ONE
#undef TWO

std::vector<Item> elementary_functions() {
  std::vector<Item> all;
  for (const DType dtype : {DType::float32, DType::float64})
    for (const Elementary& one : elementary)
      all.push_back(item(std::string(one.name) + (dtype == DType::float32 ? "_f32" : "_f64"), [=] {
        const Array x =
            astype(uniform(1, {200000}), dtype) * ((one.high - one.low) / 2) + (one.high + one.low) / 2;
        const Array y = astype(uniform(2, {200000}), dtype) * 1.5 + 2.0;
        return [=] { return one.f(x, y); };
      }));
  return all;
}

std::vector<Item> movement() {
  std::vector<Item> all;
  const auto add = [&all](const std::string& name, std::function<std::function<Array()>()> make) {
    all.push_back(item(name, std::move(make)));
  };
  const auto unary = [&add](const std::string& name, Shape shape, Array (*f)(const Array&)) {
    add(name, [=] {
      const Array x = uniform(1, shape);
      return [=] { return f(x); };
    });
  };
  unary("repeat_last", {200000, 3}, [](const Array& x) { return repeat(x, 2, -1); });
  unary("pad_last", {100000, 6}, [](const Array& x) { return pad(x, {{0, 0}, {1, 1}}); });
  unary("transpose_2d", {900, 700}, [](const Array& x) { return transpose(x); });
  unary("transpose_heads", {8, 128, 6, 32}, [](const Array& x) { return transpose(x, {0, 2, 1, 3}); });
  unary("roll_last", {60000, 10}, [](const Array& x) { return roll(x, 3, -1); });
  unary("flip_last", {60000, 10}, [](const Array& x) { return flip(x, -1); });
  unary("sum_short_last", {150000, 5}, [](const Array& x) { return sum(x, -1); });
  unary("max_short_last", {150000, 5}, [](const Array& x) { return max(x, -1); });
  unary("sum_middle", {200, 60, 40}, [](const Array& x) { return sum(x, 1); });
  add("concatenate_last", [] {
    const Array a = uniform(1, {100000, 3}), b = uniform(2, {100000, 4});
    return [=] { return concatenate({a, b}, -1); };
  });
  add("broadcast_middle", [] {
    const Array x = uniform(1, {100, 60, 40}), m = uniform(2, {100, 1, 40});
    return [=] { return x - m; };
  });
  add("broadcast_last", [] {
    const Array x = uniform(1, {500, 40, 8}), m = uniform(2, {500, 40, 1});
    return [=] { return x * m; };
  });
  add("outer_difference", [] {
    const Array x = uniform(1, {400, 1, 3}), y = uniform(2, {1, 300, 3});
    return [=] { return x - y; };
  });
  return all;
}

}  // namespace

std::vector<Item> function_items() {
  std::vector<Item> all;
  for (auto* family : {&convolutions, &decompositions, &indexing, &elementary_functions, &movement})
    for (Item& one : (*family)()) all.push_back(std::move(one));
  return all;
}

}  // namespace bench
