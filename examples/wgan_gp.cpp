// A generative adversarial network: two networks, two optimizers, and a training that is no single loss.
// test: --quick
//
// Shows the core level of a trainer: the struct's own train_step does everything, five updates of the critic
// and one of the generator; epochs, logs and checkpoints are the trainer's. The critic's penalty is a
// function of its gradient, so it is differentiated twice. Points on a ring of eight clusters are learned;
// writes wgan_gp.svg. I. Gulrajani et al.: Improved Training of Wasserstein GANs, 2017.
#include <copse/copse.hpp>

#include <cstdio>
#include <string_view>

using namespace copse;

struct Net {
  nn::MLP mlp;

  Array operator()(Scope& scope, const Array& x) { return mlp(scope, x); }
};
using Network = Module<Net>;

constexpr std::int64_t latent = 8;

struct Gan {
  Network generator = Network{Net{nn::MLP{{128, 128, 2}, relu}}};
  Network critic = Network{Net{nn::MLP{{128, 128, 1}, relu}}};
  optim::Optimizer generator_optimizer = optim::adam(1e-3, 0.5, 0.9);
  optim::Optimizer critic_optimizer = optim::adam(1e-3, 0.5, 0.9);
  Key key = random::key(0);  // state like any other: a compiled step gives back the next one

  void init_step(const Key& from, const Array& points) {
    const auto [first, second, rest] = random::split<3>(from);
    generator = generator.init(first, zeros({1, latent}));
    critic = critic.init(second, points);
    generator_optimizer = generator_optimizer.init(generator);
    critic_optimizer = critic_optimizer.init(critic);
    key = rest;
  }

  Key next_key() {
    const auto [now, next] = random::split<2>(key);
    key = next;
    return now;
  }
  Array generate(const Network& by, std::int64_t count) {
    return by(random::normal(next_key(), {count, latent}));
  }

  // How much higher the critic rates what is made up, and how far its slope between both is from 1.
  static Array critic_loss(const Network& critic, const Array& real, const Array& made, const Array& share) {
    const Array between = share * real + (1.0f - share) * made;
    const Array slopes = grad([&](const Array& x) { return sum(critic(x)); })(between);
    const Array penalty = mean(square(sqrt(sum(square(slopes), -1) + 1e-12f) - 1.0f));
    return mean(critic(made)) - mean(critic(real)) + penalty;
  }

  Logs train_step(const Array& points) {
    const std::int64_t count = points.shape(0) / 5;
    Array distance;
    for (const Array& real : split(points, 5)) {
      const Array made = generate(generator, count), share = random::uniform(next_key(), {count, 1});
      const auto [loss, gradient] = value_and_grad(critic_loss)(critic, real, made, share);
      std::tie(critic, critic_optimizer) = critic_optimizer.step(gradient, critic);
      distance = -loss;
    }
    const auto gradient =
        grad([&](const Network& g) { return -mean(critic(generate(g, count))); })(generator);
    std::tie(generator, generator_optimizer) = generator_optimizer.step(gradient, generator);
    return {{"distance", distance}};
  }
  Array pred_step(const Array& noise) const { return generator(noise); }
};

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
  const auto [first, second, third] = random::split<3>(random::key(1));
  const Array angles = 0.7853982f * arange(8);
  const Array centres = 2.0f * stack({cos(angles), sin(angles)}, 1);
  const Array points =
      take(centres, random::randint(first, {25600}, 0, 8), 0) + 0.1f * random::normal(second, {25600, 2});

  Trainer trainer{Gan{}};
  trainer.fit(points, {.epochs = quick ? 20 : 150, .batch_size = 1280, .verbose = quick ? 0 : 2});

  const Array made = trainer.predict(random::normal(third, {2000, latent}), {.batch_size = 2000});
  io::save_plot(
      "wgan_gp.svg",
      {{"data", take(points[Slice{0, 2000}], 0, 1), take(points[Slice{0, 2000}], 1, 1), io::Mark::points},
       {"generated", take(made, 0, 1), take(made, 1, 1), io::Mark::points}},
      {.title = "WGAN-GP", .width = 420, .height = 420});

  // Points within four standard deviations of a cluster, and the smallest share that a cluster has of all.
  const Array distances = sqrt(sum(square(expand_dims(made, 1) - centres), -1));  // (points, clusters)
  const Array shares = mean(astype(distances < 0.4f, DType::float32), 0);
  const float near = sum(shares).item<float>(), least = min(shares).item<float>(),
              wanted = quick ? 0.2f : 0.7f;
  std::printf(
      "points in a cluster: %.2f (wanted: > %.1f), in the rarest of the eight: %.3f (wanted: > %.2f)\n", near,
      wanted, least, quick ? 0.0 : 0.05);
  return near > wanted && least > (quick ? 0.0f : 0.05f) ? 0 : 1;
}
