#include "tile_program.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "copse/core/threads.hpp"

namespace copse::elementwise {
namespace {

constexpr std::int64_t most_tile = 1024;
constexpr std::size_t slot_bytes = most_tile * 8;

// Scratch memory of this thread, kept between calls.
std::byte* scratch(std::size_t bytes) {
  struct Free {
    void operator()(std::byte* p) const { std::free(p); }
  };
  static thread_local std::unique_ptr<std::byte, Free> memory;
  static thread_local std::size_t held = 0;
  if (held < bytes) {
    memory.reset(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)));
    held = memory ? bytes : 0;
    if (!memory) throw std::bad_alloc();
  }
  return memory.get();
}

template <class T>
void fill(void* to, const void* from, std::int64_t count) {
  const T value = *static_cast<const T*>(from);
  std::fill_n(static_cast<T*>(to), count, value);
}

void fill_items(std::uint8_t item, void* to, const void* from, std::int64_t count) {
  switch (item) {
    case 1:
      return fill<std::uint8_t>(to, from, count);
    case 2:
      return fill<std::uint16_t>(to, from, count);
    case 4:
      return fill<std::uint32_t>(to, from, count);
    default:
      return fill<std::uint64_t>(to, from, count);
  }
}

template <class T>
void copy_strided(void* to, const void* from, std::int64_t count, std::int64_t stride) {
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i * stride];
}

void copy_run(std::uint8_t item, void* to, const void* from, std::int64_t count, std::int64_t stride) {
  if (stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * item);
    return;
  }
  if (stride == 0) return fill_items(item, to, from, count);
  switch (item) {
    case 1:
      return copy_strided<std::uint8_t>(to, from, count, stride);
    case 2:
      return copy_strided<std::uint16_t>(to, from, count, stride);
    case 4:
      return copy_strided<std::uint32_t>(to, from, count, stride);
    default:
      return copy_strided<std::uint64_t>(to, from, count, stride);
  }
}

}  // namespace

std::vector<std::int64_t> TileProgram::broadcast_strides(const Shape& shape, const Shape& space) {
  std::vector<std::int64_t> strides(space.size(), 0);
  std::int64_t stride = 1;
  for (int i = shape.rank() - 1, j = space.rank() - 1; i >= 0; --i, --j) {
    strides[static_cast<std::size_t>(j)] = shape[i] == 1 ? 0 : stride;
    stride *= shape[i];
  }
  return strides;
}

// Dimensions that every input walks through in one stride become one; those of extent 1 go.
void TileProgram::collapse(std::vector<Input>& inputs) {
  std::vector<std::int64_t> dims;
  std::vector<std::vector<std::int64_t>> strides(inputs.size());
  for (std::size_t d = 0; d < space_.size(); ++d) {
    if (space_[d] == 1) continue;
    bool join = !dims.empty();
    for (std::size_t i = 0; join && i < inputs.size(); ++i)
      join = strides[i].back() == inputs[i].strides[d] * space_[d];
    if (join) {
      dims.back() *= space_[d];
      for (std::size_t i = 0; i < inputs.size(); ++i) strides[i].back() = inputs[i].strides[d];
    } else {
      dims.push_back(space_[d]);
      for (std::size_t i = 0; i < inputs.size(); ++i) strides[i].push_back(inputs[i].strides[d]);
    }
  }
  space_ = std::move(dims);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].strides = std::move(strides[i]);
}

