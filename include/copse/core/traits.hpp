// What an operation says of itself: typed facts by which the compiler may rewrite programs. An operation
// gives them by the virtual functions of `Primitive`, and a pass asks for nothing else; names are for
// printing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "copse/core/shape.hpp"

namespace copse {

/// One elementwise step over `n` contiguous elements of each input.
using TileFunction = void (*)(const void* const* in, void* out, std::int64_t n);

namespace traits {

/// The arithmetic of float32 that fused loops do in registers.
enum class Arithmetic : std::uint8_t { add, subtract, multiply, divide, negative, square, sqrt };

/// In which operands an elementwise operation is linear.
enum class Linearity : std::uint8_t {
  none,
  first,     ///< in the first operand, whatever the others are: x / c
  each,      ///< in either operand while the other is kept: x * y
  together,  ///< in all operands at once: x - y
};

/// Laws that hold for the values of an elementwise operation.
struct Algebra {
  std::optional<double> left_identity = std::nullopt;   ///< e with op(e, x) = x, bit for bit
  std::optional<double> right_identity = std::nullopt;  ///< e with op(x, e) = x, bit for bit
  std::optional<double> zero = std::nullopt;  ///< z with op(z, x) = op(x, z) = z, but for inf, nan and -0
  Linearity linear = Linearity::none;
  bool commutative = false;
  bool sum = false;        ///< x + y
  bool rectifier = false;  ///< max(x, 0), which products can apply to what they store
  bool cheap = false;      ///< takes about as long as an addition, whatever loop it is in
};

/// An operation that computes each element of its one result from one element of each operand, broadcast.
struct Elementwise {
  TileFunction loop = nullptr;
  /// The same where the first or the second of two operands is a single element; may be null.
  TileFunction with_scalar[2] = {};
  std::optional<Arithmetic> arithmetic = std::nullopt;  ///< if the loop computes just this in float32
  const Algebra* algebra = nullptr;                     ///< null if nothing is known; lives forever
};

/// An operation that only chooses elements of its one operand (broadcast, transpose, slice, flip): result
/// element (i0, i1, ...) is the operand's element at offset + i0 * strides[0] + i1 * strides[1] + ...
struct View {
  std::vector<std::int64_t> strides;
  std::int64_t offset = 0;
};

/// Loops of a reduction. `totals` are `total_size` bytes each, in which more is kept than in an element where
/// that keeps long sums exact.
struct ReductionLoops {
  std::int64_t total_size = 0;
  /// Sets totals to the neutral element.
  void (*start)(void* totals, std::int64_t n) = nullptr;
  /// Combines row i (n contiguous elements, `stride` elements after row i - 1) into totals[i].
  void (*rows)(const void* x, std::int64_t stride, std::int64_t rows, std::int64_t n, void* totals) = nullptr;
  /// The same with the squares of the elements, rounded as `square` rounds them. May be null.
  void (*rows_of_squares)(const void* x, std::int64_t stride, std::int64_t rows, std::int64_t n,
                          void* totals) = nullptr;
  /// Combines element j of each of the rows into totals[j]; n is at most `most_columns`.
  void (*columns)(const void* x, std::int64_t stride, std::int64_t rows, std::int64_t n,
                  void* totals) = nullptr;
  /// Combines totals[j] and more[j].
  void (*merge)(void* totals, const void* more, std::int64_t n) = nullptr;
  /// Converts totals to elements.
  void (*finish)(const void* totals, void* out, std::int64_t n) = nullptr;

  static constexpr std::int64_t most_columns = 1024;
  /// Rows are added up in runs whose lengths divide this number of elements, and columns in blocks of this
  /// many rows. Parts of a long reduction start at multiples of it, wherever threads divide it.
  static constexpr std::int64_t row_block = 4096;
  static constexpr std::int64_t column_block = 64;
};

/// An operation that combines the elements of its one operand along axes, which its result does not have.
struct Reduction {
  std::span<const int> axes;              ///< ascending, counted from the front
  const ReductionLoops* loops = nullptr;  ///< for the operand's dtype; lives forever
};

/// What is done to each element of a product before it is stored.
enum class Activation : std::uint8_t { none, relu };

/// What a product does with its result before it is stored.
struct Epilogue {
  bool bias = false;  ///< a third operand: numbers of the result's dtype, one for each of its last dimension
  Activation activation = Activation::none;
};

/// An operation whose results are sums of products of elements of its two operands.
struct Product {
  /// Whether it is a matrix product: (batch..., m, k) times (batch..., k, n), but for what is transposed.
  bool matrix = false;
  bool transpose_a = false;  ///< the first operand is (batch..., k, m)
  bool transpose_b = false;  ///< the second operand is (batch..., n, k)
};

/// An operation without operands whose result has one value everywhere.
struct Fill {
  std::array<std::byte, 8> value{};  ///< an element, as stored
};

/// An operation that puts its second operand, a scalar, around and between the elements of its first.
/// Negative numbers of elements cut off.
struct Pad {
  std::span<const std::int64_t> low, high, interior;  ///< for each dimension
};

/// An operation whose one result consists of its operands, each written to a part of it, which do not
/// overlap. An operand that lies in its part already is left alone.
struct Concatenation {
  bool complete = false;  ///< whether the parts are all of the result; the rest is zero
  /// By operand: the element of the result at which its part begins, if it lies there without gaps.
  std::vector<std::optional<std::int64_t>> begins;
};

/// What makes one array of the arrays that parts of a computation give.
enum class Combination : std::uint8_t { sum, min, max };

/// An axis along which an operation may be computed in parts: applied to consecutive parts of its operands,
/// it gives the parts of its results, or, where no result has the axis, arrays that combine to the results.
struct DivisibleAxis {
  /// In place of an axis of an operand: each part needs all of it.
  static constexpr int whole = -1;
  /// In place of an axis of an operand: what the parts are given adds up to it.
  static constexpr int summed = -2;

  std::vector<int> in;   ///< by operand which of its axes it is
  std::vector<int> out;  ///< by result the same; `whole` for all of them where they are to be combined
  Combination combination = Combination::sum;  ///< in which way
};

}  // namespace traits
}  // namespace copse
