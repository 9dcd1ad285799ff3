// Kinds: tags that tell what a leaf is for. They form a lattice by inheritance, and filters match derived
// kinds too.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <typeinfo>

#include "copse/tree/type_name.hpp"

namespace copse {

/// Root of all kinds. One's own kinds derive from it or from any other: `struct EmaKind : StateKind {};`
struct TreePart {};
/// What an optimizer changes.
struct ParameterKind : TreePart {};
/// What a program changes as it runs.
struct StateKind : TreePart {};
/// Running statistics of a batch normalisation.
struct BatchStatKind : StateKind {};
/// What a layer remembers from one call to the next.
struct CacheKind : StateKind {};
/// What a metric accumulates.
struct MetricStateKind : StateKind {};
/// What an optimizer accumulates.
struct OptStateKind : StateKind {};
/// What a program only reports.
struct LogKind : TreePart {};
/// A value to be added to the loss.
struct LossLogKind : LogKind {};
/// A value to be reported among the metrics.
struct MetricLogKind : LogKind {};

/// The kind of a leaf that stands in no field of a kind.
struct NoKind {};

namespace tree_detail {

template <class... Kinds>
struct KindList {
  template <class Kind>
  static constexpr std::uint32_t ancestors() {
    std::uint32_t mask = 0, bit = 1;
    ((mask |= std::is_base_of_v<Kinds, Kind> ? bit : 0, bit <<= 1), ...);
    return mask;
  }
  template <class Kind>
  static constexpr std::uint32_t bit_of() {
    std::uint32_t mask = 0, bit = 1;
    ((mask |= std::is_same_v<Kinds, Kind> ? bit : 0, bit <<= 1), ...);
    return mask;
  }
};

using LibraryKinds = KindList<NoKind, TreePart, ParameterKind, StateKind, BatchStatKind, CacheKind,
                              MetricStateKind, OptStateKind, LogKind, LossLogKind, MetricLogKind>;

struct KindRecord {
  const std::type_info* type;
  std::string_view name;
  std::uint32_t ancestors;
  void (*raise)();
};

template <class Kind>
constexpr std::string_view kind_name() {
  if constexpr (std::same_as<Kind, NoKind>) {
    return {};
  } else {
    auto name = reflect::type_name<Kind>();
    return name.size() > 4 && name.ends_with("Kind") ? name.substr(0, name.size() - 4) : name;
  }
}

template <class Kind>
[[noreturn]] void raise_kind() {
  throw static_cast<const Kind*>(nullptr);
}

template <class Kind>
inline constexpr KindRecord kind_record{&typeid(Kind), kind_name<Kind>(), LibraryKinds::ancestors<Kind>(),
                                        &raise_kind<Kind>};

// A kind that is only known at run time against one that is only known at compile time: the language can ask
// this question in one way, a handler for a base class. The answer is kept for good, so it is asked once for
// each pair; two threads that ask at once keep it twice.
template <class Wanted>
bool derives_from(const KindRecord& kind) {
  struct Answer {
    const KindRecord* kind;
    bool derived;
    const Answer* next;
  };
  static constinit std::atomic<const Answer*> answers = nullptr;
  const Answer* const known = answers.load(std::memory_order_acquire);
  for (const Answer* at = known; at; at = at->next)
    if (at->kind == &kind) return at->derived;
  bool derived = false;
  try {
    kind.raise();
  } catch (const Wanted*) {
    derived = true;
  } catch (...) {
  }
  auto* const answer = new Answer{&kind, derived, known};
  while (!answers.compare_exchange_weak(answer->next, answer, std::memory_order_release,
                                        std::memory_order_relaxed)) {
  }
  return derived;
}

}  // namespace tree_detail

/// A kind as a value.
class KindId {
 public:
  constexpr KindId() : record_(&tree_detail::kind_record<NoKind>) {}
  /// The id of a kind.
  template <class Kind>
  static constexpr KindId of() {
    return KindId(&tree_detail::kind_record<Kind>);
  }

  /// The kind's name without the word Kind: `Parameter`. Empty for a leaf without a kind.
  constexpr std::string_view name() const { return record_->name; }

  /// Whether this is `Kind` or derived from it.
  template <class Kind>
  bool is() const {
    constexpr auto bit = tree_detail::LibraryKinds::bit_of<Kind>();
    if constexpr (bit != 0) {
      return (record_->ancestors & bit) != 0;
    } else {
      return *record_->type == typeid(Kind) || tree_detail::derives_from<Kind>(*record_);
    }
  }

  friend bool operator==(KindId a, KindId b) {
    return a.record_ == b.record_ || *a.record_->type == *b.record_->type;
  }

 private:
  explicit constexpr KindId(const tree_detail::KindRecord* record) : record_(record) {}

  const tree_detail::KindRecord* record_;
};

}  // namespace copse
