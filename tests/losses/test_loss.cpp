#include <cmath>
#include <limits>

#include "check.hpp"
#include "copse/core/kinds.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/transform/grad.hpp"
#include "copse/tree.hpp"

using namespace copse;
using losses::Loss;
using test::close;
using test::has;
using test::message;

namespace {

struct OwnError {  // values, and no reduction of its own
  Array operator()(const Array& preds, const Array& target) const { return abs(preds - target); }
};
struct Reconstruction {
  static constexpr std::array arguments{"preds", "inputs"};
  float factor = 2;
  Array operator()(const Array& preds, const Array& inputs) const {
    return factor * mean(square(preds - inputs));
  }
};
struct Spread {  // all arguments at once
  Array operator()(const Arguments& a) const { return max(a.at("preds", "Spread").array()); }
};
struct Net {
  Parameter kernel = full({2, 2}, 2.0f);
  Parameter bias = full({2}, 2.0f);
  int steps = 3;
};

const Array three = array({1.0f, 2.0f, 3.0f}), four = array({2.0f, 3.0f, 4.0f});

}  // namespace

TEST_CASE("names of losses") {
  CHECK(Loss(losses::CrossEntropy{}).name() == "cross_entropy");
  CHECK(Loss(losses::L2{}).name() == "l2");
  CHECK(Loss(losses::MeanSquaredError{}).name() == "mean_squared_error");
  CHECK(Loss(OwnError{}).name() == "own_error");
  CHECK(Loss(OwnError{}).named("mine").name() == "mine");
  CHECK(snake_case("AUROC") == "auroc");
  CHECK(snake_case("L1L2") == "l1_l2");
  CHECK(snake_case("HTTPServer2Go") == "http_server2_go");
}

TEST_CASE("losses find their arguments by name") {
  const Loss loss = losses::MeanAbsoluteError{};
  close(loss({{"preds", expand_dims(three, 1)}, {"target", expand_dims(four, 1)}, {"unknown", 7}}), {1});
  close(loss({{"preds", expand_dims(three, 1)},
              {"target", expand_dims(four, 1)},
              {"sample_weight", array({3, 0, 0})}}),
        {1});
  const auto text = message<ValueError>([&] { (void)loss({{"preds", three}}); });
  CHECK(has(text, "mean_absolute_error: there is no argument 'target'; got 'preds'"));
  CHECK(has(message<ValueError>([&] {
              (void)loss({{"preds", std::vector<Array>{three}}, {"target", four}});
            }),
            "'preds' should be an array, got a list"));
}

TEST_CASE("structs of one's own are losses") {
  close(Loss(OwnError{})({{"preds", three}, {"target", four}}), {1});
  close(Loss(OwnError{})({{"preds", three}, {"target", four}, {"sample_weight", array({3.0f, 0.0f, 0.0f})}}),
        {1});
  close(Loss(Reconstruction{})({{"preds", three}, {"inputs", four}, {"target", three}}), {2});
  close(Loss(Spread{})({{"preds", three}}), {3});
  const Loss lambda = [](const Array& preds, const Array& target) { return sum(preds * target); };
  close(lambda.named("product")({{"preds", three}, {"target", four}}), {20});
}

TEST_CASE("losses read parts of arguments") {
  const Argument::Map both{{"a", Argument(std::vector<Array>{three, four})}};
  const Loss own = OwnError{};
  close(own.on("preds", {"out", "a", 0}).on("target", {"out", "a", -1})({{"out", both}}), {1});
  close(own.on("target", "inputs")({{"preds", three}, {"inputs", four}}), {1});
  // Reduction and weight stay.
  const Loss half = losses::MeanAbsoluteError{.weight = .5}.on("preds", {"out", 0});
  close(half({{"out", std::vector<Array>{three}}, {"target", four}}), {.5});
  close(losses::MeanAbsoluteError{.reduction = Reduction::none}.on(
            "preds", "out")({{"out", expand_dims(three, 1)}, {"target", expand_dims(four, 1)}}),
        {1, 1, 1});
  CHECK(has(message<ValueError>([&] {
              (void)own.on("preds", {"out", "b"})({{"out", both}, {"target", four}});
            }),
            "own_error: there is no 'out.b'"));
  CHECK(has(message<ValueError>([&] { (void)own.on("preds", "out")({{"target", four}}); }), "'out'"));
}

TEST_CASE("losses are compared by type and options") {
  CHECK(Loss(losses::L2{.1}) == Loss(losses::L2{.1}));
  CHECK(!(Loss(losses::L2{.1}) == Loss(losses::L2{.2})));
  CHECK(!(Loss(losses::L2{.1}) == Loss(losses::L1{.1})));
  CHECK(!(Loss(losses::L2{.1}) == Loss(losses::L2{.1}).named("other")));
  CHECK(!(Loss(losses::L2{.1}) == Loss(losses::L2{.1}).on("parameters", "weights")));
  const Loss own = OwnError{};
  CHECK(own == Loss(own));
}

