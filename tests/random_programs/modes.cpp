#include "modes.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "operations.hpp"

namespace random_programs {
namespace {

// An expression as a function and as text.
#define COPSE_WAY(...)                                                                     \
  [](const Call& f, const Arrays& in, const Arrays& other, const Arrays& both) -> Arrays { \
    (void)f, (void)in, (void)other, (void)both;                                            \
    return __VA_ARGS__;                                                                    \
  }
#define COPSE_MODE(name, needs, exact, got, wanted) \
  { name, needs, exact, COPSE_WAY(got), COPSE_WAY(wanted), #got, #wanted }

// One number that gradients rounded to a dtype add up to: where they cancel, what is left says nothing in
// bfloat16.
const char sums_of_derivatives[] = "grad against jvp";

std::vector<Mode> all_modes() {
  using enum Needs;
  return {
      COPSE_MODE("jit", nothing, false, jitted(f)(in), f(in)),
      COPSE_MODE("jit, other inputs", nothing, false, after(jitted(f), in)(other), f(other)),
      COPSE_MODE("jit, donated inputs", nothing, false, jitted_donating(f)(in), f(in)),
      COPSE_MODE("two threads", nothing, true, with_threads(f, 2)(in), f(in)),
      COPSE_MODE("jit, two threads", nothing, true, with_threads(jitted(f), 2)(in), jitted(f)(in)),
      COPSE_MODE("vmap", nothing, false, vmapped(f)(both), looped(f)(both)),
      COPSE_MODE("jit of vmap", nothing, false, jitted(vmapped(f))(both), looped(f)(both)),
      COPSE_MODE("vmap of jit", nothing, false, vmapped(jitted(f))(both), looped(f)(both)),
      COPSE_MODE("jit of jvp", forward, false, jitted(tangents(f))(in), tangents(f)(in)),
      COPSE_MODE("vmap of jvp", forward, false, vmapped(tangents(f))(both), looped(tangents(f))(both)),
      COPSE_MODE("jit of vmap of jvp", forward, false, jitted(vmapped(tangents(f)))(both),
                 looped(tangents(f))(both)),
      COPSE_MODE("jvp of vmap", forward, false, tangents(vmapped(f))(both), tangents(looped(f))(both)),
      COPSE_MODE("jit of jvp of vmap", forward, false, jitted(tangents(vmapped(f)))(both),
                 tangents(looped(f))(both)),
      COPSE_MODE(sums_of_derivatives, gradient, false, slope_by_gradients(f)(in), slope(f)(in)),
      COPSE_MODE("jit of grad", gradient, false, jitted(gradients(f))(in), gradients(f)(in)),
      COPSE_MODE("jit of grad, other inputs", gradient, false, after(jitted(gradients(f)), in)(other),
                 gradients(f)(other)),
      COPSE_MODE("jit of grad, donated inputs", gradient, false, jitted_donating(gradients(f))(in),
                 gradients(f)(in)),
      COPSE_MODE("jit of grad, two threads", gradient, true, with_threads(jitted(gradients(f)), 2)(in),
                 jitted(gradients(f))(in)),
      COPSE_MODE("vmap of grad", gradient, false, vmapped(gradients(f))(both), looped(gradients(f))(both)),
      COPSE_MODE("jit of vmap of grad", gradient, false, jitted(vmapped(gradients(f)))(both),
                 looped(gradients(f))(both)),
      COPSE_MODE("grad of vmap", gradient, false, gradients(vmapped(f))(both), gradients(looped(f))(both)),
      COPSE_MODE("jit of grad of vmap", gradient, false, jitted(gradients(vmapped(f)))(both),
                 gradients(looped(f))(both)),
      COPSE_MODE("jvp of grad against grad of jvp", gradient, false, tangents(gradients(f))(in),
                 gradients(tangents(f))(in)),
      COPSE_MODE("grad of grad against grad of jvp", gradient, false, gradients_of_product(f)(in),
                 gradients(tangents(f))(in)),
      COPSE_MODE("jit of jvp of grad", gradient, false, jitted(tangents(gradients(f)))(in),
                 tangents(gradients(f))(in)),
      COPSE_MODE("jit of grad of jvp", gradient, false, jitted(gradients(tangents(f)))(in),
                 gradients(tangents(f))(in)),
      COPSE_MODE("jit of grad of grad", gradient, false, jitted(gradients_of_product(f))(in),
                 gradients_of_product(f)(in)),
      COPSE_MODE("divided in 2", nothing, false, divided(f, 2, 0)(in), f(in)),
      COPSE_MODE("divided in 3", nothing, false, divided(f, 3, 1)(in), f(in)),
      COPSE_MODE("divided in 4", nothing, false, divided(f, 4, 2)(in), f(in)),
      COPSE_MODE("divided in 2, again", nothing, true, divided(f, 2, 3)(in), divided(f, 2, 3)(in)),
      COPSE_MODE("divided in 2 of vmap", nothing, false, divided(vmapped(f), 2, 1)(both), looped(f)(both)),
      COPSE_MODE("divided in 2 of grad", gradient, false, divided(gradients(f), 2, 4)(in), gradients(f)(in)),
      COPSE_MODE("divided in 3 of grad", gradient, false, divided(gradients(f), 3, 2)(in), gradients(f)(in)),
      COPSE_MODE("divided in 4 of grad", gradient, false, divided(gradients(f), 4, 3)(in), gradients(f)(in)),
      COPSE_MODE("divided in 3 of vmap of grad", gradient, false, divided(vmapped(gradients(f)), 3, 0)(both),
                 looped(gradients(f))(both)),
      COPSE_MODE("vmap of jvp of grad", gradient, false, vmapped(tangents(gradients(f)))(both),
                 looped(tangents(gradients(f)))(both)),
  };
}

double base(DType dtype) {
  return dtype == DType::bfloat16 ? 4 * 0x1p-8 : dtype == DType::float32 ? 64 * 0x1p-23 : 1e4 * 0x1p-52;
}

// What derivatives are rounded to on the way: the coarsest of the floating-point dtypes that occur.
double coarsest(const Program& program) {
  double most = 0;
  observer = [&](Value, const Array& x) {
    if (is_floating(x.dtype())) most = std::max(most, base(x.dtype()));
  };
  (void)function_of(program)(program.inputs(0));
  observer = nullptr;
  return most;
}

std::string differing(const Array& got, const Array& wanted, double room, double least_base) {
  const auto name = [](const Array& x) {
    return fmt::format("{}{}", copse::name_of(x.dtype()), to_string(x.shape()));
  };
  if (!got.has_value()) return "got no value, wanted " + name(wanted);
  if (name(got) != name(wanted)) return fmt::format("got {}, wanted {}", name(got), name(wanted));
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  double scale = 0;
  for (const double x : b) scale = std::max(scale, std::abs(x));
  const double least = std::max(1e-3, std::min(1.0, scale));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double allowed =
        room < 0 ? 0 : std::max(base(got.dtype()), least_base) * std::max(std::abs(b[i]), least) + room;
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (is_floating(got.dtype()) && std::abs(a[i] - b[i]) <= allowed) continue;
    return fmt::format("element {} of {} is {}, wanted {} within {}", i, name(got), a[i], b[i], allowed);
  }
  return {};
}

// The rooms that rounding needs, result by result; nothing if the results cannot be compared.
std::optional<std::vector<double>> rooms(const Program& program, const Mode::Way& way, const Arrays& wanted,
                                         const Arrays& in, const Arrays& other, const Arrays& both) {
  std::vector<double> rooms(wanted.size(), 0);
  for (int seed = 1; seed <= 2; ++seed) {
    const Arrays rough = way(function_of(program, Noise{seed}), in, other, both);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto differs = deviation(wanted[i], rough.at(i));
      double most = 0;
      for (const double x : wanted[i].to_vector<double>()) most = std::max(most, std::abs(x));
      const double limit = wanted[i].dtype() == DType::bfloat16 ? 0.1 : 1e-2;
      if (!differs || most > 1e6 || *differs > limit * std::max(1.0, most)) return std::nullopt;
      rooms[i] = std::max(rooms[i], 20 * *differs);
    }
  }
  return rooms;
}

// All values on the way that are known.
Arrays values_of(const Program& program, const Arrays& in, const Noise& noise) {
  Arrays seen;
  observer = [&](Value, const Array& x) {
    if (!x.is_abstract()) seen.push_back(x);
  };
  (void)function_of(program, noise)(in);
  observer = nullptr;
  return seen;
}

std::string key(const Mode& mode) { return (mode.exact ? "exact " : "") + mode.wanted_text; }

}  // namespace

