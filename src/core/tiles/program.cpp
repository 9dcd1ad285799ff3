#include "program.hpp"

#include <algorithm>

#include "chains.hpp"

namespace copse::tiles {
namespace {

constexpr std::size_t beyond_cache = std::size_t{1} << 20;
// What one core has of the last cache is rarely more than 32 MB, whatever the system says of all of it.
constexpr std::size_t beyond_all_caches = std::size_t{24} << 20;
// Rows of so many elements are worth a call each.
constexpr std::int64_t row_worth_a_call = 64;

}  // namespace

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
  find_sources(inputs);
  weigh();
  make_operations(inputs.size(), steps, outputs);
  find_filled();
  assign_slots();
  const std::uint8_t widest = item_.empty() ? std::uint8_t{8} : *std::max_element(item_.begin(), item_.end());
  slot_bytes_ = (static_cast<std::size_t>(tile_) * widest + 63) / 64 * 64;
  for (std::size_t v = 0; v < item_.size(); ++v) storage_.push_back(storage_of(v));
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (source.access == Access::strided) strided_.push_back(static_cast<std::int32_t>(i));
    if ((source.access == Access::constant && source.filled) ||
        (source.access == Access::repeated && source.slot >= 0))
      prepared_.push_back(static_cast<std::int32_t>(i));
  }
}

TileProgram::Storage TileProgram::storage_of(std::size_t v) const {
  Storage storage{.per_row = static_cast<bool>(per_row_[v])};
  if (v < sources_.size()) {
    const Source& source = sources_[v];
    const bool fixed = source.access == Access::constant && !source.filled;
    if (fixed || source.access == Access::dense || source.access == Access::rows ||
        (source.access == Access::repeated && source.slot < 0)) {
      storage.in = Storage::In::input;
      storage.index = static_cast<std::int32_t>(v);
      storage.offset = source.offset * source.item;
      storage.step = fixed ? 0 : source.item;
      storage.period = source.access == Access::repeated ? source.period : 0;
      return storage;
    }
  }
  if (output_of_[v] >= 0) {
    storage.in = Storage::In::output;
    storage.index = output_of_[v];
    storage.step = item_[v];
  } else {
    storage.offset = slot_of_[v] * static_cast<std::int64_t>(slot_bytes_);
  }
  return storage;
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

// How each input is read.
void TileProgram::find_sources(const std::vector<Input>& inputs) {
  const std::vector<std::int64_t> dense = row_major_strides(space_);
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
}

// Which constants are read as tiles.
void TileProgram::find_filled() {
  const auto fill = [&](std::int32_t v) {
    if (static_cast<std::size_t>(v) < sources_.size()) sources_[static_cast<std::size_t>(v)].filled = true;
  };
  for (const Operation& op : operations_)
    for (std::size_t k = 0; k < reads(op).size(); ++k)
      if (reads_whole(op, k)) fill(reads(op)[k]);
  for (const auto& [v, o] : copies_) fill(v);
  for (const Reduction& r : reductions_) fill(r.spec.value);
}

// Gives each value that needs one a slot; a slot is free again after the last operation that reads it.
void TileProgram::assign_slots() {
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
        if (at >= sources_.size() && slot_of_[at] >= 0 && last[at] == n && is_alike == alike &&
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
std::int32_t TileProgram::broadcast_row(std::int32_t value) {
  const auto known = std::find_if(operations_.begin(), operations_.end(), [&](const Operation& op) {
    return op.kind == Operation::Kind::broadcast_row && op.operands[0] == value;
  });
  if (known != operations_.end()) return known->result;
  const auto result = static_cast<std::int32_t>(item_.size());
  item_.push_back(item_[static_cast<std::size_t>(value)]);
  per_row_.push_back(0);
  slot_of_.push_back(-1);
  output_of_.push_back(-1);
  operations_.push_back({nullptr, nullptr, {value}, 1, result, -1, Operation::Kind::broadcast_row});
  return result;
}

void TileProgram::add_chain(Chain made, std::int32_t result, bool past_caches) {
  ChainOfTile chain;
  static_cast<Chain&>(chain) = std::move(made);
  chain.past_caches = past_caches;
  for (std::size_t k = 0; k < chain.operands.size(); ++k) {
    std::int32_t& v = chain.operands[k];
    if (!chain.scalar[k] && per_row_[static_cast<std::size_t>(v)]) v = broadcast_row(v);
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
// after an operation that broadcasts them.
void TileProgram::add_step(const Step& step, std::int32_t result) {
  Operation op{
      step.operation.loop,  step.loops, {}, static_cast<std::int32_t>(step.operands.size()), result, -1,
      Operation::Kind::tile};
  std::copy(step.operands.begin(), step.operands.end(), op.operands);
  if (step.kind == Step::Kind::reduce) op.kind = Operation::Kind::reduce;
  if (step.kind == Step::Kind::rows) op.kind = Operation::Kind::rows;
  for (int k = 0; k < 2 && op.kind != Operation::Kind::reduce && op.arity == 2 && op.scalar < 0; ++k) {
    const bool of_row = op.kind == Operation::Kind::tile && one_of_row(op.operands[k]);
    if (!step.operation.with_scalar[k] || !(one_element(op.operands[k]) || of_row)) continue;
    op.scalar = k;
    op.function = step.operation.with_scalar[k];
    if (of_row) op.kind = Operation::Kind::each_row;
  }
  if (step.kind == Step::Kind::elements) {
    for (std::int32_t k = 0; k < op.arity; ++k)
      if (per_row_[static_cast<std::size_t>(op.operands[k])] && k != op.scalar)
        op.operands[k] = broadcast_row(op.operands[k]);
  }
  operations_.push_back(op);
}

void TileProgram::add_sum_of_squares(const Step& step, std::int32_t squared, std::int32_t result) {
  if (per_row_[static_cast<std::size_t>(squared)]) squared = broadcast_row(squared);
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

}  // namespace copse::tiles
