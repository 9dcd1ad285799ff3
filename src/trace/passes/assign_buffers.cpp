#include "assign_buffers.hpp"

#include <algorithm>
#include <map>

#include "passes.hpp"

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

// The element at which a view begins that takes its elements in one piece.
std::optional<std::int64_t> piece(const traits::View& view, const Shape& shape) {
  std::int64_t stride = 1;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    if (shape[d] != 1 && view.strides[static_cast<std::size_t>(d)] != stride) return std::nullopt;
    stride *= shape[d];
  }
  return view.offset;
}

// Values that are made where the array that they are a part of lies.
struct Parts {
  struct Place {
    ir::Id whole;
    std::size_t offset;  // in bytes
  };
  std::map<ir::Id, Place> at;

  // The array that a part of parts ends up in, and where.
  Place root(ir::Id v) const {
    Place place{v, 0};
    for (auto it = at.find(v); it != at.end(); it = at.find(place.whole))
      place = {it->second.whole, place.offset + it->second.offset};
    return place;
  }
};

}  // namespace

bool may_overwrite(const ir::Program& program, const ir::Instruction& i, std::size_t operand,
                   std::uint32_t result) {
  return i.primitive->may_overwrite(operand_types(program, i),
                                    {program.types.data() + i.first_result, i.results}, operand, result);
}

std::vector<std::int64_t> aliases(const ir::Program& program, bool pieces) {
  // What leaves the program needs memory that begins where it does.
  std::vector<std::uint8_t> leaves(program.types.size(), 0);
  for (const ir::Id id : program.outputs) leaves[id] = 1;
  for (std::size_t k = program.instructions.size(); k-- > 0;) {
    const ir::Instruction& i = program.instructions[k];
    if (i.primitive->aliases() && leaves[i.first_result]) leaves[program.operands(i)[0]] = 1;
  }
  std::vector<std::int64_t> offsets(program.instructions.size(), -1);
  for (std::size_t k = 0; k < offsets.size(); ++k) {
    const ir::Instruction& i = program.instructions[k];
    if (i.primitive->aliases()) {
      offsets[k] = 0;
    } else if (pieces && i.operands == 1 && i.results == 1 && !leaves[i.first_result]) {
      const ShapeDtype &in = program.types[program.operands(i)[0]], &out = program.types[i.first_result];
      const std::optional<traits::View> view = i.primitive->view(in, out);
      const std::optional<std::int64_t> at =
          view && out.shape.elements() > 0 ? piece(*view, out.shape) : std::nullopt;
      if (at && in.dtype == out.dtype) offsets[k] = *at * static_cast<std::int64_t>(size_of(in.dtype));
    }
  }
  return offsets;
}

