// Checkpoints load into others than those that wrote them: in part, and with a report.
#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/nn.hpp"
#include "copse/ops/compare.hpp"
#include "networks.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

struct Two {
  nn::Linear encoder{4}, head{3};
  Array operator()(Scope& scope, const Array& x) { return head(scope, tanh(encoder(scope, x))); }
};

template <class T>
Trainer<T> trained(T value, const fs::path& path, optim::Optimizer optimizer = optim::adam(1e-2)) {
  Trainer trainer{std::move(value),
                  {.optimizer = std::move(optimizer), .losses = {losses::MeanSquaredError{}}}};
  (void)trainer.fit(inputs(), zeros({100, 3}), {.epochs = 2, .verbose = 0});
  trainer.save(path);
  return trainer;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("loading: what does not fit is told at once, and nothing has changed") {
  const Folder folder;
  (void)trained(Two{}, folder / "model");
  Trainer wider{Two{.encoder = {5}},
                {.optimizer = optim::adam(1e-2), .losses = {losses::MeanSquaredError{}}}};
  const std::string message = message_of<TreeError>([&] { wider.load(folder / "model"); });
  INFO(message);
  for (const char* part :
       {"encoder.kernel: float32(2, 5) here, float32(2, 4) in the file",
        "head.kernel: float32(5, 3) here, float32(4, 3) in the file",
        "trainer/optimizer/adam/nu/encoder.bias: float32(5,) here, float32(4,) in the file"})
    CHECK(message.find(part) != std::string::npos);
  CHECK_FALSE(wider.state().initialized());
  CHECK(wider.predict(inputs()).shape() == Shape({100, 3}));
  CHECK(wider.state()->encoder.kernel->shape() == Shape({2, 5}));
}

TEST_CASE("loading: members in another order") {
  struct Reordered {
    nn::Linear head{3}, encoder{4};
    Array operator()(Scope& scope, const Array& x) { return head(scope, tanh(encoder(scope, x))); }
  };
  const Folder folder;
  auto trainer = trained(Two{}, folder / "model");
  Trainer other{Reordered{}, {.optimizer = optim::adam(1e-2), .losses = {losses::MeanSquaredError{}}}};
  CHECK(other.load(folder / "model").complete());
  (void)trainer.fit(inputs(), zeros({100, 3}), {.epochs = 4, .initial_epoch = 2, .verbose = 0});
  (void)other.fit(inputs(), zeros({100, 3}), {.epochs = 4, .initial_epoch = 2, .verbose = 0});
  CHECK(all_close(other.predict(inputs()), trainer.predict(inputs()), 0.0, 1e-6));
}

TEST_CASE("loading: what was frozen is frozen again, and the other way round") {
  const Folder folder;
  const auto frozen = *Module{Two{}}.init(random::key(0), inputs()).freeze<&Two::encoder>();
  (void)trained(frozen, folder / "frozen");
  (void)trained(Two{}, folder / "free");

  auto options = TrainerOptions{.optimizer = optim::adam(1e-2), .losses = {losses::MeanSquaredError{}}};
  Trainer a{Two{}, options};
  CHECK(a.load(folder / "frozen").complete());
  CHECK((!a.state()->encoder.kernel.trainable() && a.state()->head.kernel.trainable()));
  const Array before = a.state()->encoder.kernel.get();
  (void)a.fit(inputs(), zeros({100, 3}), {.epochs = 3, .initial_epoch = 2, .verbose = 0});
  CHECK(array_equal(a.state()->encoder.kernel.get(), before));
  // Into one that trains all of it, and one that trains a part.
  CHECK(a.load(folder / "free").complete());
  CHECK(a.state()->encoder.kernel.trainable());
  (void)a.fit(inputs(), zeros({100, 3}), {.epochs = 3, .initial_epoch = 2, .verbose = 0});
  // Weights alone leave the flags.
  Trainer b{frozen, options};
  (void)b.load(folder / "free", {.weights_only = true});
  CHECK_FALSE(b.state()->encoder.kernel.trainable());
  CHECK(b.load(folder / "free").complete());
  CHECK(b.state()->encoder.kernel.trainable());

  // In a box, each layer has flags of its own.
  const WithAnything boxes;
  const auto ready = *Module{boxes}.init(random::key(0), inputs());
  auto part = ready;
  part.layers[0] = with_trainable(part.layers[0], false);
  Trainer saved{part, net_options()};
  (void)saved.fit(inputs(), classes(), {.verbose = 0});
  saved.save(folder / "boxes");
  Trainer loaded{WithAnything{}, net_options()};
  CHECK(loaded.load(folder / "boxes").complete());
  std::vector<bool> flags;
  for (const auto& [info, leaf] : leaves_with_path(loaded.state()->layers)) {
    if (info.is<ParameterKind>()) flags.push_back(info.trainable);
  }
  CHECK(flags == std::vector<bool>{false, false, true, true, true, true, true, true});
}

TEST_CASE("loading: parts of a checkpoint, and what becomes of the rest") {
  const Folder folder;
  auto trainer = trained(Two{}, folder / "model");
  const TrainerOptions adam{.optimizer = optim::adam(1e-2), .losses = {losses::MeanSquaredError{}}};
  const auto same = [](const Parameter& a, const Parameter& b) { return array_equal(a.get(), b.get()); };

  SECTION("weights") {
    Trainer fresh{Two{}, adam};
    const LoadReport report = fresh.load(folder / "model", {.weights_only = true});
    CHECK(report.loaded == Names{"encoder.kernel", "encoder.bias", "head.kernel", "head.bias"});
    CHECK(report.complete());
    CHECK(report.reason("trainer/optimizer/adam/mu/head.bias") == "not asked for");
    CHECK(to_string(report) ==
          "4 arrays loaded\n" + std::to_string(report.skipped.size()) + " skipped: not asked for");
    CHECK(fresh.progress().epoch == 0);
  }
  SECTION("by name") {
    for (const char* pattern : {"encoder", "encoder.*", "enc*", "?ncoder.*"}) {
      Trainer fresh{Two{}, adam};
      const LoadReport report = fresh.load(folder / "model", {.only = {pattern}});
      CHECK(report.loaded == Names{"encoder.kernel", "encoder.bias"});
      CHECK(report.reason("head.kernel") == "not asked for");
      CHECK(same(fresh.state()->encoder.kernel, trainer.state()->encoder.kernel));
      CHECK_FALSE(same(fresh.state()->head.kernel, trainer.state()->head.kernel));
      CHECK(fresh.progress().epoch == 0);
      (void)fresh.fit(inputs(), zeros({100, 3}), {.verbose = 0});
    }
    Trainer fresh{Two{}, adam};
    const LoadReport report = fresh.load(folder / "model", {.only = {"head.bias", "trainer/optimizer"}});
    CHECK(report.loaded ==
          Names{"head.bias", "trainer/optimizer/adam/count", "trainer/optimizer/adam/mu/encoder.kernel",
                "trainer/optimizer/adam/mu/encoder.bias", "trainer/optimizer/adam/mu/head.kernel",
                "trainer/optimizer/adam/mu/head.bias", "trainer/optimizer/adam/nu/encoder.kernel",
                "trainer/optimizer/adam/nu/encoder.bias", "trainer/optimizer/adam/nu/head.kernel",
                "trainer/optimizer/adam/nu/head.bias", "trainer/optimizer/scale/learning_rate"});
    const std::string message =
        message_of<ValueError>([&] { fresh.load(folder / "model", {.only = {"hed.*"}}); });
    CHECK(message.find(
              "the file has no 'hed.*' among (encoder.kernel, encoder.bias, head.kernel, head.bias)") !=
          std::string::npos);
  }
  SECTION("another head") {
    Trainer fresh{Two{.head = {5}}, adam};
    CHECK_FALSE(message_of<TreeError>([&] { fresh.load(folder / "model"); }).empty());
    LoadReport report = fresh.load(folder / "model", {.weights_only = true, .skip_mismatched = true});
    CHECK(report.loaded == Names{"encoder.kernel", "encoder.bias"});
    CHECK(report.mismatched == Names{"head.kernel", "head.bias"});
    CHECK(report.reason("head.bias") == "float32(5,) here, float32(3,) in the file");
    CHECK((report.missing.empty() && report.unexpected.empty()));
    CHECK(same(fresh.state()->encoder.kernel, trainer.state()->encoder.kernel));
    report = fresh.load(folder / "model", {.skip_mismatched = true});
    CHECK(report.mismatched.size() == 6);
    CHECK(fresh.progress().epoch == 2);
    (void)fresh.fit(inputs(), zeros({100, 5}), {.epochs = 3, .initial_epoch = 2, .verbose = 0});
    const std::string text = to_string(report);
    CHECK(text.find("6 mismatched:\n  head.kernel: float32(4, 5) here, float32(4, 3) in the file") !=
          std::string::npos);
  }
  SECTION("another optimizer") {
    // One around it, or a link more, has the same slots.
    Trainer careful{Two{},
                    {.optimizer = optim::chain(optim::clip(1.0), optim::adam(1e-3)),
                     .losses = {losses::MeanSquaredError{}}}};
    CHECK(careful.load(folder / "model").complete());
    Trainer other{Two{}, {.optimizer = optim::sgd(0.1, 0.9), .losses = {losses::MeanSquaredError{}}}};
    const std::string message = message_of<TreeError>([&] { other.load(folder / "model"); });
    CHECK(
        message.find("trainer/optimizer/trace/trace/head.kernel: float32(4, 3) here, missing in the file") !=
        std::string::npos);
    const LoadReport report = other.load(folder / "model", {.skip_mismatched = true});
    CHECK((report.missing.size() == 4 && report.unexpected.size() == 9 && report.mismatched.empty()));
    CHECK(other.progress().epoch == 2);
    (void)other.fit(inputs(), zeros({100, 3}), {.epochs = 3, .initial_epoch = 2, .verbose = 0});
  }
  SECTION("nothing at all") {
    struct Stranger {
      nn::Linear layer{3};
      Array operator()(Scope& scope, const Array& x) { return layer(scope, x); }
    };
    Trainer stranger{Stranger{}, adam};
    const std::string message = message_of<TreeError>(
        [&] { stranger.load(folder / "model", {.weights_only = true, .skip_mismatched = true}); });
    CHECK(message.find("none of its arrays fits") != std::string::npos);
    CHECK(message.find("encoder.kernel: float32(2, 4) in the file, unknown here") != std::string::npos);
  }
}

TEST_CASE("loading: one metric more, or less") {
  const Folder folder;
  TrainerOptions one{.optimizer = optim::adam(1e-2),
                     .losses = {losses::CrossEntropy{}},
                     .metrics = {metrics::Accuracy{}},
                     .seed = 3},
      two = one;
  two.metrics = {metrics::Accuracy{}, metrics::F1{.num_classes = 3, .average = metrics::Average::macro}};
  Trainer trainer{Two{}, one}, more{Two{}, two};
  (void)trainer.fit(inputs(), classes(), {.epochs = 2, .verbose = 0});
  trainer.save(folder / "one");
  const LoadReport report = more.load(folder / "one");
  CHECK((!report.missing.empty() && report.unexpected.empty()));
  for (const auto& name : report.missing) CHECK(name.starts_with("trainer/metrics"));
  const auto history = more.fit(inputs(), classes(), {.epochs = 3, .initial_epoch = 2, .verbose = 0});
  (void)trainer.fit(inputs(), classes(), {.epochs = 3, .initial_epoch = 2, .verbose = 0});
  CHECK(history["f1"][0] > 0.0);
  CHECK(array_equal(more.predict(inputs()), trainer.predict(inputs())));

  more.save(folder / "two");
  Trainer less{Two{}, one};
  CHECK((less.load(folder / "two").missing.empty() && less.progress().epoch == 3));
}

TEST_CASE("loading: checkpoints that numbered their slots give their weights, and say why no more") {
  const Folder folder;
  auto trainer = trained(Two{}, folder / "model");
  auto file = io::load_safetensors(folder / "model");
  std::string& text = file.metadata.at("copse");
  text.replace(text.find("\"format\":2"), 10, "\"format\":1");
  io::save_safetensors(folder / "old", file.arrays, file.metadata);
  Trainer fresh{Two{}, {.optimizer = optim::adam(1e-2), .losses = {losses::MeanSquaredError{}}}};
  const std::string message = message_of<IoError>([&] { fresh.load(folder / "old"); });
  CHECK(message.find("numbered the arrays of optimizers") != std::string::npos);
  CHECK(message.find("weights_only = true") != std::string::npos);
  CHECK(fresh.load(folder / "old", {.weights_only = true}).loaded.size() == 4);
}
