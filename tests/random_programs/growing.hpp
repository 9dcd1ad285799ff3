// Values of a program while it grows, and the steps that are tried on them.
#pragma once

#include <array>

#include "operations.hpp"
#include "random.hpp"

namespace random_programs {

class Growing {
 protected:
  struct Type {
    Shape shape;
    DType dtype;
  };
  /// A value's elements, exact and twice with noise.
  using Runs = std::array<Array, 3>;

  explicit Growing(std::uint64_t seed) : random_(seed) { program_.seed = seed; }

  Value add_value(const Runs& runs);
  /// A value that goes in, in front of the whole program.
  Value add_source(Source source);
  const Array& exact(Value v) const { return values_[0][static_cast<std::size_t>(v)]; }
  Type type(Value v) const { return {exact(v).shape(), exact(v).dtype()}; }
  Runs runs(Value v) const;
  /// The first element of a value along its first axis; any number if there is none.
  Runs element(Value v, std::int64_t length) const;

  /// One of those that can be seen; what is new is chosen more often.
  Value any_value();
  std::optional<Value> any_value(const std::function<bool(Value)>& wanted);
  DType any_dtype();
  Shape any_shape(int most_rank);

  /// Runs a step and keeps it if its results can be compared.
  bool attempt(Block& block, Step step);
  /// Any value made to fit.
  std::optional<Value> fitted(Block& block, const Type& wanted, double low, double high);
  /// A value of a type: one that is there, or one that is made.
  std::optional<Value> value_of(Block& block, const Type& wanted);

  Random random_;
  Program program_;
  Value next_ = 0;
  std::array<Values, 3> values_;
  std::vector<Value> visible_;         ///< what the next step can use
  std::vector<std::int64_t> palette_;  ///< extents
};

}  // namespace random_programs
