#include "tile_program.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "copse/core/threads.hpp"
#include "tile_chains.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace copse::elementwise {
namespace {

constexpr std::int64_t usual_tile = 1024;
constexpr std::size_t beyond_cache = std::size_t{1} << 20;
// What one core has of the last cache is rarely more than 32 MB, whatever the system says of all of it.
constexpr std::size_t beyond_all_caches = std::size_t{24} << 20;
// Rows of so many elements are worth a call each.
constexpr std::int64_t row_worth_a_call = 64;

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
      join = inputs[i].per != Input::Per::element || strides[i].back() == inputs[i].strides[d] * space_[d];
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].per != Input::Per::element) continue;
      if (join)
        strides[i].back() = inputs[i].strides[d];
      else
        strides[i].push_back(inputs[i].strides[d]);
    }
    if (join)
      dims.back() *= space_[d];
    else
      dims.push_back(space_[d]);
  }
  space_ = std::move(dims);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].strides = std::move(strides[i]);
}

TileProgram::TileProgram(const Shape& space, std::vector<Input> inputs, std::vector<Step> steps,
                         std::vector<Output> outputs, std::int64_t row)
    : space_(space.begin(), space.end()), elements_(space.elements()), row_(row) {
  collapse(inputs);
  const std::size_t values = inputs.size() + steps.size();
  slot_of_.assign(values, -1);
  output_of_.assign(values, -1);
  for (const Input& i : inputs) {
    item_.push_back(static_cast<std::uint8_t>(size_of(i.dtype)));
    per_row_.push_back(i.per == Input::Per::row);
  }
  for (const Step& s : steps) {
    item_.push_back(static_cast<std::uint8_t>(size_of(s.dtype)));
    per_row_.push_back(s.kind == Step::Kind::rows || s.kind == Step::Kind::reduce);
  }
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const auto v = static_cast<std::size_t>(outputs[o].value);
    if (outputs[o].kind != Output::Kind::dense)
      reductions_.push_back({static_cast<std::int32_t>(o), outputs[o], 0});
    else if (v < inputs.size() || output_of_[v] >= 0)
      copies_.emplace_back(outputs[o].value, static_cast<std::int32_t>(o));
    else
      output_of_[v] = static_cast<std::int32_t>(o);
  }
  choose_tile(inputs);
  plan_reductions();
  place(inputs, steps, outputs);
  const std::uint8_t widest = item_.empty() ? std::uint8_t{8} : *std::max_element(item_.begin(), item_.end());
  slot_bytes_ = (static_cast<std::size_t>(tile_) * widest + 63) / 64 * 64;
  for (std::size_t v = 0; v < item_.size(); ++v) places_.push_back(place_of(v));
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (source.access == Access::strided) strided_.push_back(static_cast<std::int32_t>(i));
    if ((source.access == Access::constant && source.filled) ||
        (source.access == Access::repeated && source.slot >= 0))
      prepared_.push_back(static_cast<std::int32_t>(i));
  }
}

TileProgram::Place TileProgram::place_of(std::size_t v) const {
  Place place{.per_row = static_cast<bool>(per_row_[v])};
  if (v < sources_.size()) {
    const Source& source = sources_[v];
    const bool fixed = source.access == Access::constant && !source.filled;
    if (fixed || source.access == Access::dense || source.access == Access::rows ||
        (source.access == Access::repeated && source.slot < 0)) {
      place.in = Place::In::input;
      place.index = static_cast<std::int32_t>(v);
      place.offset = source.offset * source.item;
      place.step = fixed ? 0 : source.item;
      place.period = source.access == Access::repeated ? source.period : 0;
      return place;
    }
  }
  if (output_of_[v] >= 0) {
    place.in = Place::In::output;
    place.index = output_of_[v];
    place.step = item_[v];
  } else {
    place.offset = slot_of_[v] * static_cast<std::int64_t>(slot_bytes_);
  }
  return place;
}

// How many elements an input that only repeats has; 0 if it is read in another way.
std::int64_t TileProgram::period_of(const Input& input) const {
  if (input.per != Input::Per::element) return 0;
  std::int64_t period = 1;
  for (std::size_t d = space_.size(); d-- > 0;) {
    if (input.strides[d] == period) {
      period *= space_[d];
      continue;
    }
    for (std::size_t e = 0; e <= d; ++e)
      if (input.strides[e] != 0) return 0;
    return period > 1 ? period : 0;
  }
  return 0;
}