TileProgram::TileProgram(const Shape& space, std::vector<Input> inputs, std::vector<Step> steps,
                         std::vector<Output> outputs)
    : space_(space.begin(), space.end()), elements_(space.elements()) {
  collapse(inputs);
  std::vector<std::int64_t> dense(space_.size());
  for (std::int64_t stride = 1, d = static_cast<std::int64_t>(space_.size()) - 1; d >= 0; --d) {
    dense[static_cast<std::size_t>(d)] = stride;
    stride *= space_[static_cast<std::size_t>(d)];
  }
  const std::size_t values = inputs.size() + steps.size();
  slot_of_.assign(values, -1);
  output_of_.assign(values, -1);
  item_.resize(values);
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const auto v = static_cast<std::size_t>(outputs[o].value);
    if (outputs[o].kind != Output::Kind::dense)
      reductions_.push_back({static_cast<std::int32_t>(o), outputs[o], 0});
    else if (v < inputs.size() || output_of_[v] >= 0)
      copies_.emplace_back(outputs[o].value, static_cast<std::int32_t>(o));
    else
      output_of_[v] = static_cast<std::int32_t>(o);
  }
  plan_reductions();
  // A slot is free again after the last step that reads it.
  std::vector<std::size_t> last(values, 0);
  for (std::size_t s = 0; s < steps.size(); ++s)
    for (const std::int32_t v : steps[s].operands) last[static_cast<std::size_t>(v)] = s;
  for (const auto& [v, o] : copies_) last[static_cast<std::size_t>(v)] = steps.size();
  for (const Reduction& r : reductions_) last[static_cast<std::size_t>(r.spec.value)] = steps.size();
  std::vector<std::int32_t> unused;
  const auto take = [&] {
    if (unused.empty()) return slots_++;
    const std::int32_t slot = unused.back();
    unused.pop_back();
    return slot;
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Source source{};
    source.item = static_cast<std::uint8_t>(size_of(inputs[i].dtype));
    source.offset = inputs[i].offset;
    const auto& strides = inputs[i].strides;
    const bool constant = std::all_of(strides.begin(), strides.end(), [](std::int64_t s) { return s == 0; });
    source.access = strides == dense ? Access::dense : constant ? Access::constant : Access::strided;
    if (elements_ == 1) source.access = Access::dense;
    source.strides = strides;
    item_[i] = source.item;
    // Inputs keep their slots: constants are filled once for all tiles.
    source.slot = source.access == Access::dense ? -1 : slots_++;
    slot_of_[i] = source.slot;
    sources_.push_back(std::move(source));
  }
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const std::size_t v = inputs.size() + s;
    Operation op{};
    op.function = steps[s].function;
    op.arity = static_cast<std::int32_t>(steps[s].operands.size());
    std::copy(steps[s].operands.begin(), steps[s].operands.end(), op.operands);
    op.result = static_cast<std::int32_t>(v);
    item_[v] = static_cast<std::uint8_t>(size_of(steps[s].dtype));
    operations_.push_back(op);
    for (const std::int32_t operand : steps[s].operands) {
      const auto at = static_cast<std::size_t>(operand);
      if (at >= inputs.size() && slot_of_[at] >= 0 && last[at] == s &&
          std::find(unused.begin(), unused.end(), slot_of_[at]) == unused.end() && item_[at] == item_[v])
        unused.push_back(slot_of_[at]);  // a step may write over what it reads, element by element
    }
    if (output_of_[v] < 0) slot_of_[v] = take();
    for (const std::int32_t operand : steps[s].operands) {
      const auto at = static_cast<std::size_t>(operand);
      if (at >= inputs.size() && slot_of_[at] >= 0 && last[at] == s && item_[at] != item_[v] &&
          slot_of_[at] != slot_of_[v] &&
          std::find(unused.begin(), unused.end(), slot_of_[at]) == unused.end())
        unused.push_back(slot_of_[at]);
    }
  }
}

