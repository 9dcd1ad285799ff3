// Parts of a dataset: to train on and to validate with.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/data/dataset.hpp"

namespace copse::data_detail {

/// How samples are divided: `classes` and `groups` have a number for each sample, or are empty.
struct Division {
  std::int64_t samples = 0;
  std::int64_t seed = 0;
  bool shuffle = true;
  std::vector<std::int64_t> classes = {}, groups = {};
};
std::pair<Positions, Positions> split_positions(const Division& division, double fraction);
std::vector<std::pair<Positions, Positions>> fold_positions(const Division& division, int k);
[[noreturn]] void no_labels(const char* function);
void check_group_count(std::size_t groups, std::int64_t samples);

}  // namespace copse::data_detail

namespace copse::data {

/// To which group a sample belongs: a function that gives an integer or a text for a sample, or a number for
/// each sample.
template <class S>
class Groups {
 public:
  Groups() = default;
  template <class F>
    requires std::invocable<const F&, const S&>
  Groups(F f) {
    using R = std::remove_cvref_t<std::invoke_result_t<const F&, const S&>>;
    static_assert(std::integral<R> || std::convertible_to<R, std::string>,
                  "copse: a group is an integer or a text");
    numbers_ = [f](const Dataset<S>& dataset) {
      std::map<std::conditional_t<std::integral<R>, R, std::string>, std::int64_t> known;
      std::vector<std::int64_t> out;
      for (std::int64_t i = 0; i < dataset.size(); ++i)
        out.push_back(
            known.try_emplace(f(dataset[i]), static_cast<std::int64_t>(known.size())).first->second);
      return out;
    };
  }
  Groups(std::vector<std::int64_t> numbers) {
    numbers_ = [numbers = std::move(numbers)](const Dataset<S>& dataset) {
      data_detail::check_group_count(numbers.size(), dataset.size());
      return numbers;
    };
  }

  bool given() const { return static_cast<bool>(numbers_); }
  /// The number of each sample's group.
  std::vector<std::int64_t> numbers(const Dataset<S>& dataset) const { return numbers_(dataset); }

 private:
  std::function<std::vector<std::int64_t>(const Dataset<S>&)> numbers_;
};

template <class S>
struct SplitOptions {
  double fraction =
      0.2;  ///< how many of the samples (with `group`: of the groups) go to the second part, rounded up
  std::int64_t seed = 0;
  bool shuffle = true;    ///< else the second part has the last samples, or the groups that come last
  bool stratify = false;  ///< each part has its share of each class of `labels`, as scikit-learn's `stratify`
  Groups<S> group = {};   ///< no group is in both parts, as scikit-learn's `GroupShuffleSplit`
};

template <class S>
struct FoldOptions {
  std::int64_t seed = 0;
  bool shuffle = true;
  bool stratify = false;  ///< each part has its share of each class of `labels`
  Groups<S> group = {};   ///< each group is in one part; parts have as many samples as groups allow
};

}  // namespace copse::data

namespace copse::data_detail {

/// The division that options ask for.
template <class S, class Options>
Division division_of(const char* function, const data::Dataset<S>& dataset, const Options& options) {
  check_constant(function, dataset.reorders());
  Division out{dataset.size(), options.seed, options.shuffle};
  if (options.group.given()) out.groups = options.group.numbers(dataset);
  if (options.stratify) {
    if constexpr (requires(const S& sample) { sample.labels.template item<std::int64_t>(); }) {
      for (std::int64_t i = 0; i < dataset.size(); ++i) {
        out.classes.push_back(dataset[i].labels.template item<std::int64_t>());
      }
    } else {
      no_labels(function);
    }
  }
  return out;
}

}  // namespace copse::data_detail

namespace copse::data {

/// Two parts of a dataset. Throws ValueError unless both have samples, for `stratify` together with `group`,
/// and for a dataset whose order depends on the epoch.
template <class S>
[[nodiscard]] std::pair<Dataset<S>, Dataset<S>> split(const Dataset<S>& dataset,
                                                      const SplitOptions<S>& options = {}) {
  auto [first, second] =
      data_detail::split_positions(data_detail::division_of("split", dataset, options), options.fraction);
  return {dataset.subset(std::move(first)), dataset.subset(std::move(second))};
}

/// `k` ways to train on all but one part and to validate on that one. Throws ValueError unless 2 <= k <= size
/// (or the number of groups), and as `split` does.
template <class S>
[[nodiscard]] std::vector<std::pair<Dataset<S>, Dataset<S>>> k_fold(const Dataset<S>& dataset, int k,
                                                                    const FoldOptions<S>& options) {
  std::vector<std::pair<Dataset<S>, Dataset<S>>> out;
  for (auto& [first, second] :
       data_detail::fold_positions(data_detail::division_of("k_fold", dataset, options), k)) {
    out.emplace_back(dataset.subset(std::move(first)), dataset.subset(std::move(second)));
  }
  return out;
}
template <class S>
[[nodiscard]] std::vector<std::pair<Dataset<S>, Dataset<S>>> k_fold(const Dataset<S>& dataset, int k,
                                                                    std::int64_t seed = 0) {
  return k_fold(dataset, k, FoldOptions<S>{.seed = seed});
}

}  // namespace copse::data