// As many whole rows as a tile takes, and where it can be, whole periods of what is repeated or a part of
// one.
void TileProgram::choose_tile(const std::vector<Input>& inputs) {
  std::int64_t unit = 1;
  if (row_ > 0)
    unit = row_;
  else if (!reductions_.empty() && reductions_[0].spec.extent > 0 && reductions_[0].spec.extent <= usual_tile)
    unit = reductions_[0].spec.extent;
  std::vector<std::int64_t> periods;
  for (const Input& i : inputs)
    if (const std::int64_t period = period_of(i);
        period && std::find(periods.begin(), periods.end(), period) == periods.end())
      periods.push_back(period);
  const std::int64_t most = std::max<std::int64_t>(1, usual_tile / unit);
  tile_ = most * unit;
  std::size_t best = 0;
  for (std::int64_t units = most; units > most / 2 && best < periods.size(); --units) {
    std::size_t fitting = 0;
    for (const std::int64_t period : periods)
      fitting += period % (units * unit) == 0 || units * unit % period == 0;
    if (fitting <= best) continue;
    best = fitting;
    tile_ = units * unit;
  }
}

// How much memory a run touches.
void TileProgram::weigh() {
  std::size_t read = 0, written = 0;
  for (std::size_t v = 0; v < item_.size(); ++v) {
    const std::size_t bytes = static_cast<std::size_t>(elements_) * item_[v];
    if (v < sources_.size() && sources_[v].access == Access::dense) read += bytes;
    if (output_of_[v] >= 0 && !per_row_[v]) written += bytes;
  }
  large_ = read > beyond_cache;
  past_caches_ = read + written > beyond_all_caches;
}

// Gives each value that needs one a slot; a slot is free again after the last step that reads it.
void TileProgram::place(const std::vector<Input>& inputs, const std::vector<Step>& steps,
                        const std::vector<Output>& outputs) {
  std::vector<std::int64_t> dense(space_.size());
  for (std::int64_t stride = 1, d = static_cast<std::int64_t>(space_.size()) - 1; d >= 0; --d) {
    dense[static_cast<std::size_t>(d)] = stride;
    stride *= space_[static_cast<std::size_t>(d)];
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto& strides = inputs[i].strides;
    Source source{Access::strided, item_[i], inputs[i].offset, strides, -1, false};
    const bool constant = std::all_of(strides.begin(), strides.end(), [](std::int64_t s) { return s == 0; });
    if (inputs[i].per == Input::Per::row)
      source.access = Access::rows;
    else if (inputs[i].per == Input::Per::program)
      source.access = Access::constant;
    else if (strides == dense || elements_ == 1)
      source.access = Access::dense;
    else if (constant)
      source.access = Access::constant;
    else if (const std::int64_t period = period_of(inputs[i]);
             period && (period % tile_ == 0 || tile_ % period == 0)) {
      source.access = Access::repeated;
      source.period = period;
    }
    // Inputs keep their slots: constants are filled once for all tiles.
    if (source.access == Access::constant || source.access == Access::strided ||
        (source.access == Access::repeated && source.period < tile_))
      source.slot = slots_++;
    slot_of_[i] = source.slot;
    sources_.push_back(std::move(source));
  }
  weigh();
  make_operations(inputs.size(), steps, outputs);
  for (const Operation& op : operations_)
    for (std::size_t k = 0; k < reads(op).size(); ++k)
      if (const auto v = static_cast<std::size_t>(reads(op)[k]); v < inputs.size())
        sources_[v].filled |= reads_whole(op, k);
  for (const auto& [v, o] : copies_)
    if (static_cast<std::size_t>(v) < inputs.size()) sources_[static_cast<std::size_t>(v)].filled = true;
  for (const Reduction& r : reductions_)
    if (static_cast<std::size_t>(r.spec.value) < inputs.size())
      sources_[static_cast<std::size_t>(r.spec.value)].filled = true;

  std::vector<std::size_t> last(slot_of_.size(), 0);
  for (std::size_t n = 0; n < operations_.size(); ++n)
    for (const std::int32_t v : reads(operations_[n])) last[static_cast<std::size_t>(v)] = n;
  for (const auto& [v, o] : copies_) last[static_cast<std::size_t>(v)] = operations_.size();
  for (const Reduction& r : reductions_) last[static_cast<std::size_t>(r.spec.value)] = operations_.size();
  std::vector<std::int32_t> unused;
  for (std::size_t n = 0; n < operations_.size(); ++n) {
    const Operation& op = operations_[n];
    const auto v = static_cast<std::size_t>(op.result);
    // What a step reads for the last time it may overwrite, if both go element by element in the same width.
    const auto release = [&](bool alike) {
      for (const std::int32_t operand : reads(op)) {
        const auto at = static_cast<std::size_t>(operand);
        const bool is_alike = item_[at] == item_[v] && per_row_[at] == per_row_[v];
        if (at >= inputs.size() && slot_of_[at] >= 0 && last[at] == n && is_alike == alike &&
            slot_of_[at] != slot_of_[v] &&
            std::find(unused.begin(), unused.end(), slot_of_[at]) == unused.end())
          unused.push_back(slot_of_[at]);
      }
    };
    release(true);
    if (output_of_[v] < 0) {
      if (unused.empty()) {
        slot_of_[v] = slots_++;
      } else {
        slot_of_[v] = unused.back();
        unused.pop_back();
      }
    }
    release(false);
  }
}