void TileProgram::plan_reductions() {
  tile_ = most_tile;
  if (reductions_.empty()) return;
  // Blocks and tiles begin with rows where they can.
  std::int64_t unit = 1;
  for (const Reduction& r : reductions_) {
    if (r.spec.kind == Output::Kind::rows) unit = std::max(unit, r.spec.extent);
    if (r.spec.kind != Output::Kind::all && r.spec.extent > 0 && r.spec.extent <= most_tile)
      tile_ = most_tile / r.spec.extent * r.spec.extent;
  }
  const std::int64_t wanted = std::clamp<std::int64_t>(elements_ / (32 * most_tile), 1, 16);
  const std::int64_t each = (elements_ + wanted - 1) / wanted;
  block_elements_ = std::max<std::int64_t>(unit, (each + unit - 1) / unit * unit);
  if (unit == 1) block_elements_ = (block_elements_ + tile_ - 1) / tile_ * tile_;
  blocks_ = std::max<std::int64_t>(1, (elements_ + block_elements_ - 1) / block_elements_);
  for (Reduction& r : reductions_) {
    r.offset = block_bytes_;
    const std::int64_t totals = r.spec.kind == Output::Kind::columns ? r.spec.extent : 1;
    block_bytes_ += static_cast<std::size_t>((totals * r.spec.loops->total_size + 63) / 64 * 64);
  }
  workspace_ = block_bytes_ * static_cast<std::size_t>(blocks_);
}

void TileProgram::run(const void* const* inputs, void* const* outputs, void* workspace) const {
  const std::int64_t work = static_cast<std::int64_t>(operations_.size() + reductions_.size()) + 1;
  if (reductions_.empty()) {
    const std::int64_t tiles = (elements_ + tile_ - 1) / tile_;
    parallel_for(tiles, std::max<std::int64_t>(4, 64 / work), [&](std::int64_t begin, std::int64_t end) {
      run_range(inputs, outputs, begin * tile_, std::min(elements_, end * tile_), nullptr);
    });
    return;
  }
  auto* totals = static_cast<std::byte*>(workspace);
  const auto totals_of = [&](std::int64_t block) {
    return totals + static_cast<std::size_t>(block) * block_bytes_;
  };
  const std::int64_t grain =
      std::max<std::int64_t>(1, 64 * most_tile / work / std::max<std::int64_t>(1, block_elements_));
  parallel_for(blocks_, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      for (const Reduction& r : reductions_)
        r.spec.loops->start(totals_of(b) + r.offset,
                            r.spec.kind == Output::Kind::columns ? r.spec.extent : 1);
      run_range(inputs, outputs, b * block_elements_, std::min(elements_, (b + 1) * block_elements_),
                totals_of(b));
    }
  });
  for (const Reduction& r : reductions_) {
    if (r.spec.kind == Output::Kind::rows) continue;
    const std::int64_t n = r.spec.kind == Output::Kind::columns ? r.spec.extent : 1;
    for (std::int64_t b = 1; b < blocks_; ++b)
      r.spec.loops->merge(totals + r.offset, totals_of(b) + r.offset, n);
    r.spec.loops->finish(totals + r.offset, outputs[r.output], n);
  }
}

// Elements [at, at + n) of the space go into the totals.
void TileProgram::reduce_tile(const Reduction& r, const void* x, void* out, std::int64_t at, std::int64_t n,
                              std::byte* totals) const {
  const reduction::Loops& loops = *r.spec.loops;
  const auto* from = static_cast<const std::byte*>(x);
  const std::int64_t item = item_[static_cast<std::size_t>(r.spec.value)], extent = r.spec.extent;
  std::byte* total = totals + r.offset;
  if (r.spec.kind == Output::Kind::all) return loops.rows(from, n, 1, n, total);
  std::int64_t done = 0;
  if (r.spec.kind == Output::Kind::columns) {
    while (done < n) {
      const std::int64_t column = (at + done) % extent;
      const std::int64_t whole = column == 0 ? (n - done) / extent : 0;
      const std::int64_t width = whole > 0 ? extent : std::min(extent - column, n - done);
      const std::int64_t rows = std::max<std::int64_t>(1, whole);
      for (std::int64_t c = 0; c < width; c += reduction::most_columns)
        loops.columns(from + (done + c) * item, extent, rows, std::min(width - c, reduction::most_columns),
                      total + (column + c) * loops.total_size);
      done += rows * width;
    }
    return;
  }
  auto* result = static_cast<std::byte*>(out);
  const std::int64_t out_item = r.spec.item;
  alignas(64) std::byte several[slot_bytes];
  while (done < n) {
    const std::int64_t row = (at + done) / extent, column = (at + done) % extent;
    const std::int64_t whole = column == 0 ? (n - done) / extent : 0;
    if (whole > 0) {
      loops.start(several, whole);
      loops.rows(from + done * item, extent, whole, extent, several);
      loops.finish(several, result + row * out_item, whole);
      done += whole * extent;
      continue;
    }
    const std::int64_t part = std::min(extent - column, n - done);
    loops.rows(from + done * item, part, 1, part, total);
    done += part;
    if (column + part == extent) {
      loops.finish(total, result + row * out_item, 1);
      loops.start(total, 1);
    }
  }
}

