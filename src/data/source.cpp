#include "copse/data/source.hpp"

#include <fmt/format.h>

#include "../core/sizes.hpp"
#include "copse/data/stepped.hpp"

namespace copse::data {

BatchPlan::BatchPlan(const char* function, std::int64_t samples, const BatchOptions& options)
    : options_(options), samples_(samples), per_pass_(0) {
  const std::int64_t size = options.batch_size;
  if (size < 1) throw ValueError(fmt::format("{}: batch_size is {}, wanted 1 or more", function, size));
  if (options.part.index < 0 || options.part.index >= options.part.count)
    throw ValueError(
        fmt::format("{}: part {} of {} of each batch", function, options.part.index, options.part.count));
  if (samples == 0) throw ValueError(fmt::format("{}: there are no samples", function));
  per_pass_ = samples / size + (!options.drop_remainder && samples % size != 0 ? 1 : 0);
  options_.batch_size = std::min(size, samples);
  if (per_pass_ == 0) {
    throw ValueError(
        fmt::format("{}: {} samples are less than one batch of {}, and drop_remainder would drop them all",
                    function, samples, size));
  }
}

std::optional<std::int64_t> BatchPlan::samples() const {
  if (options_.steps && *options_.steps != per_pass_) return std::nullopt;
  return options_.drop_remainder ? per_pass_ * options_.batch_size : samples_;
}

void BatchPlan::start(std::int64_t epoch, std::int64_t skip) {
  here_.check("batches");
  const std::int64_t first = copse::detail::multiply_sizes(epoch, batches(), "BatchPlan");
  at_ = first + std::min(skip, batches());
  end_ = copse::detail::add_sizes(first, batches(), "BatchPlan");
}

std::optional<std::span<const std::int64_t>> BatchPlan::next() {
  here_.check("batches");
  if (at_ >= end_) return std::nullopt;
  const std::int64_t pass = at_ / per_pass_, begin = at_ % per_pass_ * options_.batch_size;
  if (pass_ < 0 || (options_.shuffle && pass != pass_)) {
    order_ = epoch_order(samples_, options_.shuffle, options_.seed, pass);
    pass_ = pass;
  }
  ++at_;
  const std::int64_t count = std::min(options_.batch_size, samples_ - begin);
  const std::int64_t first = options_.part.begin(count), end = options_.part.end(count);
  return std::span<const std::int64_t>(order_).subspan(static_cast<std::size_t>(begin + first),
                                                       static_cast<std::size_t>(end - first));
}

}  // namespace copse::data

std::int64_t copse::data_detail::batches_before(std::int64_t epoch, std::int64_t steps, std::int64_t skip) {
  return copse::detail::add_sizes(copse::detail::multiply_sizes(epoch, steps, "steps_per_epoch"), skip,
                                  "steps_per_epoch");
}
