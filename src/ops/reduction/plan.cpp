#include "plan.hpp"

#include <algorithm>

#include "copse/core/threads.hpp"

namespace copse::reduction {
namespace {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

Plan::Plan(const Shape& shape, std::span<const int> axes, const Loops& loops, std::int64_t item)
    : loops_(loops), item_(item), elements_(shape.elements()) {
  struct Dim {
    std::int64_t extent, stride;
    bool reduced;
  } groups[max_rank];
  int count = 0;
  std::int64_t stride = elements_;
  outputs_ = 1;
  for (int d = 0; d < shape.rank(); ++d) {
    const bool reduced = std::find(axes.begin(), axes.end(), d) != axes.end();
    const std::int64_t extent = shape[d];
    if (!reduced) outputs_ *= extent;
    if (extent <= 1) continue;
    stride /= extent;
    if (count > 0 && groups[count - 1].reduced == reduced)
      groups[count - 1] = {groups[count - 1].extent * extent, stride, reduced};
    else
      groups[count++] = {extent, stride, reduced};
  }
  if (elements_ == 0) return;
  if (count > 0) {
    rows_ = groups[--count].reduced;
    (rows_ ? length_ : width_) = groups[count].extent;
    stride_ = groups[count].extent;
  }
  if (count > 0) {
    (rows_ ? width_ : length_) = groups[--count].extent;
    stride_ = groups[count].stride;
  }
  for (int g = 0; g < count; ++g) {
    (groups[g].reduced ? times_ : outer_) *= groups[g].extent;
    (groups[g].reduced ? reduced_[reduced_count_++] : kept_[kept_count_++]) = {groups[g].extent,
                                                                               groups[g].stride};
  }
  divide();
}

void Plan::divide() {
  constexpr std::int64_t most_tasks = 64, task_elements = std::int64_t{1} << 17;
  if (rows_)
    tile_ = std::clamp<std::int64_t>(16384 / length_, 1, most_columns);
  else
    tile_ = most_columns;
  tile_ = std::min(tile_, width_);
  tiles_ = ceil_div(width_, tile_);
  const std::int64_t units = outer_ * tiles_;
  if (units < most_tasks && elements_ >= 2 * task_elements)
    parts_ = std::clamp<std::int64_t>(elements_ / task_elements / units, 1, most_tasks / units);
  const std::int64_t block = rows_ ? row_block : column_block;
  parts_of_core_ = times_ == 1 || length_ >= 2 * parts_ * block;
  part_length_ =
      parts_of_core_ ? ceil_div(ceil_div(length_, parts_), block) * block : ceil_div(times_, parts_);
  parts_ = ceil_div(parts_of_core_ ? length_ : times_, part_length_);
}

std::size_t Plan::workspace() const {
  return parts_ == 1 ? 0 : static_cast<std::size_t>(parts_ * outputs_ * loops_.total_size);
}

// Fills the totals of outputs first .. first + count - 1 from one part of what is reduced.
void Plan::task(const std::byte* in, std::int64_t unit, std::int64_t part, void* totals, std::int64_t& first,
                std::int64_t& count) const {
  const std::int64_t tile = unit % tiles_ * tile_;
  std::int64_t outer = unit / tiles_;
  first = outer * width_ + tile;
  count = std::min(tile_, width_ - tile);
  std::byte* to =
      static_cast<std::byte*>(totals) + (parts_ == 1 ? 0 : (part * outputs_ + first) * loops_.total_size);
  loops_.start(to, count);

  std::int64_t offset = rows_ ? tile * stride_ : tile;
  for (int g = kept_count_ - 1; g >= 0; outer /= kept_[g--].extent)
    offset += outer % kept_[g].extent * kept_[g].stride;
  std::int64_t begin = 0, times = times_, length = length_;
  if (parts_of_core_) {
    offset += part * part_length_ * (rows_ ? 1 : stride_);
    length = std::min(part_length_, length_ - part * part_length_);
  } else {
    begin = part * part_length_;
    times = std::min(part_length_, times_ - begin);
  }
  std::int64_t index[max_rank];
  for (int g = reduced_count_ - 1; g >= 0; begin /= reduced_[g--].extent) {
    index[g] = begin % reduced_[g].extent;
    offset += index[g] * reduced_[g].stride;
  }
  for (;;) {
    if (rows_)
      loops_.rows(in + offset * item_, stride_, count, length, to);
    else
      loops_.columns(in + offset * item_, stride_, length, count, to);
    if (--times == 0) return;
    for (int g = reduced_count_ - 1; g >= 0; --g) {
      offset += reduced_[g].stride;
      if (++index[g] < reduced_[g].extent) break;
      offset -= index[g] * reduced_[g].stride;
      index[g] = 0;
    }
  }
}

void Plan::run(const void* in, void* out, void* workspace) const {
  const auto* from = static_cast<const std::byte*>(in);
  auto* to = static_cast<std::byte*>(out);
  alignas(64) std::byte local[most_columns * 8];
  if (elements_ == 0) {
    for (std::int64_t i = 0; i < outputs_; i += most_columns) {
      const std::int64_t n = std::min(most_columns, outputs_ - i);
      loops_.start(local, n);
      loops_.finish(local, to + i * item_, n);
    }
    return;
  }
  const std::int64_t tasks = outer_ * tiles_ * parts_;
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, elements_ / tasks));
  if (parts_ == 1) {
    parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
      alignas(64) std::byte totals[most_columns * 8];
      for (std::int64_t t = begin; t < end; ++t) {
        std::int64_t first, count;
        task(from, t, 0, totals, first, count);
        loops_.finish(totals, to + first * item_, count);
      }
    });
    return;
  }
  // Neighbouring tasks read neighbouring memory.
  parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t first, count;
    for (std::int64_t t = begin; t < end; ++t) task(from, t / parts_, t % parts_, workspace, first, count);
  });
  auto* totals = static_cast<std::byte*>(workspace);
  parallel_for(outputs_, std::int64_t{1} << 14, [&](std::int64_t begin, std::int64_t end) {
    std::byte* mine = totals + begin * loops_.total_size;
    for (std::int64_t p = 1; p < parts_; ++p)
      loops_.merge(mine, mine + p * outputs_ * loops_.total_size, end - begin);
    loops_.finish(mine, to + begin * item_, end - begin);
  });
}

}  // namespace copse::reduction
