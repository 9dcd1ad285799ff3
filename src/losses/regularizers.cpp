// Sums over all parameters.
#include "copse/losses/regularizers.hpp"

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"

namespace copse::losses {
namespace {

Array penalty(const std::vector<Array>& parameters, double l1, double l2, double weight) {
  Array total;
  const auto add = [&](double factor, const Array& part) {
    const Array term = factor * part;
    total = total.has_value() ? total + term : term;
  };
  for (const Array& p : parameters) {
    if (!p.has_value() || !is_floating(p.dtype())) continue;
    const Array wide = p.dtype() == DType::bfloat16 ? astype(p, DType::float32) : p;
    if (l1 != 0.0) add(weight * l1, sum(abs(wide)));
    if (l2 != 0.0) add(weight * l2, sum(square(wide)));
  }
  return total.has_value() ? total : zeros({});
}

}  // namespace

Array L1::operator()(const std::vector<Array>& parameters) const {
  return penalty(parameters, l, 0.0, weight);
}
Array L1::operator()(const Arguments& arguments) const {
  return (*this)(arguments.at("parameters", "L1").arrays());
}
Loss L1::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

Array L2::operator()(const std::vector<Array>& parameters) const {
  return penalty(parameters, 0.0, l, weight);
}
Array L2::operator()(const Arguments& arguments) const {
  return (*this)(arguments.at("parameters", "L2").arrays());
}
Loss L2::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

Array L1L2::operator()(const std::vector<Array>& parameters) const {
  return penalty(parameters, l1, l2, weight);
}
Array L1L2::operator()(const Arguments& arguments) const {
  return (*this)(arguments.at("parameters", "L1L2").arrays());
}
Loss L1L2::on(std::string argument, ArgumentPath source) const {
  return Loss(*this).on(std::move(argument), std::move(source));
}

}  // namespace copse::losses

template struct copse::losses::Loss::RuleOf<copse::losses::L1>;
template copse::losses::Loss::Loss(copse::losses::L1);
template struct copse::losses::Loss::RuleOf<copse::losses::L2>;
template copse::losses::Loss::Loss(copse::losses::L2);
template struct copse::losses::Loss::RuleOf<copse::losses::L1L2>;
template copse::losses::Loss::Loss(copse::losses::L1L2);
