// Products and convolutions take what stands around them into themselves: transposes of their operands, a
// bias, an activation.
#include <algorithm>

#include "../../ops/conv/conv.hpp"
#include "../../ops/elementwise/algebra.hpp"
#include "../../ops/linalg/matmul.hpp"
#include "copse/core/error.hpp"
#include "passes.hpp"

namespace copse::passes {
namespace {

// A product or convolution with an epilogue. Made by the compiler alone, so that transforms never
// see it.
class WithEpilogue final : public Primitive {
 public:
  WithEpilogue(PrimitivePtr inner, Epilogue epilogue) : inner_(std::move(inner)), epilogue_(epilogue) {}
  std::string_view name() const override { return inner_->name(); }
  std::string parameters() const override {
    return inner_->parameters() + (epilogue_.bias ? " bias" : "") +
           (epilogue_.activation == Activation::relu ? " relu" : "");
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    inner_->infer(in.first(2), out);
    if (in.size() != (epilogue_.bias ? 3u : 2u) ||
        (epilogue_.bias && (in[2].shape != Shape{out[0].shape[-1]} || in[2].dtype != out[0].dtype)))
      throw InternalError("the bias does not fit the product");
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    if (const auto* product = dynamic_cast<const MatMul*>(inner_.get()))
      return prepare_matmul(in[0], in[1], product->params, epilogue_);
    return prepare_conv(in[0], in[1], dynamic_cast<const Conv&>(*inner_).params, epilogue_);
  }
  double flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const override {
    return inner_->flops(in.first(2), out);
  }
  BatchResult batch(const BatchCall& call) const override { return inner_->batch(call); }
  bool same(const Primitive& other) const override { return this == &other; }

 private:
  PrimitivePtr inner_;
  Epilogue epilogue_;
};

bool is_product(const ir::Instruction& i) {
  if (dynamic_cast<const MatMul*>(i.primitive.get())) return true;
  const auto* conv = dynamic_cast<const Conv*>(i.primitive.get());
  return conv && conv->params.role == ConvRole::y;
}

// Whether a view swaps the last two dimensions and leaves the others.
bool swaps_last(const ir::Program& program, const ir::Instruction& i) {
  if (i.operands != 1) return false;
  const ShapeDtype& in = program.types[program.operands(i)[0]];
  const std::optional<View> view = i.primitive->view(in, program.types[i.first_result]);
  const int rank = in.shape.rank();
  if (!view || view->offset != 0 || rank < 2) return false;
  std::vector<std::int64_t> strides(in.shape.size());
  for (std::int64_t stride = 1, d = rank - 1; d >= 0; --d) {
    strides[static_cast<std::size_t>(d)] = stride;
    stride *= in.shape[static_cast<int>(d)];
  }
  std::swap(strides[in.shape.size() - 1], strides[in.shape.size() - 2]);
  Shape swapped = in.shape;
  std::swap(swapped[rank - 1], swapped[rank - 2]);
  return view->strides == strides && program.types[i.first_result].shape == swapped;
}

class EpilogueFuser {
 public:
  explicit EpilogueFuser(const ir::Program& program)
      : program_(program), producer_(producers(program)), uses_(use_counts(program)), rewriter_(program) {}

  ir::Program run() {
    const auto& all = program_.instructions;
    // Where a product is finished by a bias and an activation it is made there, not where it stands.
    std::vector<std::int32_t> finisher(all.size(), -1);
    std::vector<Chain> chains(all.size());
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

  bool inside(const std::vector<Chain>& chains, std::size_t k) const {
    const ir::Instruction& i = program_.instructions[k];
    for (const ir::Id id : program_.operands(i)) {
      if (producer_[id] < 0) continue;
      const auto p = static_cast<std::size_t>(producer_[id]);
      if (is_product(program_.instructions[p]) && chains[p].middle == k) return true;
    }
    return false;
  }

  // The only instruction that reads a value, if there is just one.
  std::optional<std::size_t> sole_reader(ir::Id id) {
    if (uses_[id] != 1) return std::nullopt;
    if (reader_.empty()) {
      reader_.assign(program_.types.size(), -1);
      for (std::size_t k = 0; k < program_.instructions.size(); ++k)
        for (const ir::Id operand : program_.operands(program_.instructions[k]))
          reader_[operand] = static_cast<std::int32_t>(k);
    }
    if (reader_[id] < 0) return std::nullopt;
    return static_cast<std::size_t>(reader_[id]);
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
    if (const auto* algebra = elementwise::algebra_of(*i.primitive); algebra && algebra->sum) {
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
    const auto* algebra = after ? elementwise::algebra_of(*program_.instructions[*after].primitive) : nullptr;
    if (algebra && algebra->rectifier) {
      if (c.end != k) c.middle = c.end;
      c.activation = Activation::relu;
      c.end = *after;
    }
    return c;
  }

  void emit(const ir::Instruction& product, const Chain& c, std::size_t at) {
    ir::Id operands[3] = {program_.operands(product)[0], program_.operands(product)[1], Rewriter::none};
    PrimitivePtr primitive = product.primitive;
    if (const auto* matmul = dynamic_cast<const MatMul*>(primitive.get())) {
      MatMulParams params = matmul->params;
      for (int side = 0; side < 2; ++side) {
        const std::int32_t p = producer_[operands[side]];
        if (p < 0 || !swaps_last(program_, program_.instructions[static_cast<std::size_t>(p)])) continue;
        operands[side] = program_.operands(program_.instructions[static_cast<std::size_t>(p)])[0];
        bool& flag = side == 0 ? params.transpose_a : params.transpose_b;
        flag = !flag;
      }
      primitive = MatMul::of(params);
    }
    operands[0] = rewriter_[operands[0]];
    operands[1] = rewriter_[operands[1]];
    const bool bias = c.bias != Rewriter::none;
    if (bias) operands[2] = rewriter_[c.bias];
    if (bias || c.activation != Activation::none)
      primitive = std::make_shared<WithEpilogue>(primitive, Epilogue{bias, c.activation});
    const ir::Id result = program_.instructions[at].first_result;
    const ir::Id made = rewriter_.add(primitive, {operands, bias ? 3u : 2u}, program_.types[result]);
    rewriter_.to.instructions.back().path = product.path;
    rewriter_.set(result, made);
  }

  const ir::Program& program_;
  std::vector<std::int32_t> producer_;
  std::vector<std::uint32_t> uses_;
  Rewriter rewriter_;
  std::vector<std::int32_t> reader_;
};

}  // namespace

Result epilogues(const ir::Program& program) {
  if (std::none_of(program.instructions.begin(), program.instructions.end(), is_product)) return std::nullopt;
  return EpilogueFuser(program).run();
}

}  // namespace copse::passes
