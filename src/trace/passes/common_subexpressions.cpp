#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "instruction_table.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {
namespace {

std::size_t mix(std::size_t seed, std::size_t value) {
  return seed ^ (value + 0x9e3779b97f4a7c15u + (seed << 6) + (seed >> 2));
}

// Scalar constants of the same bits are one.
std::size_t constant_key(const Array& value) {
  std::size_t h = mix(static_cast<std::size_t>(value.dtype()), value.weak_type());
  std::uint64_t bits = 0;
  std::memcpy(&bits, value.raw(), value.nbytes());
  return mix(h, bits);
}

}  // namespace

Result common_subexpressions(const ir::Program& program) {
  ir::Program merged = program;
  std::unordered_map<std::size_t, std::vector<std::size_t>> scalars;
  std::vector<std::pair<ir::Id, ir::Id>> replaced;
  std::vector<ir::Constant> kept;
  for (const ir::Constant& c : program.constants) {
    if (c.value.size() == 1 && !c.value.is_abstract()) {
      auto& bucket = scalars[constant_key(c.value)];
      const auto equal = std::find_if(bucket.begin(), bucket.end(), [&](std::size_t k) {
        return kept[k].value.type() == c.value.type() &&
               std::memcmp(kept[k].value.raw(), c.value.raw(), c.value.nbytes()) == 0;
      });
      if (equal != bucket.end()) {
        replaced.emplace_back(c.id, kept[*equal].id);
        continue;
      }
      bucket.push_back(kept.size());
    }
    kept.push_back(c);
  }
  merged.constants = std::move(kept);
  Rewriter rewriter(merged);
  for (const auto& [old, now] : replaced) rewriter.set(old, rewriter[now]);

  InstructionTable seen(rewriter.to);
  std::vector<ir::Id> operands;
  for (const ir::Instruction& i : program.instructions) {
    operands.clear();
    for (const ir::Id id : program.operands(i)) operands.push_back(rewriter[id]);
    const ir::Instruction* equal =
        i.primitive->has_effect()
            ? nullptr
            : seen.find_or_add(*i.primitive, operands, {program.types.data() + i.first_result, i.results},
                               rewriter.to.instructions.size());
    if (!equal) {
      rewriter.copy(i);
      continue;
    }
    for (std::uint32_t r = 0; r < i.results; ++r) rewriter.set(i.first_result + r, equal->first_result + r);
  }
  if (replaced.empty() && rewriter.to.instructions.size() == program.instructions.size()) return std::nullopt;
  return rewriter.finish();
}

}  // namespace copse::passes
