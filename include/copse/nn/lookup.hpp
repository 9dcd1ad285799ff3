// Texts as numbers: categories of data, whose vocabulary is learned from it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::nn {

struct LookupOptions {
  std::int64_t unknown = 1;    ///< the first numbers, for texts that are not known; 0: these are a ValueError
  std::int64_t max_size = 0;   ///< the most texts that are learned, the most frequent; 0: all
  std::int64_t min_count = 1;  ///< how often a text must have come to be learned
};

/// Numbers for texts, as Keras's layer of this name. The vocabulary is sorted by frequency, texts that came
/// equally often by their bytes. Texts that are not in it get one of the `unknown` numbers, always the same
/// one.
///
///     auto species = nn::StringLookup::learn(names);
///     Array numbers = species(names);                 // int64(n,)
///     Array features = one_hot(numbers, species.size());
class StringLookup {
 public:
  /// Of texts in this order. Throws ValueError for a text that comes twice, and for options below 0.
  explicit StringLookup(std::vector<std::string> vocabulary, const LookupOptions& options = {});
  /// Of the texts that come in these.
  static StringLookup learn(std::span<const std::string> texts, const LookupOptions& options = {});

  /// The texts that are known; with `unknown` before them, the place of each is its number.
  const std::vector<std::string>& vocabulary() const;
  /// How many numbers there are, those for unknown texts included.
  std::int64_t size() const;
  /// The number of a text. Throws ValueError if it is not known and there are no numbers for those.
  std::int64_t operator()(std::string_view text) const;
  /// The numbers of texts: int64(n,).
  Array operator()(std::span<const std::string> texts) const;
  Array operator()(const std::vector<std::string>& texts) const {
    return (*this)(std::span<const std::string>(texts));
  }
  /// The text of a number, `[UNK]` for those of unknown texts. Throws ValueError if there is no such number.
  std::string_view text(std::int64_t number) const;

  friend bool operator==(const StringLookup& a, const StringLookup& b);

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// 1 at the places of all labels of a sample (the last axis), 0 elsewhere; labels out of range count for
/// nothing:
/// (..., labels) -> (..., num_classes). For lists of several lengths pad with -1.
Array multi_hot(const Array& labels, std::int64_t num_classes, DType dtype = DType::float32);

}  // namespace copse::nn
