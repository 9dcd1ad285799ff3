#include <cmath>

#include "copse/ops/create.hpp"
#include "item.hpp"

namespace bench {
namespace {

std::uint32_t bits(std::uint32_t seed, std::uint32_t i) {
  std::uint32_t h = i + seed * 0x9E3779B9u;
  h ^= h >> 16;
  h *= 0x7FEB352Du;
  h ^= h >> 15;
  h *= 0x846CA68Bu;
  h ^= h >> 16;
  return h >> 8;
}

}  // namespace

copse::Array uniform(std::uint32_t seed, const copse::Shape& shape, float scale) {
  std::vector<float> data(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = scale * (static_cast<float>(bits(seed, static_cast<std::uint32_t>(i))) * 0x1p-23f - 1.0f);
  return copse::array(std::span<const float>(data), shape);
}

copse::Array labels(std::uint32_t seed, std::int64_t count, std::uint32_t classes) {
  std::vector<std::int32_t> data(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<std::int32_t>(bits(seed, static_cast<std::uint32_t>(i)) % classes);
  return copse::array(data);
}

const std::vector<Item>& items() {
  static const std::vector<Item> all = [] {
    std::vector<Item> list = training_items();
    for (const auto& more :
         {operation_items(), function_items(), tree_items(), trainer_items(), loader_items()})
      list.insert(list.end(), more.begin(), more.end());
    return list;
  }();
  return all;
}

}  // namespace bench
