// Saving, loading and going on: a resumed training ends in the same bits.
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

// With dropout, so that the keys count.
Trainer<Net> net(TrainerOptions options = net_options()) {
  return Trainer{Net{.dropout = {0.3}}, std::move(options)};
}

FitOptions epochs(int n, int initial = 0, Callbacks callbacks = {}) {
  return {.epochs = n,
          .batch_size = 16,
          .validation_split = 0.2,
          .initial_epoch = initial,
          .callbacks = std::move(callbacks),
          .verbose = 0};
}

// Everything that training changes, bit by bit.
std::vector<std::vector<double>> bits(const Trainer<Net>& trainer) {
  std::vector<std::vector<double>> out;
  for (const Array& leaf : leaves(trainer.state())) out.push_back(leaf.to_vector<double>());
  return out;
}

callbacks::LambdaCallback save_after(std::int64_t steps, const fs::path& path) {
  return {{.on_train_batch_end = [steps, path](TrainerBase& trainer, const BatchInfo&, const EpochLogs&) {
    if (trainer.progress().steps == steps) trainer.save(path);
  }}};
}

}  // namespace

TEST_CASE("checkpoints: a training goes on as if it had never ended") {
  const Folder folder;
  auto whole = net();
  const auto history = whole.fit(inputs(), classes(), epochs(4));

  auto first = net();
  (void)first.fit(inputs(), classes(), epochs(2));
  first.save(folder / "model");
  auto second = net();
  second.load(folder / "model");
  CHECK(bits(second) == bits(first));
  CHECK((second.progress().epoch == 2 && second.progress().batch == 0 && second.progress().steps == 10));
  const auto rest = second.fit(inputs(), classes(), epochs(4, static_cast<int>(second.progress().epoch)));
  CHECK(bits(second) == bits(whole));
  CHECK(rest.epoch_numbers() == std::vector<int>{2, 3});
  for (const auto& name : history.names()) CHECK(rest[name].back() == history[name].back());
}

TEST_CASE("checkpoints: the same within an epoch, under every strategy") {
  for (const auto& strategy :
       {strategy::eager(), strategy::jit(), strategy::jit_donate(), strategy::data_parallel(2)}) {
    const Folder folder;
    auto whole = net(net_options(strategy));
    // The eighth batch is the third of the second epoch.
    (void)whole.fit(inputs(), classes(), epochs(3, 0, {save_after(8, folder / "model")}));
    auto resumed = net(net_options(strategy));
    resumed.load(folder / "model");
    CHECK((resumed.progress().epoch == 1 && resumed.progress().batch == 3));
    (void)resumed.fit(inputs(), classes(), epochs(3, 1));
    CHECK(bits(resumed) == bits(whole));
  }
}

TEST_CASE("checkpoints: the seed comes with the file, so the order of the samples does") {
  const Folder folder;
  auto whole = net();
  (void)whole.fit(inputs(), classes(), epochs(2, 0, {save_after(5, folder / "model")}));
  auto options = net_options();
  options.seed = 99;
  auto resumed = net(options);
  resumed.load(folder / "model");
  (void)resumed.fit(inputs(), classes(), epochs(2, 1));
  // The checkpoint was written with the last batch of the first epoch done: its validation was still to come.
  CHECK(bits(resumed) == bits(whole));
}

TEST_CASE("checkpoints: what has been trained can be loaded over") {
  const Folder folder;
  auto trainer = net();
  (void)trainer.fit(inputs(), classes(), epochs(1));
  trainer.save(folder / "model");
  const auto before = bits(trainer);
  (void)trainer.fit(inputs(), classes(), epochs(3));
  trainer.load(folder / "model");
  CHECK(bits(trainer) == before);
}

TEST_CASE("checkpoints: only the weights") {
  const Folder folder;
  auto trained = net();
  (void)trained.fit(inputs(), classes(), epochs(2));
  trained.save(folder / "model");

  // Another optimizer, another run: nothing but the module's own arrays is taken.
  auto options = net_options();
  options.optimizer = optim::sgd(0.1);
  auto fresh = net(options);
  fresh.load(folder / "model", {.weights_only = true});
  CHECK(fresh.progress().epoch == 0);
  CHECK(all_close(fresh.predict(inputs()), trained.predict(inputs()), 0.0, 0.0));
  CHECK(fresh.fit(inputs(), classes(), epochs(1)).epochs() == 1);
  CHECK(!message_of<TreeError>([&] { net(options).load(folder / "model"); }).empty());
}

TEST_CASE("checkpoints: predictions need no optimizer") {
  const Folder folder;
  auto trained = net();
  (void)trained.fit(inputs(), classes(), epochs(2));
  trained.save(folder / "model");
  auto inference = net({});
  inference.load(folder / "model");
  CHECK(all_close(inference.predict(inputs()), trained.predict(inputs()), 0.0, 0.0));
}

