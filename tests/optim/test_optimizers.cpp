#include "check.hpp"

using namespace copse;
using test::close;
using test::run;

TEST_CASE("optimizers after three steps") {
  close(run(optim::sgd(.1)), {.98000, -2.02000, .46000});
  close(run(optim::sgd(.1, .9)), {.94490, -1.99480, .41770});
  close(run(optim::sgd(.1, .9, true)), {.93041, -2.01532, .38593});
  close(run(optim::adam(.1)), {.761475, -1.912306, .299671});
  close(run(optim::nadam(.1)), {.721466, -1.947970, .273980});
  close(run(optim::adamw(.1)), {.761448, -1.912248, .299658});
  close(run(optim::adamw(.1, {.weight_decay = .1})), {.734729, -1.855160, .287210});
  close(run(optim::adamax(.1)), {.793950, -1.906970, .326639});
  close(run(optim::amsgrad(.1)), {.765916, -1.917887, .326757});
  close(run(optim::adagrad(.1)), {.943209, -2.033605, .412711});
  close(run(optim::adadelta(.1)), {.999535, -2.000292, .499568});
  close(run(optim::rmsprop(.1)), {.534017, -2.092926, .107455});
  close(run(optim::rmsprop(.1, {.centered = true, .momentum = .9})), {-.360442, -1.645824, -.392099}, 1e-5);
  close(run(optim::adabelief(.1)), {.731560, -1.902421, .278964});
  close(run(optim::yogi(.1)), {.769227, -1.914135, .301468}, 2e-5);
  close(run(optim::radam(.1)), {.968796, -1.984203, .448027});
  close(run(optim::novograd(.1)), {.821507, -2.007172, .293324});
  close(run(optim::lamb(.1)), {.581416, -1.907840, .147883});
  close(run(optim::lars(.1)), {.999540, -2.000030, .499557});
  close(run(optim::lion(.1)), {.899730, -2.099410, .399860});
  close(run(optim::adafactor(.1)), {.804740, -2.105246, .310422});
  close(run(optim::fromage(.1)), {.810605, -2.104623, .283962});
  close(run(optim::sm3(.1)), {.959988, -1.989415, .473563});
  close(run(optim::rprop(.1)), {.9, -2, .5});
  close(run(optim::sign_sgd(.1)), {.9, -2.1, .4});
  close(run(optim::adan(.1)), {.766184, -1.915116, .307755});
}

TEST_CASE("options by name and by position are the same") {
  CHECK(optim::adam(.1, {.b1 = .8}) == optim::adam(.1, .8));
  CHECK(optim::rmsprop(.1, {.decay = .8, .momentum = .5}) ==
        optim::rmsprop(.1, .8, 1e-8, 0.0, true, false, .5));
  CHECK(optim::adamw(.1, {.weight_decay = .2}) == optim::adamw(.1, .9, .999, 1e-8, 0.0, .2));
  CHECK(optim::nadam(.1) == optim::adam(.1, {.nesterov = true}));
  CHECK(optim::adamw(.1, {.weight_decay = 0}) == optim::adam(.1));
}

TEST_CASE("adafactor keeps rows and columns of large matrices") {
  const optim::Arrays p{ones({4, 3, 6})}, g{reshape(astype(arange(72), DType::float32), {4, 3, 6})};
  const auto t = optim::scale_by_factored_rms(true, .8, 4);
  const optim::State state = t.init(p);
  CHECK(state.slots.at("v_row")[0].shape() == Shape{4, 3});
  CHECK(state.slots.at("v_col")[0].shape() == Shape{3, 6});
  CHECK(!state.slots.at("v")[0].has_value());
  // Of a product of a row and a column all signs remain.
  const auto [updates, next] =
      t.update({array({{1.0f}, {-2.0f}, {3.0f}, {4.0f}}) * array({1.0f, 2.0f, -3.0f, 4.0f, 5.0f})},
               t.init({ones({4, 5})}), {ones({4, 5})});
  CHECK(all_close(abs(updates[0]), ones({4, 5})));
  CHECK(t.init({ones({3, 5})}).slots.at("v")[0].shape() == Shape{3, 5});
}

