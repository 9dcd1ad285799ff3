#include <algorithm>
#include <cstring>

#include "../../ops/shaping/primitives.hpp"
#include "copse/core/threads.hpp"
#include "passes.hpp"

namespace copse::passes {
namespace {

// Where a part lies in the whole.
struct Part {
  ir::Id id;
  std::vector<std::int64_t> low;
  Shape shape;
};

bool apart(const Part& a, const Part& b) {
  for (std::size_t d = 0; d < a.low.size(); ++d) {
    const int axis = static_cast<int>(d);
    if (a.low[d] + a.shape[axis] <= b.low[d] || b.low[d] + b.shape[axis] <= a.low[d]) return true;
  }
  return false;
}

// One array made of parts that do not overlap; zero where there is none. Made by the compiler alone.
class Assemble final : public Primitive {
 public:
  explicit Assemble(std::vector<Part> parts) : parts_(std::move(parts)) {}
  std::string_view name() const override { return "assemble"; }
  void infer(std::span<const ShapeDtype>, std::span<ShapeDtype>) const override {}
  BatchResult batch(const BatchCall& call) const override { return call.inputs[0]; }
  bool same(const Primitive& other) const override { return this == &other; }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype>,
                                  std::span<const ShapeDtype> out) const override {
    const Shape& whole = out[0].shape;
    const std::size_t item = size_of(out[0].dtype);
    std::int64_t covered = 0;
    for (const Part& p : parts_) covered += p.shape.elements();
    const bool complete = covered == whole.elements();
    return make_kernel([parts = parts_, whole, item, complete, bytes = out[0].bytes()](const void* const* in,
                                                                                       void* const* to) {
      if (!complete) std::memset(to[0], 0, bytes);
      for (std::size_t n = 0; n < parts.size(); ++n)
        place(parts[n], whole, item, static_cast<const std::byte*>(in[n]), static_cast<std::byte*>(to[0]));
    });
  }

 private:
  static void place(const Part& part, const Shape& whole, std::size_t item, const std::byte* from,
                    std::byte* to) {
    if (part.shape.elements() == 0) return;
    // Trailing dimensions that the part has in full are moved as one.
    int rank = whole.rank();
    std::int64_t run = 1;
    while (rank > 0 && part.shape[rank - 1] == whole[rank - 1]) run *= whole[--rank];
    std::int64_t index[max_rank] = {}, stride[max_rank] = {}, offset = 0, size = run;
    for (int d = rank - 1; d >= 0; --d) {
      stride[d] = size;
      size *= whole[d];
      offset += part.low[static_cast<std::size_t>(d)] * stride[d];
    }
    if (rank > 0) run *= part.shape[rank - 1];  // and the one before, as far as it goes
    const std::size_t bytes = static_cast<std::size_t>(run) * item;
    for (std::int64_t n = part.shape.elements() / run; n > 0; --n) {
      std::memcpy(to + static_cast<std::size_t>(offset) * item, from, bytes);
      from += bytes;
      for (int d = rank - 2; d >= 0; --d) {
        offset += stride[d];
        if (++index[d] < part.shape[d]) break;
        offset -= index[d] * stride[d];
        index[d] = 0;
      }
    }
  }

  std::vector<Part> parts_;
};

class Assembler {
 public:
  explicit Assembler(const ir::Program& program)
      : program_(program),
        producer_(producers(program)),
        uses_(use_counts(program)),
        zero_(program.types.size(), 0) {
    for (const ir::Constant& c : program.constants)
      zero_[c.id] = c.value.size() == 1 && !c.value.is_abstract() && c.value.item<double>() == 0.0;
  }

