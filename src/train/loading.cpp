#include "copse/train/loading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace copse::train_detail {
namespace {

bool is_training(std::string_view name) { return name.starts_with(training_prefix); }

// What begins anew where it differs: numbers that metrics have gathered.
bool is_metric(std::string_view name) {
  if (!is_training(name)) return false;
  name.remove_prefix(std::string_view(training_prefix).size());
  return name.starts_with("metrics") || name.starts_with("added");
}

// Whether a text is like a pattern, in which * is any text and ? any character.
bool is_like(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0, star = std::string_view::npos, after = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_of(std::string_view name, std::string_view pattern) {
  if (is_like(name, pattern)) return true;
  return name.size() > pattern.size() && name.starts_with(pattern) &&
         std::string_view(".[/").find(name[pattern.size()]) != std::string_view::npos;
}

bool is_wanted(std::string_view name, const CheckpointOptions& options) {
  if (options.weights_only && is_training(name)) return false;
  if (options.only.empty()) return true;
  return std::any_of(options.only.begin(), options.only.end(),
                     [&](const std::string& pattern) { return is_of(name, pattern); });
}

void require_names(const Checkpoint& file, const CheckpointOptions& options) {
  for (const std::string& pattern : options.only) {
    const bool known = std::any_of(file.arrays.begin(), file.arrays.end(),
                                   [&](const auto& entry) { return is_of(entry.first, pattern); });
    if (known) continue;
    std::vector<std::string> names;
    for (const auto& [name, array] : file.arrays) {
      if (!is_training(name)) names.push_back(name);
    }
    throw ValueError(
        fmt::format("{}: the file has no '{}' among ({})", file.where, pattern, fmt::join(names, ", ")));
  }
}

// What of a report must not be left as it is.
std::vector<std::string> refused(const LoadReport& report, const CheckpointOptions& options,
                                 bool has_optimizer) {
  std::vector<std::string> out;
  if (options.skip_mismatched) return out;
  const auto add = [&](const std::vector<std::string>& names, bool training) {
    for (const std::string& name : names) {
      if (!is_metric(name) && (training || !is_training(name))) out.push_back(name);
    }
  };
  add(report.mismatched, true);
  add(report.missing, true);
  add(report.unexpected, has_optimizer);
  return out;
}

}  // namespace

LoadPlan plan_load(const Checkpoint& file, const std::vector<io::Place>& module,
                   const std::vector<io::Place>& training, const CheckpointOptions& options) {
  require_names(file, options);
  std::vector<io::Place> places;
  std::vector<Array*> targets;
  LoadPlan plan{std::vector<Array>(module.size()), std::vector<Array>(training.size()), {}};
  const auto choose = [&](const std::vector<io::Place>& all, std::vector<Array>& arrays) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!is_wanted(all[i].name, options)) continue;
      places.push_back(all[i]);
      targets.push_back(&arrays[i]);
    }
  };
  choose(module, plan.module);
  choose(training, plan.training);
  io::NamedArrays wanted;
  std::vector<std::string> skipped;
  for (const auto& entry : file.arrays) {
    if (is_wanted(entry.first, options))
      wanted.push_back(entry);
    else
      skipped.push_back(entry.first);
  }
  io::Matched matched = io::compare(places, wanted);
  for (std::size_t i = 0; i < targets.size(); ++i) *targets[i] = std::move(matched.arrays[i]);
  plan.report = std::move(matched.report);
  plan.report.skipped = std::move(skipped);
  for (const std::string& name : plan.report.skipped) plan.report.reasons[name] = "not asked for";
  return plan;
}

bool fits(const LoadPlan& plan, const CheckpointOptions& options, bool has_optimizer) {
  return refused(plan.report, options, has_optimizer).empty();
}

void require_fit(const Checkpoint& file, const LoadPlan& plan, const CheckpointOptions& options,
                 bool has_optimizer, const std::string& hint) {
  const auto names = refused(plan.report, options, has_optimizer);
  if (!names.empty()) io::refuse(file.where, plan.report, names, hint);
  if (plan.report.loaded.empty() && !file.arrays.empty())
    throw TreeError(
        fmt::format("{}: none of its arrays fits{}\n{}", file.where, hint, to_string(plan.report)));
}

std::string not_ready(const std::string& note) {
  return "\n(the module has seen no batch, and this program has no batch of the types that the file tells "
         "of" +
         (note.empty() ? std::string() : ": " + note) + "; call init with a batch before load)";
}

void check_parameters(const std::vector<Array>& before, const std::vector<Array>& now) {
  if (before.size() != now.size())
    throw ValueError(
        fmt::format("set_parameters: got {} arrays, the module has {}", now.size(), before.size()));
  for (std::size_t n = 0; n < now.size(); ++n) {
    const ShapeDtype &got = now[n].type(), &wanted = before[n].type();
    if (got.shape == wanted.shape && got.dtype == wanted.dtype) continue;
    const std::string text =
        fmt::format("set_parameters: array {} is {}, wanted {}", n, to_string(got), to_string(wanted));
    if (got.shape != wanted.shape) throw ShapeError(text);
    throw DTypeError(text);
  }
}

}  // namespace copse::train_detail
