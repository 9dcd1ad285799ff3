// The instruction that writes one array made of parts.
#pragma once

#include <optional>
#include <vector>

#include "copse/trace/ir.hpp"

namespace copse::passes {

/// Where a part lies in the whole.
struct Part {
  ir::Id id;
  std::vector<std::int64_t> low;
  Shape shape;
};

/// Whether two parts have no element in common.
bool apart(const Part& a, const Part& b);

/// One array made of parts that do not overlap; zero where there is none. Made by the compiler alone.
class Concatenate final : public Primitive {
 public:
  /// An operand for each part, in their order.
  Concatenate(const ShapeDtype& whole, std::vector<Part> parts) : whole_(whole), parts_(std::move(parts)) {}
  std::string_view name() const override { return "concatenation"; }
  /// Throws InternalError unless the parts are what the operands are, and lie within the whole.
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override;
  BatchResult batch(const BatchCall& call) const override { return call.inputs[0]; }
  bool same(const Primitive& other) const override { return this == &other; }
  /// Parts that lie where they belong already are left alone.
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override;
  std::optional<traits::Concatenation> concatenation(const ShapeDtype& out) const override;

 private:
  ShapeDtype whole_;
  std::vector<Part> parts_;
};

}  // namespace copse::passes