TEST_CASE("checkpoints: are safetensors files with the paths of the module as names") {
  const Folder folder;
  auto trainer = net();
  (void)trainer.train_on_batch(inputs(), classes());
  trainer.save(folder / "model");
  const io::SafeTensors file = io::load_safetensors(folder / "model");
  std::vector<std::string> names;
  for (const auto& [name, array] : file.arrays) {
    if (!name.starts_with("trainer/")) names.push_back(name);
  }
  CHECK(std::find(names.begin(), names.end(), "hidden.kernel") != names.end());
  CHECK(std::find(names.begin(), names.end(), "norm.mean") != names.end());
  const std::string& text = file.metadata.at("copse");
  CHECK(text.find("\"type\":\"Net\"") + text.find("::Net\"") != 2 * std::string::npos);
  CHECK(text.find("{\"path\":\"hidden.kernel\",\"kind\":\"Parameter\",\"trainable\":true}") !=
        std::string::npos);
  CHECK(text.find("\"seed\":5") != std::string::npos);
}

TEST_CASE("checkpoints: what is refused, and then nothing has changed") {
  const Folder folder;
  auto trainer = net();
  (void)trainer.train_on_batch(inputs(), classes());
  const auto before = bits(trainer);
  const auto refused = [&](const std::string& message, const std::string& part) {
    INFO(message);
    CHECK(message.find(part) != std::string::npos);
    CHECK(bits(trainer) == before);
  };
  refused(message_of<IoError>([&] { trainer.load(folder / "nowhere"); }), "nowhere");
  write_bytes(folder / "garbage", "no such thing as a checkpoint");
  refused(message_of<IoError>([&] { trainer.load(folder / "garbage"); }), "garbage");
  io::save_safetensors(folder / "arrays", {{"x", ones({2})}});
  refused(message_of<IoError>([&] { trainer.load(folder / "arrays"); }),
          "is no checkpoint of a trainer: its metadata has no 'copse' (io::load reads arrays alone)");
  io::save_safetensors(folder / "later", {{"x", ones({2})}}, {{"copse", "{\"format\": 99}"}});
  refused(message_of<IoError>([&] { trainer.load(folder / "later"); }),
          "is no checkpoint of a trainer: format 99, this Copse reads 2");
  io::save_safetensors(folder / "broken", {{"x", ones({2})}}, {{"copse", "{\"format\": 2}"}});
  refused(message_of<IoError>([&] { trainer.load(folder / "broken"); }), "is no checkpoint of a trainer: ");

  // Numbers that no training writes.
  const auto forged = [&](const std::string& progress, const std::string& seed) {
    io::save_safetensors(folder / "forged", {{"x", ones({2})}},
                         {{"copse", R"({"format": 2, "type": "Net", "progress": )" + progress +
                                        R"(, "seed": )" + seed + "}"}});
    return message_of<IoError>([&] { trainer.load(folder / "forged"); });
  };
  refused(forged(R"({"epoch": -3, "batch": 0, "steps": 0})", "1"), "epoch is -3, wanted an integer from 0");
  refused(forged(R"({"epoch": 3000000000, "batch": 0, "steps": 0})", "1"), "epoch is 3000000000");
  refused(forged(R"({"epoch": 0, "batch": -1, "steps": 0})", "1"), "batch is -1");
  refused(forged(R"({"epoch": 0, "batch": 1e300, "steps": 0})", "1"), "batch is 1e+300");
  refused(forged(R"({"epoch": 0, "batch": 0, "steps": 18446744073709551615})", "1"), "steps is 1844");
  refused(forged(R"({"epoch": 0, "batch": 0, "steps": true})", "1"), "steps is true");
  refused(forged(R"({"epoch": 0, "batch": 0, "steps": 0})", "0.5"), "seed is 0.5");
  refused(forged(R"([1, 2])", "1"), "is no checkpoint of a trainer: ");

  // A file of another module: all differences are told.
  struct Other {
    nn::Linear hidden{4}, last{2};
    Array operator()(Scope& scope, const Array& x) { return last(scope, hidden(scope, x)); }
  };
  Trainer other{Other{}, net_options()};
  (void)other.train_on_batch(inputs(), classes());
  other.save(folder / "other");
  const std::string message = message_of<TreeError>([&] { trainer.load(folder / "other"); });
  for (const char* part : {"other", "hidden.kernel", "last.kernel", "logits.kernel", "norm.mean"})
    refused(message, part);
  // Nothing is there to be saved before a batch was seen.
  const std::string early = message_of<ValueError>([&] { net().save(folder / "early"); });
  refused(early, "save: ");
  refused(early, "is not initialised");
  CHECK_FALSE(fs::exists(folder / "early"));
  // A folder that cannot be written to.
  refused(message_of<IoError>([&] { trainer.save(folder / "arrays/model"); }), "model");
}
