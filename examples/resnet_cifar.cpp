// A residual network on images in CIFAR-10's format, with augmentation on threads of their own.
// test: --quick
//
//     resnet_cifar [--quick] [FOLDER]      FOLDER has CIFAR-10's data_batch_1.bin ... and test_batch.bin
//
// Without a folder the images are made here and written in that format: flowers, of which the number of
// petals is the class. Shows residual blocks with batch normalisation, random crops and flips that are
// compiled, a loader, and the moving average of the parameters. Writes resnet_cifar.png, some images as the
// training sees them. K. He et al.: Deep Residual Learning for Image Recognition, 2016.
#include <copse/copse.hpp>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <string_view>

using namespace copse;
namespace fs = std::filesystem;

struct Block {
  std::int64_t features = 16;
  int strides = 1;
  nn::Conv first{.features = features, .kernel_size = {3, 3}, .strides = strides, .use_bias = false};
  nn::BatchNorm first_norm{.momentum = 0.9};
  nn::Conv second{.features = features, .kernel_size = {3, 3}, .use_bias = false};
  nn::BatchNorm second_norm{.momentum = 0.9};
  nn::Conv shortcut{.features = features, .kernel_size = {1, 1}, .strides = strides, .use_bias = false};

  Array operator()(Scope& scope, const Array& x) {
    const Array y = relu(first_norm(scope, first(scope, x)));
    const Array by = x.shape(-1) == features && strides == 1 ? x : shortcut(scope, x);
    return relu(by + second_norm(scope, second(scope, y)));
  }
};

struct ResNet {
  nn::Conv stem{.features = 16, .kernel_size = {3, 3}, .use_bias = false};
  nn::BatchNorm norm{.momentum = 0.9};
  std::vector<Block> blocks = {Block{16}, Block{32, 2}, Block{64, 2}};
  nn::Linear logits{10};

  Array operator()(Scope& scope, const Array& images) {
    Array x = relu(norm(scope, stem(scope, images)));
    for (Block& block : blocks) x = block(scope, x);
    return logits(scope, mean(x, {1, 2}));
  }
};

// A flower with 1 to 10 petals somewhere on a meadow: the label, then red, green and blue of all pixels.
void write_flowers(const fs::path& path, int count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform;
  std::ofstream file(path, std::ios::binary);
  for (int i = 0; i < count; ++i) {
    const int label = i % 10;
    const float turn = 6.2832f * uniform(random), size = 10 + 4 * uniform(random);
    const float left = 14 + 4 * uniform(random), top = 14 + 4 * uniform(random);
    std::string image(1 + 3 * 1024, static_cast<char>(label));
    for (std::size_t c = 0; c < 3; ++c) {
      const float inside = 255 * uniform(random), outside = 128 * uniform(random);
      for (std::size_t p = 0; p < 1024; ++p) {
        const float x = static_cast<float>(p % 32) - left, y = static_cast<float>(p / 32) - top;
        const float petal = 0.6f + 0.4f * std::cos(static_cast<float>(label + 1) * std::atan2(y, x) + turn);
        const float v = (std::hypot(x, y) < size * petal ? inside : outside) + 20 * uniform(random);
        image[1 + c * 1024 + p] = static_cast<char>(static_cast<int>(std::min(v, 255.0f)));
      }
    }
    file << image;
  }
}

Batch read(const std::vector<fs::path>& files) {
  const io::LabeledImages all = io::load_cifar10(files);
  return {astype(all.images, DType::float32) / 255.0f, all.labels, {}};
}

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
  fs::path folder = argc > 1 + quick ? argv[1 + quick] : "";
  std::vector<fs::path> files;
  if (folder.empty()) {
    folder = ".";
    files = {folder / "data_batch_1.bin"};
    write_flowers(files[0], quick ? 600 : 5000, 0);
    write_flowers(folder / "test_batch.bin", quick ? 200 : 1000, 1);
  } else {
    for (int i = 1; i <= 5; ++i) files.push_back(folder / ("data_batch_" + std::to_string(i) + ".bin"));
  }
  const Batch train = read(files), test = read({folder / "test_batch.bin"});

  const auto augment = jit([](const Key& key, const Array& images) {
    const auto [flip, crop] = random::split<2>(key);
    return image::random_crop(crop, image::random_flip(flip, images), 32, 32, {.padding = 4});
  });
  const auto batches = data::arrays(train).shuffle(1).batch(64).map([&](const Key& key, Batch batch) {
    batch.inputs = augment(key, batch.inputs);
    return batch;
  });
  io::save_image("resnet_cifar.png", image::grid(batches.at(0, 0).inputs[Slice{0, 30}], 10));

  const int epochs = quick ? 2 : 12;
  const std::int64_t steps = epochs * batches.size();
  Trainer trainer{ResNet{},
                  {.optimizer = optim::adamw(optim::cosine_onecycle(steps, 5e-3), {.weight_decay = 1e-2}),
                   .losses = {losses::CrossEntropy{}},
                   .metrics = {metrics::Accuracy{}}}};
  data::Loader loader{batches, {.workers = 1, .prefetch = 4}};
  const History history = trainer.fit(
      loader,
      {.epochs = epochs,
       .validation_data = data::arrays(test).batch(250),
       .callbacks = {callbacks::EMA{{.decay = 0.95}}, callbacks::HistoryPlot{"resnet_cifar_history.svg"}},
       .verbose = 2});
  const double accuracy = trainer.evaluate(data::arrays(test), {.batch_size = 250, .verbose = 0})["accuracy"];
  if (quick) {  // two epochs are too few to be good at it: better than chance, the logarithm of 10
    const double loss = history["loss"].back();
    std::printf("test accuracy: %.3f, training loss: %.3f (wanted: < 2.3)\n", accuracy, loss);
    return loss < 2.3 ? 0 : 1;
  }
  std::printf("test accuracy: %.3f (wanted: 0.70)\n", accuracy);
  return accuracy >= 0.7 ? 0 : 1;
}
