// Scope: what a layer sees of the call that it is part of.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"
#include "copse/core/kinds.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/nn/initializers.hpp"
#include "copse/nn/locate.hpp"
#include "copse/random/key.hpp"
#include "copse/tree/path.hpp"

namespace copse {

namespace metrics {
class AnyMetric;
}

/// What a Scope starts with.
struct ScopeOptions {
  std::optional<Key> key = std::nullopt;  ///< the first of the stream of random keys
  bool training = true;
  bool initializing = false;
};

/// Losses or metrics by name, in the order in which they were added.
using NamedArrays = std::vector<std::pair<std::string, Array>>;

/// What a step has named for losses and metrics: an array, a list of arrays, or arrays by their paths in a
/// tree.
struct Provided {
  std::string name;
  std::variant<Array, std::vector<Array>, std::map<std::string, Array>> value;
};

/// A metric that a step keeps: as it was given, and how it takes in this batch.
struct AddedMetric {
  std::string name;
  std::shared_ptr<const metrics::AnyMetric> metric;
  std::function<void(metrics::AnyMetric&)> update;
};

/// The surroundings of a call: a stream of random keys, whether this is training or initialisation, and a
/// place for losses and metrics. `init` and `apply` of a Module make one; methods of structs take it as
/// `Scope&` and hand it on.
class Scope {
 public:
  using Object = nn_detail::Object;

  /// What one object was called with and what it gave, for tables.
  struct Record {
    std::string path;
    std::string name;
    std::vector<ShapeDtype> inputs;
    std::vector<ShapeDtype> outputs;
  };

  explicit Scope(ScopeOptions options = {});
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

  /// The next random key: `(k, rest) = split(key)` gives k and keeps the rest. KeyError if no key was given,
  /// naming the innermost object that is known (see `enter`).
  Key key();
  /// The same, with an error that names this object: `scope.key(*this)`.
  Key key(const Object& object);
  /// Whether a key was given.
  bool has_key() const noexcept { return key_.data.has_value(); }

  /// Whether layers behave as in training: drop, use and update the batch's statistics.
  bool training() const noexcept { return training_; }
  /// Whether layers create the parameters that they lack.
  bool initializing() const noexcept { return initializing_; }

  /// Adds to the loss of this step, and reports it. A name that is taken gets `_2`, `_3`, ... behind it.
  void add_loss(std::string_view name, const Array& value);
  /// Reports a number of this step.
  void add_metric(std::string_view name, const Array& value);
  /// Keeps a metric of a step's own, updated with these arrays: over an epoch (or a run of evaluation) it
  /// accumulates, and its value is reported then; the trainer resets it with its own metrics. A name that is
  /// taken gets `_2`, `_3`, ... behind it.
  ///
  ///     scope.add_metric("f1", metrics::F1{.num_classes = 3}, preds, batch.labels);
  template <class M, class First, class... Rest>
    requires(requires(M& metric) { metric.reset(); })
  void add_metric(std::string_view name, M metric, const First& first, const Rest&... rest) {
    // Complete where there is a metric: nn knows no metrics.
    using Any = std::conditional_t<(sizeof(M) > 0), metrics::AnyMetric, M>;
    auto any = std::make_shared<const Any>(metric);
    add_metric_of(name, std::move(any), [first, rest...](Any& accumulated) {
      M value = accumulated.template as<M>();
      value.update(first, rest...);
      accumulated = Any(std::move(value)).named(accumulated.name());
    });
  }
  /// Names what a step has computed, for the losses and metrics of the trainer: `scope.provide("preds",
  /// preds)`. An array, or a tree of arrays, which is known by its parts' paths, too. A name that is taken is
  /// given anew.
  void provide(std::string_view name, Array value) { provide_value({std::string(name), std::move(value)}); }
  void provide(std::string_view name, std::vector<Array> value) {
    provide_value({std::string(name), std::move(value)});
  }
  template <class T>
    requires(!std::convertible_to<const T&, Array> && !std::convertible_to<const T&, std::vector<Array>>)
  void provide(std::string_view name, const T& tree) {
    std::map<std::string, Array> parts;
    visit_slots_with_path(tree, [&](const FieldInfo& info, auto slot) {
      static_assert(
          std::same_as<typename decltype(slot)::value_type, Array>,
          "copse: scope.provide: losses and metrics work on arrays: give an array or a tree of arrays");
      if (!slot.is_nothing()) parts[info.path] = slot.value();
    });
    provide_value({std::string(name), std::move(parts)});
  }
  /// What has been named, and the metrics that have been added.
  const std::vector<Provided>& provided() const noexcept { return provided_; }
  const std::vector<AddedMetric>& added_metrics() const noexcept { return added_; }

  /// What has been added so far.
  const NamedArrays& losses() const noexcept { return losses_; }
  const NamedArrays& metrics() const noexcept { return metrics_; }

