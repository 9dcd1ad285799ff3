// The half of a tile program that runs: what has been decided is done, a tile at a time.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "copse/core/threads.hpp"
#include "core/lifetime.hpp"
#include "core/short_rows.hpp"
#include "program.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace copse::tiles {
namespace {

struct Free {
  void operator()(std::byte* p) const { std::free(p); }
};
struct Scratch {
  std::unique_ptr<std::byte, Free> memory;
  std::size_t held = 0;
};

// Scratch memory of this thread, kept between calls.
std::byte* scratch(std::size_t bytes) {
  auto& [memory, held] = detail::per_thread<Scratch>();
  if (held < bytes) {
    memory.reset();
    held = 0;
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

void TileProgram::run(const void* const* inputs, void* const* outputs, void* workspace) const {
  if (reductions_.empty() && elements_ <= tile_) return run_range(inputs, outputs, 0, elements_, nullptr);
  const std::int64_t work = static_cast<std::int64_t>(operations_.size() + reductions_.size()) + 1;
  const std::int64_t least = std::max<std::int64_t>(4, 64 / work) * usual_tile;  // elements worth a thread
  if (reductions_.empty()) {
    const std::int64_t tiles = (elements_ + tile_ - 1) / tile_;
    parallel_for(tiles, std::max<std::int64_t>(1, least / tile_), [&](std::int64_t begin, std::int64_t end) {
      run_range(inputs, outputs, begin * tile_, std::min(elements_, end * tile_), nullptr);
    });
    return;
  }
  auto* totals = static_cast<std::byte*>(workspace);
  const auto totals_of = [&](std::int64_t block) {
    return totals + static_cast<std::size_t>(block) * block_bytes_;
  };
  const auto run_block = [&](std::int64_t b) {
    for (const Reduction& r : reductions_)
      r.spec.loops->start(totals_of(b) + r.offset, r.spec.kind == Output::Kind::columns ? r.spec.extent : 1);
    run_range(inputs, outputs, b * block_elements_, std::min(elements_, (b + 1) * block_elements_),
              totals_of(b));
  };
  if (blocks_ == 1)
    run_block(0);
  else
    parallel_for(blocks_, std::max<std::int64_t>(1, least / block_elements_),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t b = begin; b < end; ++b) run_block(b);
                 });
  for (const Reduction& r : reductions_) {
    const std::int64_t n = r.spec.kind == Output::Kind::columns ? r.spec.extent : 1;
    for (std::int64_t b = 1; b < blocks_; ++b)
      r.spec.loops->merge(totals + r.offset, totals_of(b) + r.offset, n);
    r.spec.loops->finish(totals + r.offset, outputs[r.output], n);
  }
}

// Elements [at, at + n) of the space go into the totals.
void TileProgram::reduce_tile(const Reduction& r, const void* x, std::int64_t at, std::int64_t n,
                              std::byte* totals) const {
  const ReductionLoops& loops = *r.spec.loops;
  const auto* from = static_cast<const std::byte*>(x);
  const std::int64_t item = item_[static_cast<std::size_t>(r.spec.value)], extent = r.spec.extent;
  std::byte* total = totals + r.offset;
  if (r.spec.kind == Output::Kind::all) return loops.rows(from, n, 1, n, total);
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t column = (at + done) % extent;
    const std::int64_t whole = column == 0 ? (n - done) / extent : 0;
    const std::int64_t width = whole > 0 ? extent : std::min(extent - column, n - done);
    const std::int64_t rows = std::max<std::int64_t>(1, whole);
    for (std::int64_t c = 0; c < width; c += ReductionLoops::most_columns)
      loops.columns(from + (done + c) * item, extent, rows, std::min(width - c, ReductionLoops::most_columns),
                    total + (column + c) * loops.total_size);
    done += rows * width;
  }
}

