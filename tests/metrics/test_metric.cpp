#include "check.hpp"

using namespace copse;
using test::close;
using test::has;
using test::message;

namespace {

struct Largest {  // its states do not add
  State<Array> value = -1e30f;

  void reset() { value = -1e30f; }
  void update(const Array& values) { value = maximum(value, max(values)); }
  Array compute() const { return value; }
  void aggregate() { value = max(value, 0); }
};

struct Pair {  // with several values
  State<Array> a = 0.0f, b = 0.0f;

  void reset() { a = 0.0f, b = 0.0f; }
  void update(const Array& preds, const Array& target) {
    a = a + sum(preds);
    b = b + sum(target);
  }
  std::pair<Array, Array> compute() const { return {a, b}; }
};

struct Named {
  static constexpr std::array arguments{"x", "y", "z"};
  State<Array> total = 0.0f;
  int factor = 1;

  void reset() { total = 0.0f; }
  void update(const Array& x, const Array& y, const Array& z = {}) {
    total = total + static_cast<double>(factor) * (x + y);
    if (z.has_value()) total = total + z;
  }
  Array compute() const { return total; }
};

struct Rows {  // of lists of arrays
  State<Array> total = 0;

  void reset() { total = 0; }
  void update(const std::vector<Array>& parameters) { total = total + static_cast<int>(parameters.size()); }
  Array compute() const { return total; }
};

}  // namespace

TEST_CASE("a metric is a value") {
  const Metric start{Pair{}};
  const auto next = start.update(array({10.0f}), array({20.0f}));
  close(start.compute().first, {0});
  close(next.compute().first, {10});
  const auto [batch, both] = next(array({5.0f}), array({6.0f}));
  close(batch.first, {5});
  close(batch.second, {6});
  close(both.compute().first, {15});
  close(both.compute().second, {26});
  CHECK(both.reset() == start);
  close(both.batch_updates(array({5.0f}), array({6.0f})).compute().second, {6});
}

TEST_CASE("states are merged by addition unless the metric says otherwise") {
  const Metric mean{metrics::Mean{}};
  const auto a = mean.update(array({1.0f})), b = mean.update(array({4.0f, 5.0f}));
  close(a.merge(b).compute(), {10.0 / 3});
  const Metric largest{Largest{}};
  close(largest.update(array({1.0f, 7.0f})).merge(largest.update(array({3.0f}))).compute(), {7});
  close(largest.update(array({1.0f, 7.0f})).merge(largest).compute(), {7});
}

TEST_CASE("states of several devices are combined along axis 0") {
  const Metric mean{metrics::Mean{}};
  const auto a = mean.update(array({1.0f})), b = mean.update(array({4.0f, 5.0f}));
  const auto both = map([](const Array& x, const Array& y) { return stack({x, y}); }, a, b);
  close(both.aggregate().compute(), {10.0 / 3});
  CHECK(both.aggregate() == a.merge(b));
  const Metric largest{Largest{}};
  const auto c = largest.update(array({1.0f})), d = largest.update(array({3.0f}));
  close(map([](const Array& x, const Array& y) { return stack({x, y}); }, c, d).aggregate().compute(), {3});
  CHECK(has(message<ShapeError>([&] { (void)mean.aggregate(); }), "Metric::aggregate"));
}

TEST_CASE("metrics that differ are not merged") {
  CHECK(has(message<TreeError>([] { (void)Metric{Named{}}.merge(Metric{Named{.factor = 2}}); }), "factor"));
  const auto narrow = Metric{metrics::Precision{.num_classes = 3, .average = metrics::Average::macro}};
  const Array p = array({0, 1, 2}), t = array({0, 1, 1});
  const auto three = narrow.update(p, t);
  const auto text = message<ShapeError>([&] {
    (void)three.merge(map([](const Array& x) { return concatenate({ravel(x), ravel(x)}); }, three));
  });
  CHECK(has(text, "Metric::merge"));
  CHECK(three.merge(narrow).compute().item<float>() == three.compute().item<float>());
}

TEST_CASE("metrics find their arguments by name") {
  const Metric mean{metrics::Mean{}};
  close(mean.update({{"values", array({1.0f, 3.0f})}, {"other", 5}}).compute(), {2});
  close(mean.update({{"values", array({1.0f, 3.0f})}, {"sample_weight", array({0, 1})}}).compute(), {3});
  CHECK(has(message<ValueError>([&] {
              (void)mean.update({{"preds", 1.0f}});
            }),
            "mean: there is no argument 'values'; got 'preds'"));
  const Metric named{Named{}};
  close(named.update({{"x", 1.0f}, {"y", 2.0f}}).compute(), {3});
  close(named.update({{"x", 1.0f}, {"y", 2.0f}, {"z", 4.0f}}).compute(), {7});
  CHECK(has(message<ValueError>([&] { (void)named.update({{"x", 1.0f}, {"z", 2.0f}}); }), "'y'"));
  close(Metric{Rows{}}.update({{"parameters", std::vector<Array>{1.0f, 2.0f}}}).compute(), {2});
  close(named.batch_updates({{"x", 1.0f}, {"y", 2.0f}}).compute(), {3});
  close(named({{"x", 1.0f}, {"y", 2.0f}}).first, {3});
}

TEST_CASE("what metrics report") {
  const auto logs = Metric{metrics::Mean{}}.update(array({1.0f, 3.0f})).compute_logs();
  CHECK(logs.names() == std::vector<std::string>{"mean"});
  close(logs["mean"], {2});
  CHECK(Metric<metrics::AUROC>::name() == "auroc");
  CHECK(Metric<metrics::F1>::name() == "f1");
}

TEST_CASE("reports") {
  Report report{{"a", 1.0f}, {"b", 2.0f}, {"a", 3.0f}};
  CHECK(report.names() == std::vector<std::string>{"a", "b", "a_2"});
  CHECK(report.add("a", 4.0f) == "a_3");
  close(report["a_3"], {4});
  report.set("b", 5.0f);
  close(report["b"], {5});
  CHECK(report.count("c") == 0);
  CHECK(has(message<ValueError>([&] { (void)report["c"]; }),
            "there is no 'c'; there is 'a', 'b', 'a_2', 'a_3'"));
  double total = 0;
  for (const auto& [name, value] : report) total += value.item<double>();
  CHECK(total == 13);
  CHECK(leaves(report).size() == 4);
}