TEST_CASE("updates keep the dtypes of parameters and state") {
  for (const DType dtype : {DType::bfloat16, DType::float32, DType::float64}) {
    for (const auto& t :
         {optim::adam(.1), optim::lamb(.1), optim::rmsprop(.1, {.centered = true, .momentum = .9}),
          optim::adafactor(.1), optim::yogi(.1), optim::lion(.1), optim::sgd(optim::linear(1, 0, 3), .9),
          optim::novograd(.1), optim::radam(.1), optim::amsgrad(.1), optim::sm3(.1), optim::adan(.1)}) {
      const optim::Arrays p{full({2, 3}, 1.0f, dtype)}, g{full({2, 3}, .5f, DType::float32)};
      const optim::Optimizer start = optim::Optimizer(t).init(p);
      const auto [q, next] = start.step(g, p);
      CHECK(q[0].dtype() == dtype);
      const auto before = leaves(start), after = leaves(next);
      REQUIRE(before.size() == after.size());
      for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i].type() == after[i].type());
    }
  }
}

TEST_CASE("optimizers take scalars and empty arrays") {
  for (const auto& t :
       {optim::adam(.1), optim::lamb(.1), optim::adafactor(.1), optim::sm3(.1), optim::novograd(.1),
        optim::chain(optim::clip_by_global_norm(1), optim::adaptive_grad_clip(.1), optim::centralize())}) {
    const optim::Arrays p{zeros({}), zeros({0, 3}), zeros({2})}, g{ones({}), zeros({0, 3}), ones({2})};
    const auto [q, next] = optim::Optimizer(t).init(p).step(g, p);
    CHECK(q[0].shape().empty());
    CHECK(q[1].shape() == Shape{0, 3});
    for (const Array& a : q) CHECK(all(isfinite(a)).item<bool>());
  }
}

TEST_CASE("optimizers find the lowest point") {
  // Parabola and Rosenbrock, with gradients written out.
  const auto parabola = [](const Array& x) { return 2.0 * (x - array({1.0f, -1.0f, 1.0f})); };
  const auto rosenbrock = [](const Array& x) {
    const Array a = slice_in_dim(x, 0, 1), b = slice_in_dim(x, 1, 2), d = b - square(a);
    return concatenate({-2.0 * (1.0 - a) - 400.0 * a * d, 200.0 * d});
  };
  const auto reaches = [](auto gradient, const optim::GradientTransformation& t, const Array& start,
                          const Array& goal) {
    const optim::Optimizer o = t;
    const auto step =
        jit([&](const optim::Arrays& p, const optim::Optimizer& s) { return s.step({gradient(p[0])}, p); });
    optim::Arrays p{start};
    optim::Optimizer s = o.init(p);
    for (int i = 0; i < 10000; ++i) {
      std::tie(p, s) = step(p, s);
      if (i % 100 == 0 && all_close(p[0], goal, 1e-3, 1e-3)) break;
    }
    return all_close(p[0], goal, 3e-2, 3e-2);
  };
  const std::vector<std::pair<const char*, optim::GradientTransformation>> both = {
      {"sgd", optim::sgd(1e-3, .9)},
      {"adam", optim::adam(1e-1)},
      {"adamw", optim::adamw(1e-1)},
      {"adamax", optim::adamax(1e-1)},
      {"amsgrad", optim::amsgrad(1e-1)},
      {"yogi", optim::yogi(1e-1)},
      {"lamb", optim::lamb(1e-3)},
      {"nadam", optim::nadam(1e-2)},
      {"rmsprop", optim::rmsprop(5e-3)},
      {"adagrad", optim::adagrad(1.0)},
      {"adabelief", optim::adabelief(1e-2)},
      {"radam", optim::radam(5e-3)},
      {"adadelta", optim::adadelta(.1)},
      {"adan", optim::adan(1e-1)},
      {"sm3", optim::sm3(1.0)},
      {"novograd", optim::novograd(1e-3)}};
  for (const auto& [name, t] : both) {
    INFO(name);
    CHECK(reaches(parabola, t, array({-1.0f, 10.0f, 1.0f}), array({1.0f, -1.0f, 1.0f})));
    CHECK(reaches(rosenbrock, t, array({0.0f, 0.0f}), array({1.0f, 1.0f})));
  }
  CHECK(reaches(parabola, optim::sign_sgd(1e-2), array({-1.0f, 10.0f, 1.0f}), array({1.0f, -1.0f, 1.0f})));
  CHECK(reaches(parabola, optim::lion(1e-2), array({-1.0f, 10.0f, 1.0f}), array({1.0f, -1.0f, 1.0f})));
  CHECK(reaches(parabola, optim::rprop(1e-2), array({-1.0f, 10.0f, 1.0f}), array({1.0f, -1.0f, 1.0f})));
}
