#include "growing.hpp"

#include "copse/core/error.hpp"
#include "generate.hpp"
#include "operations.hpp"

namespace random_programs {
namespace {

std::function<void(const Step&)>& noted() {
  static std::function<void(const Step&)> note = [](const Step&) {};
  return note;
}

}  // namespace

void note_step(const std::function<void(const Step&)>& note) { noted() = note; }

Value Growing::add_value(const Runs& runs) {
  for (std::size_t k = 0; k < runs.size(); ++k) {
    values_[k].resize(static_cast<std::size_t>(next_) + 1);
    values_[k].back() = runs[k];
  }
  return next_++;
}

Value Growing::add_source(Source source) {
  source.seed = static_cast<int>(program_.sources.size()) + 1;
  const Array made = source.make(0);
  source.value = add_value({made, made, made});
  program_.sources.push_back(source);
  return source.value;
}

Growing::Runs Growing::runs(Value v) const {
  const auto at = static_cast<std::size_t>(v);
  return {values_[0][at], values_[1][at], values_[2][at]};
}

Value Growing::any_value() {
  const auto count = visible_.size();
  if (random_.chance(0.5) && count > 4)
    return visible_[count - 1 - static_cast<std::size_t>(random_.below(4))];
  return random_.of(visible_);
}

std::optional<Value> Growing::any_value(const std::function<bool(Value)>& wanted) {
  std::vector<Value> some;
  for (const Value v : visible_)
    if (wanted(v)) some.push_back(v);
  if (some.empty()) return std::nullopt;
  return random_.of(some);
}

DType Growing::any_dtype() {
  if (random_.chance(0.6)) return DType::float32;
  return random_.chance(0.4) ? (random_.chance(0.6) ? DType::float64 : DType::bfloat16)
                             : static_cast<DType>(random_.below(dtype_count));
}

Shape Growing::any_shape(int most_rank) {
  for (;;) {
    Shape shape;
    for (int d = random_.between(0, most_rank); d > 0; --d) shape.push_back(random_.of(palette_));
    if (shape.elements() <= most_elements) return shape;
  }
}

bool Growing::attempt(Block& block, Step step) {
  noted()(step);
  std::array<Arrays, 3> results;
  try {
    for (int k = 0; k < 3; ++k) {
      results[static_cast<std::size_t>(k)] = run(step, values_[static_cast<std::size_t>(k)], Noise{k});
      if (!comparable(results[0], results[static_cast<std::size_t>(k)])) return false;
    }
  } catch (const InternalError&) {
    throw;  // a fault of the compiler's
  } catch (const Error&) {
    return false;
  }
  for (std::size_t i = 0; i < results[0].size(); ++i) {
    step.results.push_back(add_value({results[0][i], results[1][i], results[2][i]}));
    visible_.push_back(step.results.back());
  }
  block.steps.push_back(std::move(step));
  return true;
}

std::optional<Value> Growing::fitted(Block& block, const Type& wanted, double low, double high) {
  Step step{.kind = Kind::fit,
            .operands = {any_value()},
            .shape = wanted.shape,
            .dtype = wanted.dtype,
            .low = low,
            .high = high};
  if (!attempt(block, step)) return std::nullopt;
  return block.steps.back().results[0];
}

std::optional<Value> Growing::value_of(Block& block, const Type& wanted) {
  if (random_.chance(0.4))
    if (const auto v = any_value(
            [&](Value w) { return type(w).shape == wanted.shape && type(w).dtype == wanted.dtype; }))
      return v;
  return fitted(block, wanted, is_floating(wanted.dtype) ? -2 : 0, is_floating(wanted.dtype) ? 2 : 5);
}

Growing::Runs Growing::element(Value v, std::int64_t length) const {
  Runs all = runs(v);
  for (Array& x : all) {
    Shape shape = x.shape();
    shape.erase(0);
    x = length > 0 ? take(x, 0, 0) : astype(full(shape, 0.5), x.dtype());
  }
  return all;
}

}  // namespace random_programs