// Carries over what has passed the end of the last dimension but one.
void TileProgram::next_row(const Source& source, std::int64_t* index, std::int64_t& offset) const {
  for (int d = static_cast<int>(space_.size()) - 2; d >= 0; --d) {
    const auto at = static_cast<std::size_t>(d);
    if (index[d] < space_[at]) return;
    offset -= index[d] * source.strides[at];
    index[d] = 0;
    if (d == 0) return;
    offset += source.strides[at - 1];
    ++index[d - 1];
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
    if (rank > 1 && index[rank - 1] == 0 && count >= inner && (stride == 0 || stride == 1)) {
      // Rows of the last dimension but one together.
      const auto last = static_cast<std::size_t>(rank - 2);
      const std::int64_t rows = std::min(count / inner, space_[last] - index[last]);
      const auto* first = base + offset * source.item;
      const std::int64_t row_bytes = source.strides[last] * source.item;
      if (stride == 1)
        detail::move_rows(out, inner * source.item, first, row_bytes, rows, inner * source.item);
      else
        detail::spread_rows(out, first, row_bytes, rows, inner, source.item);
      out += rows * inner * source.item;
      count -= rows * inner;
      offset += rows * source.strides[last];
      index[last] += rows;
      next_row(source, index, offset);
      continue;
    }
    const std::int64_t n = std::min(count, inner - index[rank - 1]);
    copy_run(source.item, out, base + offset * source.item, n, stride);
    out += n * source.item;
    count -= n;
    offset -= index[rank - 1] * stride;
    index[rank - 1] = 0;
    if (rank > 1) {
      offset += source.strides[static_cast<std::size_t>(rank - 2)];
      ++index[rank - 2];
      next_row(source, index, offset);
    }
  }
}

// Where the values are while one tile is worked on.
struct TileProgram::Tile {
  Tile(const TileProgram& owner, const void* const* in, void* const* out, std::byte* scratch)
      : program(owner), inputs(in), outputs(out), slots(scratch), memory{&slots, in, out} {}
  Tile(const Tile&) = delete;

  const TileProgram& program;
  const void* const* inputs;
  void* const* outputs;
  const void* slots;
  const void* const* memory[3];         // by Storage::In
  std::int64_t at = 0, row = 0, n = 0;  // its first element and row, and how many elements it has
  bool past_caches = false;

  void* operator[](std::int32_t value) const {
    const Storage& storage = program.storage_[static_cast<std::size_t>(value)];
    const void* const base = memory[static_cast<int>(storage.in)][storage.index];
    std::int64_t first = storage.per_row ? row : at;
    if (storage.period > 0) first %= storage.period;
    return const_cast<std::byte*>(static_cast<const std::byte*>(base) + storage.offset +
                                  first * storage.step);
  }
};

void TileProgram::run_chain(const ChainOfTile& chain, float* result, const Tile& tile) const {
  const float* operands[Chain::most_operands];
  for (std::size_t k = 0; k < chain.operands.size(); ++k)
    operands[k] = static_cast<const float*>(tile[chain.operands[k]]);
  const bool past_caches = chain.past_caches && tile.past_caches;
  if (!chain.by_row) return chain_function_(chain.steps, operands, result, tile.n, past_caches);
  for (std::int64_t r = tile.n / row_; r > 0; --r, result += row_) {
    chain_function_(chain.steps, operands, result, row_, past_caches);
    for (std::size_t k = 0; k < chain.operands.size(); ++k) operands[k] += chain.advance[k];
  }
}

void TileProgram::run_operation(const Operation& op, const Tile& tile) const {
  const void* operands[TileProgram::most_operands] = {};
  for (std::int32_t k = 0; k < op.arity; ++k) operands[k] = tile[op.operands[k]];
  void* result = tile[op.result];
  switch (op.kind) {
    case Operation::Kind::tile:
      return op.function(operands, result, tile.n);
    case Operation::Kind::rows:
      return op.function(operands, result, tile.n / row_);
    case Operation::Kind::each_row: {
      // One operand has an element for each row, the other and the result have all elements.
      const std::int64_t item = item_[static_cast<std::size_t>(op.result)];
      const std::int64_t step[2] = {
          item_[static_cast<std::size_t>(op.operands[0])] * (op.scalar == 0 ? 1 : row_),
          item_[static_cast<std::size_t>(op.operands[1])] * (op.scalar == 1 ? 1 : row_)};
      auto* to = static_cast<std::byte*>(result);
      for (std::int64_t r = tile.n / row_; r > 0; --r, to += row_ * item) {
        op.function(operands, to, row_);
        for (int k = 0; k < 2; ++k) operands[k] = static_cast<const std::byte*>(operands[k]) + step[k];
      }
      return;
    }
    case Operation::Kind::reduce:
    case Operation::Kind::reduce_squares: {
      alignas(64) std::byte totals[usual_tile * 8];
      const std::int64_t rows = tile.n / row_;
      op.loops->start(totals, rows);
      const auto add = op.kind == Operation::Kind::reduce ? op.loops->rows : op.loops->rows_of_squares;
      add(operands[0], row_, rows, row_, totals);
      return op.loops->finish(totals, result, rows);
    }
    case Operation::Kind::chain:
      return run_chain(chains_[static_cast<std::size_t>(op.chain)], static_cast<float*>(result), tile);
    case Operation::Kind::broadcast_row: {
      const std::uint8_t item = item_[static_cast<std::size_t>(op.result)];
      auto* to = static_cast<std::byte*>(result);
      const auto* from = static_cast<const std::byte*>(operands[0]);
      for (std::int64_t r = tile.n / row_; r > 0; --r, to += row_ * item, from += item)
        fill_items(item, to, from, row_);
    }
  }
}

