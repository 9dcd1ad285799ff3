// A variational autoencoder: digits as 16 numbers each, and new digits from random ones.
// test: --quick
//
// Shows a managed step: the struct says what its loss is, reports the parts of it, and draws random numbers.
// Writes vae.png: digits and their reconstructions, then digits that nobody has written. D. P. Kingma, M.
// Welling: Auto-Encoding Variational Bayes, 2014.
#include <copse/copse.hpp>

#include <cstdio>
#include <string_view>

using namespace copse;

struct Vae {
  std::int64_t latent = 16;
  nn::Linear encoder{400};
  nn::Linear code{2 * latent};
  nn::MLP decoder{{400, 28 * 28}, relu};

  // The normal distribution of codes for each image: means and logarithms of variances.
  std::pair<Array, Array> encode(Scope& scope, const Array& images) {
    const Array both = code(scope, relu(encoder(scope, reshape(images, {images.shape(0), 28 * 28}))));
    const auto halves = split(both, 2, -1);
    return {halves[0], halves[1]};
  }
  Array decode(Scope& scope, const Array& codes) { return decoder(scope, codes); }

  // Reconstructions: what the mean code stands for.
  Array operator()(Scope& scope, const Array& images) {
    return reshape(sigmoid(decode(scope, encode(scope, images).first)), images.shape());
  }

  // The negative evidence lower bound in nats an image: how badly the image is described by a code drawn from
  // its distribution, and how far that is from the standard normal distribution.
  Array managed_train_step(Scope& scope, const Batch& batch) {
    const auto [mean_code, log_var] = encode(scope, batch.inputs);
    const Array drawn = mean_code + exp(0.5f * log_var) * random::normal(scope.key(), mean_code.shape());
    const Array pixels = reshape(batch.inputs, {batch.inputs.shape(0), 28 * 28});
    const losses::CrossEntropy of_a_pixel{.binary = true};
    const Array description = 28 * 28 * of_a_pixel(decode(scope, drawn), pixels);
    const Array divergence = 0.5f * mean(sum(square(mean_code) + exp(log_var) - 1.0f - log_var, -1));
    scope.add_metric("description", description);
    scope.add_metric("divergence", divergence);
    return description + divergence;
  }
};

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
  const Array bytes = io::load_idx(COPSE_DATA_DIR "/mnist/train5k-images-idx3-ubyte.gz");
  const Array images = expand_dims(astype(bytes, DType::float32) / 255.0f, -1);
  const Array test = images[Slice{4500, 5000}];

  Trainer trainer{Vae{}, {.optimizer = optim::adam(1e-3)}};
  trainer.fit(images, {.epochs = quick ? 4 : 40, .batch_size = 64, .validation_split = 0.1, .verbose = 2});
  const double bound = trainer.evaluate(test, {.verbose = 0})["loss"];

  // Three rows of digits, each above its reconstruction, and four rows from codes that are drawn at random.
  const Array originals = test[Slice{0, 36}], restored = trainer.predict(originals);
  std::vector<Array> rows;
  for (int row = 0; row < 3; ++row)
    for (const Array& from : {originals, restored}) rows.push_back(from[Slice{12 * row, 12 * row + 12}]);
  const Module<Vae> model{*trainer.state()};
  const Array codes = random::normal(random::key(1), {48, model->latent});
  const Array invented = sigmoid(model.eval().call<&Vae::decode>(std::nullopt, codes));
  rows.push_back(reshape(invented, {48, 28, 28, 1}));
  io::save_image("vae.png", image::grid(concatenate(rows, 0), 12, {.gap = 2, .fill = 0.3}));

  const double wanted = quick ? 150 : 118;
  std::printf("nats to describe an unseen digit: %.1f (wanted: < %.0f)\n", bound, wanted);
  return bound < wanted ? 0 : 1;
}
