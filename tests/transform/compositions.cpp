#include "compositions.hpp"

#include "copse/ops/compare.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/jacobian.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"

using namespace copse;

namespace compositions {
namespace {

Array doubles(const std::vector<double>& values) {
  return array(std::span<const double>(values), {static_cast<std::int64_t>(values.size())});
}

const Array weights = doubles({0.5, -1.0, 0.25, 2.0});
const Array direction = doubles({1.0, 0.5, -0.75, 0.25});
const Array scales = reshape(doubles({0.5, 1.0, -0.8}), {3, 1});

Array same(const Function& f, const Array& x) { return f(x); }

// d/dx of a function to one number, one element after the other.
Array slopes(const std::function<double(const Array&)>& f, const Array& x) {
  constexpr double h = 1e-5;
  std::vector<double> at = x.to_vector<double>(), slope;
  for (double& element : at) {
    const double middle = element;
    element = middle + h;
    const double up = f(doubles(at));
    element = middle - h;
    const double down = f(doubles(at));
    element = middle;
    slope.push_back((up - down) / (2 * h));
  }
  return doubles(slope);
}

}  // namespace

const std::vector<Transform>& transforms() {
  static const std::vector<Transform> all{
      {"jit", [](Function f) { return Function(jit(f)); }, same},
      {"grad", [](Function f) { return Function(grad([f](const Array& x) { return sum(f(x) * weights); })); },
       [](const Function& f, const Array& x) {
         return slopes([&](const Array& at) { return sum(f(at) * weights).item<double>(); }, x);
       },
       true},
      {"jvp",
       [](Function f) {
         return Function([f](const Array& x) { return jvp(f, std::tuple{x}, std::tuple{direction}).second; });
       },
       [](const Function& f, const Array& x) {
         constexpr double h = 1e-5;
         return (f(x + h * direction) - f(x - h * direction)) / (2 * h);
       }},
      {"vmap",
       [](Function f) { return Function([f](const Array& x) { return mean(vmap(f)(x * scales), 0); }); },
       [](const Function& f, const Array& x) { return (f(x * 0.5) + f(x * 1.0) + f(x * -0.8)) / 3.0; }},
      {"jacobian",
       [](Function f) { return Function([f](const Array& x) { return matmul(direction, jacobian(f)(x)); }); },
       [](const Function& f, const Array& x) {
         return slopes([&](const Array& at) { return sum(f(at) * direction).item<double>(); }, x);
       },
       true},
      {"vjp",
       [](Function f) { return Function([f](const Array& x) { return vjp(f, x).second(direction); }); },
       [](const Function& f, const Array& x) {
         return slopes([&](const Array& at) { return sum(f(at) * direction).item<double>(); }, x);
       },
       true},
      {"hessian",
       [](Function f) {
         return Function([f](const Array& x) {
           return matmul(hessian([f](const Array& a) { return sum(f(a) * weights); })(x), direction);
         });
       },
       [](const Function& f, const Array& x) {
         const auto slope = grad([&](const Array& a) { return sum(f(a) * weights); });
         return slopes([&](const Array& at) { return sum(slope(at) * direction).item<double>(); }, x);
       },
       true},
      {"checkpoint", [](Function f) { return Function(checkpoint(f)); }, same},
      {"custom_vjp",
       [](Function f) {
         return Function(custom_vjp(
             f,
             [f](const Array& x) {
               return std::pair{f(x), x};
             },
             [f](const Array& x, const Array& ct) { return vjp(f, x).second(ct); }));
       },
       same, true},
      {"custom_jvp",
       [](Function f) {
         return Function(custom_jvp(
             f, [f](const std::tuple<Array>& at, const std::tuple<Array>& t) { return jvp(f, at, t); }));
       },
       same},
      {"scan",
       [](Function f) {
         return Function([f](const Array& x) {
           auto [last, all] = scan(
               [f](const Array& c, const Array& w) {
                 return std::pair{0.5 * f(c) + w, c * w};
               },
               x, weights);
           return last + sum(all, 0);
         });
       },
       [](const Function& f, const Array& x) {
         Array c = x, total = zeros_like(x);
         for (const double w : weights.to_vector<double>()) {
           total = total + c * w;
           c = 0.5 * f(c) + w;
         }
         return c + total;
       }},
      {"fori_loop",
       [](Function f) {
         return Function([f](const Array& x) {
           return fori_loop(
               0, 2, [f](const Array& i, const Array& c) { return f(c) * (i + 0.5); }, x);
         });
       },
       [](const Function& f, const Array& x) { return f(f(x) * 0.5) * 1.5; }},
      {"while_loop",
       [](Function f) {
         return Function([f](const Array& x) {
           using State = std::pair<Array, Array>;
           return while_loop([](const State& s) { return s.first < 2; },
                             [f](const State& s) { return State(s.first + 1, 0.5 * f(s.second)); },
                             State(Array(0), x))
               .second;
         });
       },
       [](const Function& f, const Array& x) { return 0.5 * f(0.5 * f(x)); }},
      {"cond",
       [](Function f) {
         return Function([f](const Array& x) {
           return cond(
               sum(x) > 0.0, f, [f](const Array& a) { return f(-a) * 2.0; }, x);
         });
       },
       [](const Function& f, const Array& x) { return sum(x).item<double>() > 0 ? f(x) : f(-x) * 2.0; }},
      {"switch_",
       [](Function f) {
         return Function([f](const Array& x) {
           const std::vector<Function> branches{f, [](const Array& a) { return a * a; },
                                                [f](const Array& a) { return f(a) * weights; }};
           return switch_(astype(sum(x) > 0.0, DType::int32) * 2, branches, x);
         });
       },
       [](const Function& f, const Array& x) { return sum(x).item<double>() > 0 ? f(x) * weights : f(x); }},
  };
  return all;
}

const std::vector<std::pair<const char*, Function>>& functions() {
  static const Array matrix = reshape(sin(arange(16, DType::float64)), {4, 4});
  static const std::vector<std::pair<const char*, Function>> all{
      {"elementwise", [](const Array& x) { return tanh(x) * x + sin(x); }},
      {"product", [](const Array& x) { return tanh(matmul(matrix, x)) * 0.5; }},
      {"softmax", [](const Array& x) { return x * exp(x - max(x)) / sum(exp(x - max(x))); }},
      {"pieces",
       [](const Array& x) {
         return concatenate({index(x, Slice{2, 4}) * 2.0, cos(index(x, Slice{0, 2}))});
       }},
  };
  return all;
}

const std::vector<Array>& points() {
  static const std::vector<Array> all{doubles({0.3, -0.2, 0.5, 0.1}), doubles({-0.4, 0.1, -0.3, 0.2})};
  return all;
}

}  // namespace compositions
