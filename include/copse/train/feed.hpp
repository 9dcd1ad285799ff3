// From what users train on to sources of batches, and from these to the untyped loops.
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/data/batch.hpp"
#include "copse/data/dataset.hpp"
#include "copse/data/source.hpp"
#include "copse/train/levels.hpp"
#include "copse/train/loop.hpp"
#include "copse/train/validation_data.hpp"

namespace copse::train_detail {

/// A source and a step, as the loops see them.
template <class B>
class TypedFeed final : public Feed {
 public:
  TypedFeed(std::shared_ptr<data::Source<B>> source, std::function<Logs(const B&)> step)
      : source_(std::move(source)), step_(std::move(step)) {}

  void start(int epoch, std::int64_t skip) override { source_->start(epoch, skip); }
  bool next() override {
    batch_ = source_->next();
    return batch_.has_value();
  }
  std::int64_t samples() const override { return data::batch_length(*batch_); }
  Logs step() override { return step_(*batch_); }
  std::optional<std::int64_t> batches() const override { return source_->batches(); }
  std::optional<std::int64_t> total_samples() const override { return source_->samples(); }
  io::Store state() const override { return source_->state(); }
  void restore(const io::Store& state) override { source_->restore(state); }

 private:
  std::shared_ptr<data::Source<B>> source_;
  std::function<Logs(const B&)> step_;
  std::optional<B> batch_;
};

template <class X>
inline constexpr bool is_vector = false;
template <class B, class A>
inline constexpr bool is_vector<std::vector<B, A>> = true;

template <class X>
concept IsSource =
    requires { typename X::batch_type; } && std::derived_from<X, data::Source<typename X::batch_type>>;

/// A source of one's own in a shared pointer.
template <class X>
inline constexpr bool is_shared_source = false;
template <IsSource S>
inline constexpr bool is_shared_source<std::shared_ptr<S>> = !std::is_const_v<S>;

template <class X>
concept IsGenerator = std::is_invocable_v<X&> && requires(X& f) {
  typename std::invoke_result_t<X&>::value_type;
  requires std::same_as<std::invoke_result_t<X&>,
                        std::optional<typename std::invoke_result_t<X&>::value_type>>;
};

/// Inputs alone are given to steps as a BatchOf, unless the struct's own steps take them as they are.
template <class T, class X>
inline constexpr bool takes_bare =
    (NamesTrainStep<T> && TakesTrainStep<T, X> && !TakesTrainStep<T, BatchOf<X>>) ||
    (NamesManagedTrainStep<T> && TakesManagedTrainStep<T, X> && !TakesManagedTrainStep<T, BatchOf<X>>);

/// Arrays as samples: what is a batch already stays so.
template <class T, class X>
auto as_samples(const X& x) {
  if constexpr (is_batch<X> || takes_bare<T, X>) {
    return x;
  } else {
    return BatchOf<X>{x, {}, {}};
  }
}

// Throws ValueError for a null pointer in place of a source.
[[noreturn]] void no_source(const char* function);

/// The source of what is not arrays, or nothing.
template <class X>
auto as_source(X& x, [[maybe_unused]] const data::BatchOptions& options,
               [[maybe_unused]] const char* function) {
  if constexpr (IsSource<std::remove_const_t<X>>) {
    static_assert(!std::is_const_v<X>,
                  "copse: a source of batches changes as it is read: it must not be constant");
    return std::shared_ptr<data::Source<typename X::batch_type>>(std::shared_ptr<void>(), &x);
  } else if constexpr (is_shared_source<std::remove_const_t<X>>) {
    if (!x) no_source(function);
    return std::shared_ptr<data::Source<typename X::element_type::batch_type>>(x);
  } else if constexpr (is_vector<std::remove_const_t<X>>) {
    using B = typename X::value_type;
    return std::shared_ptr<data::Source<B>>(
        std::make_shared<data::ListedBatches<B>>(x, options.shuffle, options.seed, options.steps, function));
  } else if constexpr (IsGenerator<std::remove_const_t<X>>) {
    using B = typename std::invoke_result_t<X&>::value_type;
    return std::shared_ptr<data::Source<B>>(std::make_shared<data::GeneratedBatches<B>>(std::ref(x)));
  } else {
    return std::nullopt;
  }
}

template <class X>
inline constexpr bool has_source =
    IsSource<std::remove_const_t<X>> || is_shared_source<std::remove_const_t<X>> ||
    is_vector<std::remove_const_t<X>> || IsGenerator<std::remove_const_t<X>>;

[[noreturn]] void wrong_validation_data(std::string_view wanted, std::string_view got);

template <class B>
struct PartsOf {
  using inputs = B;
  using labels = Array;
  using weights = Array;
};
template <class X, class Y, class W>
struct PartsOf<BatchOf<X, Y, W>> {
  using inputs = X;
  using labels = Y;
  using weights = W;
};

/// Validation data of any of the types that go with batches of type B.
template <class T, class B>
std::shared_ptr<data::Source<B>> validation_source(const ValidationData& given,
                                                   const data::BatchOptions& options) {
  constexpr const char* function = "fit: validation_data";
  const auto arrays = [&](B samples) -> std::shared_ptr<data::Source<B>> {
    if constexpr (data::is_arrays<B>) {
      return std::make_shared<data::ArrayBatches<B>>(std::move(samples), options, function);
    } else {
      return std::make_shared<data::ListedBatches<B>>(std::vector<B>{std::move(samples)});
    }
  };
  if (const auto* batch = given.as<B>()) return arrays(*batch);
  if (const auto* list = given.as<std::vector<B>>()) return std::make_shared<data::ListedBatches<B>>(*list);
  if (const auto* source = given.as<std::shared_ptr<data::Source<B>>>()) return *source;
  if (const auto* batches = given.as<data::Batches<B>>()) return std::make_shared<data::Batches<B>>(*batches);
  if constexpr (is_batch<B>) {
    using Parts = PartsOf<B>;
    using X = typename Parts::inputs;
    using Y = typename Parts::labels;
    using W = typename Parts::weights;
    if (const auto* x = given.as<X>()) return arrays({*x, {}, {}});
    if (const auto* pair = given.as<std::pair<X, Y>>()) return arrays({pair->first, pair->second, {}});
    if (const auto* two = given.as<std::tuple<X, Y>>())
      return arrays({std::get<0>(*two), std::get<1>(*two), {}});
    if (const auto* three = given.as<std::tuple<X, Y, W>>()) {
      return arrays({std::get<0>(*three), std::get<1>(*three), std::get<2>(*three)});
    }
  }
  wrong_validation_data(reflect::type_name<B>(), given.type());
}

/// Sample weights times the weight of each sample's class. Throws ValueError for labels that are no classes.
Array class_weights(const Array& labels, const std::map<std::int64_t, double>& weights,
                    const Array& sample_weight);
[[noreturn]] void no_classes(const std::string& samples);

template <class B>
inline constexpr bool has_classes = is_batch<B> && std::same_as<typename PartsOf<B>::labels, Array> &&
                                    std::same_as<typename PartsOf<B>::weights, Array>;

/// Gives samples the weights of their classes. Throws ValueError where there are none.
template <class B>
void weigh_classes(B& samples, const std::map<std::int64_t, double>& weights) {
  if constexpr (has_classes<B>) {
    samples.sample_weight = class_weights(samples.labels, weights, samples.sample_weight);
  } else {
    no_classes(std::string(reflect::type_name<B>()));
  }
}

}  // namespace copse::train_detail
