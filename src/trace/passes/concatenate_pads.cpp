#include <algorithm>

#include "concatenation.hpp"
#include "sums.hpp"

namespace copse::passes {
namespace {

// Of one array: every new part is compared with all of them.
constexpr std::size_t most_parts = 1024;

class PadConcatenator {
 public:
  explicit PadConcatenator(const ir::Program& program) : program_(program), sums_(program), zero_(program) {
    for (const ir::Constant& c : program.constants)
      zero_[c.id] = c.value.size() == 1 && !c.value.is_abstract() && c.value.item<double>() == 0.0;
  }

  Result run() {
    return rewrite_sums(program_, sums_,
                        [&](Rewriter& rewriter, const ir::Instruction& i) { return rewrite(rewriter, i); });
  }

 private:
  // The part that a term of a sum is, if it is one. Where others need the padded array as well it stays,
  // which is still less work than to add it.
  std::optional<Part> part(ir::Id id) const {
    const ir::Instruction* i = sums_.maker(id);
    if (!i) return std::nullopt;
    const std::optional<traits::Pad> p = i->primitive->pad();
    if (!p || !zero_[program_.operands(*i)[1]]) return std::nullopt;
    const auto none = [](std::int64_t n) { return n == 0; };
    const auto negative = [](std::int64_t n) { return n < 0; };
    if (!std::all_of(p->interior.begin(), p->interior.end(), none) ||
        std::any_of(p->low.begin(), p->low.end(), negative) ||
        std::any_of(p->high.begin(), p->high.end(), negative))
      return std::nullopt;
    const ir::Id source = program_.operands(*i)[0];
    return Part{source, {p->low.begin(), p->low.end()}, program_.types[source].shape};
  }

  bool rewrite(Rewriter& rewriter, const ir::Instruction& root) const {
    const ShapeDtype& type = program_.types[root.first_result];
    std::vector<std::vector<Part>> wholes;
    std::vector<ir::Id> rest;
    std::size_t parts = 0;
    for (const ir::Id id : sums_.terms(root)) {
      if (!(program_.types[id] == type)) return false;
      std::optional<Part> p = part(id);
      if (!p) {
        rest.push_back(rewriter[id]);
        continue;
      }
      ++parts;
      const auto fits = [&](const std::vector<Part>& whole) {
        return whole.size() < most_parts &&
               std::all_of(whole.begin(), whole.end(), [&](const Part& other) { return apart(*p, other); });
      };
      auto whole = std::find_if(wholes.begin(), wholes.end(), fits);
      if (whole == wholes.end()) whole = wholes.emplace(wholes.end());
      whole->push_back(std::move(*p));
    }
    if (parts < 2 || wholes.size() == parts) return false;
    for (std::vector<Part>& whole : wholes) {
      std::vector<ir::Id> operands;
      for (const Part& p : whole) operands.push_back(rewriter[p.id]);
      rest.push_back(rewriter.add(std::make_shared<Concatenate>(type, std::move(whole)), operands, type));
    }
    rewriter.set(root.first_result, add_up(rewriter, root, rest, type));
    return true;
  }

  const ir::Program& program_;
  Sums sums_;
  PerValue<Flag> zero_;
};

}  // namespace

Result concatenate_pads(const ir::Program& program) {
  const auto pads = [](const ir::Instruction& i) { return i.primitive->pad().has_value(); };
  if (std::none_of(program.instructions.begin(), program.instructions.end(), pads)) return std::nullopt;
  return PadConcatenator(program).run();
}

}  // namespace copse::passes