// Asks for the next tile's inputs and outputs while this one is worked on.
void TileProgram::prefetch(const Tile& tile) const {
  constexpr std::int64_t line = 64;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].access != Access::dense) continue;
    const std::int64_t item = sources_[i].item;
    const auto* at =
        static_cast<const std::byte*>(tile.inputs[i]) + (sources_[i].offset + tile.at + tile_) * item;
    for (std::int64_t b = 0; b < tile_ * item; b += line) __builtin_prefetch(at + b);
  }
  for (std::size_t v = 0; v < output_of_.size(); ++v) {
    if (output_of_[v] < 0 || per_row_[v] || tile.past_caches) continue;
    const std::int64_t item = item_[v];
    const auto* at = static_cast<const std::byte*>(tile.outputs[output_of_[v]]) + (tile.at + tile_) * item;
    for (std::int64_t b = 0; b < tile_ * item; b += line) __builtin_prefetch(at + b, 1);
  }
}

// What takes the place of an input finds its lines in the cache.
bool TileProgram::goes_past_caches(const void* const* inputs, void* const* outputs) const {
  for (const std::int32_t o : output_of_)
    if (o >= 0 && std::find(inputs, inputs + sources_.size(), outputs[o]) != inputs + sources_.size())
      return false;
  return true;
}

void TileProgram::run_range(const void* const* inputs, void* const* outputs, std::int64_t begin,
                            std::int64_t end, std::byte* totals) const {
  Tile tile(*this, inputs, outputs, scratch(static_cast<std::size_t>(slots_) * slot_bytes_));
  tile.past_caches = past_caches_ && goes_past_caches(inputs, outputs);
  for (const std::int32_t i : prepared_) {
    const Source& source = sources_[static_cast<std::size_t>(i)];
    const auto* from = static_cast<const std::byte*>(inputs[i]) + source.offset * source.item;
    auto* to = static_cast<std::byte*>(tile[i]);
    const std::int64_t count = std::min(tile_, end - begin);
    if (source.access == Access::constant) {
      fill_items(source.item, to, from, count);
      continue;
    }
    const std::int64_t bytes = source.period * source.item;
    for (std::int64_t done = 0; done < count * source.item; done += bytes)
      std::memcpy(to + done, from, static_cast<std::size_t>(bytes));
  }
  for (tile.at = begin; tile.at < end; tile.at += tile_) {
    tile.n = std::min(tile_, end - tile.at);
    if (row_ > 0) tile.row = tile.at / row_;
    if (large_ && tile.at + 2 * tile_ <= end) prefetch(tile);
    for (const std::int32_t i : strided_)
      gather(sources_[static_cast<std::size_t>(i)], inputs[i], tile[i], tile.at, tile.n);
    for (const Operation& op : operations_) run_operation(op, tile);
    for (const auto& [value, output] : copies_) {
      const auto v = static_cast<std::size_t>(value);
      const std::int64_t first = per_row_[v] ? tile.row : tile.at,
                         count = per_row_[v] ? tile.n / row_ : tile.n;
      std::memcpy(static_cast<std::byte*>(outputs[output]) + first * item_[v], tile[value],
                  static_cast<std::size_t>(count) * item_[v]);
    }
    for (const Reduction& r : reductions_) reduce_tile(r, tile[r.spec.value], tile.at, tile.n, totals);
  }
#ifdef __SSE2__
  if (tile.past_caches) _mm_sfence();  // before anybody else reads what went past the caches
#endif
}

}  // namespace copse::tiles
