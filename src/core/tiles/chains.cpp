#include "chains.hpp"

#include <algorithm>

namespace copse::tiles {
namespace {

using Step = TileProgram::Step;
using Output = TileProgram::Output;
using Move = ChainStep::Move;

class Maker {
 public:
  Maker(std::size_t inputs, const std::vector<Step>& steps, const std::vector<ChainLink>& links,
        const std::function<bool(std::int32_t)>& one)
      : inputs_(inputs), steps_(steps), links_(links), one_(one) {}

  // Leaves the result of a step in the block `depth` of the stack.
  void add(std::size_t s, int depth) {
    const std::vector<std::int32_t>& operands = steps_[s].operands;
    const Arithmetic what = *links_[s].arithmetic;
    if (operands.size() == 1) {
      push(operands[0], depth);
      chain.steps.emplace_back(unary(what), depth);
      return;
    }
    const std::int32_t a = operands[0], b = operands[1];
    if (inner(a) && inner(b)) {
      push(a, depth);
      push(b, depth + 1);
      chain.steps.emplace_back(offset(Move::add_top, what), depth);
    } else if (inner(b) || (!inner(a) && one_(a) && !one_(b))) {
      push(b, depth);
      read(a, depth, reversed(what, one_(a)), one_(a));
    } else {
      push(a, depth);
      read(b, depth, offset(one_(b) ? Move::add_scalar : Move::add_memory, what), one_(b));
    }
  }

  Chain chain;

 private:
  bool inner(std::int32_t value) const {
    return static_cast<std::size_t>(value) >= inputs_ &&
           links_[static_cast<std::size_t>(value) - inputs_].inner;
  }

  void push(std::int32_t value, int depth) {
    if (inner(value))
      add(static_cast<std::size_t>(value) - inputs_, depth);
    else
      read(value, depth, Move::load, false);
  }

  void read(std::int32_t value, int depth, Move move, bool scalar) {
    std::size_t n = 0;
    while (n < chain.operands.size() && !(chain.operands[n] == value && chain.scalar[n] == scalar)) ++n;
    if (n == chain.operands.size()) {
      chain.operands.push_back(value);
      chain.scalar.push_back(scalar);
    }
    chain.steps.emplace_back(move, depth, static_cast<int>(n));
  }

  // The four operations follow each other in the same order in each group of moves.
  static Move offset(Move add, Arithmetic what) {
    return static_cast<Move>(static_cast<int>(add) + static_cast<int>(what));
  }
  static Move reversed(Arithmetic what, bool scalar) {
    if (what == Arithmetic::subtract)
      return scalar ? Move::reversed_subtract_scalar : Move::reversed_subtract_memory;
    if (what == Arithmetic::divide)
      return scalar ? Move::reversed_divide_scalar : Move::reversed_divide_memory;
    return offset(scalar ? Move::add_scalar : Move::add_memory, what);
  }
  static Move unary(Arithmetic what) {
    if (what == Arithmetic::negative) return Move::negative;
    return what == Arithmetic::square ? Move::square : Move::sqrt;
  }

  std::size_t inputs_;
  const std::vector<Step>& steps_;
  const std::vector<ChainLink>& links_;
  const std::function<bool(std::int32_t)>& one_;
};

}  // namespace

std::vector<ChainLink> chain_links(std::size_t inputs, const std::vector<Step>& steps,
                                   const std::vector<Output>& outputs) {
  std::vector<int> readers(inputs + steps.size(), 0);
  for (const Step& s : steps)
    for (const std::int32_t v : s.operands) ++readers[static_cast<std::size_t>(v)];
  for (const Output& o : outputs) ++readers[static_cast<std::size_t>(o.value)];
  std::vector<ChainLink> links(steps.size());
  for (std::size_t s = 0; s < steps.size(); ++s) {
    ChainLink& link = links[s];
    if (steps[s].kind == Step::Kind::elements) link.arithmetic = steps[s].operation.arithmetic;
    if (steps[s].kind == Step::Kind::reduce && steps[s].loops->rows_of_squares) {
      const auto v = static_cast<std::size_t>(steps[s].operands[0]);
      if (v < inputs || links[v - inputs].arithmetic != Arithmetic::square || readers[v] != 1) continue;
      links[v - inputs].inner = link.squares = true;
      // What is squared is read from memory.
      const auto x = static_cast<std::size_t>(steps[v - inputs].operands[0]);
      if (x >= inputs) links[x - inputs].inner = false;
    }
    if (!link.arithmetic) continue;
    int before = 0;  // blocks that hold results while the next operand is made
    for (const std::int32_t v : steps[s].operands) {
      ++link.reads;
      if (static_cast<std::size_t>(v) < inputs) continue;
      ChainLink& child = links[static_cast<std::size_t>(v) - inputs];
      if (!child.arithmetic || readers[static_cast<std::size_t>(v)] != 1 ||
          child.depth + before > ChainStep::most_depth ||
          link.reads - 1 + child.reads + steps[s].operands.size() > Chain::most_operands)
        continue;
      child.inner = true;
      link.reads += child.reads - 1;
      link.depth = std::max(link.depth, child.depth + before);
      before = 1;
    }
  }
  for (std::size_t s = 0; s < steps.size(); ++s)
    if (links[s].arithmetic && !links[s].inner)
      for (const std::int32_t v : steps[s].operands)
        links[s].ends = links[s].ends || (static_cast<std::size_t>(v) >= inputs &&
                                          links[static_cast<std::size_t>(v) - inputs].inner);
  return links;
}

void order_chains(std::size_t inputs, std::vector<Step>& steps, std::vector<Output>& outputs) {
  const std::vector<ChainLink> links = chain_links(inputs, steps, outputs);
  std::vector<std::size_t> order;
  const auto place = [&](const auto& self, std::size_t s) -> void {
    for (const std::int32_t v : steps[s].operands)
      if (const auto at = static_cast<std::size_t>(v); at >= inputs && links[at - inputs].inner)
        self(self, at - inputs);
    order.push_back(s);
  };
  for (std::size_t s = 0; s < steps.size(); ++s)
    if (!links[s].inner) place(place, s);
  std::vector<std::int32_t> number(inputs + steps.size());
  for (std::size_t i = 0; i < inputs; ++i) number[i] = static_cast<std::int32_t>(i);
  std::vector<Step> ordered;
  for (const std::size_t s : order) {
    number[inputs + s] = static_cast<std::int32_t>(inputs + ordered.size());
    ordered.push_back(std::move(steps[s]));
    for (std::int32_t& v : ordered.back().operands) v = number[static_cast<std::size_t>(v)];
  }
  steps = std::move(ordered);
  for (Output& o : outputs) o.value = number[static_cast<std::size_t>(o.value)];
}

Chain make_chain(std::size_t inputs, std::size_t s, const std::vector<Step>& steps,
                 const std::vector<ChainLink>& links, const std::function<bool(std::int32_t)>& one) {
  Maker maker(inputs, steps, links, one);
  maker.add(s, 0);
  return std::move(maker.chain);
}

}  // namespace copse::tiles
