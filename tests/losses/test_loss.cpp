#include "check.hpp"
#include "copse/core/kinds.hpp"
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
