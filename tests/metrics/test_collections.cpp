#include "check.hpp"

using namespace copse;
using metrics::Accuracy;
using metrics::AnyMetric;
using metrics::AuxLosses;
using metrics::AuxMetrics;
using metrics::Losses;
using metrics::LossesAndMetrics;
using metrics::Mean;
using metrics::Metrics;
using test::close;
using test::has;
using test::message;

namespace {

using Names = std::vector<std::string>;

struct Largest {
  State<Array> value = -1e30f;
  void reset() { value = -1e30f; }
  void update(const Array& values) { value = maximum(value, max(values)); }
  Array compute() const { return value; }
  void aggregate() { value = max(value, 0); }
};

struct Growing {  // a static member that changes as it goes on
  State<Array> total = 0.0f;
  int batches = 0;
  void reset() { total = 0.0f, batches = 0; }
  void update(const Array& values) {
    total = total + sum(values);
    ++batches;
  }
  Array compute() const { return total / static_cast<double>(batches); }
};

struct Extremes {  // several values
  State<Array> low = 1e30f, high = -1e30f;
  void reset() { low = 1e30f, high = -1e30f; }
  void update(const Array& values) { low = minimum(low, min(values)), high = maximum(high, max(values)); }
  Report compute() const { return {{"low", low}, {"high", high}}; }
};

const Array logits = array({{4.0f, 1.0f}, {0.0f, 3.0f}, {2.0f, 1.0f}}), labels = array({0, 1, 1});

}  // namespace

TEST_CASE("any metric is a tree of arrays") {
  AnyMetric any = Accuracy{};
  CHECK(any.name() == "accuracy");
  any.update({{"preds", logits}, {"target", labels}, {"other", 1}});
  close(any.compute(), {2.0 / 3});
  CHECK(any.as<Accuracy>().right.get().item<double>() == 2);
  CHECK(has(message<TreeError>([&] { (void)any.as<Mean>(); }), "is a Accuracy, not a Mean"));
  const auto paths = leaves_with_path(any);
  REQUIRE(paths.size() == 2);
  CHECK(paths[0].first.path == "state.right");
  CHECK(paths[1].first.path == "state.total");
  CHECK(paths[0].first.is<MetricStateKind>());
  AnyMetric same = Accuracy{};
  CHECK(!(same == any));
  same.update({{"preds", logits}, {"target", labels}});
  CHECK(same == any);
  CHECK(!(AnyMetric(Accuracy{.threshold = .4}) == AnyMetric(Accuracy{})));
  CHECK(!(AnyMetric(Mean{}) == AnyMetric(metrics::Sum{})));
  CHECK(structure_equal(same, any));
  any.reset();
  CHECK(any == AnyMetric(Accuracy{}));
}

TEST_CASE("any metric merges and aggregates as its struct does") {
  AnyMetric a = Largest{}, b = Largest{};
  a.update({{"values", array({1.0f, 7.0f})}});
  b.update({{"values", array({3.0f})}});
  AnyMetric both = map([](const Array& x, const Array& y) { return stack({x, y}); }, a, b);
  both.aggregate();
  close(both.compute(), {7});
  b.merge(a);
  close(b.compute(), {7});
  CHECK(has(message<TreeError>([&] { a.merge(AnyMetric(Mean{})); }), "Largest"));
}

TEST_CASE("static members of any metric may change") {
  AnyMetric any = Growing{};
  const AnyMetric start = any;
  any.update({{"values", array({2.0f})}});
  any.update({{"values", array({4.0f})}});
  close(any.compute(), {3});
  CHECK(any.as<Growing>().batches == 2);
  CHECK(start.as<Growing>().batches == 0);
  any.reset();
  CHECK(any == start);
}

TEST_CASE("any metric reads from elsewhere") {
  Metric mean{Mean{}.on("values", "loss")};
  mean = mean.update({{"loss", 1.0f}}).update({{"loss", 2.0f}});
  close(mean.compute(), {1.5});
  close(mean->as<Mean>().total, {3});
  close(mean->as<Mean>().count, {2});
  CHECK(has(message<ValueError>([&] { (void)mean.update({{"values", 1.0f}}); }), "'loss'"));
  Metric part{Mean{}.on("values", {"out", "a", 1})};
  const Argument::Map out{{"a", Argument(std::vector<Array>{1.0f, 5.0f})}};
  close(part.update({{"out", out}}).compute(), {5});
  CHECK(mean.compute_logs().names() == Names{"mean"});
}

