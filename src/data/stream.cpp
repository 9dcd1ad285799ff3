#include "copse/data/stream.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"

namespace copse::data_detail {

void check_stream_batch(std::int64_t size, std::span<const std::int64_t> buckets) {
  (void)batch_count(0, size, false);  // checks the size
  check_buckets(buckets);
}

void check_buffer(std::int64_t size) {
  if (size < 1)
    throw ValueError(fmt::format("Stream::shuffle: a buffer of {} samples, wanted 1 or more", size));
}

void check_stream_shard(std::int64_t index, std::int64_t count) {
  if (count < 1 || index < 0 || index >= count)
    throw ValueError(fmt::format("Stream::shard: part {} of {}", index, count));
}

}  // namespace copse::data_detail
