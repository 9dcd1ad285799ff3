#include "check.hpp"

using namespace copse;
using test::close;
using test::gradients;
using test::has;
using test::message;
using test::params;

TEST_CASE("transformations for some leaves") {
  const auto matrices = [](const Array& p) { return p.ndim() > 1; };
  const optim::Arrays p = params(), g = gradients()[0];
  const auto t = optim::masked(optim::adam(.1), matrices);
  const optim::State state = t.init(p);
  CHECK(state.parts[0].parts[0].slots.at("mu").size() == 1);
  const auto [updates, next] = t.update(g, state, p);
  CHECK(array_equal(updates[0], g[0]));
  CHECK(all_close(updates[1], -.1 * sign(g[1]), 1e-4));
  const auto parts = optim::partition({{"fast", optim::sgd(1)}, {"frozen", optim::set_to_zero()}},
                                      std::vector<std::string>{"frozen", "fast"});
  const auto [split, after] = parts.update(g, parts.init(p), p);
  close(split[0], {0, 0, 0});
  CHECK(array_equal(split[1], -g[1]));
  const auto by_rank = optim::partition({{"1", optim::sgd(1)}, {"2", optim::sgd(2)}},
                                        [](const Array& a) { return std::to_string(a.ndim()); });
  CHECK(array_equal(by_rank.update(g, by_rank.init(p)).first[1], -2.0 * g[1]));
  CHECK(has(message<ValueError>([&] {
              (void)optim::partition({{"a", optim::sgd(1)}}, std::vector<std::string>{"a", "b"}).init(p);
            }),
            "no transformation for the label 'b'"));
  CHECK(has(message<ValueError>([&] {
              (void)optim::partition({{"a", optim::sgd(1)}}, std::vector<std::string>{"a"}).init(p);
            }),
            "1 labels for 2 leaves"));
}

TEST_CASE("gradients gathered for one update") {
  const auto t = optim::MultiSteps(optim::sgd(.1), 2);
  optim::State state = t.init(params());
  CHECK(!optim::MultiSteps::has_updated(state).item<bool>());
  auto [first, one] = t.update(gradients()[0], state, params());
  close(first[0], {0, 0, 0});
  CHECK(!optim::MultiSteps::has_updated(one).item<bool>());
  auto [second, two] = t.update(gradients()[1], one, params());
  close(second[0], {-.015, .005, -.01});
  CHECK(optim::MultiSteps::has_updated(two).item<bool>());
  // The inner optimizer counts its own steps.
  const auto adam = optim::MultiSteps(optim::adam(.1), 2);
  optim::Optimizer o = optim::Optimizer(adam).init(params());
  optim::Arrays p = params();
  for (int i = 0; i < 4; ++i) std::tie(p, o) = o.step(gradients()[static_cast<std::size_t>(i / 2)], p);
  optim::Optimizer plain = optim::Optimizer(optim::adam(.1)).init(params());
  optim::Arrays q = params();
  for (std::size_t i = 0; i < 2; ++i) std::tie(q, plain) = plain.step(gradients()[i], q);
  CHECK(all_close(p[0], q[0]));
  const auto sum = optim::MultiSteps(optim::sgd(.1), 2, false);
  close(sum.update(gradients()[1], sum.update(gradients()[0], sum.init(params())).second).first[0],
        {-.03, .01, -.02});
  CHECK(has(message<ValueError>([] { (void)optim::MultiSteps(optim::sgd(1), 0); }), "every_k"));
  CHECK(has(message<ValueError>([] { (void)optim::MultiSteps::has_updated({}); }), "not one of MultiSteps"));
}

TEST_CASE("gathered gradients are flushed through any transformation around them") {
  // The mean of two gradients of four, at once and flushed.
  const auto two = [](const optim::GradientTransformation& t, bool flushed) {
    optim::Optimizer o = optim::Optimizer(t).init(params());
    optim::Arrays p = params();
    for (std::size_t i = 0; i < 2; ++i) std::tie(p, o) = o.step(gradients()[i], p);
    if (flushed) std::tie(p, o) = o.flush(p);
    return std::pair{p, o};
  };
  const auto gathering = [](std::int64_t k) { return optim::MultiSteps(optim::adam(.1), k); };
  const auto all = [](const Array&) { return true; };
  const auto around = [&](std::int64_t k) {
    return std::vector<optim::GradientTransformation>{
        gathering(k),
        optim::chain(optim::clip(0.15), gathering(k), optim::scale(0.5)),
        optim::masked(gathering(k), all),
        optim::partition({{"a", gathering(k)}, {"b", optim::sgd(1)}}, {std::vector<std::string>{"a", "a"}}),
        optim::apply_if_finite(gathering(k), 3),
        optim::inject_hyperparams(
            [k](const optim::Hyperparameters& h) {
              return optim::MultiSteps(optim::adam(h.at("learning_rate")), k);
            },
            {{"learning_rate", .1}}),
    };
  };
  const auto at_once = around(2), flushed = around(4);
  for (std::size_t n = 0; n < at_once.size(); ++n) {
    INFO(n);
    const auto [wanted, before] = two(at_once[n], false);
    const auto [got, after] = two(flushed[n], true);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(all_close(got[i], wanted[i], 1e-6, 1e-7));
    // The next gradients begin anew, and nothing is left to flush.
    CHECK_FALSE(after.flush_leaves(got).has_value());
    CHECK(!all_close(got[0], params()[0], 0.0, 1e-6));
  }
}