const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = [] {
    std::vector<Mode> found = all_modes();
    for (const PassInfo& info : compiler_passes()) {
      const std::string pass = info.name;
      const auto got = [=](const Call& f, const Arrays& in, const Arrays&, const Arrays&) {
        return jitted_without(f, pass)(in);
      };
      found.push_back({"jit without " + pass, Needs::nothing, false, got, found[0].wanted,
                       "jitted_without(f, \"" + pass + "\")(in)", "f(in)"});
    }
    return found;
  }();
  return all;
}

int other_number(const Program& program) {
  for (int more = 1; more <= 4; ++more) {
    const Arrays in = program.inputs(more), exact = values_of(program, in, {});
    if (comparable(exact, values_of(program, in, {1})) && comparable(exact, values_of(program, in, {2})))
      return more;
  }
  return 0;
}

Checker::Checker(const Program& program)
    : program_(program),
      f_(function_of(program)),
      in_(program.inputs(0)),
      other_(program.inputs(other_number(program))),
      both_(stacked(in_, other_)) {}

bool Checker::says_something(const Mode& mode) const {
  if (in_.empty()) return false;
  // Decompositions have no derivative at a matrix of less than full rank: each way gives another one.
  bool decomposes = false;
  each_step(program_.body,
            [&](const Step& s) { decomposes = decomposes || (s.row && s.row->tolerance >= 40); });
  if (decomposes && mode.name.find(" against grad of jvp") != std::string::npos) return false;
  return mode.needs == Needs::gradient  ? has_gradient(program_)
         : mode.needs == Needs::forward ? has_forward_derivative(program_)
                                        : true;
}