TEST_CASE("penalties on parameters") {
  const std::vector<Array> six{full({2, 2}, 2.0f), full({2}, 2.0f)};
  close(losses::L2{}(six), {.24});
  close(losses::L1{}(six), {.12});
  close(losses::L1L2{.l1 = .1, .l2 = .01}(six), {1.44});
  close(losses::L2{.l = .01, .weight = 3}(six), {.72});
  CHECK(losses::L1L2{}(six).item<float>() == 0);
  CHECK(losses::L2{1e-5f}(std::vector<Array>{}).item<float>() == 0);
  close(losses::L2{}(Net{}), {.24});
  close(losses::L2{}(Tree{Net{}}), {.24});
  close(Loss(losses::L2{})({{"parameters", six}, {"preds", three}}), {.24});
  close(Loss(losses::L1{}).on("parameters", "weights")({{"weights", six}}), {.12});
  CHECK(has(message<ValueError>([] { (void)Loss(losses::L1{})({{"preds", three}}); }), "'parameters'"));
  // Counts and the like are no parameters.
  close(losses::L2{}(std::vector<Array>{array({100}), full({6}, 2.0f)}), {.24});
}

TEST_CASE("named arguments") {
  CHECK(has(message<ValueError>([] { (void)Arguments({{"a", 1}, {"a", 2}}); }), "'a' is given twice"));
  const Arguments a{{"preds", zeros({5, 2})}, {"target", zeros({5})}, {"nothing", Array()}};
  CHECK(a.batch_size() == 5);
  CHECK(!a.contains("nothing"));
  CHECK(a.names() == "'preds', 'target'");
  CHECK(Arguments{}.batch_size() == 1);
  CHECK(Arguments{{"x", std::vector<Array>{zeros({3, 1})}}}.batch_size() == 3);
  CHECK(has(message<ValueError>([&] { (void)a.at({0, "x"}, "f"); }), "first step"));
  CHECK(ArgumentPath({"out", 0, "x"}).text() == "out[0].x");
}

TEST_CASE("a loss that has been moved from throws") {
  Loss loss = losses::MeanSquaredError{};
  const Loss copy = loss;
  Loss other = std::move(loss);
  const Arguments arguments{{"preds", ones({2})}, {"target", zeros({2})}};
  CHECK_THROWS_AS(loss(arguments), ValueError);
  CHECK_THROWS_AS(loss.on("preds", "outputs")(arguments), ValueError);
  CHECK(other(arguments).item<float>() == 1.0f);
  CHECK(other == copy);
  CHECK_FALSE(loss == copy);
  loss = other;
  CHECK(loss(arguments).item<float>() == 1.0f);
}

namespace {

constexpr auto nan_ = std::numeric_limits<float>::quiet_NaN();
constexpr auto inf_ = std::numeric_limits<float>::infinity();

// The value of a loss and its slope, where samples 1 and 3 have weight 0: as if they were any other numbers.
template <class L>
void check_weightless(const L& loss, const Array& preds, const Array& target, const Array& other_preds,
                      const Array& other_target) {
  for (const Reduction reduction :
       {Reduction::none, Reduction::sum, Reduction::sum_over_batch_size, Reduction::sum_over_weights}) {
    L one = loss;
    one.reduction = reduction;
    const Array weights = array({1.0f, 0.0f, 0.5f, 0.0f});
    const auto of = [&](const Array& t) {
      return [&one, t, weights](const Array& p) { return sum(one(p, t, weights)); };
    };
    close(one(preds, target, weights), Array(one(other_preds, other_target, weights)).to_vector<double>());
    const Array slope = grad(of(target))(preds), wanted = grad(of(other_target))(other_preds);
    close(slope, wanted.to_vector<double>());
    for (const int row : {1, 3}) CHECK(all(slope[row] == 0.0f).item<bool>());
    CHECK(std::isfinite(Array(sum(one(preds, target, weights))).item<double>()));
  }
}

}  // namespace

