#include "copse/data/splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "copse/core/error.hpp"
#include "copse/data/samples.hpp"

namespace copse::data_detail {
namespace {

using Members = std::map<std::int64_t, Positions>;

std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }

Positions order_of(const Division& division) {
  return data::epoch_order(division.samples, division.shuffle, division.seed, 0);
}

// The samples with each number, in this order.
Members members_of(const Positions& order, const std::vector<std::int64_t>& numbers) {
  Members out;
  for (const std::int64_t i : order) out[numbers[place(i)]].push_back(i);
  return out;
}

void check(const char* function, const Division& division) {
  if (!division.classes.empty() && !division.groups.empty()) {
    throw ValueError(fmt::format("{}: `stratify` and `group` do not go together", function));
  }
}

// The samples that are chosen, and the others before them; both in this order.
std::pair<Positions, Positions> divide(const Positions& order, const std::vector<bool>& second) {
  std::pair<Positions, Positions> out;
  for (const std::int64_t i : order) (second[place(i)] ? out.second : out.first).push_back(i);
  return out;
}

std::pair<Positions, Positions> split_classes(const Division& division, const Positions& order,
                                              double fraction) {
  std::vector<bool> second(place(division.samples));
  for (const auto& [number, members] : members_of(order, division.classes)) {
    const auto count = static_cast<std::int64_t>(members.size());
    if (count < 2)
      throw ValueError(fmt::format("split: class {} has one sample, and both parts need some", number));
    const auto share = static_cast<std::int64_t>(std::llround(static_cast<double>(count) * fraction));
    const std::int64_t first = count - std::clamp<std::int64_t>(share, 1, count - 1);
    for (std::int64_t i = first; i < count; ++i) second[place(members[place(i)])] = true;
  }
  return divide(order, second);
}

// Groups in the order of their first sample.
Positions group_order(const Division& division, const Positions& order) {
  Positions out;
  std::set<std::int64_t> seen;
  for (const std::int64_t i : order) {
    if (seen.insert(division.groups[place(i)]).second) out.push_back(division.groups[place(i)]);
  }
  return out;
}

std::pair<Positions, Positions> split_groups(const Division& division, const Positions& order,
                                             double fraction) {
  // Shuffled as groups: by their first samples, large ones would come early.
  Positions groups = group_order(division, data::epoch_order(division.samples, false, 0, 0));
  const auto count = static_cast<std::int64_t>(groups.size());
  const Positions of_groups = data::epoch_order(count, division.shuffle, division.seed, 0);
  const std::int64_t first = data::split_position("split: groups", count, fraction);
  std::set<std::int64_t> chosen;
  for (std::int64_t i = first; i < count; ++i) chosen.insert(groups[place(of_groups[place(i)])]);
  std::vector<bool> second(place(division.samples));
  for (const std::int64_t i : order) second[place(i)] = chosen.contains(division.groups[place(i)]);
  return divide(order, second);
}

// The part of each sample: parts of an order.
Positions even_parts(const Division& division, const Positions& order, int k) {
  Positions parts(place(division.samples));
  for (int part = 0; part < k; ++part) {
    const std::int64_t begin = division.samples * part / k, end = division.samples * (part + 1) / k;
    for (std::int64_t i = begin; i < end; ++i) parts[place(order[place(i)])] = part;
  }
  return parts;
}

// The part of each sample: the members of each class dealt out, each class from where the last one ended.
Positions class_parts(const Division& division, const Positions& order, int k) {
  Positions parts(place(division.samples));
  std::int64_t next = 0;
  for (const auto& [number, members] : members_of(order, division.classes)) {
    if (static_cast<int>(members.size()) < k) {
      throw ValueError(
          fmt::format("k_fold: class {} has {} samples, fewer than the {} parts", number, members.size(), k));
    }
    for (const std::int64_t i : members) parts[place(i)] = next++ % k;
  }
  return parts;
}

// The part of each sample: groups, the largest first, each into the part with the fewest samples.
Positions group_parts(const Division& division, const Positions& order, int k) {
  const Members members = members_of(order, division.groups);
  if (static_cast<int>(members.size()) < k) {
    throw ValueError(fmt::format("k_fold: {} parts of {} groups", k, members.size()));
  }
  Positions groups = group_order(division, order);
  std::stable_sort(groups.begin(), groups.end(), [&](std::int64_t a, std::int64_t b) {
    return members.at(a).size() > members.at(b).size();
  });
  std::vector<std::size_t> sizes(static_cast<std::size_t>(k));
  Positions parts(place(division.samples));
  for (const std::int64_t group : groups) {
    const auto smallest = std::min_element(sizes.begin(), sizes.end());
    *smallest += members.at(group).size();
    for (const std::int64_t i : members.at(group)) parts[place(i)] = smallest - sizes.begin();
  }
  return parts;
}

}  // namespace

void no_labels(const char* function) {
  throw ValueError(fmt::format("{}: `stratify` needs samples with `labels` that are one number", function));
}

void check_group_count(std::size_t groups, std::int64_t samples) {
  if (static_cast<std::int64_t>(groups) != samples) {
    throw ValueError(fmt::format("`group` has {} numbers for {} samples", groups, samples));
  }
}

std::pair<Positions, Positions> split_positions(const Division& division, double fraction) {
  check("split", division);
  const std::int64_t first = data::split_position("split", division.samples, fraction);
  const Positions order = order_of(division);
  if (!division.groups.empty()) return split_groups(division, order, fraction);
  if (!division.classes.empty()) return split_classes(division, order, fraction);
  return {{order.begin(), order.begin() + first}, {order.begin() + first, order.end()}};
}

std::vector<std::pair<Positions, Positions>> fold_positions(const Division& division, int k) {
  check("k_fold", division);
  if (k < 2 || k > division.samples)
    throw ValueError(fmt::format("k_fold: {} parts of {} samples", k, division.samples));
  const Positions order = order_of(division);
  const Positions parts = !division.groups.empty()    ? group_parts(division, order, k)
                          : !division.classes.empty() ? class_parts(division, order, k)
                                                      : even_parts(division, order, k);
  std::vector<std::pair<Positions, Positions>> out;
  for (int part = 0; part < k; ++part) {
    std::vector<bool> second(place(division.samples));
    for (const std::int64_t i : order) second[place(i)] = parts[place(i)] == part;
    out.push_back(divide(order, second));
  }
  return out;
}

}  // namespace copse::data_detail
