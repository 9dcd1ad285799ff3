// Elementwise steps on random bits, run tile by tile as the bits are made.
#pragma once

#include <vector>

#include "copse/core/primitive.hpp"
#include "copse/ops/elementwise.hpp"
#include "ops/elementwise/apply.hpp"

namespace copse::random {

/// A sampler is a function of the bits, written in the names of the public operations. Called with an Array
/// it makes just these; called with the `Bits` of a program it notes the kernels that they would run, which
/// gives the same numbers without a pass over memory for each operation.
class Program {
 public:
  struct Value {
    Program* program;
    std::int32_t id;

    template <class Op>
    Value unary() const {
      return program->step(elementwise::primitive<Op, 1>(), *this, nullptr);
    }
    template <class Op>
    Value binary(const Value& other) const {
      return program->step(elementwise::primitive<Op, 2>(), *this, &other);
    }
    /// With a scalar, which takes this value's dtype.
    template <class Op>
    Value binary(const Array& scalar) const {
      return binary<Op>(program->constant(scalar, dtype()));
    }
    DType dtype() const { return program->values_[static_cast<std::size_t>(id)].dtype; }
  };

  Program();
  Value bits() { return {this, 0}; }
  Value constant(const Array& scalar, DType dtype);
  Value step(const PrimitivePtr& primitive, const Value& a, const Value* b);
  Value bitcast(const Value& x, DType dtype);
  /// x * factor + term of float32, rounded once.
  Value multiply_add(const Value& x, const Array& factor, const Array& term);

  /// The value of the last step for `shape` bits of a key.
  /// Throws OutOfMemory naming the function if there is no room for the result.
  Array run(const Array& key, const Shape& shape, const char* function);

 private:
  struct Entry {
    DType dtype;
    TileFunction function = nullptr;  // none for the bits and for constants
    std::int32_t operands[3] = {-1, -1, -1};
    Array scalar;
    std::int32_t slot = 0;
  };
  // Takes a step in and gives its result.
  Value add(Entry entry);
  void assign_slots();
  void run_range(const std::uint32_t* key, std::byte* out, std::int64_t begin, std::int64_t end) const;

  std::vector<Entry> values_;
  std::int32_t slots_ = 0;
};

using Value = Program::Value;

inline Value right_shift(const Value& a, const Array& b) { return a.binary<elementwise::ShiftRight>(b); }
inline Value bitwise_or(const Value& a, const Array& b) { return a.binary<elementwise::BitwiseOr>(b); }
inline Value bitcast(const Value& a, DType dtype) { return a.program->bitcast(a, dtype); }
inline Value add(const Value& a, const Array& b) { return a.binary<elementwise::Add>(b); }
inline Value multiply_add(const Value& x, const Array& factor, const Array& term) {
  return x.program->multiply_add(x, factor, term);
}
/// The same of arrays, by way of float64, in which the product is exact.
inline Array multiply_add(const Array& x, const Array& factor, const Array& term) {
  const auto wide = [](const Array& a) { return astype(a, DType::float64); };
  return astype(wide(x) * wide(factor) + wide(term), DType::float32);
}
inline Value subtract(const Value& a, const Array& b) { return a.binary<elementwise::Subtract>(b); }
inline Value multiply(const Value& a, const Array& b) { return a.binary<elementwise::Multiply>(b); }
inline Value multiply(const Value& a, const Value& b) { return a.binary<elementwise::Multiply>(b); }
inline Value maximum(const Value& a, const Array& b) { return a.binary<elementwise::Maximum>(b); }
inline Value minimum(const Value& a, const Array& b) { return a.binary<elementwise::Minimum>(b); }
inline Value less(const Value& a, const Array& b) { return a.binary<elementwise::Less>(b); }
inline Value negative(const Value& a) { return a.unary<elementwise::Negative>(); }
inline Value abs(const Value& a) { return a.unary<elementwise::Abs>(); }
inline Value sign(const Value& a) { return a.unary<elementwise::Sign>(); }
inline Value log(const Value& a) { return a.unary<elementwise::Log>(); }
inline Value log1p(const Value& a) { return a.unary<elementwise::Log1p>(); }
inline Value erfinv(const Value& a) { return a.unary<elementwise::Erfinv>(); }

}  // namespace copse::random
