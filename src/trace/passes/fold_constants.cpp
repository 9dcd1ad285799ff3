#include <algorithm>
#include <cstring>
#include <deque>

#include "copse/core/error.hpp"
#include "copse/core/trace.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/flat.hpp"
#include "facts.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {
namespace {

// Larger results are better computed when they are needed than carried along.
constexpr std::size_t most_folded_bytes = 1 << 16;

// Whether a known operand is what a law speaks of.
bool is(const Array* known, const std::optional<double>& number) {
  return known && number && *number == known->item<double>();
}

// What is known of the values of the new program, by their numbers.
class Known {
 public:
  const Array* operator[](ir::Id id) const { return id < constants_.size() ? constants_[id] : nullptr; }
  void add(ir::Id id, const Array& value) {
    if (id >= constants_.size()) constants_.resize(id * 2 + 1, nullptr);
    owned_.push_back(value);
    constants_[id] = &owned_.back();
  }
  // The value if it is one number, whatever its shape.
  const Array* scalar(ir::Id id) const {
    const Array* c = (*this)[id];
    return c && c->size() == 1 && c->dtype() != DType::bool_ ? c : nullptr;
  }

 private:
  std::vector<const Array*> constants_;
  std::deque<Array> owned_;
};

class Folder {
 public:
  explicit Folder(const ir::Program& program) : program_(program), rewriter_(program) {
    for (const ir::Constant& c : rewriter_.to.constants)
      if (!c.value.is_abstract()) known_.add(c.id, c.value);
  }

  Result run() {
    bool changed = false;
    for (const ir::Instruction& i : program_.instructions) {
      if (read_through_view(i) || compute(i) || pass_through(i))
        changed = true;
      else
        rewriter_.copy(i);
    }
    if (!changed) return std::nullopt;
    return rewriter_.finish();
  }

 private:
  // A filled array becomes one number, read through a view: what fusion and kernels like best.
  bool read_through_view(const ir::Instruction& i) {
    const std::optional<traits::Fill> fill = i.primitive->as_fill();
    if (!fill) return false;
    const ShapeDtype& type = program_.types[i.first_result];
    Array scalar = detail::allocate({{}, type.dtype, type.weak});
    std::memcpy(detail::mutable_data(scalar), fill->value.data(), size_of(type.dtype));
    ir::Id id = rewriter_.to.add_constant(scalar);
    known_.add(id, scalar);
    if (!type.shape.empty()) id = rewriter_.splice(broadcast_of(type), {&id, 1})[0];
    rewriter_.set(i.first_result, id);
    return true;
  }

  // The program that repeats one number. Types of filled arrays are few.
  const ir::Program& broadcast_of(const ShapeDtype& type) {
    const auto known = std::find_if(broadcasts_.begin(), broadcasts_.end(),
                                    [&](const auto& entry) { return entry.first == type; });
    if (known != broadcasts_.end()) return known->second;
    const ShapeDtype scalar{{}, type.dtype, type.weak};
    const auto repeat = [&](const flat::Arrays& in) { return flat::Arrays{broadcast_to(in[0], type.shape)}; };
    broadcasts_.emplace_back(type, flat::record(repeat, {&scalar, 1}, "compile").program);
    return broadcasts_.back().second;
  }

  // An instruction on known operands is done at once.
  bool compute(const ir::Instruction& i) {
    const auto operands = program_.operands(i);
    if (i.results != 1 || operands.empty() || i.primitive->has_effect() ||
        program_.types[i.first_result].bytes() > most_folded_bytes)
      return false;
    std::vector<Array> in;
    for (const ir::Id id : operands) {
      const Array* value = known_[rewriter_[id]];
      if (!value) return false;
      in.push_back(*value);
    }
    Array out;
    try {
      i.primitive->eval(in, {&out, 1});
    } catch (const Error&) {
      return false;  // an error belongs to the run, if it ever comes to this instruction
    }
    const ir::Id id = rewriter_.to.add_constant(out);
    known_.add(id, out);
    rewriter_.set(i.first_result, id);
    return true;
  }

  // An elementwise instruction that gives an operand back unchanged. Only what keeps IEEE results bit for
  // bit: x + 0 is not among them, as it turns -0 into 0.
  bool pass_through(const ir::Instruction& i) {
    const auto operands = program_.operands(i);
    if (operands.size() != 2 || i.results != 1) return false;
    const Array *a = known_.scalar(rewriter_[operands[0]]), *b = known_.scalar(rewriter_[operands[1]]);
    if (!a && !b) return false;
    const traits::Algebra& algebra = algebra_of(program_, i);
    ir::Id same = Rewriter::none;
    if (is(b, algebra.right_identity))
      same = operands[0];
    else if (is(a, algebra.left_identity))
      same = operands[1];
    if (same == Rewriter::none || !(program_.types[same] == program_.types[i.first_result])) return false;
    rewriter_.set(i.first_result, rewriter_[same]);
    return true;
  }

  const ir::Program& program_;
  Rewriter rewriter_;
  Known known_;
  std::deque<std::pair<ShapeDtype, ir::Program>> broadcasts_;
};

}  // namespace

Result fold_constants(const ir::Program& program) { return Folder(program).run(); }

}  // namespace copse::passes
