// Products and convolutions take what stands around them into themselves: transposes of their operands, a
// bias, an activation.
#include <algorithm>

#include "facts.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {
namespace {

using traits::Activation;

bool is_product(const ir::Instruction& i) {
  return i.primitive->as_product() && i.primitive->with_epilogue({});
}

// Whether a view swaps the last two dimensions and leaves the others.
bool swaps_last(const ir::Program& program, const ir::Instruction& i) {
  const std::optional<traits::View> view = view_of(program, i);
  if (!view) return false;
  const ShapeDtype& in = program.types[program.operands(i)[0]];
  const int rank = in.shape.rank();
  if (view->offset != 0 || rank < 2) return false;
  std::vector<std::int64_t> strides = row_major_strides(in.shape);
  std::swap(strides[in.shape.size() - 1], strides[in.shape.size() - 2]);
  Shape swapped = in.shape;
  std::swap(swapped[rank - 1], swapped[rank - 2]);
  return view->strides == strides && program.types[i.first_result].shape == swapped;
}

class EpilogueFuser {
 public:
  explicit EpilogueFuser(const ir::Program& program)
      : program_(program),
        producer_(producers(program)),
        uses_(use_counts(program)),
        rewriter_(program),
        readers_(readers(program)) {}

  ir::Program run() {
    const auto& all = program_.instructions;
    // Where a product is finished by a bias and an activation it is made there, not where it stands.
    PerInstruction<std::int32_t> finisher(program_, -1);
    PerInstruction<Chain> chains(program_);
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (!is_product(all[k])) continue;
      chains[k] = chain(k);
      // Two products may meet in one sum: it ends the first of them.
      if (finisher[chains[k].end] >= 0) chains[k] = {k, Rewriter::none, Activation::none, ~std::size_t{0}};
      if (chains[k].end != k) finisher[chains[k].end] = static_cast<std::int32_t>(k);
    }
    for (std::size_t k = 0; k < all.size(); ++k) {
      const bool product = is_product(all[k]);
      if (product && chains[k].end != k) continue;
      if (product)
        emit(all[k], {}, k);
      else if (finisher[k] >= 0)
        emit(all[static_cast<std::size_t>(finisher[k])], chains[static_cast<std::size_t>(finisher[k])], k);
      else if (!inside(chains, k))
        rewriter_.copy(all[k]);
    }
    return rewriter_.finish();
  }

 private:
  struct Chain {
    std::size_t end = 0;
    ir::Id bias = Rewriter::none;
    Activation activation = Activation::none;
    std::size_t middle = ~std::size_t{0};  // an instruction between the product and the end
  };

  bool inside(const PerInstruction<Chain>& chains, std::size_t k) const {
    const ir::Instruction& i = program_.instructions[k];
    for (const ir::Id id : program_.operands(i)) {
      if (producer_[id] < 0) continue;
      const auto p = static_cast<std::size_t>(producer_[id]);
      if (is_product(program_.instructions[p]) && chains[p].middle == k) return true;
    }
    return false;
  }

  // The only instruction that reads a value, if there is just one.
  std::optional<std::size_t> sole_reader(ir::Id id) const {
    if (uses_[id] != 1) return std::nullopt;
    if (readers_[id].empty()) return std::nullopt;  // an output
    return readers_[id][0];
  }

  Chain chain(std::size_t k) {
    Chain c{k, Rewriter::none, Activation::none, ~std::size_t{0}};
    const ir::Id product = program_.instructions[k].first_result;
    const ShapeDtype& type = program_.types[product];
    if (type.dtype != DType::float32) return c;
    const auto next = sole_reader(product);
    if (!next) return c;
    const ir::Instruction& i = program_.instructions[*next];
    const auto operands = program_.operands(i);
    ir::Id last = product;
    if (algebra_of(program_, i).sum) {
      const ir::Id other = operands[operands[0] == product ? 1 : 0];
      const ShapeDtype& bias = program_.types[other];
      if (bias.shape != Shape{type.shape[-1]} || bias.dtype != type.dtype ||
          program_.types[i.first_result].shape != type.shape)
        return c;
      c.bias = other;
      c.end = *next;
      last = i.first_result;
    }
    const auto after = sole_reader(last);
    if (after && algebra_of(program_, program_.instructions[*after]).rectifier) {
      if (c.end != k) c.middle = c.end;
      c.activation = Activation::relu;
      c.end = *after;
    }
    return c;
  }

  void emit(const ir::Instruction& product, const Chain& c, std::size_t at) {
    ir::Id operands[3] = {program_.operands(product)[0], program_.operands(product)[1], Rewriter::none};
    PrimitivePtr primitive = product.primitive;
    if (traits::Product sides = *primitive->as_product(); sides.matrix) {
      for (int side = 0; side < 2; ++side) {
        const std::int32_t p = producer_[operands[side]];
        if (p < 0 || !swaps_last(program_, program_.instructions[static_cast<std::size_t>(p)])) continue;
        operands[side] = program_.operands(program_.instructions[static_cast<std::size_t>(p)])[0];
        bool& flag = side == 0 ? sides.transpose_a : sides.transpose_b;
        flag = !flag;
      }
      primitive = primitive->with_transposes(sides.transpose_a, sides.transpose_b);
    }
    operands[0] = rewriter_[operands[0]];
    operands[1] = rewriter_[operands[1]];
    const bool bias = c.bias != Rewriter::none;
    if (bias) operands[2] = rewriter_[c.bias];
    if (bias || c.activation != Activation::none) primitive = primitive->with_epilogue({bias, c.activation});
    const ir::Id result = program_.instructions[at].first_result;
    const ir::Id made = rewriter_.add(primitive, {operands, bias ? 3u : 2u}, program_.types[result]);
    rewriter_.to.instructions.back().path = product.path;
    rewriter_.set(result, made);
  }

  const ir::Program& program_;
  PerValue<std::int32_t> producer_;
  PerValue<std::uint32_t> uses_;
  Rewriter rewriter_;
  PerValue<std::vector<std::uint32_t>> readers_;
};

}  // namespace

Result epilogues(const ir::Program& program) {
  if (std::none_of(program.instructions.begin(), program.instructions.end(), is_product)) return std::nullopt;
  return EpilogueFuser(program).run();
}

}  // namespace copse::passes
