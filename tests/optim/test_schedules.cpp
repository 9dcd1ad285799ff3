#include "check.hpp"

using namespace copse;
using test::close;
using test::has;
using test::message;

namespace {
const Array steps = array({0, 1, 2, 3, 5, 8, 9, 10, 11, 20});
}

TEST_CASE("schedules") {
  close(optim::constant(.5)(steps), std::vector<double>(10, .5));
  close(optim::linear(1, 0, 10)(steps), {1, .9, .8, .7, .5, .2, .1, 0, 0, 0});
  close(optim::polynomial(1, .1, 2, 10, 2)(steps), {1, 1, 1, .829, .541, .244, .181, .136, .109, .1});
  close(optim::exponential_decay(1, 2, .5)(steps),
        {1, .707107, .5, .353553, .176777, .0625, .044194, .03125, .022097, .000977}, 1e-6);
  close(optim::exponential_decay(1, 2, .5, 2, true, .1)(steps), {1, 1, 1, 1, .5, .125, .125, .1, .1, .1});
  close(optim::cosine_decay(1, 10, .1)(steps),
        {1, .977975, .914058, .814503, .55, .185942, .122025, .1, .1, .1});
  close(optim::warmup_cosine_decay(0, 1, 5, 10, .1)(steps), {0, .2, .4, .6, 1, .410942, .185942, .1, .1, .1});
  close(optim::warmup_exponential_decay(0, 1, 2, 4, .5)(steps),
        {0, .5, 1, .840896, .594604, .353553, .297302, .25, .210224, .044194});
  close(optim::warmup_constant(0, 1, 4)(steps), {0, .25, .5, .75, 1, 1, 1, 1, 1, 1});
  close(optim::piecewise_constant(.1, {{3, 2}, {6, .5}})(steps), {.1, .1, .1, .2, .2, .1, .1, .1, .1, .1});
  close(optim::piecewise_interpolate(optim::Interpolation::linear, 1, {{5, .5}, {10, .1}})(steps),
        {1, .9, .8, .7, .5, .23, .14, .05, .05, .05});
  close(optim::cosine_onecycle(10, 1)(steps), {.04, .28, .76, 1, .811746, .188255, .049519, 4e-6, 4e-6, 4e-6},
        1e-5);
  close(optim::linear_onecycle(10, 1)(steps), {.04, .36, .68, 1, .616, .04, .020002, 4e-6, 4e-6, 4e-6}, 1e-5);
  close(optim::join({optim::constant(1), optim::constant(2)}, {5})(steps), {1, 1, 1, 1, 2, 2, 2, 2, 2, 2});
  close(optim::sgdr({{.peak_value = 1, .decay_steps = 4},
                     {.peak_value = .5, .warmup_steps = 2, .decay_steps = 6}})(array({0, 2, 4, 5, 6, 8})),
        {1, .5, 0, .25, .5, .25});
}

TEST_CASE("a schedule's value is float32, for steps of any shape and dtype") {
  const optim::Schedule s = optim::linear(1, 0, 10);
  CHECK(s(Array(3)).dtype() == DType::float32);
  CHECK(s(zeros({2, 3}, DType::int64)).shape() == Shape{2, 3});
  close(s(full({}, 5, DType::uint8)), {.5});
  close(optim::exponential_decay(1, 1000000, .5)(array({1000000})), {.5});
}

TEST_CASE("schedules without steps are constant") {
  close(optim::linear(3, 1, 0)(steps), std::vector<double>(10, 3));
  close(optim::polynomial(3, 1, 2, -1)(steps), std::vector<double>(10, 3));
  close(optim::exponential_decay(3, 0, .5)(steps), std::vector<double>(10, 3));
}

TEST_CASE("schedules are compared by their numbers") {
  CHECK(optim::linear(1, 0, 10) == optim::linear(1, 0, 10));
  CHECK(!(optim::linear(1, 0, 10) == optim::linear(1, 0, 11)));
  CHECK(!(optim::linear(1, 0, 10) == optim::cosine_decay(1, 10)));
  CHECK(optim::warmup_cosine_decay(0, 1, 2, 10) == optim::warmup_cosine_decay(0, 1, 2, 10));
  const optim::Schedule own = [](const Array& step) { return 1.0 / (1.0 + step); };
  close(own(steps), {1, .5, 1.0 / 3, .25, 1.0 / 6, 1.0 / 9, .1, 1.0 / 11, 1.0 / 12, 1.0 / 21});
  const optim::Schedule copy = own;
  CHECK(own == copy);
  CHECK(optim::sgd(optim::linear(1, 0, 10)) == optim::sgd(optim::linear(1, 0, 10)));
  CHECK(!(optim::sgd(optim::linear(1, 0, 10)) == optim::sgd(1)));
  CHECK(optim::sgd(own) == optim::sgd(copy));
  CHECK(optim::sgd(1) == optim::sgd(1.0));
}

TEST_CASE("schedules count the steps of an optimizer") {
  for (const bool compiled : {false, true}) {
    const optim::Optimizer start = optim::sgd(optim::piecewise_constant(1, {{2, .1}}));
    const auto plain = [](const optim::Optimizer& o, const Array& p) { return o.step(ones({}), p); };
    const auto step = jit(plain);
    Array p = zeros({});
    optim::Optimizer o = start.init(p);
    for (int i = 0; i < 3; ++i) std::tie(p, o) = compiled ? step(o, p) : plain(o, p);
    close(p, {-2.1});
  }
}

TEST_CASE("what schedules refuse") {
  CHECK(has(message<ValueError>([] { (void)optim::cosine_decay(1, 0); }),
            "cosine_decay: decay_steps must be positive"));
  CHECK(has(message<ValueError>([] { (void)optim::warmup_cosine_decay(0, 1, 5, 5); }),
            "larger than warmup_steps, 5"));
  CHECK(has(message<ValueError>([] { (void)optim::join({optim::constant(1)}, {1}); }),
            "1 schedules and 1 boundaries"));
  CHECK(has(message<ValueError>([] { (void)optim::cosine_onecycle(0, 1); }), "cosine_onecycle"));
  CHECK(has(message<ValueError>([] { (void)optim::linear_onecycle(-1, 1); }), "linear_onecycle"));
  const auto negative = [] {
    (void)optim::piecewise_interpolate(optim::Interpolation::cosine, 1, {{1, -1}});
  };
  CHECK(has(message<ValueError>(negative), "must not be negative"));
}

TEST_CASE("schedules and hyper-parameters that have been moved from throw") {
  using namespace copse::optim;
  for (Schedule schedule : {constant(0.5), linear(1, 0, 10), join({constant(1), constant(2)}, {3}),
                            Schedule([](const Array& step) { return 0.1f / (1 + step); })}) {
    const Schedule copy = schedule;
    const Array wanted = schedule(4);
    Schedule other = std::move(schedule);
    CHECK_THROWS_AS(schedule(4), ValueError);
    CHECK(has(message<ValueError>([&] { (void)schedule.exact(4); }),
              "Schedule: it was used after it had been moved from"));
    CHECK(other == copy);
    CHECK_FALSE(schedule == copy);
    CHECK_FALSE(copy == schedule);
    CHECK(schedule == schedule);
    CHECK(array_equal(other(4), wanted));
    schedule = other;
    CHECK(array_equal(schedule(4), wanted));
    Hyperparameter rate = other;
    Hyperparameter kept = std::move(rate);
    CHECK_THROWS_AS(rate.at(4), ValueError);
    CHECK(kept.at(4).has_value());
  }
}