  /// The path of the innermost object that is known: `Classifier.hidden`. Empty if none is.
  std::string path() const;
  /// The path of an object: `scope.path(*this)`. Empty if it is in no tree that this scope knows.
  std::string path(const Object& object) const;

  /// Throws E with a message like `Linear: input has 784 features, kernel wants 512, in Classifier.hidden`.
  template <class E = ShapeError>
  [[noreturn]] void fail(const Object& object, const std::string& problem) const {
    throw E(message(object, problem));
  }

  /// The value of a parameter or statistic. Where it has none, `init(key, shape)` makes one, or
  /// `init(shape)`, but only while initialising: else ValueError names the parameter and says to call `init`.
  /// A constant initializer draws no key. ShapeError if there is a value of another shape.
  template <class Kind, class Init>
  const Array& parameter(const Object& object, const char* name, Field<Kind, Array>& field, const Init& init,
                         const Shape& shape) {
    if (!(*field).has_value()) {
      require_initializing(object, name);
      if constexpr (std::same_as<Init, initializers::Initializer>)
        field = init(init.kind == Init::Kind::constant ? Key{} : key(object), shape);
      else if constexpr (std::is_invocable_v<const Init&, const Shape&>)
        field = init(shape);
      else
        field = init(key(object), shape);
    } else if ((*field).shape() != shape) {
      wrong_shape(object, name, (*field).shape(), shape);
    }
    return *field;
  }

  /// A layer whose operations are being recorded: while it is the innermost one, instructions get its path.
  class Layer final : public detail::PathScope {
   public:
    Layer(const Scope& scope, const Object& object) : scope_(scope), object_(object) {}
    std::string path() const override;

   private:
    const Scope& scope_;
    Object object_;
  };

  /// Makes a tree known as the root of paths, until the result is destroyed.
  class Root {
   public:
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;
    ~Root();

   private:
    friend class Scope;
    Root(Scope& scope, const Object& object, nn_detail::Locate locate, std::string_view name);

    Scope& scope_;
    Object object_;
    nn_detail::Locate locate_;
    std::string_view name_;
    const Root* outer_;
    Object innermost_;
    Layer layer_;
  };
  template <class T>
  [[nodiscard]] Root root(const T& tree, std::string_view name = reflect::type_name<T>()) {
    return Root(*this, tree, &nn_detail::locate_in<T>, name);
  }

  /// Makes an object the innermost one that is known, until the result is destroyed: `auto call =
  /// scope.enter(*this, x);` at the beginning of a layer and `return call(y);` at its end let tables show its
  /// inputs and outputs.
  class Call {
   public:
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() { scope_.innermost_ = outer_; }

    /// Notes an output and hands it on.
    Array operator()(Array output) {
      if (scope_.records_) note(output);
      return output;
    }

   private:
    friend class Scope;
    Call(Scope& scope, const Object& object, std::initializer_list<const Array*> inputs)
        : scope_(scope), outer_(scope.innermost_), layer_(scope, object) {
      scope_.innermost_ = object;
      if (scope_.records_) start(inputs);
    }
    void start(std::initializer_list<const Array*> inputs);
    void note(const Array& output);

    Scope& scope_;
    Object outer_;
    Layer layer_;
    std::size_t record_ = 0;
  };
  template <class... Arrays>
  [[nodiscard]] Call enter(const Object& object, const Arrays&... inputs) {
    return Call(*this, object, {&inputs...});
  }

  /// Restricts training to what a nested module says, until the result is destroyed.
  class Mode {
   public:
    Mode(Scope& scope, bool training) : scope_(scope), outer_(scope.training_) {
      scope_.training_ = outer_ && training;
    }
    Mode(const Mode&) = delete;
    Mode& operator=(const Mode&) = delete;
    ~Mode() { scope_.training_ = outer_; }

   private:
    Scope& scope_;
    bool outer_;
  };

  /// Collects a record of each call from now on.
  void record_calls(std::vector<Record>* records) noexcept { records_ = records; }

 private:
  std::string whereabouts(const Object& object) const;
  std::string message(const Object& object, const std::string& problem) const;
  void require_initializing(const Object& object, const char* parameter) const;
  [[noreturn]] void wrong_shape(const Object& object, const char* parameter, const Shape& got,
                                const Shape& wanted) const;
  void provide_value(Provided value);
  void add_metric_of(std::string_view name, std::shared_ptr<const metrics::AnyMetric> metric,
                     std::function<void(metrics::AnyMetric&)> update);

  Key key_;
  bool training_;
  bool initializing_;
  NamedArrays losses_;
  NamedArrays metrics_;
  std::vector<Provided> provided_;
  std::vector<AddedMetric> added_;
  const Root* root_ = nullptr;
  Object innermost_;
  std::vector<Record>* records_ = nullptr;
};

}  // namespace copse
