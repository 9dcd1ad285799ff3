// Trainer::profile: the train step's time by layer, with nothing changed.
#include <set>
#include <string>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/trace/debug.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using testing_files::message_of;

namespace {

std::set<std::string> layers_of(const Profile& profile) {
  std::set<std::string> layers;
  for (const Profile::Layer& layer : profile.by_layer()) layers.insert(layer.path);
  return layers;
}

bool same(const ElegyModule<Net>& a, const ElegyModule<Net>& b) {
  const auto x = leaves(a), y = leaves(b);
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!array_equal(x[i], y[i])) return false;
  return true;
}

}  // namespace

TEST_CASE("Trainer::profile: the step by layer, and the trainer as before") {
  Trainer trainer{Net{}, net_options()};
  const Array x = inputs(), y = classes();
  // Before the first step, too: then on a module initialised for this alone.
  const Profile first = trainer.profile(x, y);
  CHECK_FALSE(trainer.state().initialized());
  CHECK(first.name() == "train_step");
  const auto layers = layers_of(first);
  for (const char* layer : {"Net.hidden", "Net.norm", "Net.logits", "Net/losses", "optimizer"}) {
    INFO(layer);
    CHECK(layers.count(layer) == 1);
  }
  (void)trainer.train_on_batch(x, y);
  const ElegyModule<Net> before = trainer.state();
  const auto epoch = trainer.profile(BatchOf<Array, Array>{x, y, {}});
  CHECK(layers_of(epoch) == layers);
  CHECK(same(before, trainer.state()));
  // Steps go on as without it.
  Trainer other{Net{}, net_options()};
  (void)other.train_on_batch(x, y);
  CHECK(same(other.state(), trainer.state()));
  CHECK(trainer.train_on_batch(x, y)["loss"] == other.train_on_batch(x, y)["loss"]);
  CHECK(same(other.state(), trainer.state()));
  // It profiles the program that trains.
  CHECK(trainer.train_stats().compiles == other.train_stats().compiles);
}

TEST_CASE("Trainer::profile: other strategies, weights and steps that print") {
  const Array x = inputs(), y = classes();
  Trainer weighted{Net{}, net_options(strategy::jit())};
  CHECK_FALSE(weighted.profile(x, y, ones({x.shape(0)})).rows().empty());
  for (const auto& strategy : {strategy::eager(), strategy::data_parallel(2)}) {
    const Trainer trainer{Net{}, net_options(strategy)};
    CHECK(message_of<ValueError>([&] { (void)trainer.profile(x, y); }).find("strategy::jit()") !=
          std::string::npos);
  }
}
