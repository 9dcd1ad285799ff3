#include "check.hpp"

using namespace copse;
using test::close;
using test::has;
using test::message;
using test::run;

namespace {

optim::Arrays once(const optim::GradientTransformation& t, const optim::Arrays& grads,
                   const optim::Arrays& params = {}) {
  return t.update(grads, t.init(params.empty() ? grads : params), params).first;
}

}  // namespace

TEST_CASE("clipping") {
  const optim::Arrays g{array({500.0f, 5.0f}), array({300.0f, 3.0f})};
  for (const Array& u : once(optim::clip(1), g)) close(u, {1, 1});
  for (int i = 1; i <= 50; ++i) {
    const auto t = optim::clip_by_global_norm(1.0 / i);
    const auto u = once(t, g);
    CHECK(std::abs(optim::global_norm(u).item<double>() - 1.0 / i) < 1e-6);
    const auto again = once(t, u);
    for (std::size_t k = 0; k < u.size(); ++k) CHECK(all_close(again[k], u[k], 1e-6));
  }
  const auto small = once(optim::clip_by_global_norm(1e4), g);
  CHECK(array_equal(small[0], g[0]));
  close(once(optim::clip_by_block_rms(1), {array({3.0f, 4.0f})})[0],
        {3 / std::sqrt(12.5), 4 / std::sqrt(12.5)});
  close(once(optim::clip_by_block_rms(10), {array({3.0f, 4.0f})})[0], {3, 4});
  close(once(optim::adaptive_grad_clip(.1), {array({{3.0f, .01f}, {4.0f, 0.0f}})},
             {array({{1.0f, 1.0f}, {0.0f, 0.0f}})})[0],
        {.06, .01, .08, 0});
  close(once(optim::adaptive_grad_clip(.5), {array({3.0f, 4.0f})}, {array({0.0f, 1.0f})})[0], {.3, .4});
  close(run(optim::chain(optim::clip_by_global_norm(.1), optim::sgd(.1))), {.995701, -2.004438, .493469});
}

TEST_CASE("what is done to gradients") {
  const Array g = array({{1.0f, 2.0f}, {3.0f, 5.0f}});
  close(once(optim::scale(2), {g})[0], {2, 4, 6, 10});
  close(once(optim::centralize(), {g})[0], {-.5, .5, -1, 1});
  close(once(optim::centralize(), {array({1.0f, 2.0f})})[0], {1, 2});
  close(once(optim::zero_nans(), {array({NAN, 2.0f})})[0], {0, 2});
  close(once(optim::keep_params_nonnegative(), {array({-2.0f, -.5f})}, {array({1.0f, 1.0f})})[0], {-1, -.5});
  close(once(optim::set_to_zero(), {g})[0], {0, 0, 0, 0});
  close(once(optim::identity(), {g})[0], {1, 2, 3, 5});
  close(once(optim::add_decayed_weights(.1), {array({1.0f})}, {array({5.0f})})[0], {1.5});
  const optim::Arrays two{g, array({1.0f, 1.0f})};
  const auto decayed =
      once(optim::add_decayed_weights(1, [](const Array& p) { return p.ndim() > 1; }), two, two);
  close(decayed[0], {2, 4, 6, 10});
  close(decayed[1], {1, 1});
  const auto listed = once(optim::add_decayed_weights(1, std::vector<bool>{false, true}), two, two);
  close(listed[1], {2, 2});
  close(once(optim::scale_by_trust_ratio(), {array({3.0f, 4.0f})}, {array({0.0f, 2.0f})})[0], {1.2, 1.6});
  close(once(optim::scale_by_trust_ratio(), {array({3.0f, 4.0f})}, {zeros({2})})[0], {3, 4});
}

TEST_CASE("running means of gradients") {
  const auto t = optim::ema(.9);
  auto [first, state] = t.update({array({1.0f})}, t.init({array({1.0f})}));
  close(first[0], {1});
  close(t.update({array({2.0f})}, state).first[0], {(.09 + .2) / .19});
  const auto plain = optim::ema(.9, false);
  close(once(plain, {array({1.0f})})[0], {.1});
}

TEST_CASE("gradients gathered over steps") {
  const auto t = optim::chain(optim::apply_every(2), optim::scale(-1));
  optim::State state = t.init({zeros({})});
  std::vector<double> got;
  for (const float g : {1.0f, 2.0f, 4.0f, 8.0f, 16.0f}) {
    auto [updates, next] = t.update({full({}, g)}, state);
    got.push_back(updates[0].item<double>());
    state = next;
  }
  CHECK(got == std::vector<double>{0, -3, 0, -12, 0});
  CHECK(has(message<ValueError>([] { (void)optim::apply_every(0); }), "apply_every"));
}

TEST_CASE("transformations are values") {
  CHECK(optim::adam(.1) == optim::adam(.1));
  CHECK(!(optim::adam(.1) == optim::adam(.2)));
  CHECK(!(optim::adam(.1) == optim::sgd(.1)));
  CHECK(optim::GradientTransformation() == optim::identity());
  const std::hash<optim::GradientTransformation> hash;
  CHECK(hash(optim::adam(.1)) == hash(optim::adam(.1)));
  const auto own = [] {
    return optim::GradientTransformation(
        [](const optim::Arrays&) { return optim::State{}; },
        [](const optim::Arrays& g, const optim::State& s, const optim::Arrays&) {
          return optim::Updates{g, s};
        });
  };
  const auto a = own(), b = a;
  CHECK(a == b);
  CHECK(!(a == own()));
  close(once(optim::chain(a, optim::scale(3)), {array({1.0f})})[0], {3});
  CHECK(optim::chain({optim::adam(.1)}) == optim::adam(.1));
}

TEST_CASE("what transformations refuse") {
  const auto adam = optim::adam(.1);
  const auto state = adam.init({zeros({2}), zeros({3})});
  CHECK(has(message<ValueError>([&] { (void)adam.update({zeros({2})}, state); }),
            "got 1 gradients, the state ('mu') is for 2"));
  const auto decay = optim::adamw(.1);
  CHECK(has(message<ValueError>([&] { (void)decay.update({zeros({2})}, decay.init({zeros({2})})); }),
            "which this transformation needs"));
  CHECK(has(message<ValueError>([&] {
              (void)adam.update({zeros({2})}, adam.init({zeros({2})}), {zeros({2}), zeros({2})});
            }),
            "1 gradients and 2 parameters"));
  CHECK(has(message<ValueError>([&] { (void)optim::chain(adam, adam).update({zeros({2})}, {}); }), "chain"));
  const auto mask = optim::add_decayed_weights(.1, std::vector<bool>{true});
  CHECK(has(message<ValueError>([&] {
              (void)once(mask, {zeros({2}), zeros({2})}, {zeros({2}), zeros({2})});
            }),
            "1 flags for 2 leaves"));
  CHECK(has(message<ValueError>([&] { (void)optim::apply_updates({zeros({2})}, {}); }),
            "0 updates for 1 parameters"));
}