bool TileProgram::one_element(std::int32_t value) const {
  const auto v = static_cast<std::size_t>(value);
  return v < sources_.size() && sources_[v].access == Access::constant;
}

// Whether a value has one element for each row, and rows are worth a call each.
bool TileProgram::one_of_row(std::int32_t value) const {
  return per_row_[static_cast<std::size_t>(value)] && row_ >= row_worth_a_call;
}

std::span<const std::int32_t> TileProgram::reads(const Operation& op) const {
  if (op.kind == Operation::Kind::chain) return chains_[static_cast<std::size_t>(op.chain)].operands;
  return {op.operands, static_cast<std::size_t>(op.arity)};
}

// Whether an operand is read element by element.
bool TileProgram::reads_whole(const Operation& op, std::size_t operand) const {
  if (op.kind == Operation::Kind::chain) return !chains_[static_cast<std::size_t>(op.chain)].scalar[operand];
  return op.scalar != static_cast<std::int32_t>(operand);
}

// Whether each value is read again after it has been made, be it by a step, a copy or a reduction.
std::vector<bool> TileProgram::read_again(const std::vector<Step>& steps) const {
  std::vector<bool> read(item_.size());
  for (const Step& step : steps)
    for (const std::int32_t v : step.operands) read[static_cast<std::size_t>(v)] = true;
  for (const auto& [v, o] : copies_) read[static_cast<std::size_t>(v)] = true;
  for (const Reduction& r : reductions_) read[static_cast<std::size_t>(r.spec.value)] = true;
  return read;
}

// A value of rows as one that all elements have, made by an operation before those that read it.
std::int32_t TileProgram::spread(std::int32_t value) {
  const auto known = std::find_if(operations_.begin(), operations_.end(), [&](const Operation& op) {
    return op.kind == Operation::Kind::spread && op.operands[0] == value;
  });
  if (known != operations_.end()) return known->result;
  const auto result = static_cast<std::int32_t>(item_.size());
  item_.push_back(item_[static_cast<std::size_t>(value)]);
  per_row_.push_back(0);
  slot_of_.push_back(-1);
  output_of_.push_back(-1);
  operations_.push_back({nullptr, nullptr, {value}, 1, result, -1, Operation::Kind::spread});
  return result;
}

void TileProgram::add_chain(Chain made, std::int32_t result, bool past_caches) {
  ChainOfTile chain;
  static_cast<Chain&>(chain) = std::move(made);
  chain.past_caches = past_caches;
  for (std::size_t k = 0; k < chain.operands.size(); ++k) {
    std::int32_t& v = chain.operands[k];
    if (!chain.scalar[k] && per_row_[static_cast<std::size_t>(v)]) v = spread(v);
    const bool of_row = chain.scalar[k] && !one_element(v);
    chain.advance.push_back(of_row ? 1 : chain.scalar[k] ? 0 : row_);
    chain.by_row = chain.by_row || of_row;
  }
  Operation op{nullptr, nullptr, {}, 0, result, -1, Operation::Kind::chain};
  op.chain = static_cast<std::int32_t>(chains_.size());
  chains_.push_back(std::move(chain));
  operations_.push_back(op);
}

// One that reads values of rows for each element goes row by row, or, where that does not pay or cannot be,
// after an operation that spreads them.
void TileProgram::add_step(const Step& step, std::int32_t result) {
  Operation op{
      step.function,        step.loops, {}, static_cast<std::int32_t>(step.operands.size()), result, -1,
      Operation::Kind::tile};
  std::copy(step.operands.begin(), step.operands.end(), op.operands);
  if (step.kind == Step::Kind::reduce) op.kind = Operation::Kind::reduce;
  if (step.kind == Step::Kind::rows) op.kind = Operation::Kind::rows;
  for (int k = 0; k < 2 && op.kind != Operation::Kind::reduce && op.arity == 2 && op.scalar < 0; ++k) {
    const bool of_row = op.kind == Operation::Kind::tile && one_of_row(op.operands[k]);
    if (!step.with_scalar[k] || !(one_element(op.operands[k]) || of_row)) continue;
    op.scalar = k;
    op.function = step.with_scalar[k];
    if (of_row) op.kind = Operation::Kind::each_row;
  }
  if (step.kind == Step::Kind::elements) {
    for (std::int32_t k = 0; k < op.arity; ++k)
      if (per_row_[static_cast<std::size_t>(op.operands[k])] && k != op.scalar)
        op.operands[k] = spread(op.operands[k]);
  }
  operations_.push_back(op);
}

