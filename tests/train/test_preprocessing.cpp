// Layers that have learned from data, in a training: their states stay, and are part of checkpoints.
#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/data.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

struct Scaled {
  nn::Normalization normalize{};
  nn::Linear logits{2};
  Array operator()(Scope& scope, const Array& x) { return logits(scope, normalize(scope, x)); }
};

// Inputs that no network can learn from as they are.
const Array& large() {
  static const Array x = inputs() * array({1e4, 1e-4}) + array({3e5, 0.0});
  return x;
}

Trainer<Scaled> trainer_of(const nn::Normalization& layer) { return Trainer{Scaled{layer}, net_options()}; }

}  // namespace

TEST_CASE("Normalization in a training: its statistics stay, and are loaded with the module") {
  const Folder folder;
  nn::Normalization layer;
  layer.adapt(data::arrays(large(), classes()));
  auto trainer = trainer_of(layer);
  const auto history = trainer.fit(data::arrays(large(), classes()), {.epochs = 3, .verbose = 0});
  CHECK(history["loss"].back() < history["loss"].front());
  const auto same = [](const Array& a, const Array& b) { return LeafTraits<Array>::equal(a, b); };
  CHECK(same(trainer.state()->normalize.mean, layer.mean));
  CHECK(same(trainer.state()->normalize.var, layer.var));
  trainer.save(folder / "model");

  auto fresh = trainer_of({});  // it has not seen any data
  (void)fresh.load(folder / "model");
  CHECK(same(fresh.state()->normalize.mean, layer.mean));
  CHECK(same(fresh.predict(large()), trainer.predict(large())));

  auto other = trainer_of({.axis = {}});
  CHECK_THROWS_AS(other.load(folder / "model"), TreeError);
}