TEST_CASE("what has weight 0 has no influence on any loss, nor on its gradient") {
  const Array bad = array({{1.0f, 2.0f}, {nan_, 1.0f}, {0.5f, 0.1f}, {inf_, nan_}}),
              good = array({{1.0f, 2.0f}, {0.3f, 1.0f}, {0.5f, 0.1f}, {2.0f, 3.0f}}),
              bad_target = array({{0.5f, 1.0f}, {1.0f, nan_}, {0.2f, 0.3f}, {inf_, nan_}}),
              target = array({{0.5f, 1.0f}, {1.0f, 1.0f}, {0.2f, 0.3f}, {1.0f, 1.0f}});
  check_weightless(losses::MeanSquaredError{}, bad, bad_target, good, target);
  check_weightless(losses::MeanAbsoluteError{}, bad, bad_target, good, target);
  check_weightless(losses::MeanAbsolutePercentageError{}, bad, bad_target, good, target);
  check_weightless(losses::MeanSquaredLogarithmicError{}, bad, bad_target, good, target);
  check_weightless(losses::Huber{}, bad, bad_target, good, target);
  check_weightless(losses::CosineSimilarity{}, bad, bad_target, good, target);
  const Array labels = array({1, -1, 0, -100}), any_labels = array({1, 0, 0, 1});
  const Array probable = softmax(good);
  for (const auto smoothing : {std::optional<double>(), std::optional<double>(0.1)}) {
    check_weightless(losses::CrossEntropy{.label_smoothing = smoothing}, bad, labels, good, any_labels);
    check_weightless(losses::CrossEntropy{.label_smoothing = smoothing}, bad, bad_target, good, target);
    check_weightless(losses::CrossEntropy{.binary = true, .label_smoothing = smoothing}, bad, bad_target,
                     good, target);
    check_weightless(losses::CrossEntropy{.from_logits = false, .label_smoothing = smoothing}, probable,
                     labels, probable, any_labels);
  }
  // Flat predictions have one number a sample.
  const Array flat = take(bad, 0, 1), flat_target = take(bad_target, 0, 1);
  check_weightless(losses::MeanSquaredError{}, flat, flat_target, take(good, 0, 1), take(target, 0, 1));
  check_weightless(losses::CrossEntropy{.binary = true}, flat, flat_target, take(good, 0, 1),
                   take(target, 0, 1));
}

TEST_CASE("weights of flat predictions are those of samples") {
  const Array p = array({1.0f, 2.0f, 4.0f}), t = array({0.0f, 0.0f, 1.0f}), w = array({1.0f, 0.5f, 2.0f});
  close(losses::MeanSquaredError{}(p, t, w), {(1 + 2 + 18) / 3.0});
  close(losses::MeanAbsoluteError{}(p, t, w), {(1 + 1 + 6) / 3.0});
  close(losses::MeanSquaredError{.reduction = Reduction::sum}(p, t, w), {21});
  close(losses::MeanSquaredError{.reduction = Reduction::none}(p, t, w), {1, 2, 18});
}

TEST_CASE("a mean by the sum of weights") {
  const Array p = array({{1.0f}, {2.0f}, {4.0f}}), t = zeros({3, 1}), w = array({1.0f, 0.0f, 0.5f});
  losses::MeanSquaredError loss{.reduction = Reduction::sum_over_weights};
  close(loss(p, t, w), {(1 + 8) / 1.5});
  close(loss(p, t), {7});
  close(loss(p, t, zeros({3})), {0});
  CHECK(all(grad([&](const Array& x) { return loss(x, t, zeros({3})); })(p) == 0.0f).item<bool>());
  // Of weights along a part of the axes, each counts for all values that it applies to.
  const Array labels = array({{0, 1}, {1, 1}}), logits = zeros({2, 2, 3});
  losses::CrossEntropy entropy{.reduction = Reduction::sum_over_weights};
  close(entropy(logits, labels, array({1.0f, 0.0f})), {std::log(3.0)});
}

TEST_CASE("labels that are ignored") {
  const Array logits = array({{1.0f, 2.0f, 0.5f}, {nan_, 0.0f, 0.0f}, {0.1f, 0.2f, 0.3f}});
  const Array labels = array({1, -100, 2}), kept = take(logits, array({0, 2}), 0),
              kept_labels = array({1, 2});
  losses::CrossEntropy mean_of{.ignore_index = -100, .reduction = Reduction::sum_over_weights};
  const double wanted = losses::CrossEntropy{}(kept, kept_labels).item<double>();
  close(mean_of(logits, labels), {wanted});  // as torch.nn.CrossEntropyLoss
  losses::CrossEntropy by_size{.ignore_index = -100};
  close(by_size(logits, labels), {wanted * 2 / 3});
  close(by_size.values(logits, labels)[1], {0});
  const Array slope = grad([&](const Array& x) { return mean_of(x, labels); })(logits);
  CHECK(all(slope[1] == 0.0f).item<bool>());
  CHECK(all(isfinite(slope)).item<bool>());
  close(mean_of(logits, labels, array({2.0f, 5.0f, 0.0f})),
        {losses::CrossEntropy{}(slice_in_dim(logits, 0, 1), slice_in_dim(labels, 0, 1)).item<double>()});
  // A class can be ignored, too, and a number that the labels' dtype has not is none of them.
  close(losses::CrossEntropy{.ignore_index = 1, .reduction = Reduction::sum_over_weights}(kept, kept_labels),
        {losses::CrossEntropy{}(slice_in_dim(kept, 1, 2), slice_in_dim(kept_labels, 1, 2)).item<double>()});
  close(losses::CrossEntropy{.ignore_index = -100}(kept, astype(kept_labels, DType::uint8)), {wanted});
  CHECK(has(message<ValueError>([&] { (void)by_size(logits, logits); }), "ignore_index is for labels"));
}
