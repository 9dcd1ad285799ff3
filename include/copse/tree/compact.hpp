// Submodules and fields made inline: a struct that learns what it consists of when it is first run.
#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/tree/any.hpp"
#include "copse/tree/naming.hpp"

namespace copse {

template <class L>
class CompactRun;

/// Holds what a method makes inline. The first run makes and keeps it; later runs get what was kept and must
/// ask for all of it: for what has a name of its own by that name, for the rest in the same order:
///
///   struct Mlp {
///     BasicCompact<Array> layers;
///
///     Array operator()(Scope& scope, const Array& x) {
///       auto run = layers.run();
///       auto& first = run.make<Linear>(32);                       // layers.linear
///       auto& scale = run.named<Parameter>("scale", 1.0f);        // layers.scale
///       return run.make<Linear>(10)(scope, scale * first(scope, x));   // layers.linear2
///     }
///   };
///
/// To a tree it is a map from names to subtrees, in the order in which they were made.
template <class L>
class BasicCompact {
 public:
  using key_type = std::string;
  using mapped_type = AnyTree<L>;
  using value_type = std::pair<std::string, AnyTree<L>>;

  BasicCompact() = default;
  // A run is not copied with what it has made.
  BasicCompact(const BasicCompact& other) : entries_(other.entries_), named_(other.named_) {}
  BasicCompact(BasicCompact&& other) noexcept
      : entries_(std::move(other.entries_)), named_(std::move(other.named_)) {}
  BasicCompact& operator=(const BasicCompact& other) {
    entries_ = other.entries_;
    named_ = other.named_;
    return *this;
  }
  BasicCompact& operator=(BasicCompact&& other) noexcept {
    entries_ = std::move(other.entries_);
    named_ = std::move(other.named_);
    return *this;
  }

  /// Begins a run, which lasts as long as what is returned. Throws TreeError if one is under way.
  [[nodiscard]] CompactRun<L> run() { return CompactRun<L>(*this); }

  /// Whether nothing has been made before the run that is under way. Throws TreeError outside of one.
  bool first_run() const {
    if (run_ == nullptr) throw TreeError("Compact: first_run asked outside of a run");
    return run_->first();
  }

  /// What has been made under a name; throws TreeError if nothing has.
  const AnyTree<L>& at(std::string_view name) const {
    for (const auto& [key, value] : entries_) {
      if (key == name) return value;
    }
    throw TreeError("Compact: there is no " + tree_detail::in_quotes(name));
  }
  bool contains(std::string_view name) const {
    for (const auto& entry : entries_) {
      if (entry.first == name) return true;
    }
    return false;
  }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  friend bool operator==(const BasicCompact& a, const BasicCompact& b) {
    return tree_detail::trees_equal(a, b);
  }

 private:
  friend class CompactRun<L>;

  std::vector<value_type> entries_;
  std::vector<bool> named_;  // which of them have a name of their own
  CompactRun<L>* run_ = nullptr;
};

/// One run of a Compact. When it ends it checks that all that is kept was asked for.
template <class L>
class CompactRun {
 public:
  CompactRun(const CompactRun&) = delete;
  CompactRun& operator=(const CompactRun&) = delete;

  ~CompactRun() noexcept(false) {
    compact_.run_ = nullptr;
    if (std::uncaught_exceptions() > exceptions_) {
      if (first_) compact_ = {};  // what a failed first run made is not kept
      return;
    }
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (!used_[i])
        throw TreeError("Compact: this run did not ask for " + label(i) + ", which the first run made");
    }
  }

  /// Whether this is the first run.
  bool first() const { return first_; }

  /// The next subtree, a `T`. The first run makes it from `args` under its type's name in snake_case.
  template <class T, class... Args>
  T& make(Args&&... args) {
    if (first_) {
      auto name = unique_name(snake_case(reflect::type_name<T>()),
                              [&](std::string_view n) { return compact_.contains(n); });
      return add<T>(std::move(name), false, std::forward<Args>(args)...);
    }
    while (next_ < used_.size() && compact_.named_[next_]) ++next_;
    if (next_ == used_.size()) {
      throw TreeError("Compact: this run asked for " + tree_detail::with_article(reflect::type_name<T>()) +
                      " after all that the first run made");
    }
    return reuse<T>(next_++);
  }

  /// The subtree of a name of its own: `run.named<Linear>("head", 10)`. A field is one, too:
  /// `run.named<Parameter>("scale", 1.0f)`.
  template <class T, class... Args>
  T& named(std::string_view name, Args&&... args) {
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (compact_.entries_[i].first != name) continue;
      if (used_[i]) throw TreeError("Compact: the name " + tree_detail::in_quotes(name) + " is there twice");
      return reuse<T>(i);
    }
    if (first_) return add<T>(std::string(name), true, std::forward<Args>(args)...);
    throw TreeError("Compact: this run asked for " + tree_detail::in_quotes(name) +
                    ", which the first run did not make");
  }

 private:
  friend class BasicCompact<L>;

  explicit CompactRun(BasicCompact<L>& compact)
      : compact_(compact),
        first_(compact.entries_.empty()),
        exceptions_(std::uncaught_exceptions()),
        used_(compact.entries_.size(), false) {
    if (compact.run_ != nullptr) throw TreeError("Compact: a run inside of a run of the same Compact");
    compact.run_ = this;
  }

  std::string label(std::size_t place) const {
    const auto& [name, value] = compact_.entries_[place];
    return tree_detail::in_quotes(name) + " (" + tree_detail::with_article(value.type_name()) + ")";
  }

  // The value in a place, if the first run made the same there. References to it outlive what is made later:
  // the values stand in boxes of their own.
  template <class T>
  T& reuse(std::size_t place) {
    auto& value = compact_.entries_[place].second;
    if (!value.template is<T>()) {
      throw TreeError("Compact: this run asked for " + tree_detail::with_article(reflect::type_name<T>()) +
                      " where the first run made " + label(place));
    }
    used_[place] = true;
    return value.template get<T>();
  }

  template <class T, class... Args>
  T& add(std::string name, bool named, Args&&... args) {
    compact_.entries_.emplace_back(std::move(name), make_value<T>(std::forward<Args>(args)...));
    compact_.named_.push_back(named);
    used_.push_back(true);
    return compact_.entries_.back().second.template get<T>();
  }

  template <class T, class... Args>
  static T make_value(Args&&... args) {
    if constexpr (std::is_aggregate_v<T>) {
      return T{std::forward<Args>(args)...};
    } else {
      return T(std::forward<Args>(args)...);
    }
  }

  BasicCompact<L>& compact_;
  bool first_;
  int exceptions_;
  std::size_t next_ = 0;    // the place at which to look for what has no name of its own
  std::vector<bool> used_;  // what this run has asked for
};

}  // namespace copse

/// To a tree, a Compact is a map.
template <class L>
struct copse::tree_detail::Container<copse::BasicCompact<L>> {
  static constexpr Form form = Form::map;
  using Parts = reflect::Types<AnyTree<L>>;
};
