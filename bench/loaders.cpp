// The loader's items: batches of augmented images, by several numbers of threads. loader.py has PyTorch's.
// Reference values are those of the first batch when the items were written.
#include <string>

#include "augmented.hpp"
#include "copse/copse.hpp"
#include "item.hpp"

namespace bench {
namespace {

using namespace copse;

Array augment(const Key& key, const Array& images) {
  const auto [shift, crop, noise] = random::split<3>(key);
  const Array shifted = image::random_shift(shift, images, 2);
  return image::random_noise(noise, image::random_crop(crop, shifted, 28, 28), 0.05);
}

data::Batches<Batch> batches_of(bool as_batches) {
  constexpr std::int64_t samples = Augmented::batch_size * Augmented::batches;
  const auto images = data::arrays(uniform(1, {samples, 32, 32, 1}), labels(2, samples, 10)).shuffle(0);
  const auto change = [compiled = jit(augment)](const Key& key, Batch batch) {
    batch.inputs = compiled(key, batch.inputs);
    return batch;
  };
  return as_batches ? images.batch(Augmented::batch_size).map(change)
                    : images.map(change).batch(Augmented::batch_size);
}

Item loading(bool as_batches, int workers) {
  const std::string name = as_batches ? "loader_batches_" : "loader_samples_";
  return {
      name + std::to_string(workers), {as_batches ? 0.491100 : 0.486694, 294}, {1e-4}, [as_batches, workers] {
        const auto source = std::make_shared<Augmented>(as_batches, workers);
        Bench bench;
        bench.reset = [source] { source->reset(); };
        bench.run = [source](int calls) {
          for (int i = 0; i < calls; ++i) (void)source->next();
        };
        bench.check = [source] {
          source->reset();
          const auto [x, y] = source->next();
          return std::vector<double>{mean(abs(x)).item<double>(), sum(y).item<double>()};
        };
        return bench;
      }};
}

}  // namespace

Augmented::Augmented(bool as_batches, int workers)
    : loader_(std::make_shared<data::Loader<Batch>>(batches_of(as_batches),
                                                    data::LoaderOptions{.workers = workers})) {}

void Augmented::reset() {
  epoch_ = 0;
  loader_->start(0);
}

std::pair<Array, Array> Augmented::next() {
  auto batch = loader_->next();
  if (!batch) {
    loader_->start(++epoch_);
    batch = loader_->next();
  }
  return {std::move(batch->inputs), std::move(batch->labels)};
}

std::vector<Item> loader_items() {
  std::vector<Item> items;
  for (const bool as_batches : {true, false})
    for (const int workers : {0, 1, 2}) items.push_back(loading(as_batches, workers));
  return items;
}

}  // namespace bench
