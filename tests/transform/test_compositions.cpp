// Every pair of transforms, and a selection of triples, on functions of all sorts. The outermost transform is
// checked against finite differences or a plain loop over what lies below it; what lies below is checked as
// the outermost one of another pair.
#include <random>

#include "catch.hpp"
#include "copse/core/error.hpp"
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

namespace {

// From a vector of four numbers to another.
using Function = std::function<Array(const Array&)>;

Array doubles(const std::vector<double>& values) {
  return array(std::span<const double>(values), {static_cast<std::int64_t>(values.size())});
}

const Array weights = doubles({0.5, -1.0, 0.25, 2.0});
const Array direction = doubles({1.0, 0.5, -0.75, 0.25});
const Array scales = reshape(doubles({0.5, 1.0, -0.8}), {3, 1});

struct Transform {
  const char* name;
  std::function<Function(Function)> apply;
  std::function<Array(const Function&, const Array&)> by_hand;
  bool backwards = false;  // differentiates in reverse mode what lies below
};

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

void check(const std::vector<const Transform*>& chain, const std::string& name, const Function& base) {
  std::string text = name;
  Function below = base;
  for (std::size_t i = chain.size(); i-- > 1;) below = chain[i]->apply(below);
  const Function whole = chain[0]->apply(below);
  // A while loop has no reverse mode, and says so.
  bool backwards = false, impossible = false;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    text = std::string(i ? text : "") + (i ? " of " : "") + chain[i]->name;
    impossible = impossible || (backwards && std::string(chain[i]->name) == "while_loop");
    backwards = backwards || chain[i]->backwards;
  }
  text += " of " + name;
  INFO(text);
  for (const Array& x : {doubles({0.3, -0.2, 0.5, 0.1}), doubles({-0.4, 0.1, -0.3, 0.2})}) {
    std::optional<Array> got;
    try {
      got = whole(x);
    } catch (const ValueError& error) {
      CHECK(impossible);
      CHECK(std::string(error.what()).find("while_loop") != std::string::npos);
      return;
    }
    Array wanted;
    try {
      wanted = chain[0]->by_hand(below, x);
    } catch (const ValueError&) {
      return;  // below is impossible, and `whole` needed no derivative of it
    }
    const std::vector<double> a = got->to_vector<double>(), b = wanted.to_vector<double>();
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      INFO("element " << i << ": " << a[i] << " vs " << b[i]);
      CHECK(std::abs(a[i] - b[i]) <= 2e-6 + 2e-5 * std::abs(b[i]));
    }
  }
}

}  // namespace

TEST_CASE("every transform by itself") {
  for (const auto& [name, f] : functions())
    for (const Transform& outer : transforms()) check({&outer}, name, f);
}

TEST_CASE("every pair of transforms") {
  for (const auto& [name, f] : functions())
    for (const Transform& outer : transforms())
      for (const Transform& inner : transforms()) check({&outer, &inner}, name, f);
}

TEST_CASE("triples of transforms") {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    const auto pick = [&] { return &transforms()[random() % transforms().size()]; };
    const auto& [name, f] = functions()[random() % functions().size()];
    check({pick(), pick(), pick()}, name, f);
  }
}
