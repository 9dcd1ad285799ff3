// The data: two half moons, one the other way round.
#pragma once

#include <copse/copse.hpp>

namespace moons {

/// Points (count, 2) with their classes, int32 (count,).
inline copse::Batch make(const copse::Key& key, std::int64_t count) {
  const auto [which, where_on, noise] = copse::random::split<3>(key);
  const copse::Array label = copse::random::randint(which, {count}, 0, 2);
  const copse::Array angle = copse::random::uniform(where_on, {count}, 0.0f, 3.1415927f);
  const copse::Array upper = copse::stack({copse::cos(angle), copse::sin(angle)}, 1);
  const copse::Array lower = copse::stack({1.0f - copse::cos(angle), 0.5f - copse::sin(angle)}, 1);
  const copse::Array points = copse::where(copse::expand_dims(label == 0, 1), upper, lower);
  return {points + 0.1f * copse::random::normal(noise, {count, 2}), label, {}};
}

}  // namespace moons