const Checker::Reference& Checker::reference(const Mode& mode) {
  const auto [at, fresh] = known_.try_emplace(key(mode));
  if (!fresh) return at->second;
  at->second.results = mode.wanted(f_, in_, other_, both_);
  if (mode.exact)
    at->second.rooms = std::vector<double>(at->second.results.size(), -1);
  else
    at->second.rooms = rooms(program_, mode.wanted, at->second.results, in_, other_, both_);
  return at->second;
}

Verdict Checker::operator()(const Mode& mode) {
  if (!says_something(mode)) return {Outcome::skipped};
  try {
    const Reference& wanted = reference(mode);
    if (!wanted.rooms || wanted.results.empty()) return {Outcome::skipped};
    // Gradients of what is used many times are long sums, which noise on the way forward does not see.
    double least = mode.needs == Needs::nothing ? 0 : 8 * coarsest(program_);
    std::vector<double> room = *wanted.rooms;
    const bool sums = mode.name == sums_of_derivatives,
               other_operations = mode.name.find(" against ") != std::string::npos;
    if (other_operations && !sums && least >= 8 * base(DType::bfloat16)) return {Outcome::skipped};
    if (sums) room[0] += least * (1 + slope_size(f_, in_));
    if (!std::isfinite(room[0])) return {Outcome::skipped};  // at a place without a derivative
    if (other_operations) least *= 4;
    const Arrays got = mode.got(f_, in_, other_, both_);
    if (got.size() != wanted.results.size())
      return {Outcome::different,
              fmt::format("got {} results, wanted {}", got.size(), wanted.results.size())};
    for (std::size_t i = 0; i < got.size(); ++i)
      if (const std::string text = differing(got[i], wanted.results[i], room[i], least); !text.empty())
        return {Outcome::different, fmt::format("result {}: {}", i, text)};
  } catch (const std::exception& error) {
    known_.erase(key(mode));
    return {Outcome::different, std::string("threw ") + error.what()};
  }
  return {};
}

}  // namespace random_programs
