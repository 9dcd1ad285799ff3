// Derivatives of any call, and compiled calls, through the engine on lists of arrays.
#include <algorithm>
#include <memory>
#include <span>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"
#include "run.hpp"

namespace reference {
namespace {

using List = copse::flat::Arrays;
using Flags = std::vector<std::uint8_t>;

bool is_cotangent(const std::string& name) { return name == "ct" || name.starts_with("ct_"); }

std::vector<copse::ShapeDtype> types_of(const List& arrays) {
  std::vector<copse::ShapeDtype> out;
  for (const Array& a : arrays) out.push_back(a.type());
  return out;
}

List run_compiled(copse::flat::Recorded recorded, List inputs) {
  return copse::flat::compile(std::move(recorded.program))->run(inputs);
}

class Runner {
 public:
  Runner(const Job& job, const Case& c) : job_(job), case_(c), options_(*c.options) {
    options_.ignore("layout");  // explains itself in words
    options_.ignore("x64");     // 64-bit types are always there
    for (const auto& [name, array] : c.inputs) {
      const bool direction =
          job.derivative == Derivative::tangent ? name.starts_with("t_") : is_cotangent(name);
      if (job.derivative != Derivative::none && direction)
        directions_.emplace_back(name);
      else
        names_.emplace_back(name);
    }
  }

  Results run(Mode mode) {
    Results results;
    if (mode == Mode::eager) {
      results = derive([this](const List& in) { return call(in); }, inputs(), directions());
    } else if (mode == Mode::jit) {
      results = run_jit();
    } else {
      List all = inputs();
      for (const Array& direction : directions()) all.push_back(direction);
      auto recorded = copse::flat::record([this](const List& in) { return derive_list(in); }, types_of(all));
      const List values = run_compiled(std::move(recorded), std::move(all));
      for (std::size_t i = 0; i < values.size(); ++i) results.emplace_back(derived_names_[i], values[i]);
    }
    check_all_read();
    return results;
  }

 private:
  using Function = copse::flat::Function;

  List arrays(const std::vector<std::string>& names) const {
    List out;
    for (const std::string& name : names) out.push_back(case_.inputs.at(name));
    return out;
  }
  List inputs() const { return arrays(names_); }
  List directions() const { return arrays(directions_); }

  // The call itself, on a list.
  List call(const List& in) {
    Arrays named;
    for (std::size_t i = 0; i < names_.size(); ++i) named.emplace(names_[i], in[i]);
    const Results results = job_.call(Arguments(options_, std::move(named), read_));
    result_names_.clear();
    List out;
    for (const auto& [name, array] : results) {
      result_names_.push_back(name);
      out.push_back(array);
    }
    return out;
  }

  // The derivatives go through the program, whose values come from the compiler.
  Results run_jit() {
    const List in = inputs();
    auto recorded = copse::flat::record([this](const List& x) { return call(x); }, types_of(in));
    const copse::ir::Program program = recorded.program;
    const List values = run_compiled(std::move(recorded), in);
    if (job_.derivative == Derivative::none) return named(values);
    Results results =
        derive([&](const List& x) { return copse::ir::evaluate(program, x); }, in, directions());
    for (auto& [name, array] : results)
      for (std::size_t i = 0; i < values.size(); ++i)
        if (name == result_names_[i]) array = values[i];
    return results;
  }

  Results named(const List& values) const {
    Results out;
    for (std::size_t i = 0; i < values.size(); ++i) out.emplace_back(result_names_[i], values[i]);
    return out;
  }

  List derive_list(const List& all) {
    const auto n = static_cast<std::ptrdiff_t>(names_.size());
    const Results results = derive([this](const List& in) { return call(in); },
                                   List(all.begin(), all.begin() + n), List(all.begin() + n, all.end()));
    derived_names_.clear();
    List out;
    for (const auto& [name, array] : results) {
      derived_names_.push_back(name);
      out.push_back(array);
    }
    return out;
  }

  Results derive(const Function& f, const List& in, const List& direction) {
    switch (job_.derivative) {
      case Derivative::gradient:
        return gradient(f, in, direction);
      case Derivative::second:
        return second(f, in, direction);
      case Derivative::tangent:
        return tangent(f, in, direction);
      case Derivative::none:
        break;
    }
    const List values = f(in);
    return named(values);
  }

