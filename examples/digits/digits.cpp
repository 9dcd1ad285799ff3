// Trains a convolutional network to tell handwritten digits apart, and tests it.
//
//     digits [--data-dir DIR] [--epochs N] [--batch-size N] [--seed N] [--out DIR] [--threads N]
//     [--shipped-data DIR]
//
// test: --epochs 1 --out out
#include <copse/copse.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>

#include "data.hpp"
#include "options.hpp"

using namespace copse;

// A plain struct is a model: layers as members, and what happens to an input.
struct LeNet {
  nn::Conv conv1{32, {5, 5}};
  nn::MaxPool pool1{{2, 2}, {2, 2}};
  nn::Conv conv2{64, {5, 5}};
  nn::MaxPool pool2{{2, 2}, {2, 2}};
  nn::Flatten flatten{};
  nn::Linear hidden{256};
  nn::Linear logits{10};

  Array operator()(Scope& scope, const Array& images) {
    Array x = pool1(scope, relu(conv1(scope, images)));
    x = flatten(scope, pool2(scope, relu(conv2(scope, x))));
    return logits(scope, relu(hidden(scope, x)));
  }
};

int main(int argc, char** argv) {
  try {
    const digits::Options options = digits::parse(argc, argv);
    if (options.help) return 0;
    set_num_threads(options.threads);
    std::filesystem::create_directories(options.out);  // it had better fail now than after the training
    const digits::DataSet data = digits::load(options.shipped_data, options.data_dir);

    Trainer trainer{LeNet{},
                    {.optimizer = optim::adam(1e-3),
                     .losses = {losses::CrossEntropy{}},
                     .metrics = {metrics::Accuracy{}},
                     .seed = options.seed}};
    const Array sample = slice_in_dim(data.train.images, 0, 1);
    trainer.init(sample);
    std::printf("%s\n", trainer.summary(sample).c_str());
    std::printf("Training on %lld digits, testing on %lld: %s\n",
                static_cast<long long>(data.train.images.shape(0)),
                static_cast<long long>(data.test.images.shape(0)), data.description.c_str());
    std::fflush(stdout);

    const auto history = trainer.fit(data.train.images, data.train.labels,
                                     {.epochs = options.epochs,
                                      .batch_size = options.batch_size,
                                      .validation_split = 0.1,
                                      .callbacks = {callbacks::TerminateOnNaN{}}});
    const EpochLogs test =
        trainer.evaluate(data.test.images, data.test.labels, {.batch_size = 256, .verbose = 0});

    const auto plot = options.out / "history.svg", model = options.out / "digits.safetensors";
    plot_history(plot, history);
    trainer.save(model);
    std::printf("test accuracy: %.2f %%\n", 100.0 * test["accuracy"]);
    std::printf("history plot: %s\n", plot.c_str());
    std::printf("saved model: %s\n", model.c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
  }
}
