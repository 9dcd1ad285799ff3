// Reduction of values, and losses behind one type.
#include "copse/losses/loss.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::losses {

Loss::Loss(const Loss&) = default;
Loss::Loss(Loss&&) noexcept = default;
Loss& Loss::operator=(const Loss&) = default;
Loss& Loss::operator=(Loss&&) noexcept = default;
Loss::~Loss() = default;

bool operator==(const Loss& a, const Loss& b) {
  return a.name_ == b.name_ && a.renamings_ == b.renamings_ &&
         (a.rule_ == b.rule_ || (a.rule_ && b.rule_ && a.rule_->equal(*b.rule_)));
}

Array reduce(const Array& values, const Array& sample_weight, Reduction reduction, double weight) {
  Array out = values;
  if (sample_weight.has_value()) {
    Array w = astype(sample_weight, values.dtype());
    if (w.ndim() > values.ndim())
      throw ShapeError(
          fmt::format("loss: sample_weight has the shape {}, more dimensions than the values, {}",
                      to_string(w.shape()), to_string(values.shape())));
    Shape shape = w.shape();
    while (shape.rank() < values.ndim()) shape.push_back(1);
    for (int d = 0; d < shape.rank(); ++d)
      if (shape[d] != 1 && shape[d] != values.shape(d))
        throw ShapeError(
            fmt::format("loss: sample_weight has the shape {}, which does not fit the leading dimensions "
                        "of the values, {}",
                        to_string(w.shape()), to_string(values.shape())));
    out = out * reshape(w, shape);
  }
  if (reduction != Reduction::none) {
    const std::int64_t n = values.size();
    out = sum(out);
    if (reduction == Reduction::sum_over_batch_size && n != 1) out = out / static_cast<double>(n);
  }
  return weight == 1.0 ? out : out * weight;
}

Array Loss::reduced(const Array& value, const Arguments& arguments) {
  if (value.ndim() == 0) return value;
  const Argument* weights = arguments.find("sample_weight");
  return reduce(value, weights ? weights->array() : Array(), Reduction::sum_over_batch_size, 1.0);
}

const Loss::Rule& Loss::rule() const {
  if (!rule_) copse::detail::throw_moved_from("Loss");
  return *rule_;
}

Array Loss::operator()(const Arguments& arguments) const {
  if (renamings_.empty()) return rule().call(arguments, name_);
  return rule().call(renamed(arguments, renamings_, name_), name_);
}

Loss Loss::named(std::string name) const {
  Loss out = *this;
  out.name_ = std::move(name);
  return out;
}

Loss Loss::on(std::string argument, ArgumentPath source) const {
  Loss out = *this;
  std::erase_if(out.renamings_, [&](const Renaming& r) { return r.argument == argument; });
  out.renamings_.push_back({std::move(argument), std::move(source)});
  return out;
}

}  // namespace copse::losses
