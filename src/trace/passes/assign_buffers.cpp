#include "assign_buffers.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "arena.hpp"
#include "facts.hpp"

namespace copse::passes {
namespace {

using Kind = Location::Kind;

constexpr std::size_t alignment = 64;
std::size_t aligned(std::size_t bytes) {
  return (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
}

// Up to so many allocations are packed by size, which takes time by the square of their number.
constexpr std::size_t most_packed = 2000;

// Donated inputs that are no larger are not worth the search.
constexpr std::size_t small_donor = 16;

// The element at which a view begins that takes its elements without gaps.
std::optional<std::int64_t> contiguous_from(const traits::View& view, const Shape& shape) {
  const std::vector<std::int64_t> dense = row_major_strides(shape);
  for (int d = 0; d < shape.rank(); ++d)
    if (const auto at = static_cast<std::size_t>(d); shape[d] != 1 && view.strides[at] != dense[at])
      return std::nullopt;
  return view.offset;
}

// Decides step by step, by values that have memory of their own: bases, of which all others are aliases.
class Assigner {
 public:
  Assigner(const ir::Program& program, const PerInstruction<std::int64_t>& aliased,
           const PerInstruction<std::size_t>& workspaces, std::span<const std::uint8_t> donated, bool share)
      : program_(program),
        aliased_(aliased),
        workspaces_(workspaces),
        donated_(donated),
        share_(share),
        base_(program),
        from_(program),
        made_(producers(program)),
        last_(program, -1),
        start_(made_),
        embedded_or_around_(program),
        passed_on_(program),
        allocation_of_(program),
        workspace_allocation_(program) {
    result_.locations = PerValue<Location>(program);
    result_.workspaces = PerInstruction<std::size_t>(program);
  }

  BufferAssignment run() {
    find_bases();
    find_last_uses();
    locate_inputs();
    embed_parts();
    assign_outputs();
    assign_arena();
    pack();
    locate_aliases();
    return std::move(result_);
  }

 private:
  // A value made in its place within the array that it is a part of.
  struct Embedded {
    ir::Id whole;
    std::size_t offset;  // in bytes
  };

  Location& location(ir::Id v) { return result_.locations[v]; }
  const ir::Instruction& maker(ir::Id v) const {
    return program_.instructions[static_cast<std::size_t>(made_[v])];
  }
  // The last instruction at which memory is in use.
  std::int64_t end_of(ir::Id v) const { return std::max<std::int64_t>(last_[v], made_[v]); }

  // Aliases have their operand's memory, or a part of it.
  void find_bases() {
    for (ir::Id v = 0; v < base_.size(); ++v) base_[v] = v;
    for (std::size_t k = 0; k < program_.instructions.size(); ++k) {
      if (aliased_[k] < 0) continue;
      const ir::Instruction& i = program_.instructions[k];
      const ir::Id operand = program_.operands(i)[0];
      base_[i.first_result] = base_[operand];
      from_[i.first_result] = from_[operand] + static_cast<std::size_t>(aliased_[k]);
    }
  }

  void find_last_uses() {
    for (std::size_t k = 0; k < program_.instructions.size(); ++k)
      for (const ir::Id id : program_.operands(program_.instructions[k]))
        last_[base_[id]] = static_cast<std::int32_t>(k);
  }

  void locate_inputs() {
    for (std::size_t n = 0; n < program_.inputs.size(); ++n)
      location(program_.inputs[n]) = {Kind::input, static_cast<std::uint32_t>(n), 0};
    for (std::size_t n = 0; n < program_.constants.size(); ++n)
      location(program_.constants[n].id) = {Kind::constant, static_cast<std::uint32_t>(n), 0};
  }

  // Parts of an array that is put together are made where they belong, so that nothing needs to be moved. The
  // array lives from the first of them on.
  void embed_parts() {
    if (share_)
      for (const ir::Instruction& i : program_.instructions)
        if (i.results == 1) embed_operands(i);
    for (const ir::Id out : program_.outputs) embedded_.erase(base_[out]);
    for (const auto& [v, in] : embedded_) {
      const ir::Id whole = outermost(v).whole;
      embedded_or_around_[v] = embedded_or_around_[whole] = 1;
      start_[whole] = std::min(start_[whole], made_[v]);
      last_[whole] = std::max(last_[whole], last_[v]);
    }
  }

  void embed_operands(const ir::Instruction& i) {
    const ShapeDtype& whole = program_.types[i.first_result];
    const std::optional<traits::Concatenation> parts = i.primitive->concatenation(whole);
    if (!parts || !parts->complete) return;
    const auto operands = program_.operands(i);
    for (std::size_t n = 0; n < operands.size(); ++n) {
      const ir::Id v = base_[operands[n]];
      const std::optional<std::int64_t>& at = parts->begins[n];
      if (at && from_[operands[n]] == 0 && made_[v] >= 0 &&
          program_.types[v].bytes() == program_.types[operands[n]].bytes())
        embedded_.try_emplace(v,
                              Embedded{i.first_result, static_cast<std::size_t>(*at) * size_of(whole.dtype)});
    }
  }

  // The array that a part of parts ends up in, and where; the value itself if it is no part.
  Embedded outermost(ir::Id v) const {
    Embedded in{v, 0};
    for (auto it = embedded_.find(v); it != embedded_.end(); it = embedded_.find(in.whole))
      in = {it->second.whole, in.offset + it->second.offset};
    return in;
  }

  // Outputs made here get buffers of their own; donated inputs lend theirs where they are done with in time.
  void assign_outputs() {
    // By size: each is looked at once an output of that size.
    std::map<std::size_t, std::vector<std::size_t>> donors = possible_donors();
    std::map<ir::Id, std::uint32_t> buffer;
    for (const ir::Id out : program_.outputs) {
      const ir::Id b = base_[out];
      if (location(b).kind == Kind::input || location(b).kind == Kind::constant) {
        result_.output_of.push_back(BufferAssignment::borrowed);
        continue;
      }
      const auto [it, fresh] = buffer.try_emplace(b, static_cast<std::uint32_t>(result_.outputs.size()));
      result_.output_of.push_back(it->second);
      if (!fresh) continue;
      location(b) = {Kind::output, it->second, 0};
      result_.outputs.push_back({b, take_donor(donors, b)});
    }
  }

  std::map<std::size_t, std::vector<std::size_t>> possible_donors() const {
    std::map<std::size_t, std::vector<std::size_t>> donors;
    PerValue<Flag> escapes(program_);
    for (const ir::Id out : program_.outputs) escapes[base_[out]] = 1;
    for (std::size_t n = 0; share_ && n < program_.inputs.size() && n < donated_.size(); ++n) {
      const std::size_t bytes = program_.types[program_.inputs[n]].bytes();
      if (donated_[n] && !escapes[program_.inputs[n]] && bytes > small_donor) donors[bytes].push_back(n);
    }
    return donors;
  }

  // The input whose memory an output takes over, which no other one gets then; -1 if there is none.
  std::int32_t take_donor(std::map<std::size_t, std::vector<std::size_t>>& donors, ir::Id output) const {
    const auto fitting = donors.find(program_.types[output].bytes());
    if (fitting == donors.end()) return -1;
    auto& open = fitting->second;
    const auto donor = std::find_if(open.begin(), open.end(),
                                    [&](std::size_t n) { return may_lend(program_.inputs[n], output); });
    if (donor == open.end()) return -1;
    const auto taken = static_cast<std::int32_t>(*donor);
    open.erase(donor);
    return taken;
  }

  // Whether an input is done with before an output is made, or read for the last time by what makes it.
  bool may_lend(ir::Id input, ir::Id output) const {
    if (last_[input] != made_[output] || made_[output] < 0 || embedded_or_around_[output])
      return last_[input] < start_[output];
    return may_take_over(input, output);
  }

  // Whether a value may be made over a base that its instruction reads: in place, where that lies, so that no
  // thread writes what another one still reads from a part that begins elsewhere.
  bool may_take_over(ir::Id base, ir::Id v) const {
    const ir::Instruction& i = maker(v);
    const auto operands = program_.operands(i);
    for (std::size_t o = 0; o < operands.size(); ++o)
      if (base_[operands[o]] == base &&
          (from_[operands[o]] != 0 || !may_overwrite(program_, i, o, v - i.first_result)))
        return false;
    return true;
  }

  // All else lies in the arena, from where it is made to where it is read last.
  void assign_arena() {
    const PerInstruction<std::vector<ir::Id>> dying = find_dying();
    for (std::size_t k = 0; k < program_.instructions.size(); ++k) {
      const ir::Instruction& i = program_.instructions[k];
      if (aliased_[k] < 0)
        for (std::uint32_t r = 0; r < i.results; ++r) assign_result(i.first_result + r);
      assign_workspace(k);
      if (!share_) continue;
      for (const ir::Id v : dying[k])
        if (location(v).kind == Kind::arena && !passed_on_[v])
          arena_.give(location(v).offset, aligned(program_.types[v].bytes()));
    }
    result_.arena_bytes = arena_.size();
  }

  // The values that each instruction is the last to use.
  PerInstruction<std::vector<ir::Id>> find_dying() {
    PerInstruction<std::vector<ir::Id>> dying(program_);
    for (ir::Id v = 0; v < base_.size(); ++v)
      if (base_[v] == v && made_[v] >= 0 && location(v).kind == Kind::none && !embedded_.count(v))
        dying[static_cast<std::size_t>(end_of(v))].push_back(v);
    return dying;
  }

  void assign_result(ir::Id v) {
    if (location(v).kind != Kind::none) return;
    if (embedded_.count(v)) {
      const Embedded in = outermost(v);
      Location& whole = location(in.whole);
      if (whole.kind == Kind::none) allocate(in.whole, start_[in.whole], end_of(in.whole));
      location(v) = {whole.kind, whole.index, whole.offset + in.offset};
      return;
    }
    const ir::Id over = share_ ? dying_operand(v) : v;
    if (over == v) {
      allocate(v, made_[v], end_of(v));
      return;
    }
    passed_on_[over] = 1;
    location(v) = {Kind::arena, 0, location(over).offset};
    allocation_of_[v] = allocation_of_[over];
    allocations_[allocation_of_[v]].last = end_of(v);
  }

  // The operand of the same size that dies where a value is made and whose memory it takes over; the value
  // itself if there is none.
  ir::Id dying_operand(ir::Id v) {
    const std::size_t bytes = aligned(program_.types[v].bytes());
    for (const ir::Id id : program_.operands(maker(v))) {
      const ir::Id b = base_[id];
      if (location(b).kind == Kind::arena && last_[b] == made_[v] && !embedded_or_around_[b] &&
          !passed_on_[b] && aligned(program_.types[b].bytes()) == bytes && may_take_over(b, v))
        return b;
    }
    return v;
  }

  void allocate(ir::Id v, std::int64_t first, std::int64_t last) {
    const std::size_t bytes = aligned(program_.types[v].bytes());
    location(v) = {Kind::arena, 0, arena_.take(bytes)};
    allocation_of_[v] = allocations_.size();
    allocations_.push_back({bytes, 0, first, last});
  }

  void assign_workspace(std::size_t k) {
    if (!workspaces_[k]) return;
    const std::size_t bytes = aligned(workspaces_[k]);
    result_.workspaces[k] = arena_.take(bytes);
    workspace_allocation_[k] = allocations_.size();
    allocations_.push_back({bytes, 0, static_cast<std::int64_t>(k), static_cast<std::int64_t>(k)});
    if (share_) arena_.give(result_.workspaces[k], bytes);
  }

  // Packed by size, all of it often takes less than in the order in which it is made.
  void pack() {
    if (!share_ || allocations_.size() > most_packed) return;
    const std::size_t size = pack_by_size(allocations_);
    if (size >= result_.arena_bytes) return;
    result_.arena_bytes = size;
    for (ir::Id v = 0; v < base_.size(); ++v)
      if (base_[v] == v && location(v).kind == Kind::arena) {
        const Embedded in = outermost(v);
        location(v).offset = allocations_[allocation_of_[in.whole]].offset + in.offset;
      }
    for (std::size_t k = 0; k < program_.instructions.size(); ++k)
      if (workspaces_[k]) result_.workspaces[k] = allocations_[workspace_allocation_[k]].offset;
  }

  void locate_aliases() {
    for (ir::Id v = 0; v < base_.size(); ++v) {
      if (base_[v] == v) continue;
      location(v) = location(base_[v]);
      location(v).offset += from_[v];
    }
  }

  const ir::Program& program_;
  const PerInstruction<std::int64_t>& aliased_;
  const PerInstruction<std::size_t>& workspaces_;
  std::span<const std::uint8_t> donated_;
  bool share_;
  BufferAssignment result_;
  PerValue<ir::Id> base_;                // whose memory it has
  PerValue<std::size_t> from_;           // where in it, in bytes
  PerValue<std::int32_t> made_, last_;   // the instructions that make it and read it last, or -1
  PerValue<std::int32_t> start_;         // from where on its memory is in use
  std::map<ir::Id, Embedded> embedded_;  // parts that are made where they belong
  PerValue<Flag> embedded_or_around_;    // such parts, and the arrays that they are in
  PerValue<Flag> passed_on_;             // whether another value has taken over its memory
  Arena arena_;
  std::vector<Allocation> allocations_;
  PerValue<std::size_t> allocation_of_;
  PerInstruction<std::size_t> workspace_allocation_;
};

}  // namespace

bool may_overwrite(const ir::Program& program, const ir::Instruction& i, std::size_t operand,
                   std::uint32_t result) {
  return i.primitive->may_overwrite(operand_types(program, i),
                                    {program.types.data() + i.first_result, i.results}, operand, result);
}

PerInstruction<std::int64_t> aliases(const ir::Program& program, bool slices) {
  // What escapes needs memory that begins where it does.
  PerValue<Flag> escapes = escaping(program);
  for (std::size_t k = program.instructions.size(); k-- > 0;) {
    const ir::Instruction& i = program.instructions[k];
    if (i.primitive->aliases() && escapes[i.first_result]) escapes[program.operands(i)[0]] = 1;
  }
  PerInstruction<std::int64_t> offsets(program, -1);
  for (std::size_t k = 0; k < offsets.size(); ++k) {
    const ir::Instruction& i = program.instructions[k];
    if (i.primitive->aliases()) {
      offsets[k] = 0;
    } else if (const auto view = slices && i.results == 1 && !escapes[i.first_result] ? view_of(program, i)
                                                                                      : std::nullopt) {
      const ShapeDtype &in = program.types[program.operands(i)[0]], &out = program.types[i.first_result];
      const auto at = out.shape.elements() > 0 ? contiguous_from(*view, out.shape) : std::nullopt;
      if (at && in.dtype == out.dtype) offsets[k] = *at * static_cast<std::int64_t>(size_of(in.dtype));
    }
  }
  return offsets;
}

BufferAssignment assign_buffers(const ir::Program& program, const PerInstruction<std::int64_t>& aliased,
                                const PerInstruction<std::size_t>& workspaces,
                                std::span<const std::uint8_t> donated, bool share) {
  return Assigner(program, aliased, workspaces, donated, share).run();
}

}  // namespace copse::passes