TEST_CASE("collections of metrics") {
  Metric both{Metrics{{"acc", Accuracy{}}, {"loss", Mean{}.on("values", "batch_loss")}}};
  both = both.update({{"preds", logits}, {"target", labels}, {"batch_loss", 2.0f}});
  const Report report = both.compute();
  CHECK(report.names() == Names{"acc", "loss"});
  close(report["acc"], {2.0 / 3});
  CHECK(has(message<ValueError>([&] {
              (void)both.update({{"preds", logits}});
            }),
            "acc: there is no argument 'target'"));
  CHECK(has(message<ValueError>([&] {
              (void)both.update({{"preds", logits}, {"target", labels}});
            }),
            "'batch_loss'"));
  CHECK(has(message<ValueError>([&] { (void)report["loss2"]; }), "'acc', 'loss'"));
  CHECK(both.merge(both).compute()["acc"].item<float>() == report["acc"].item<float>());
  CHECK(both.reset() == Metric{Metrics{{"acc", Accuracy{}}, {"loss", Mean{}.on("values", "batch_loss")}}});
  const auto stacked = map([](const Array& x, const Array& y) { return stack({x, y}); }, both, both);
  CHECK(stacked.aggregate() == both.merge(both));
  const auto text =
      message<TreeError>([&] { (void)Metric{Metrics{Accuracy{}}}.merge(Metric{Metrics{Mean{}}}); });
  CHECK(has(text, "other names"));
}

TEST_CASE("names in collections") {
  CHECK(Metrics{Accuracy{}, Mean{}, Accuracy{}}.names() == Names{"accuracy", "mean", "accuracy_2"});
  Metric nested{Metrics{
      {"g", Metrics{Mean{}, Mean{}}}, {"h", Mean{}}, {"n", Metrics{{"m", Mean{}}}}, {"e", Extremes{}}}};
  nested = nested.update({{"values", array({1.0f, 3.0f})}});
  CHECK(nested.compute().names() == Names{"g/mean", "g/mean_2", "h", "n/m", "e/low", "e/high"});
  close(nested.compute()["e/high"], {3});
  CHECK(nested.compute_logs().size() == 6);
  CHECK(has(message<ValueError>([] { (void)AnyMetric(Extremes{}).compute(); }), "has 2 values"));
  close((*nested)["h"].compute(), {2});
  CHECK(has(message<ValueError>([&] { (void)(*nested)["x"]; }), "'x'"));
  Metric elsewhere{Metrics{Mean{}, metrics::Sum{}}.on("values", {"out", 0})};
  close(elsewhere.update({{"out", std::vector<Array>{array({1.0f, 2.0f})}}}).compute()["sum"], {3});
}

TEST_CASE("running means of losses count samples") {
  Metric losses_{Losses{losses::MeanSquaredError{}}};
  losses_ = losses_.update({{"preds", ones({3, 1})}, {"target", zeros({3, 1})}});
  losses_ = losses_.update({{"preds", full({1, 1}, 3.0f)}, {"target", zeros({1, 1})}});
  close(losses_.compute()["mean_squared_error"], {3});
  Metric two{Losses{losses::MeanSquaredError{}, losses::MeanSquaredError{}}};
  two = two.update({{"preds", ones({3, 1})}, {"target", zeros({3, 1})}});
  CHECK(two.compute().names() == Names{"mean_squared_error", "mean_squared_error_2"});
  close(two->total_loss(), {2});
  CHECK(Losses{{"a", losses::L1{}}, {"b", losses::L2{}}}.names() == Names{"a", "b"});
  const auto [loss, next] = two.mutable_(&Losses::loss_and_update)(
      Arguments{{"preds", full({3, 1}, 3.0f)}, {"target", zeros({3, 1})}});
  close(loss, {18});
  close(next.compute()["mean_squared_error"], {5});
  const auto text = message<ShapeError>([] {
    (void)Metric{Losses{losses::MeanSquaredError{.reduction = Reduction::none}}}.update(
        {{"preds", ones({3, 1})}, {"target", zeros({3, 1})}});
  });
  CHECK(has(text, "'mean_squared_error' gives the shape (3,)"));
}