TEST_CASE("what has gathered nothing is left alone by a flush") {
  // The second label's momentum must not see gradients of zero.
  const auto t =
      optim::partition({{"gathered", optim::MultiSteps(optim::sgd(1), 4)}, {"each", optim::adam(.1)}},
                       {std::vector<std::string>{"gathered", "each"}});
  optim::Optimizer o = optim::Optimizer(t).init(params());
  CHECK_FALSE(o.flush_leaves(params()).has_value());
  optim::Arrays p = params();
  std::tie(p, o) = o.step(gradients()[0], p);
  const auto [q, after] = o.flush(p);
  CHECK(array_equal(q[1], p[1]));
  CHECK(all_close(q[0], p[0] - gradients()[0][0], 1e-6, 1e-7));
  const std::size_t each = 0;  // labels come sorted
  CHECK(array_equal(after.state().parts[each].parts[0].slots.at("mu")[0],
                    o.state().parts[each].parts[0].slots.at("mu")[0]));
  optim::Optimizer plain = optim::Optimizer(optim::adam(.1)).init(params());
  const auto [same, other] = plain.flush(params());
  CHECK(array_equal(same[0], params()[0]));
  CHECK(other == plain);
  CHECK(has(message<ValueError>([&] { (void)o.flush_leaves({}); }), "initialised with 2 parameters, got 0"));
}

TEST_CASE("updates left out") {
  const optim::Arrays bad{array({NAN, 1.0f})}, good{array({1.0f, 1.0f})};
  const auto skipping = optim::MultiSteps(optim::sgd(1), 1, true, optim::skip_not_finite());
  close(skipping.update(bad, skipping.init(good)).first[0], {0, 0});
  close(skipping.update(good, skipping.init(good)).first[0], {-1, -1});
  const auto large = optim::MultiSteps(optim::sgd(1), 1, true, optim::skip_large_updates(1.5));
  close(large.update(good, large.init(good)).first[0], {0, 0});
  const auto t = optim::apply_if_finite(optim::sgd(1, .5), 1);
  auto [updates, state] = t.update(bad, t.init(good));
  close(updates[0], {0, 0});
  CHECK(state.scalars.at("notfinite_count").item<int>() == 1);
  close(state.parts[0].parts[0].slots.at("trace")[0], {0, 0});
  // The second in a row goes through.
  const auto through = t.update(bad, state);
  CHECK(std::isnan(through.first[0].item<float>({0})));
  const auto well = t.update(good, state);
  close(well.first[0], {-1, -1});
  CHECK(well.second.scalars.at("notfinite_count").item<int>() == 0);
  CHECK(well.second.scalars.at("total_notfinite").item<int>() == 1);
}

TEST_CASE("hyper-parameters in the state") {
  const auto factory = [](const optim::Hyperparameters& h) {
    return optim::adamw(h.at("learning_rate"), .9, .999, 1e-8, 0.0, h.at("weight_decay"));
  };
  optim::Optimizer o = optim::inject_hyperparams(
      factory, {{"learning_rate", optim::linear(.1, 0, 10)}, {"weight_decay", .01}});
  optim::Arrays p = params();
  o = o.init(p);
  close(o.hyperparam("learning_rate"), {.1});
  optim::Optimizer plain =
      optim::Optimizer(optim::adamw(optim::linear(.1, 0, 10), {.weight_decay = .01})).init(p);
  optim::Arrays q = p;
  const auto step = jit(
      [](const optim::Optimizer& s, const optim::Arrays& g, const optim::Arrays& x) { return s.step(g, x); });
  for (const auto& g : gradients()) {
    std::tie(p, o) = step(o, g, p);
    std::tie(q, plain) = plain.step(g, q);
  }
  CHECK(all_close(p[0], q[0], 1e-5, 1e-6));
  close(o.hyperparam("learning_rate"), {.08});
  close(o.hyperparam("weight_decay"), {.01});
  const optim::Optimizer set = o.with_hyperparam("weight_decay", .5);
  close(set.hyperparam("weight_decay"), {.5});
  close(o.hyperparam("weight_decay"), {.01});
  CHECK(!all_close(set.step(gradients()[0], p).first[0], o.step(gradients()[0], p).first[0]));
  CHECK(has(message<ValueError>([&] { (void)o.hyperparam("momentum"); }), "no hyper-parameter 'momentum'"));
  CHECK(has(message<ValueError>([&] { (void)plain.with_hyperparam("count", 3); }), "'count'"));
  CHECK(has(message<ShapeError>([&] { (void)o.with_hyperparam("weight_decay", zeros({2})); }),
            "wants a scalar"));
  CHECK(has(message<ValueError>([&] {
              (void)optim::inject_hyperparams(factory, {{"count", 1}});
            }),
            "'count'"));
}

TEST_CASE("running means of parameters") {
  close(optim::incremental_update({array({2.0f})}, {array({1.0f})}, .1)[0], {1.1});
  CHECK(has(message<ValueError>([] { (void)optim::incremental_update({}, {zeros({})}, .1); }),
            "incremental_update"));
}