void TileProgram::gather(const Source& source, const void* from, void* to, std::int64_t begin,
                         std::int64_t count) const {
  std::int64_t index[max_rank], offset = source.offset;
  const int rank = static_cast<int>(space_.size());
  std::int64_t rest = begin;
  for (int d = rank - 1; d >= 0; --d) {
    index[d] = rest % space_[static_cast<std::size_t>(d)];
    rest /= space_[static_cast<std::size_t>(d)];
    offset += index[d] * source.strides[static_cast<std::size_t>(d)];
  }
  const auto* base = static_cast<const std::byte*>(from);
  auto* out = static_cast<std::byte*>(to);
  const std::int64_t inner = space_[static_cast<std::size_t>(rank - 1)];
  const std::int64_t stride = source.strides[static_cast<std::size_t>(rank - 1)];
  while (count > 0) {
    const std::int64_t n = std::min(count, inner - index[rank - 1]);
    copy_run(source.item, out, base + offset * source.item, n, stride);
    out += n * source.item;
    count -= n;
    offset -= index[rank - 1] * stride;
    index[rank - 1] = 0;
    for (int d = rank - 2; d >= 0; --d) {
      const auto at = static_cast<std::size_t>(d);
      offset += source.strides[at];
      if (++index[d] < space_[at]) break;
      offset -= index[d] * source.strides[at];
      index[d] = 0;
    }
  }
}

void TileProgram::run_range(const void* const* inputs, void* const* outputs, std::int64_t begin,
                            std::int64_t end, std::byte* totals) const {
  std::byte* memory = scratch(static_cast<std::size_t>(slots_) * slot_bytes);
  const auto slot = [&](std::int32_t i) { return memory + static_cast<std::size_t>(i) * slot_bytes; };
  const std::int64_t most = std::min(tile_, end - begin);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (source.access == Access::constant)
      fill_items(source.item, slot(source.slot),
                 static_cast<const std::byte*>(inputs[i]) + source.offset * source.item, most);
  }
  for (std::int64_t at = begin; at < end; at += tile_) {
    const std::int64_t n = std::min(tile_, end - at);
    const auto address = [&](std::int32_t value) -> void* {
      const auto v = static_cast<std::size_t>(value);
      if (v < sources_.size() && sources_[v].access == Access::dense)
        return const_cast<std::byte*>(static_cast<const std::byte*>(inputs[v]) +
                                      (sources_[v].offset + at) * item_[v]);
      if (output_of_[v] >= 0) return static_cast<std::byte*>(outputs[output_of_[v]]) + at * item_[v];
      return slot(slot_of_[v]);
    };
    for (std::size_t i = 0; i < sources_.size(); ++i)
      if (sources_[i].access == Access::strided)
        gather(sources_[i], inputs[i], slot(sources_[i].slot), at, n);
    for (const Operation& op : operations_) {
      const void* operands[3] = {};
      for (std::int32_t k = 0; k < op.arity; ++k) operands[k] = address(op.operands[k]);
      op.function(operands, address(op.result), n);
    }
    for (const auto& [value, output] : copies_) {
      const auto v = static_cast<std::size_t>(value);
      std::memcpy(static_cast<std::byte*>(outputs[output]) + at * item_[v], address(value),
                  static_cast<std::size_t>(n) * item_[v]);
    }
    for (const Reduction& r : reductions_)
      reduce_tile(r, address(r.spec.value), outputs[r.output], at, n, totals);
  }
}

}  // namespace copse::elementwise
