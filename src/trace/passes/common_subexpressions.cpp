#include <algorithm>
#include <cstring>
#include <typeindex>
#include <unordered_map>

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

  std::unordered_map<std::size_t, std::vector<std::size_t>> seen;  // hash -> instructions of the new program
  std::vector<ir::Id> operands;
  for (const ir::Instruction& i : program.instructions) {
    if (i.primitive->has_effect()) {
      rewriter.copy(i);
      continue;
    }
    operands.clear();
    const Primitive& primitive = *i.primitive;
    std::size_t h = std::type_index(typeid(primitive)).hash_code();
    for (const ir::Id id : program.operands(i)) {
      operands.push_back(rewriter[id]);
      h = mix(h, operands.back());
    }
    auto& bucket = seen[h];
    const auto equal = std::find_if(bucket.begin(), bucket.end(), [&](std::size_t k) {
      const ir::Instruction& other = rewriter.to.instructions[k];
      const auto theirs = rewriter.to.operands(other);
      return std::equal(operands.begin(), operands.end(), theirs.begin(), theirs.end()) &&
             other.results == i.results &&
             (other.primitive == i.primitive || other.primitive->same(*i.primitive)) &&
             std::equal(rewriter.to.types.begin() + other.first_result,
                        rewriter.to.types.begin() + other.first_result + other.results,
                        program.types.begin() + i.first_result);
    });
    if (equal != bucket.end()) {
      const ir::Id first = rewriter.to.instructions[*equal].first_result;
      for (std::uint32_t r = 0; r < i.results; ++r) rewriter.set(i.first_result + r, first + r);
      continue;
    }
    bucket.push_back(rewriter.to.instructions.size());
    rewriter.copy(i);
  }
  if (replaced.empty() && rewriter.to.instructions.size() == program.instructions.size()) return std::nullopt;
  return rewriter.finish();
}

}  // namespace copse::passes
