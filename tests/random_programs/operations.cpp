#include "operations.hpp"

#include <limits>

#include "copse/core/error.hpp"

namespace random_programs {
namespace {

Operation::Operand operand_of(const tables::Input& input, DType dtype) {
  Operation::Operand operand{.typed = input.typed};
  const Array made = input(dtype);
  operand.dtype = made.dtype();
  for (const int seed : {0, 10, 20})
    for (const double x : input(dtype, seed).to_vector<double>()) {
      operand.low = std::min(operand.low, x);
      operand.high = std::max(operand.high, x);
    }
  // Whatever shape is asked for is what numbers in no order have; all else is made for a purpose.
  Shape other = input.shape;
  for (std::int64_t& extent : other) extent += 1 + (&extent - other.begin());
  try {
    operand.fixed = input.make(other, dtype, 1).shape() != other || input.make(other, dtype, 3).nbytes() == 0;
  } catch (const Error&) {
    operand.fixed = true;
  }
  if (input.shape.empty()) operand.fixed = false;
  return operand;
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> found;
    for (const Row& row : tables::rows()) {
      if (row.needs_values) continue;
      Operation operation{.row = &row};
      const DType dtype = tables::contains(row.types, DType::float64) ? DType::float64 : DType::int32;
      for (const tables::Input& input : row.inputs) {
        operation.operands.push_back(operand_of(input, dtype));
        operation.alike = operation.alike && input.typed && input.shape == row.inputs[0].shape;
      }
      found.push_back(std::move(operation));
    }
    return found;
  }();
  return all;
}

const std::vector<Operation>& common_operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> found;
    for (const Operation& operation : operations())
      if (operation.alike && !operation.operands.empty()) found.push_back(operation);
    return found;
  }();
  return all;
}

std::optional<double> deviation(const Array& exact, const Array& rough) {
  if (exact.dtype() != rough.dtype() || exact.shape() != rough.shape()) return std::nullopt;
  if (!is_floating(exact.dtype())) {
    if (exact.to_vector<std::int64_t>() != rough.to_vector<std::int64_t>()) return std::nullopt;
    return 0;
  }
  const auto a = exact.to_vector<double>(), b = rough.to_vector<double>();
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return std::nullopt;
    most = std::max(most, std::abs(a[i] - b[i]));
  }
  return most;
}

bool comparable(const Arrays& exact, const Arrays& rough) {
  if (exact.size() != rough.size()) return false;  // another branch was taken
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (exact[i].size() > most_elements) return false;
    const auto differs = deviation(exact[i], rough.at(i));
    if (!differs) return false;
    if (!is_floating(exact[i].dtype())) continue;
    double most = 0;
    for (const double x : exact[i].to_vector<double>()) most = std::max(most, std::abs(x));
    if (most > 1e3 || *differs > 0.1 * most) return false;
    if (*differs > (exact[i].dtype() == DType::bfloat16 ? 0.1 : 1e-3) * std::max(1.0, most)) return false;
  }
  return true;
}

}  // namespace random_programs