TEST_CASE("numbers that a model reports") {
  const auto given = [](const char* name, float value) {
    return Arguments{{name, std::map<std::string, Array>{{"a", value}}}};
  };
  Metric aux{AuxMetrics{{"a"}}};
  aux = aux.update(given("aux_metrics", 1));
  close(aux.compute()["a"], {1});
  aux = aux.update(given("aux_metrics", 0));
  close(aux.compute()["a"], {.5});
  // Numbers with dimensions are averaged.
  Metric vector{AuxLosses{}};
  vector = vector.update({{"aux_losses", std::map<std::string, Array>{{"v", array({1.0f, 3.0f})}}}});
  close(vector.compute()["v"], {2});
  CHECK(has(message<ValueError>([&] { (void)aux.update(Arguments{}); }),
            "aux_metrics: there is no value for 'a'"));
  const auto text = message<ValueError>([&] {
    (void)aux.update({{"aux_metrics", std::map<std::string, Array>{{"a", 1.0f}, {"b", 1.0f}}}});
  });
  CHECK(has(text, "aux_metrics: 'b' is not among the names"));
  CHECK(Metric{AuxMetrics{}}.update(Arguments{}).compute().empty());
}

TEST_CASE("losses and metrics together") {
  Metric all{LossesAndMetrics{.losses = {losses::MeanSquaredError{}, losses::MeanSquaredError{}},
                              .metrics = {metrics::MeanAbsoluteError{}},
                              .aux_losses = {{"penalty"}},
                              .aux_metrics = {{"norm"}}}};
  const auto batch = [](float aux, float norm) {
    return Arguments{{"preds", ones({2, 1})},
                     {"target", zeros({2, 1})},
                     {"aux_losses", std::map<std::string, Array>{{"penalty", aux}}},
                     {"aux_metrics", std::map<std::string, Array>{{"norm", norm}}}};
  };
  auto [first, one] = all.mutable_(&LossesAndMetrics::loss_and_update)(batch(1, 2));
  auto [second, two] = one.mutable_(&LossesAndMetrics::loss_and_update)(batch(3, 4));
  close(first, {3});
  close(second, {5});
  close(one.compute()["loss"], {3});
  close(two.compute()["loss"], {4});
  close(two.compute()["norm"], {3});
  CHECK(two.compute().names() == Names{"loss", "mean_squared_error", "mean_squared_error_2",
                                       "mean_absolute_error", "penalty", "norm"});
  close(two->total_loss(), {4});
  CHECK(two.reset() == all);
  CHECK(one.merge(all.batch_updates(batch(3, 4))) == two);
  const auto stacked = map(
      [](const Array& x, const Array& y) {
        return stack({x, y});
      },
      one, all.batch_updates(batch(3, 4)));
  CHECK(stacked.aggregate() == two);
}

TEST_CASE("equal names of losses and metrics stay apart") {
  Metric all{LossesAndMetrics{.losses = {{"loss", losses::L2{}}}, .metrics = {{"loss", Mean{}}}}};
  all = all.update({{"parameters", std::vector<Array>{full({1}, 2.0f)}}, {"values", 7.0f}});
  CHECK(all.compute().names() == Names{"loss", "loss_2", "loss_3"});
  close(all.compute()["loss_3"], {7});
  CHECK(Metric{LossesAndMetrics{.metrics = {Mean{}}}}.compute().names() == Names{"mean"});
}

TEST_CASE("collections are compiled") {
  struct Both {
    Metric<LossesAndMetrics> metric;
    Both update(const Array& preds, const Array& target) const {
      return {metric.update(Arguments{{"preds", preds}, {"target", target}})};
    }
  };
  const Both start{
      Metric{LossesAndMetrics{.losses = {losses::CrossEntropy{}}, .metrics = {Accuracy{}, Largest{}}}}};
  const Both simple{Metric{LossesAndMetrics{.losses = {losses::CrossEntropy{}}, .metrics = {Accuracy{}}}}};
  const auto got = test::compiled_update(simple, logits, labels).metric.compute();
  const auto wanted = simple.update(logits, labels).metric.compute();
  CHECK(got.names() == wanted.names());
  for (const auto& [name, value] : wanted) CHECK(all_close(got[name], value));
  CHECK(has(message<ValueError>([&] { (void)start.update(logits, labels); }),
            "largest: there is no argument 'values'"));
}

TEST_CASE("a metric of any type that has been moved from throws") {
  AnyMetric metric = Mean{};
  AnyMetric other = std::move(metric);
  CHECK_THROWS_AS(metric.reset(), ValueError);
  CHECK_THROWS_AS(metric.compute(), ValueError);
  CHECK_THROWS_AS(metric.aggregate(), ValueError);
  CHECK_THROWS_AS(metric.merge(other), ValueError);
  CHECK_THROWS_AS(metric.as<Mean>(), ValueError);
  other.reset();
  metric = other;
  metric.reset();
  CHECK(metric == other);
}
