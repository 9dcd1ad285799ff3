// Reduction of values, and losses behind one type.
#include "copse/losses/loss.hpp"

#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "weights.hpp"

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
  Array out = values, total;
  if (sample_weight.has_value()) {
    const Array w = along_leading(astype(sample_weight, values.dtype()), values);
    out = where(w == 0, zeros_like(out), out) * w;
    if (reduction == Reduction::sum_over_weights) total = sum(broadcast_to(w, values.shape()));
  }
  if (reduction != Reduction::none) {
    const std::int64_t n = values.size();
    out = sum(out);
    if (total.has_value())
      out = out / where(total == 0, 1.0, total);
    else if (reduction != Reduction::sum && n != 1)
      out = out / static_cast<double>(n);
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
