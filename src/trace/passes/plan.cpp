#include "plan.hpp"

#include <algorithm>
#include <map>

#include "fused.hpp"

namespace copse::passes {
namespace {

constexpr std::size_t alignment = 64;
std::size_t aligned(std::size_t bytes) {
  return (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
}

// Free parts of the arena by offset, joined where they touch; the arena grows at its end.
class Arena {
 public:
  std::size_t take(std::size_t bytes) {
    auto best = free_.end();
    for (auto it = free_.begin(); it != free_.end(); ++it)
      if (it->second >= bytes && (best == free_.end() || it->second < best->second)) best = it;
    if (best == free_.end()) {
      // The last free part may reach the end and grow.
      if (!free_.empty()) {
        const auto last = std::prev(free_.end());
        if (last->first + last->second == end_) {
          const std::size_t offset = last->first;
          free_.erase(last);
          end_ = offset + bytes;
          return offset;
        }
      }
      const std::size_t offset = end_;
      end_ += bytes;
      return offset;
    }
    const auto [offset, size] = *best;
    free_.erase(best);
    if (size > bytes) free_[offset + bytes] = size - bytes;
    return offset;
  }
  void give(std::size_t offset, std::size_t bytes) {
    const auto it = free_.emplace(offset, bytes).first;
    if (const auto next = std::next(it); next != free_.end() && it->first + it->second == next->first) {
      it->second += next->second;
      free_.erase(next);
    }
    if (it != free_.begin()) {
      const auto before = std::prev(it);
      if (before->first + before->second == it->first) {
        before->second += it->second;
        free_.erase(it);
      }
    }
  }
  std::size_t size() const { return end_; }

 private:
  std::map<std::size_t, std::size_t> free_;
  std::size_t end_ = 0;
};

// A piece of the arena and the instructions between which it is in use, both included.
struct Piece {
  std::size_t bytes = 0, offset = 0;
  std::int64_t first = 0, last = 0;
};

// Places all pieces, the largest first, each as low as it fits. Gives the size of the arena.
std::size_t place_by_size(std::vector<Piece>& pieces) {
  std::vector<std::size_t> order(pieces.size());
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = n;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return pieces[a].bytes > pieces[b].bytes; });
  std::vector<const Piece*> placed;  // by offset
  std::size_t size = 0;
  for (const std::size_t n : order) {
    Piece& piece = pieces[n];
    std::size_t offset = 0;
    for (const Piece* other : placed) {
      if (other->last < piece.first || piece.last < other->first) continue;
      if (other->offset >= offset + piece.bytes) break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    piece.offset = offset;
    size = std::max(size, offset + piece.bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &piece,
                                   [](const Piece* a, const Piece* b) { return a->offset < b->offset; }),
                  &piece);
  }
  return size;
}

// Up to so many pieces are placed by size, which takes time by the square of their number.
constexpr std::size_t most_by_size = 2000;

// Whether a result may be written over an operand: each element is read before it is written.
bool may_overwrite(const ir::Program& program, const ir::Instruction& i, std::size_t operand,
                   std::uint32_t result) {
  if (const auto* fused = dynamic_cast<const Fused*>(i.primitive.get()))
    return fused->in_place(operand, result);
  const ShapeDtype& out = program.types[i.first_result + result];
  std::vector<ShapeDtype> in;
  for (const ir::Id id : program.operands(i)) in.push_back(program.types[id]);
  return in[operand].shape == out.shape && size_of(in[operand].dtype) == size_of(out.dtype) &&
         i.primitive->tile(in, out);
}

}  // namespace

