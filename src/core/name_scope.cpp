#include "copse/core/name_scope.hpp"

#include <fmt/format.h>

#include <deque>
#include <mutex>
#include <unordered_map>

#include "copse/core/trace.hpp"

namespace copse {
namespace detail {
namespace {

constinit thread_local const PathScope* innermost = nullptr;

// All paths that have been recorded. Texts stay where they are.
struct Paths {
  std::mutex mutex;
  std::deque<std::string> texts{std::string()};
  std::unordered_map<std::string_view, std::uint32_t> numbers{{std::string_view(), 0}};
};

Paths& paths() {
  static Paths& all = *new Paths;  // never destroyed
  return all;
}

// Appends " (in Classifier.hidden, inside `jit`)", but for what a message says already.
void add_context_to(std::string& message) {
  std::string context = current_path_text();
  if (message.find(context) != std::string::npos) context.clear();
  if (!context.empty()) context = "in " + context;
  const std::string transforms = transforms_text();
  if (!transforms.empty() && message.find("inside `") == std::string::npos)
    context += fmt::format("{}inside {}", context.empty() ? "" : ", ", transforms);
  if (!context.empty()) message += fmt::format(" ({})", context);
}

}  // namespace

PathScope::PathScope() noexcept : outer_(innermost) {
  innermost = this;
  describe_errors();
}

PathScope::PathScope(std::uint32_t number) noexcept : outer_(innermost), number_(number ? number : unknown) {
  innermost = this;
  describe_errors();
}

PathScope::~PathScope() { innermost = outer_; }

std::uint32_t PathScope::number() const {
  if (number_ == unknown) number_ = path_number(path());
  return number_;
}

std::uint32_t path_number(std::string_view path) {
  Paths& all = paths();
  const std::lock_guard lock(all.mutex);
  const auto known = all.numbers.find(path);
  if (known != all.numbers.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(all.texts.size());
  all.numbers.emplace(all.texts.emplace_back(path), number);
  return number;
}

const std::string& path_text(std::uint32_t number) {
  Paths& all = paths();
  const std::lock_guard lock(all.mutex);
  return all.texts[number];
}

std::uint32_t current_path() { return innermost ? innermost->number() : 0; }

std::string current_path_text() { return innermost ? innermost->path() : std::string(); }

std::string RestoredScope::path() const {
  if (recorded_) return path_text(recorded_);
  return outer() ? outer()->path() : std::string();
}

std::string transforms_text() {
  std::string text;
  for (const Trace* trace = current_trace(); trace; trace = trace->outer())
    text = fmt::format("`{}`{}{}", trace->name(), text.empty() ? "" : ", ", text);
  return text;
}

void describe_errors() noexcept { add_context = add_context_to; }

}  // namespace detail

NameScope::NameScope(std::string name) : name_(std::move(name)) {
  if (name_.empty()) throw ValueError("name_scope: the name is empty");
}

std::string NameScope::path() const {
  std::string around = outer() ? outer()->path() : std::string();
  return around.empty() ? name_ : fmt::format("{}/{}", around, name_);
}

}  // namespace copse
