// Gradients of a matrix that was used many times are sums of products, a' b + c' d + ..., each with few rows.
// They become one product of the rows put one behind the other: the result is written once, and
// `assign_buffers` lets the rows be made where they are read.
#include <algorithm>

#include "concatenation.hpp"
#include "sums.hpp"

namespace copse::passes {
namespace {

// Two products do not pay for what is around them.
constexpr std::size_t least_products = 3;

// Whether it is a matrix product whose sums run over the rows of both sides.
bool over_rows(const ir::Instruction& i) {
  const std::optional<traits::Product> product = i.primitive->product();
  return product && product->matrix && product->transpose_a && !product->transpose_b;
}

class ProductBatcher {
 public:
  explicit ProductBatcher(const ir::Program& program) : program_(program), sums_(program) {}

  Result run() {
    return rewrite_sums(program_, sums_,
                        [&](Rewriter& rewriter, const ir::Instruction& i) { return rewrite(rewriter, i); });
  }

 private:
  // Whether a term is a product of this type over the rows of both sides, and rather the rows are moved than
  // the result added.
  bool batchable(ir::Id id, const ShapeDtype& type) const {
    const ir::Instruction* i = sums_.maker(id);
    if (!i || sums_.uses(id) != 1 || !over_rows(*i)) return false;
    const auto operands = program_.operands(*i);
    const Shape &a = program_.types[operands[0]].shape, &b = program_.types[operands[1]].shape;
    return a.rank() == 2 && b.rank() == 2 && a[0] * (a[1] + b[1]) <= 2 * type.shape.elements();
  }

  bool rewrite(Rewriter& rewriter, const ir::Instruction& root) const {
    const ShapeDtype& type = program_.types[root.first_result];
    if (type.dtype != DType::float32) return false;
    std::vector<const ir::Instruction*> products;
    std::vector<ir::Id> rest;
    for (const ir::Id id : sums_.terms(root)) {
      if (!(program_.types[id] == type)) return false;
      if (batchable(id, type))
        products.push_back(sums_.maker(id));
      else
        rest.push_back(rewriter[id]);
    }
    if (products.size() < least_products) return false;
    const ir::Id both[] = {batched(rewriter, products, 0), batched(rewriter, products, 1)};
    rest.push_back(rewriter.add(products[0]->primitive, both, type));
    rewriter.set(root.first_result, add_up(rewriter, root, rest, type));
    return true;
  }

  // One side of all products.
  ir::Id batched(Rewriter& rewriter, const std::vector<const ir::Instruction*>& products,
                 std::size_t side) const {
    std::vector<Part> parts;
    std::vector<ir::Id> operands;
    ShapeDtype type;
    std::int64_t rows = 0;
    for (const ir::Instruction* product : products) {
      const ir::Id id = program_.operands(*product)[side];
      type = program_.types[id];
      operands.push_back(rewriter[id]);
      parts.push_back({id, {rows, 0}, type.shape});
      rows += type.shape[0];
    }
    type.shape[0] = rows;
    return rewriter.add(std::make_shared<Concatenate>(type, std::move(parts)), operands, type);
  }

  const ir::Program& program_;
  Sums sums_;
};

}  // namespace

Result batch_products(const ir::Program& program) {
  const auto& all = program.instructions;
  if (static_cast<std::size_t>(std::count_if(all.begin(), all.end(), over_rows)) < least_products)
    return std::nullopt;
  return ProductBatcher(program).run();
}

}  // namespace copse::passes
