// A row of the table of operations: a call, what goes in, and what is promised of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "copse/core/array.hpp"

namespace tables {

using namespace copse;
using Arrays = std::vector<Array>;
/// A call of an operation with everything but its arrays fixed.
using Call = std::function<Arrays(const Arrays&)>;

/// What goes in: one array for each shape, dtype and seed, always the same.
struct Input {
  Shape shape;
  std::function<Array(const Shape&, DType, int)> make;
  bool typed = true;  ///< whether it takes the dtype under test, or has its own

  Array operator()(DType dtype, int seed = 0) const { return make(shape, dtype, seed); }
};

/// Numbers in no order between two bounds, without ties if they are floating-point; integers lie between the
/// bounds rounded inwards, unsigned ones not below 0.
Input data(const Shape& shape, double low = -3, double high = 3);
/// Such integers of one dtype, whatever dtype is under test.
Input integers(const Shape& shape, int low, int high, DType dtype = DType::int32);
/// This array and no other, of its own dtype.
Input always(const Array& array);
/// This array converted to the dtype under test.
Input typed(const Array& array);
/// A random key.
Input key();
/// Symmetric matrices (n, n) with eigenvalues well above 0 and apart.
Input positive_definite(std::int64_t n);
/// Numbers at the ends: nan, infinities, zeros of both signs and large ones, or the dtype's limits, 0, 1 and
/// -1. All of them along `axis` of `rank` dimensions.
Input special(int axis = 0, int rank = 1);

/// A set of dtypes, one bit each.
using Types = unsigned;
constexpr Types only(DType d) { return 1u << static_cast<unsigned>(d); }
constexpr bool contains(Types types, DType d) { return (types & only(d)) != 0; }
inline constexpr Types every = 0xffu;
inline constexpr Types booleans = only(DType::bool_);
inline constexpr Types numbers = every & ~booleans;
inline constexpr Types floats = only(DType::bfloat16) | only(DType::float32) | only(DType::float64);
inline constexpr Types whole = numbers & ~floats;

/// What is promised of the derivatives.
enum class Gradient {
  smooth,   ///< first and second derivatives are those of differences
  first,    ///< first derivatives alone: the second is not defined everywhere or too steep for differences
  rounded,  ///< the function rounds its result, so differences say nothing: forward against backward
  zero,     ///< zero by intent, whatever differences show
  none,     ///< not differentiable: ValueError, or nothing that floats come out of
};

/// One set of inputs of a row. The first, "main", goes through all checks, the others through values, jit and
/// vmap.
struct Sample {
  std::string label;
  std::vector<Input> inputs;
  Types types = every;  ///< of those that the row takes, the ones that are worth it
};

struct Row {
  std::string name;          ///< as declared, with the namespace below copse: `sum`, `linalg.solve`
  std::string variant = {};  ///< what tells apart rows of one name
  Call call;
  std::vector<Input> inputs = {};
  /// The same in Python with JAX: x, y, z, w are the inputs. From it come the golden values.
  std::string jax;
  Types types = every;  ///< dtypes taken; all others must throw DTypeError
  Gradient gradient = Gradient::smooth;
  double tolerance = 1;  ///< factor on what rounding of the dtype explains
  /// Shapes for the edge cases "empty" and "scalar"; without them the first dimension of each input is 0, or
  /// none is left.
  std::optional<std::vector<Shape>> empty = {};
  std::optional<std::vector<Shape>> scalar = {};
  std::vector<Sample> more = {};
  /// Whether inputs must be known (their values decide about shapes), so that no transform applies.
  bool needs_values = false;
  /// Whether edge cases that JAX refuses may have a meaning here (it must be documented); any other row must
  /// throw.
  bool lenient = false;

  std::string id() const { return variant.empty() ? name : name + "/" + variant; }
  bool is_typed() const;
  std::vector<Sample> samples() const;
};

Arrays make(const std::vector<Input>& inputs, DType dtype, int seed = 0);

/// A call of a function with one result.
Call one(std::function<Array(const Arrays&)> f);
/// Those of one and of two arrays, without options, which a Call can be asked for.
struct UnaryCall {
  Array (*f)(const Array&);
  Arrays operator()(const Arrays& in) const { return {f(in[0])}; }
};
struct BinaryCall {
  Array (*f)(const Array&, const Array&);
  Arrays operator()(const Arrays& in) const { return {f(in[0], in[1])}; }
};
Call unary(Array (*f)(const Array&));
Call binary(Array (*f)(const Array&, const Array&));

/// All rows.
const std::vector<Row>& rows();
/// The row with this id. Throws std::out_of_range if there is none.
const Row& find_row(const std::string& id);

// Rows by family, one file each.
std::vector<Row> unary_rows();
std::vector<Row> binary_rows();
std::vector<Row> composed_rows();
std::vector<Row> activation_rows();
std::vector<Row> reduction_rows();
std::vector<Row> option_rows();
std::vector<Row> statistics_rows();
std::vector<Row> sample_rows();
std::vector<Row> curve_rows();
std::vector<Row> cumulative_rows();
std::vector<Row> sorting_rows();
std::vector<Row> set_rows();
std::vector<Row> compare_rows();
std::vector<Row> create_rows();
std::vector<Row> shaping_rows();
std::vector<Row> joining_rows();
std::vector<Row> part_rows();
std::vector<Row> indexing_rows();
std::vector<Row> position_rows();
std::vector<Row> expression_rows();
std::vector<Row> product_rows();
std::vector<Row> decomposition_rows();
std::vector<Row> matrix_function_rows();
std::vector<Row> conv_rows();
std::vector<Row> random_rows();
std::vector<Row> distribution_rows();

}  // namespace tables