  Results gradient(const Function& f, const List& in, const List& direction) {
    Flags wanted;
    for (const std::string& name : names_) wanted.push_back(case_.expected.contains("d_" + name));
    const auto vjp = copse::flat::vjp(f, in, wanted);
    Results results = named(vjp.outputs);
    const List gradients = vjp.pullback(cotangents(vjp.outputs, direction));
    for (std::size_t i = 0; i < in.size(); ++i)
      if (wanted[i]) results.emplace_back("d_" + names_[i], or_zeros(gradients[i], in[i]));
    return results;
  }

  Results second(const Function& f, const List& in, const List& direction) {
    Flags wanted(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) wanted[i] = names_[i] == "x";
    const auto first = [&](const List& x) {
      const auto vjp = copse::flat::vjp(f, x, wanted);
      List gradients = vjp.pullback(cotangents(vjp.outputs, direction));
      List out;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (wanted[i]) out.push_back(or_zeros(gradients[i], x[i]));
      return out;
    };
    const auto vjp = copse::flat::vjp(first, in, wanted);
    List ones;
    for (const Array& g : vjp.outputs) ones.push_back(copse::ones_like(g));
    const List gradients = vjp.pullback(ones);
    Results results;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!wanted[i]) continue;
      results.emplace_back("grad", vjp.outputs.at(0));
      results.emplace_back("grad2", or_zeros(gradients[i], in[i]));
    }
    return results;
  }

  // `jvp` is the tangent of the only floating-point result; of several, each has its own, `jvp_<result>`.
  Results tangent(const Function& f, const List& in, const List& direction) {
    List tangents(in.size());
    for (std::size_t i = 0; i < directions_.size(); ++i) {
      const auto at = std::find(names_.begin(), names_.end(), directions_[i].substr(2));
      if (at == names_.end()) throw Unsupported("tangent " + directions_[i] + " belongs to no input");
      tangents[static_cast<std::size_t>(at - names_.begin())] = direction[i];
    }
    const auto jvp = copse::flat::jvp(f, in, tangents);
    Results results = named(jvp.outputs);
    const auto floating = floating_results(jvp.outputs);
    for (const std::size_t i : floating)
      results.emplace_back(floating.size() == 1 ? "jvp" : "jvp_" + result_names_[i],
                           or_zeros(jvp.tangents[i], jvp.outputs[i]));
    return results;
  }

  // One for each result: `ct_<result>`; or `ct`, which belongs to the only floating-point result, or to the
  // first. Without any, the gradient is that of the sum.
  List cotangents(const List& outputs, const List& direction) const {
    List out(outputs.size());
    const auto floating = floating_results(outputs);
    if (floating.empty()) throw Unsupported("there is no floating-point result to differentiate");
    if (directions_.empty())
      for (const std::size_t i : floating) out[i] = copse::ones_like(outputs[i]);
    for (std::size_t k = 0; k < directions_.size(); ++k) {
      std::size_t at = floating[0];
      if (directions_[k] != "ct") {
        const auto name = directions_[k].substr(3);
        const auto found = std::find(result_names_.begin(), result_names_.end(), name);
        if (found == result_names_.end()) throw Unsupported("there is no result for " + directions_[k]);
        at = static_cast<std::size_t>(found - result_names_.begin());
      }
      out[at] = direction[k];
    }
    return out;
  }

  static std::vector<std::size_t> floating_results(const List& outputs) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (copse::is_floating(outputs[i].dtype())) out.push_back(i);
    return out;
  }

  static Array or_zeros(const Array& derivative, const Array& like) {
    return derivative.has_value() ? derivative : copse::zeros(like.shape(), like.dtype());
  }

  void check_all_read() const {
    std::string names;
    for (const std::string& name : options_.unread()) names += " option " + name;
    for (const std::string& name : names_)
      if (!read_->contains(name)) names += " input " + name;
    if (!names.empty()) throw Unsupported("not known:" + names);
  }

  const Job& job_;
  const Case& case_;
  Options options_;
  std::vector<std::string> names_, directions_, result_names_, derived_names_;
  std::shared_ptr<std::set<std::string>> read_ = std::make_shared<std::set<std::string>>();
};

}  // namespace

std::optional<Mode> mode_from_name(std::string_view name) {
  if (name == "eager") return Mode::eager;
  if (name == "jit") return Mode::jit;
  if (name == "grad-jit") return Mode::grad_jit;
  return std::nullopt;
}

Results run(const Job& job, const Case& c, Mode mode) { return Runner(job, c).run(mode); }

}  // namespace reference
