#include "copse/nn/lookup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"

namespace copse::nn {
namespace {

// FNV-1a: the same on every machine.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

void check_options(const LookupOptions& options) {
  if (options.unknown < 0 || options.max_size < 0 || options.min_count < 0) {
    throw ValueError(fmt::format("StringLookup: unknown is {}, max_size {}, min_count {}: wanted 0 or more",
                                 options.unknown, options.max_size, options.min_count));
  }
}

}  // namespace

struct StringLookup::State {
  std::vector<std::string> texts;
  std::unordered_map<std::string_view, std::int64_t> numbers;  // of what lies in texts
  std::int64_t unknown;
};

StringLookup::StringLookup(std::vector<std::string> vocabulary, const LookupOptions& options) {
  check_options(options);
  auto state = std::make_shared<State>(State{std::move(vocabulary), {}, options.unknown});
  for (const std::string& text : state->texts) {
    const auto number = options.unknown + static_cast<std::int64_t>(state->numbers.size());
    if (!state->numbers.emplace(text, number).second)
      throw ValueError(fmt::format("StringLookup: '{}' comes twice in the vocabulary", text));
  }
  state_ = std::move(state);
}

StringLookup StringLookup::learn(std::span<const std::string> texts, const LookupOptions& options) {
  check_options(options);
  std::unordered_map<std::string_view, std::int64_t> counts;
  for (const std::string& text : texts) ++counts[text];
  std::vector<std::pair<std::int64_t, std::string_view>> order;
  for (const auto& [text, count] : counts) {
    if (count >= options.min_count) order.emplace_back(-count, text);
  }
  std::sort(order.begin(), order.end());
  if (options.max_size > 0) order.resize(std::min(order.size(), static_cast<std::size_t>(options.max_size)));
  std::vector<std::string> vocabulary;
  for (const auto& [count, text] : order) vocabulary.emplace_back(text);
  return StringLookup(std::move(vocabulary), options);
}

const std::vector<std::string>& StringLookup::vocabulary() const { return state_->texts; }

std::int64_t StringLookup::size() const {
  return state_->unknown + static_cast<std::int64_t>(state_->texts.size());
}

std::int64_t StringLookup::operator()(std::string_view text) const {
  const auto found = state_->numbers.find(text);
  if (found != state_->numbers.end()) return found->second;
  if (state_->unknown == 0) {
    throw ValueError(
        fmt::format("StringLookup: '{}' is none of the {} texts that are known, and there is no number "
                    "for unknown ones",
                    text.substr(0, 40), state_->texts.size()));
  }
  return static_cast<std::int64_t>(stable_hash(text) % static_cast<std::uint64_t>(state_->unknown));
}

Array StringLookup::operator()(std::span<const std::string> texts) const {
  std::vector<std::int64_t> numbers;
  numbers.reserve(texts.size());
  for (const std::string& text : texts) numbers.push_back((*this)(std::string_view(text)));
  return array(numbers);
}

std::string_view StringLookup::text(std::int64_t number) const {
  if (number < 0 || number >= size())
    throw ValueError(fmt::format("StringLookup::text: {} of {} numbers", number, size()));
  if (number < state_->unknown) return "[UNK]";
  return state_->texts[static_cast<std::size_t>(number - state_->unknown)];
}

bool operator==(const StringLookup& a, const StringLookup& b) {
  return a.state_ == b.state_ ||
         (a.state_->unknown == b.state_->unknown && a.state_->texts == b.state_->texts);
}

Array multi_hot(const Array& labels, std::int64_t num_classes, DType dtype) {
  if (labels.ndim() == 0)
    throw ShapeError(fmt::format("multi_hot: got {}, wanted the labels of a sample along the last axis",
                                 to_string(labels.type())));
  if (labels.shape(-1) == 0) {
    Shape shape = labels.shape();
    shape[-1] = num_classes;
    return zeros(shape, dtype);
  }
  return max(one_hot(labels, num_classes, dtype), -2);
}

}  // namespace copse::nn
