// Memory, acted out: who owns each byte after each instruction. Whatever is read has to be there still.
#include <fmt/format.h>

#include <iterator>
#include <map>

#include "assign_buffers.hpp"
#include "copse/core/error.hpp"

namespace copse::passes {
namespace {

constexpr ir::Id no_owner = ~ir::Id{0};

// A stretch of memory and the values whose bytes it has, as stretches of one owner each.
class Owners {
 public:
  void write(std::size_t begin, std::size_t end, ir::Id owner) {
    if (begin == end) return;
    split(begin);
    split(end);
    at_.erase(at_.lower_bound(begin), at_.lower_bound(end));
    at_[begin] = {end, owner};
  }
  /// Calls f(owner) for all owners between two places, `no_owner` for what has none.
  template <class F>
  void visit(std::size_t begin, std::size_t end, const F& f) const {
    auto it = at_.upper_bound(begin);
    if (it != at_.begin() && std::prev(it)->second.end > begin) --it;
    for (; begin < end; ++it) {
      if (it == at_.end() || it->first > begin) {
        f(no_owner);
        if (it == at_.end() || it->first >= end) return;
      }
      f(it->second.owner);
      begin = it->second.end;
    }
  }

 private:
  struct Stretch {
    std::size_t end;
    ir::Id owner;
  };
  void split(std::size_t place) {
    auto it = at_.lower_bound(place);
    if (it == at_.begin()) return;
    --it;
    if (it->second.end <= place) return;
    at_[place] = it->second;
    it->second.end = place;
  }
  std::map<std::size_t, Stretch> at_;
};

class Actor {
 public:
  Actor(const ir::Program& program, const PerInstruction<std::int64_t>& aliased,
        const PerInstruction<std::size_t>& workspaces, const BufferAssignment& assignment)
      : program_(program),
        aliased_(aliased),
        workspaces_(workspaces),
        assignment_(assignment),
        base_(program),
        whole_(program, no_owner) {
    for (ir::Id v = 0; v < base_.size(); ++v) base_[v] = v;
  }

  void run() {
    for (const ir::Id id : program_.inputs) own(id);
    for (const ir::Constant& c : program_.constants) own(c.id);
    for (std::size_t k = 0; k < program_.instructions.size(); ++k) step(k);
    for (const ir::Id id : program_.outputs) read(id, "the end");
  }

 private:
  using Kind = Location::Kind;
  struct Region {
    Owners* owners;
    std::size_t begin, end;
  };

  Region region(ir::Id id) {
    const Location& location = assignment_.locations[id];
    Kind kind = location.kind;
    std::uint32_t index = kind == Kind::arena ? 0 : location.index;
    if (kind == Kind::output && assignment_.outputs[index].donor >= 0) {
      index = static_cast<std::uint32_t>(assignment_.outputs[index].donor);
      kind = Kind::input;
    }
    if (kind == Kind::none)
      throw InternalError(fmt::format("the assignment of buffers has no memory for %{}", id));
    return {&memory_[{kind, index}], location.offset, location.offset + program_.types[id].bytes()};
  }

  void own(ir::Id id) {
    const Region r = region(id);
    r.owners->write(r.begin, r.end, id);
  }

  void read(ir::Id id, const std::string& where) {
    const Region r = region(id);
    r.owners->visit(r.begin, r.end, [&](ir::Id owner) {
      for (ir::Id v = base_[id]; v != no_owner; v = whole_[v])
        if (v == owner) return;
      throw InternalError(
          fmt::format("the assignment of buffers gives away %{} before {} reads it", id, where));
    });
  }

  static bool meet(const Region& a, const Region& b) {
    return a.owners == b.owners && a.begin < b.end && b.begin < a.end;
  }

  void step(std::size_t k) {
    const ir::Instruction& i = program_.instructions[k];
    const auto operands = program_.operands(i);
    const std::string where = fmt::format("instruction {} ({})", k, i.primitive->name());
    for (const ir::Id id : operands) read(id, where);
    if (aliased_[k] >= 0) {
      base_[i.first_result] = base_[operands[0]];
      return;
    }
    const bool parts = i.results == 1 && i.primitive->as_concatenation(program_.types[i.first_result]);
    std::vector<Region> written;
    for (std::uint32_t r = 0; r < i.results; ++r) {
      const ir::Id id = i.first_result + r;
      written.push_back(region(id));
      for (std::size_t o = 0; o < operands.size(); ++o) {
        const Region from = region(operands[o]);
        if (!meet(from, written.back())) continue;
        if (parts)
          whole_[base_[operands[o]]] = id;
        else if (from.begin != written.back().begin || !may_overwrite(program_, i, o, r))
          fail(where, "writes over an operand");
      }
    }
    if (workspaces_[k])
      written.push_back({&memory_[{Kind::arena, 0}], assignment_.workspaces[k],
                         assignment_.workspaces[k] + workspaces_[k]});
    for (std::size_t a = 0; a < written.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b)
        if (meet(written[a], written[b])) fail(where, "writes two results to one place");
      if (a == i.results)
        for (const ir::Id id : operands)
          if (meet(written[a], region(id))) fail(where, "has an operand in its scratch memory");
      written[a].owners->write(written[a].begin, written[a].end,
                               a < i.results ? i.first_result + static_cast<ir::Id>(a) : no_owner);
    }
  }

  [[noreturn]] static void fail(const std::string& where, const char* what) {
    throw InternalError(fmt::format("in the assignment of buffers {} {}", where, what));
  }

  const ir::Program& program_;
  const PerInstruction<std::int64_t>& aliased_;
  const PerInstruction<std::size_t>& workspaces_;
  const BufferAssignment& assignment_;
  std::map<std::pair<Kind, std::uint32_t>, Owners> memory_;
  PerValue<ir::Id> base_;   // whose memory it has
  PerValue<ir::Id> whole_;  // the array that it is a part of by now
};

}  // namespace

void verify_buffers(const ir::Program& program, const PerInstruction<std::int64_t>& aliased,
                    const PerInstruction<std::size_t>& workspaces, const BufferAssignment& assignment) {
  Actor(program, aliased, workspaces, assignment).run();
}

}  // namespace copse::passes
