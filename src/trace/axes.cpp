#include "copse/trace/axes.hpp"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "../core/lifetime.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"

namespace copse::flat {
namespace {

constinit thread_local const AxisScope* innermost = nullptr;
constinit thread_local const MappingScope* mapping = nullptr;

// A number for each key that has ever been asked for, from 1.
template <class Key>
std::uint64_t number_of(const Key& key) {
  struct Numbers {
    std::mutex mutex;
    std::map<Key, std::uint64_t> known;
  };
  static Numbers& numbers = *new Numbers;  // never destroyed
  const std::lock_guard lock(numbers.mutex);
  return numbers.known.try_emplace(key, numbers.known.size() + 1).first->second;
}

// Those of communicators are even, others odd.
std::uint64_t new_id() {
  static std::atomic<std::uint64_t> last{1};
  return last += 2;
}

}  // namespace

AxisPtr mapped_axis(std::string name, std::int64_t size) {
  return std::make_shared<const Axis>(Axis{std::move(name), size, new_id(), nullptr});
}

AxisPtr rank_axis(std::string name, comm::CommunicatorPtr communicator) {
  if (name.empty()) throw ValueError("spmd: the axis has no name; give it one, such as \"i\"");
  if (!communicator)
    throw ValueError(
        fmt::format("spmd: the communicator of axis `{}` is null; give one, such as comm::self()", name));
  const std::uint64_t id = 2 * number_of(std::pair(communicator->id(), name));
  const std::int64_t size = communicator->size();
  return std::make_shared<const Axis>(Axis{std::move(name), size, id, std::move(communicator)});
}

AxisScope::AxisScope(AxisPtr axis, std::function<Array()> index)
    : axis_(std::move(axis)), index_(std::move(index)), outer_(innermost), ranks_(ranks_around()) {
  if (axis_->communicator) ranks_ = number_of(std::tuple(ranks_, axis_->id, 0));
  innermost = this;
}

AxisScope::~AxisScope() { innermost = outer_; }

Array AxisScope::index() const {
  return index_ ? index_() : astype(Array(axis_->communicator->rank()), DType::int32);
}

const AxisScope& find_axis(std::string_view name, std::string_view function) {
  std::string known;
  for (const AxisScope* scope = innermost; scope; scope = scope->outer()) {
    if (scope->axis()->name == name) return *scope;
    known += fmt::format("{}`{}`", known.empty() ? "" : ", ", scope->axis()->name);
  }
  throw ValueError(
      fmt::format("{}: there is no axis `{}` here, {}; name one by vmap(f, {{.axis_name = \"{}\"}}) or by "
                  "spmd(f, \"{}\", "
                  "communicator)",
                  function, name, known.empty() ? "nor any other" : "only " + known, name, name));
}

std::uint64_t ranks_around() noexcept { return innermost ? innermost->ranks() : 0; }

MappingScope::MappingScope(AxisPtr axis) noexcept : axis_(std::move(axis)), outer_(mapping) {
  mapping = this;
}
MappingScope::~MappingScope() { mapping = outer_; }

AxisPtr current_mapping() noexcept { return mapping ? mapping->axis() : nullptr; }

}  // namespace copse::flat