void TileProgram::add_sum_of_squares(const Step& step, std::int32_t squared, std::int32_t result) {
  if (per_row_[static_cast<std::size_t>(squared)]) squared = spread(squared);
  operations_.push_back({nullptr, step.loops, {squared}, 1, result, -1, Operation::Kind::reduce_squares});
}

// Steps as they are run: alone or as chains.
void TileProgram::make_operations(std::size_t inputs, const std::vector<Step>& steps,
                                  const std::vector<Output>& outputs) {
  const std::vector<ChainLink> links = chain_links(inputs, steps, outputs);
  const std::vector<bool> read = read_again(steps);
  const auto one = [&](std::int32_t v) { return one_element(v) || one_of_row(v); };
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const std::size_t result = inputs + s;
    if (links[s].ends)
      add_chain(make_chain(inputs, s, steps, links, one), static_cast<std::int32_t>(result),
                past_caches_ && output_of_[result] >= 0 && !read[result]);
    else if (links[s].squares)
      add_sum_of_squares(steps[s], steps[static_cast<std::size_t>(steps[s].operands[0]) - inputs].operands[0],
                         static_cast<std::int32_t>(result));
    else if (!links[s].inner)
      add_step(steps[s], static_cast<std::int32_t>(result));
  }
}

void TileProgram::plan_reductions() {
  if (reductions_.empty()) return;
  const std::int64_t wanted = std::clamp<std::int64_t>(elements_ / (32 * usual_tile), 1, 16);
  const std::int64_t each = (elements_ + wanted - 1) / wanted;
  block_elements_ = std::max<std::int64_t>(1, (each + tile_ - 1) / tile_ * tile_);
  blocks_ = std::max<std::int64_t>(1, (elements_ + block_elements_ - 1) / block_elements_);
  for (Reduction& r : reductions_) {
    r.offset = block_bytes_;
    const std::int64_t totals = r.spec.kind == Output::Kind::columns ? r.spec.extent : 1;
    block_bytes_ += static_cast<std::size_t>((totals * r.spec.loops->total_size + 63) / 64 * 64);
  }
  workspace_ = block_bytes_ * static_cast<std::size_t>(blocks_);
}

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
  const reduction::Loops& loops = *r.spec.loops;
  const auto* from = static_cast<const std::byte*>(x);
  const std::int64_t item = item_[static_cast<std::size_t>(r.spec.value)], extent = r.spec.extent;
  std::byte* total = totals + r.offset;
  if (r.spec.kind == Output::Kind::all) return loops.rows(from, n, 1, n, total);
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t column = (at + done) % extent;
    const std::int64_t whole = column == 0 ? (n - done) / extent : 0;
    const std::int64_t width = whole > 0 ? extent : std::min(extent - column, n - done);
    const std::int64_t rows = std::max<std::int64_t>(1, whole);
    for (std::int64_t c = 0; c < width; c += reduction::most_columns)
      loops.columns(from + (done + c) * item, extent, rows, std::min(width - c, reduction::most_columns),
                    total + (column + c) * loops.total_size);
    done += rows * width;
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

// Where the values are while one tile is worked on.
struct TileProgram::Tile {
  Tile(const TileProgram& owner, const void* const* in, void* const* out, std::byte* scratch)
      : program(owner), inputs(in), outputs(out), slots(scratch), memory{&slots, in, out} {}
  Tile(const Tile&) = delete;

  const TileProgram& program;
  const void* const* inputs;
  void* const* outputs;
  const void* slots;
  const void* const* memory[3];         // by Place::In
  std::int64_t at = 0, row = 0, n = 0;  // its first element and row, and how many elements it has
  bool past_caches = false;

  void* operator[](std::int32_t value) const {
    const Place& place = program.places_[static_cast<std::size_t>(value)];
    const void* const base = memory[static_cast<int>(place.in)][place.index];
    std::int64_t first = place.per_row ? row : at;
    if (place.period > 0) first %= place.period;
    return const_cast<std::byte*>(static_cast<const std::byte*>(base) + place.offset + first * place.step);
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
  const void* operands[3] = {};
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
    case Operation::Kind::spread: {
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
    if (source.access == Access::constant) {
      fill_items(source.item, to, from, std::min(tile_, end - begin));
      continue;
    }
    const std::int64_t bytes = source.period * source.item;
    for (std::int64_t done = 0; done < tile_ * source.item; done += bytes)
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

}  // namespace copse::elementwise
