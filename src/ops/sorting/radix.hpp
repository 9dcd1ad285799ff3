// Sorting by digits: stable, and linear in the number of elements.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace copse::sorting {

/// One way to do it: digits of so many bits.
template <int Bits, class Item, class KeyOf>
void sort_by_digits(Item* items, Item* spare, std::int64_t n, KeyOf key) {
  using K = decltype(key(*items));
  constexpr int digits = (static_cast<int>(sizeof(K)) * 8 + Bits - 1) / Bits, buckets = 1 << Bits;
  std::int64_t counts[digits][buckets] = {};
  for (std::int64_t i = 0; i < n; ++i) {
    const K k = key(items[i]);
    for (int d = 0; d < digits; ++d) ++counts[d][(k >> (d * Bits)) & (buckets - 1)];
  }
  Item *from = items, *to = spare;
  for (int d = 0; d < digits; ++d) {
    std::int64_t* count = counts[d];
    // A digit that all have in common needs no pass.
    if (count[(key(items[0]) >> (d * Bits)) & (buckets - 1)] == n) continue;
    std::int64_t sum = 0;
    for (int b = 0; b < buckets; ++b) sum += std::exchange(count[b], sum);
    for (std::int64_t i = 0; i < n; ++i) to[count[(key(from[i]) >> (d * Bits)) & (buckets - 1)]++] = from[i];
    std::swap(from, to);
  }
  if (from != items) std::copy_n(from, n, items);
}

/// Sorts `items`, using `spare` of the same size; key(item) is an unsigned integer. Stable.
template <class Item, class KeyOf>
void radix_sort(Item* items, Item* spare, std::int64_t n, KeyOf key) {
  if (n >= 8192) return sort_by_digits<11>(items, spare, n, key);  // fewer passes, larger histograms
  if (n >= 256) return sort_by_digits<8>(items, spare, n, key);
  // Too few to pay for the histograms.
  for (std::int64_t i = 1; i < n && n <= 24; ++i) {
    const Item item = items[i];
    std::int64_t j = i;
    for (; j > 0 && key(item) < key(items[j - 1]); --j) items[j] = items[j - 1];
    items[j] = item;
  }
  if (n > 24)
    std::stable_sort(items, items + n, [&](const Item& a, const Item& b) { return key(a) < key(b); });
}

}  // namespace copse::sorting
