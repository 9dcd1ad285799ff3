// Random orders of epochs: shuffled, drawn by weights, mixed from several datasets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "copse/core/config.hpp"

namespace copse::data {

struct WeightedOptions {
  std::optional<std::int64_t> count = std::nullopt;  ///< samples in an epoch; as many as there are by default
  bool replace = true;                               ///< whether a sample may come several times in an epoch
  std::int64_t seed = 0;
};

struct MixOptions {
  std::optional<std::int64_t> count =
      std::nullopt;  ///< samples in an epoch; as many as all datasets have by default
  std::int64_t seed = 0;
};

}  // namespace copse::data

namespace copse::data_detail {

/// Random numbers, one by one, that seed, purpose and epoch determine.
class Numbers {
 public:
  enum class Purpose : std::int64_t { weighted = 0x77676874, mix = 0x6d697864, buffer = 0x62756666 };
  Numbers(std::int64_t seed, Purpose purpose, std::int64_t epoch);
  /// Uniform in [0, 1).
  double uniform();
  /// Uniform among 0 to count - 1.
  std::size_t below(std::size_t count);

 private:
  std::uint32_t bits();
  std::int64_t seed_, epoch_;
  Purpose purpose_;
  std::int64_t block_ = 0;
  std::vector<std::uint32_t> drawn_;
  std::size_t at_ = 0;
};

/// The number of samples of an epoch. Throws ValueError for weights that are no weights of `samples` samples,
/// or too few to choose from.
std::int64_t weighted_count(std::int64_t samples, std::span<const double> weights,
                            const data::WeightedOptions& options);
/// The samples of an epoch, by weight. Those that come again have `samples` added for each time before.
std::vector<std::int64_t> weighted_positions(std::span<const double> weights,
                                             const data::WeightedOptions& options, std::int64_t count,
                                             std::int64_t epoch);

/// How many samples of each dataset an epoch has. Throws ValueError where one would have none.
std::vector<std::int64_t> mix_shares(std::span<const std::int64_t> sizes, std::span<const double> weights,
                                     const data::MixOptions& options);
/// A random order of the datasets: the j-th sample of an epoch is number k of the share of dataset i, where
/// the j-th position is k + the shares of those before i.
std::vector<std::int64_t> mix_positions(std::span<const std::int64_t> shares, std::int64_t seed,
                                        std::int64_t epoch);

}  // namespace copse::data_detail