MemoryPlan plan(const ir::Program& program, std::span<const std::size_t> workspaces,
                std::span<const std::uint8_t> donated, bool share) {
  const std::size_t values = program.types.size(), count = program.instructions.size();
  MemoryPlan result;
  result.places.resize(values);
  result.workspaces.assign(count, 0);

  // Aliases have their operand's memory.
  std::vector<ir::Id> base(values);
  for (std::size_t v = 0; v < values; ++v) base[v] = static_cast<ir::Id>(v);
  for (const ir::Instruction& i : program.instructions)
    if (i.primitive->aliases()) base[i.first_result] = base[program.operands(i)[0]];

  std::vector<std::int64_t> last(values, -1), made(values, -1);
  for (std::size_t k = 0; k < count; ++k) {
    const ir::Instruction& i = program.instructions[k];
    for (const ir::Id id : program.operands(i)) last[base[id]] = static_cast<std::int64_t>(k);
    for (std::uint32_t r = 0; r < i.results; ++r) made[i.first_result + r] = static_cast<std::int64_t>(k);
  }
  for (std::size_t n = 0; n < program.inputs.size(); ++n)
    result.places[program.inputs[n]] = {Place::Kind::input, static_cast<std::uint32_t>(n), 0};
  for (std::size_t n = 0; n < program.constants.size(); ++n)
    result.places[program.constants[n].id] = {Place::Kind::constant, static_cast<std::uint32_t>(n), 0};

  // Outputs made here get blocks of their own; donated inputs lend theirs where they are done with in time.
  std::map<ir::Id, std::uint32_t> block;
  std::vector<std::uint8_t> leaves(values, 0);
  for (const ir::Id out : program.outputs) leaves[base[out]] = 1;
  // Inputs that may lend their memory, by its size: each is looked at once an output of that size.
  std::map<std::size_t, std::vector<std::size_t>> donors;
  for (std::size_t n = 0; share && n < program.inputs.size() && n < donated.size(); ++n) {
    const std::size_t bytes = program.types[program.inputs[n]].bytes();
    if (donated[n] && !leaves[program.inputs[n]] && bytes > 16) donors[bytes].push_back(n);
  }
  for (const ir::Id out : program.outputs) {
    const ir::Id b = base[out];
    if (result.places[b].kind == Place::Kind::input || result.places[b].kind == Place::Kind::constant) {
      result.output_of.push_back(MemoryPlan::borrowed);
      continue;
    }
    const auto [it, fresh] = block.try_emplace(b, static_cast<std::uint32_t>(result.outputs.size()));
    result.output_of.push_back(it->second);
    if (!fresh) continue;
    result.places[b] = {Place::Kind::output, it->second, 0};
    OutputPlan plan{b, -1};
    if (const auto lenders = donors.find(program.types[b].bytes()); lenders != donors.end()) {
      auto& open = lenders->second;
      const auto lender = std::find_if(open.begin(), open.end(), [&](std::size_t n) {
        const ir::Id in = program.inputs[n];
        if (last[in] != made[b] || made[b] < 0) return last[in] < made[b];
        const ir::Instruction& i = program.instructions[static_cast<std::size_t>(made[b])];
        const auto operands = program.operands(i);
        bool fits = true;
        for (std::size_t o = 0; o < operands.size(); ++o)
          if (base[operands[o]] == in) fits = fits && may_overwrite(program, i, o, b - i.first_result);
        return fits;
      });
      if (lender != open.end()) {
        plan.donor = static_cast<std::int32_t>(*lender);
        open.erase(lender);
      }
    }
    result.outputs.push_back(plan);
  }

  Arena arena;
  std::vector<std::vector<ir::Id>> dies(count);
  for (std::size_t v = 0; v < values; ++v)
    if (base[v] == v && made[v] >= 0 && result.places[v].kind == Place::Kind::none)
      dies[static_cast<std::size_t>(std::max(last[v], made[v]))].push_back(static_cast<ir::Id>(v));
  std::vector<std::uint8_t> passed_on(values, 0);
  std::vector<Piece> pieces;
  std::vector<std::size_t> piece_of(values, 0), workspace_piece(count, 0);
  for (std::size_t k = 0; k < count; ++k) {
    const ir::Instruction& i = program.instructions[k];
    if (i.primitive->aliases()) {
      // nothing is made; the operand may end here
    } else {
      const auto operands = program.operands(i);
      for (std::uint32_t r = 0; r < i.results; ++r) {
        const ir::Id v = i.first_result + r;
        if (result.places[v].kind != Place::Kind::none) continue;
        const std::size_t bytes = aligned(program.types[v].bytes());
        std::size_t offset = 0;
        bool found = false;
        // In place of an operand that dies here, if each element is read before it is written.
        for (std::size_t o = 0; share && !found && o < operands.size(); ++o) {
          const ir::Id b = base[operands[o]];
          if (result.places[b].kind != Place::Kind::arena || last[b] != static_cast<std::int64_t>(k) ||
              passed_on[b] || aligned(program.types[b].bytes()) != bytes)
            continue;
          found = true;
          for (std::size_t p = 0; p < operands.size(); ++p)
            if (base[operands[p]] == b) found = found && may_overwrite(program, i, p, r);
          if (found) {
            offset = result.places[b].offset;
            passed_on[b] = 1;
            piece_of[v] = piece_of[b];
          }
        }
        const auto now = static_cast<std::int64_t>(k);
        if (!found) {
          offset = arena.take(bytes);
          piece_of[v] = pieces.size();
          pieces.push_back({bytes, 0, now, now});
        }
        pieces[piece_of[v]].last = std::max(last[v], now);
        result.places[v] = {Place::Kind::arena, 0, offset};
      }
    }
    if (workspaces[k]) {
      const std::size_t bytes = aligned(workspaces[k]);
      result.workspaces[k] = arena.take(bytes);
      workspace_piece[k] = pieces.size();
      pieces.push_back({bytes, 0, static_cast<std::int64_t>(k), static_cast<std::int64_t>(k)});
      if (share) arena.give(result.workspaces[k], bytes);
    }
    if (share)
      for (const ir::Id v : dies[k])
        if (result.places[v].kind == Place::Kind::arena && !passed_on[v])
          arena.give(result.places[v].offset, aligned(program.types[v].bytes()));
  }
  result.arena_bytes = arena.size();
  if (share && pieces.size() <= most_by_size) {
    if (const std::size_t size = place_by_size(pieces); size < result.arena_bytes) {
      result.arena_bytes = size;
      for (std::size_t v = 0; v < values; ++v)
        if (base[v] == v && result.places[v].kind == Place::Kind::arena)
          result.places[v].offset = pieces[piece_of[v]].offset;
      for (std::size_t k = 0; k < count; ++k)
        if (workspaces[k]) result.workspaces[k] = pieces[workspace_piece[k]].offset;
    }
  }
  for (std::size_t v = 0; v < values; ++v) result.places[v] = result.places[base[v]];
  return result;
}

}  // namespace copse::passes