  ir::Program run() {
    // Sums that only another sum of the same shape reads are inside of it.
    std::vector<std::uint8_t> inside(program_.types.size(), 0);
    for (const ir::Instruction& i : program_.instructions)
      if (is_sum(i))
        for (const ir::Id id : program_.operands(i))
          inside[id] = uses_[id] == 1 && program_.types[id] == program_.types[i.first_result];
    Rewriter rewriter(program_);
    for (const ir::Instruction& i : program_.instructions) {
      if (!is_sum(i) || inside[i.first_result] || !rewrite(rewriter, i, inside)) rewriter.copy(i);
    }
    return rewriter.finish();
  }

 private:
  static bool is_sum(const ir::Instruction& i) { return i.operands == 2 && i.primitive->name() == "add"; }

  const ir::Instruction* maker(ir::Id id) const {
    return producer_[id] < 0 ? nullptr : &program_.instructions[static_cast<std::size_t>(producer_[id])];
  }

  // The part that a term of a sum is, if it is one that nobody else needs.
  std::optional<Part> part(ir::Id id) const {
    const ir::Instruction* i = maker(id);
    if (!i || uses_[id] != 1) return std::nullopt;
    const shaping::PadParams* p = shaping::as_pad(*i->primitive);
    if (!p || !zero_[program_.operands(*i)[1]]) return std::nullopt;
    const auto none = [](std::int64_t n) { return n == 0; };
    const auto negative = [](std::int64_t n) { return n < 0; };
    if (!std::all_of(p->interior.begin(), p->interior.end(), none) ||
        std::any_of(p->low.begin(), p->low.end(), negative) ||
        std::any_of(p->high.begin(), p->high.end(), negative))
      return std::nullopt;
    const ir::Id source = program_.operands(*i)[0];
    return Part{source, p->low, program_.types[source].shape};
  }

  bool rewrite(Rewriter& rewriter, const ir::Instruction& root,
               const std::vector<std::uint8_t>& inside) const {
    const ShapeDtype& type = program_.types[root.first_result];
    std::vector<ir::Id> terms, stack(program_.operands(root).rbegin(), program_.operands(root).rend());
    while (!stack.empty()) {
      const ir::Id id = stack.back();
      stack.pop_back();
      const ir::Instruction* i = maker(id);
      if (i && is_sum(*i) && inside[id])
        stack.insert(stack.end(), program_.operands(*i).rbegin(), program_.operands(*i).rend());
      else
        terms.push_back(id);
    }
    std::vector<std::vector<Part>> wholes;
    std::vector<ir::Id> rest;
    std::size_t parts = 0;
    for (const ir::Id id : terms) {
      if (!(program_.types[id] == type)) return false;
      std::optional<Part> p = part(id);
      if (!p) {
        rest.push_back(rewriter[id]);
        continue;
      }
      ++parts;
      const auto fits = [&](const std::vector<Part>& whole) {
        return std::all_of(whole.begin(), whole.end(), [&](const Part& other) { return apart(*p, other); });
      };
      auto whole = std::find_if(wholes.begin(), wholes.end(), fits);
      if (whole == wholes.end()) whole = wholes.emplace(wholes.end());
      whole->push_back(std::move(*p));
    }
    if (parts < 2 || wholes.size() == parts) return false;
    for (std::vector<Part>& whole : wholes) {
      std::vector<ir::Id> operands;
      for (const Part& p : whole) operands.push_back(rewriter[p.id]);
      rest.push_back(rewriter.add(std::make_shared<Assemble>(std::move(whole)), operands, type));
    }
    ir::Id total = rest[0];
    for (std::size_t n = 1; n < rest.size(); ++n) {
      const ir::Id both[] = {total, rest[n]};
      total = rewriter.add(root.primitive, both, type);
    }
    rewriter.set(root.first_result, total);
    return true;
  }

  const ir::Program& program_;
  std::vector<std::int32_t> producer_;
  std::vector<std::uint32_t> uses_;
  std::vector<std::uint8_t> zero_;
};

}  // namespace

ir::Program assemble(const ir::Program& program) { return Assembler(program).run(); }

}  // namespace copse::passes
