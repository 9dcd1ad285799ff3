// The code of docs/data.md.
#include <copse/copse.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

using namespace copse;

struct Digits {
  Array images = random::normal(random::key(0), {256, 16});

  std::int64_t size() const { return images.shape(0); }
  Batch operator[](std::int64_t i) const {
    const Array image = images[static_cast<int>(i)];
    return {image, astype(sum(image) > 0.0f, DType::int32), {}};
  }
};

// Sentences of several lengths, and a label for each word.
struct Sentences {
  std::int64_t size() const { return 100; }
  Batch operator[](std::int64_t i) const {
    return {full({1 + i % 70}, static_cast<int>(i)), full({1 + i % 70}, static_cast<int>(i % 2)), {}};
  }
};

bool sequences() {
  const data::Dataset sentences{Sentences{}};
  auto texts =
      sentences.map(data::with_lengths)
          .batch(32, {.pad = 0, .pad_parts = {{"labels", -100}}, .pad_multiple = 8, .buckets = {16, 32, 64}});
  bool good = true;
  for (const auto& batch : texts.epoch(0)) {
    good =
        good && batch.inputs.values.shape(1) % 8 == 0 && all((batch.labels != -100) == batch.inputs.mask());
  }
  return good;
}

bool streams(const std::filesystem::path& path) {
  std::ofstream(path) << "width,height,price\n1,2,3\n4,5,6\n7,8,9\n";
  auto lines = data::stream([&](std::int64_t) {                                // called for each epoch
    return [reader = io::CsvReader(path)]() mutable -> std::optional<Array> {  // called for each sample
      const io::Table row = reader.next(1);
      return row.values.shape(0) == 0 ? std::nullopt : std::optional(row.values[0]);
    };
  });
  auto stream = lines.shuffle(7, {.buffer = 256})
                    .map([](const Array& row) {
                      return Batch{row[Slice{0, 2}], row[2], {}};
                    })
                    .batch(64);
  auto rows = data::csv_stream(path, {.labels = "price"}).shuffle(7, {.buffer = 256}).batch(64);
  return LeafTraits<Array>::equal(stream.next()->inputs, rows.next()->inputs) &&
         data::csv(path, {.labels = "price"}).size() == 3;
}

bool images_and_names(const Array& images, const Array& labels) {
  const auto augment = jit([](const Key& key, const Array& x) {
    const auto [flip, crop, noise] = random::split<3>(key);
    const Array parts = image::random_crop(crop, image::random_flip(flip, x), 28, 28, {.padding = 2});
    return image::random_noise(noise, parts, 0.05);
  });
  auto augmented = data::arrays(images, labels).shuffle(7).batch(64).map([&](const Key& key, Batch batch) {
    batch.inputs = augment(key, batch.inputs);
    return batch;
  });
  const std::vector<std::string> names = {"red", "green", "red", "blue", "green"};
  nn::Normalization normalize;
  normalize.adapt(data::arrays(images, labels));
  const auto colours = nn::StringLookup::learn(names, {.min_count = 2});
  const Array numbers = colours(names);  // int64; 0 for texts that came once
  return augmented.next()->inputs.shape() == Shape{64, 28, 28, 1} && normalize.mean->has_value() &&
         numbers.to_vector<int>() == std::vector<int>{2, 1, 2, 0, 1};
}

int main() {
  if (!sequences() || !streams("rows.csv")) return EXIT_FAILURE;
  if (!images_and_names(random::normal(random::key(0), {128, 32, 32, 1}), zeros({128}, DType::int32)))
    return EXIT_FAILURE;
  const Digits digits;
  Array x_test = digits.images, y_test = astype(sum(digits.images, 1) > 0.0f, DType::int32);
  Trainer trainer{nn::Linear{2}, {.optimizer = optim::adam(1e-2), .losses = {losses::CrossEntropy{}}}};

  auto train = data::Dataset{Digits{}}                   // anything with size() and operator[](i)
                   .shuffle(7)                           // each epoch anew, by seed and epoch alone
                   .map([](const Key& key, Batch one) {  // the key is the sample's own
                     one.inputs = one.inputs + 0.1f * random::normal(key, one.inputs.shape());
                     return one;
                   })
                   .batch(64);
  data::Loader loader{train, {.workers = 2, .prefetch = 4}};
  auto history = trainer.fit(
      loader, {.epochs = 2, .validation_data = data::arrays(x_test, y_test).batch(256), .verbose = 0});
  if (!(history["val_loss"].back() < history["val_loss"].front())) return EXIT_FAILURE;

  for (const Batch& batch : data::arrays(x_test, y_test).batch(32).epoch(0))
    std::cout << batch.inputs.type() << "\n";

  auto [part, rest] = data::split(data::Dataset{Digits{}}, {.fraction = 0.25, .seed = 1, .stratify = true});
  return part.size() + rest.size() == 256 ? EXIT_SUCCESS : EXIT_FAILURE;
}