BufferAssignment assign_buffers(const ir::Program& program, std::span<const std::int64_t> aliased,
                                std::span<const std::size_t> workspaces,
                                std::span<const std::uint8_t> donated, bool share) {
  const std::size_t values = program.types.size(), count = program.instructions.size();
  BufferAssignment result;
  result.places.resize(values);
  result.workspaces.assign(count, 0);

  // Aliases have their operand's memory, or a piece of it.
  std::vector<ir::Id> base(values);
  std::vector<std::size_t> from(values, 0);  // where in it, in bytes
  for (std::size_t v = 0; v < values; ++v) base[v] = static_cast<ir::Id>(v);
  for (std::size_t k = 0; k < count; ++k) {
    if (aliased[k] < 0) continue;
    const ir::Instruction& i = program.instructions[k];
    const ir::Id operand = program.operands(i)[0];
    base[i.first_result] = base[operand];
    from[i.first_result] = from[operand] + static_cast<std::size_t>(aliased[k]);
  }

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

  // Parts of an array that is put together are made where they belong, so that nothing needs to be moved. The
  // array lives from the first of them on.
  Parts parts;
  for (std::size_t k = 0; share && k < count; ++k) {
    const ir::Instruction& i = program.instructions[k];
    if (i.results != 1) continue;
    const ShapeDtype& whole = program.types[i.first_result];
    const std::optional<traits::Concatenation> parts_of = i.primitive->concatenation(whole);
    if (!parts_of || !parts_of->complete) continue;
    const auto operands = program.operands(i);
    for (std::size_t n = 0; n < operands.size(); ++n) {
      const ir::Id v = base[operands[n]];
      const std::optional<std::int64_t>& at = parts_of->begins[n];
      if (at && from[operands[n]] == 0 && made[v] >= 0 &&
          program.types[v].bytes() == program.types[operands[n]].bytes())
        parts.at.try_emplace(
            v, Parts::Place{i.first_result, static_cast<std::size_t>(*at) * size_of(whole.dtype)});
    }
  }
  for (const ir::Id out : program.outputs) parts.at.erase(base[out]);
  std::vector<std::uint8_t> apart(values, 1);  // whether a value's memory is no part of another's
  std::vector<std::int64_t> start = made;
  for (const auto& [v, place] : parts.at) {
    const ir::Id whole = parts.root(v).whole;
    apart[v] = apart[whole] = 0;
    start[whole] = std::min(start[whole], made[v]);
    last[whole] = std::max(last[whole], last[v]);
  }

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
      result.output_of.push_back(BufferAssignment::borrowed);
      continue;
    }
    const auto [it, fresh] = block.try_emplace(b, static_cast<std::uint32_t>(result.outputs.size()));
    result.output_of.push_back(it->second);
    if (!fresh) continue;
    result.places[b] = {Place::Kind::output, it->second, 0};
    OutputBuffer buffer{b, -1};
    if (const auto lenders = donors.find(program.types[b].bytes()); lenders != donors.end()) {
      auto& open = lenders->second;
      const auto lender = std::find_if(open.begin(), open.end(), [&](std::size_t n) {
        const ir::Id in = program.inputs[n];
        if (last[in] != made[b] || made[b] < 0 || !apart[b]) return last[in] < start[b];
        const ir::Instruction& i = program.instructions[static_cast<std::size_t>(made[b])];
        const auto operands = program.operands(i);
        bool fits = true;
        for (std::size_t o = 0; o < operands.size(); ++o)
          if (base[operands[o]] == in)
            fits = fits && from[operands[o]] == 0 && may_overwrite(program, i, o, b - i.first_result);
        return fits;
      });
      if (lender != open.end()) {
        buffer.donor = static_cast<std::int32_t>(*lender);
        open.erase(lender);
      }
    }
    result.outputs.push_back(buffer);
  }

  Arena arena;
  std::vector<std::vector<ir::Id>> dies(count);
  for (std::size_t v = 0; v < values; ++v)
    if (base[v] == v && made[v] >= 0 && result.places[v].kind == Place::Kind::none &&
        !parts.at.count(static_cast<ir::Id>(v)))
      dies[static_cast<std::size_t>(std::max(last[v], made[v]))].push_back(static_cast<ir::Id>(v));
  std::vector<std::uint8_t> passed_on(values, 0);
  std::vector<Piece> pieces;
  std::vector<std::size_t> piece_of(values, 0), workspace_piece(count, 0);
  for (std::size_t k = 0; k < count; ++k) {
    const ir::Instruction& i = program.instructions[k];
    if (aliased[k] >= 0) {
      // nothing is made; the operand may end here
    } else {
      const auto operands = program.operands(i);
      for (std::uint32_t r = 0; r < i.results; ++r) {
        const ir::Id v = i.first_result + r;
        if (result.places[v].kind != Place::Kind::none) continue;
        if (parts.at.count(v)) {
          const Parts::Place in = parts.root(v);
          Place& whole = result.places[in.whole];
          if (whole.kind == Place::Kind::none) {
            const std::size_t bytes = aligned(program.types[in.whole].bytes());
            whole = {Place::Kind::arena, 0, arena.take(bytes)};
            piece_of[in.whole] = pieces.size();
            pieces.push_back({bytes, 0, start[in.whole], std::max(last[in.whole], made[in.whole])});
          }
          result.places[v] = {whole.kind, whole.index, whole.offset + in.offset};
          continue;
        }
        const std::size_t bytes = aligned(program.types[v].bytes());
        std::size_t offset = 0;
        bool found = false;
        // In place of an operand that dies here, if each element is read before it is written: where it lies,
        // so that no thread writes what another one still reads from a piece that begins elsewhere.
        for (std::size_t o = 0; share && !found && o < operands.size(); ++o) {
          const ir::Id b = base[operands[o]];
          if (result.places[b].kind != Place::Kind::arena || last[b] != static_cast<std::int64_t>(k) ||
              !apart[b] || passed_on[b] || aligned(program.types[b].bytes()) != bytes)
            continue;
          found = true;
          for (std::size_t p = 0; p < operands.size(); ++p)
            if (base[operands[p]] == b)
              found = found && from[operands[p]] == 0 && may_overwrite(program, i, p, r);
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
        if (base[v] == v && result.places[v].kind == Place::Kind::arena) {
          const Parts::Place in = parts.root(static_cast<ir::Id>(v));
          result.places[v].offset = pieces[piece_of[in.whole]].offset + in.offset;
        }
      for (std::size_t k = 0; k < count; ++k)
        if (workspaces[k]) result.workspaces[k] = pieces[workspace_piece[k]].offset;
    }
  }
  for (std::size_t v = 0; v < values; ++v) {
    if (base[v] == v) continue;
    result.places[v] = result.places[base[v]];
    result.places[v].offset += from[v];
  }
  return result;
}

}  // namespace copse::passes
