// How samples become batches: stacked, filled up to one shape, put together by length.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "copse/data/samples.hpp"

namespace copse::data {

/// How batches are made of samples of type S.
template <class S>
struct CollateOptions {
  bool drop_remainder = false;  ///< leaves out the last batch if it is smaller
  /// Pads samples of several shapes at the ends of their axes with this number, to the longest of the batch.
  std::optional<double> pad = std::nullopt;
  /// Numbers for arrays by their paths in the sample, such as `{{"labels", -100}}`. With `pad` the others
  /// have that; without it only these are padded.
  std::map<std::string, double> pad_parts = {};
  /// The first axes of what is padded become multiples of this: a model is compiled once for each shape.
  std::int64_t pad_multiple = 1;
  /// Puts samples of similar lengths together: {16, 32} has three buckets, of lengths up to 16, up to 32, and
  /// beyond. A batch comes when its bucket is full; what is left at the end comes last, by length, in batches
  /// that may be of several buckets. There are as many batches as without.
  std::vector<std::int64_t> buckets = {};
  /// The length of a sample; by default the first dimension of its first array. It must not depend on the
  /// epoch.
  std::function<std::int64_t(const S&)> length = {};
};

}  // namespace copse::data

namespace copse::data_detail {

[[noreturn]] void no_stack();

/// What arrays of several shapes are filled up with.
struct Padding {
  std::optional<double> value;
  std::map<std::string, double> parts;
  std::int64_t multiple = 1;

  bool any() const { return value || !parts.empty(); }
  /// The number for an array; none if that is not padded.
  std::optional<double> of(const std::string& path) const;
};

/// Throws ValueError unless the multiple is positive and there are numbers to pad with if it isn't 1.
void check_padding(const Padding& padding);
/// Throws ValueError if there is any: a function makes the batches.
void check_no_padding(const Padding& padding);
/// Throws ValueError for a part that samples do not have.
void check_parts(const Padding& padding, std::span<const std::string> paths);

/// Throws ShapeError unless each sample has the array.
void check_complete(std::size_t arrays, std::size_t samples);
/// Arrays of one shape and dtype, along a new first axis.
Array stacked(std::span<const Array> parts);
/// Arrays of one dtype and as many axes, along a new first axis.
Array padded(const std::string& path, std::span<const Array> parts, double value, std::int64_t multiple);

template <class S>
Padding padding_of(const data::CollateOptions<S>& options) {
  Padding padding{options.pad, options.pad_parts, options.pad_multiple};
  check_padding(padding);
  return padding;
}

/// Trees of arrays, each array stacked.
template <class S>
S stack_samples(const std::vector<S>& parts, const Padding& padding = {}) {
  if constexpr (!data::is_arrays<S>) {
    no_stack();
  } else {
    std::vector<std::string> paths;  // of the arrays that combine_columns goes through
    if (padding.any()) {
      visit_slots_with_path(parts.at(0), [&](const FieldInfo& info, auto slot) {
        if (!slot.is_nothing()) paths.push_back(info.path);
      });
      check_parts(padding, paths);
    }
    auto path = paths.begin();
    return data::combine_columns(parts, [&](const std::vector<Array>& columns) {
      check_complete(columns.size(), parts.size());
      if (!padding.any()) return stacked(columns);
      const std::string& name = *path++;
      const auto value = padding.of(name);
      return value ? padded(name, columns, *value, padding.multiple) : stacked(columns);
    });
  }
}

/// The bucket of a length: the first whose bound it does not exceed.
std::size_t bucket_of(std::int64_t length, std::span<const std::int64_t> bounds);
/// Throws ValueError unless bounds increase.
void check_buckets(std::span<const std::int64_t> bounds);

/// Collects items by length, and gives `size` of them when a bucket has so many.
template <class T>
class Bucketing {
 public:
  Bucketing(std::vector<std::int64_t> bounds, std::size_t size)
      : bounds_(std::move(bounds)), size_(size), buckets_(bounds_.size() + 1) {}

  /// A full bucket, or nothing.
  std::vector<T> add(std::int64_t length, T item) {
    std::vector<T>& bucket = buckets_[bucket_of(length, bounds_)];
    bucket.push_back(std::move(item));
    return bucket.size() < size_ ? std::vector<T>() : std::exchange(bucket, {});
  }
  /// What is left, in batches of `size`: by bucket, the last may be smaller.
  std::vector<T> take_rest() {
    std::vector<T> out;
    for (std::vector<T>& bucket : buckets_) {
      auto from = bucket.begin();
      while (from != bucket.end() && out.size() < size_) out.push_back(std::move(*from++));
      bucket.erase(bucket.begin(), from);
    }
    return out;
  }

 private:
  std::vector<std::int64_t> bounds_;
  std::size_t size_;
  std::vector<std::vector<T>> buckets_;
};

/// The length of a sample by the options.
template <class S>
std::int64_t length_of(const data::CollateOptions<S>& options, const S& sample) {
  return options.length ? options.length(sample) : data::batch_length(sample);
}

}  // namespace copse::data_detail
