#include "program.hpp"

namespace random_programs {
namespace {

double rounding(DType dtype) {
  return dtype == DType::bfloat16 ? 0x1p-8 : dtype == DType::float32 ? 0x1p-23 : 0x1p-52;
}

// Results as another order of the same operations may give them.
Arrays roughened(Arrays results, const Step& step, const Noise& noise) {
  if (noise.seed == 0) return results;
  const double factor = step.row ? std::max(1.0, step.row->tolerance) : 1;
  for (Array& y : results)
    if (is_floating(y.dtype())) {
      const DType wide = y.dtype() == DType::float64 ? DType::float64 : DType::float32;
      const Array errors =
          pattern(y.shape(), wide, 1.9 + 0.37 * noise.seed) * (2 * factor * rounding(y.dtype()));
      y = astype(astype(y, wide) * (1 + errors), y.dtype());
    }
  return results;
}

Arrays gathered(const std::vector<Value>& numbers, const Values& values) {
  Arrays all;
  for (const Value v : numbers) all.push_back(values[static_cast<std::size_t>(v)]);
  return all;
}

}  // namespace

const char* name_of(Kind kind) {
  static const char* const names[] = {"call",       "fit",  "scan",   "fori_loop",  "fori_loop of arrays",
                                      "while_loop", "cond", "switch", "checkpoint", "custom_vjp",
                                      "custom_jvp", "vmap", "jit"};
  return names[static_cast<int>(kind)];
}

thread_local std::function<void(Value, const Array&)> observer;

Array Source::make(int more) const {
  const int of = seed + 1000 * more;
  if (row) return row->inputs[number].make(shape, dtype, of);
  return tables::data(shape, low, high)(dtype, of);
}

Arrays Program::inputs(int more) const {
  Arrays all;
  for (const Source& source : sources) all.push_back(source.make(more));
  return all;
}

Arrays run(const Step& step, const Values& seen, const Noise& noise) {
  const Arrays in = gathered(step.operands, seen);
  const auto body = [&](std::size_t number) -> Call {
    return [&, number](const Arrays& arguments) { return run(step.blocks[number], arguments, seen, noise); };
  };
  const auto carried = [&](const Array& i, const Arrays& carry) { return body(0)(joined({i}, carry)); };
  const Arrays rest = in.empty() ? in : part(in, 1, in.size());
  // What is differentiated must be an argument of a rule: its body sees nothing else, and is kept.
  const auto alone = [&]() -> Call {
    return [block = step.blocks[0], noise](const Arrays& x) { return run(block, x, {}, noise); };
  };
  switch (step.kind) {
    case Kind::call:
      return roughened(step.row->call(in), step, noise);
    case Kind::fit:
      return roughened({fit(in[0], step.shape, step.dtype, step.low, step.high)}, step, noise);
    case Kind::scan:
      return scanned(body(0), part(in, 0, step.carries), part(in, step.carries, in.size()),
                     {.length = step.length, .reverse = step.reverse});
    case Kind::fori:
      return fori_loop(1, 1 + step.length, carried, in);
    case Kind::fori_arrays:
      return fori_loop(Array(0), in[0], carried, rest);
    case Kind::while_:
      return repeated(body(0), body(1), in, step.length);
    case Kind::cond:
      return cond(in[0], body(0), body(1), rest);
    case Kind::switch_: {
      std::vector<Call> branches;
      for (std::size_t b = 0; b < step.blocks.size(); ++b) branches.push_back(body(b));
      return switch_(in[0], branches, rest);
    }
    case Kind::checkpoint:
      return checkpoint(body(0))(in);
    case Kind::custom_vjp:
      return with_gradient_rule(alone())(in);
    case Kind::custom_jvp:
      return with_tangent_rule(alone())(in);
    case Kind::vmap:
      return mapped(body(0), part(in, 0, step.carries), part(in, step.carries, in.size()));
    case Kind::jit:
      return jit(body(0))(in);
  }
  return {};
}

Arrays run(const Block& block, const Arrays& arguments, Values seen, const Noise& noise) {
  const auto put = [&](const std::vector<Value>& numbers, const Arrays& arrays) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto at = static_cast<std::size_t>(numbers[i]);
      if (seen.size() <= at) seen.resize(at + 1);
      seen[at] = arrays.at(i);
      if (observer) observer(numbers[i], arrays[i]);
    }
  };
  put(block.parameters, arguments);
  for (const Step& step : block.steps) put(step.results, run(step, seen, noise));
  return gathered(block.results, seen);
}

Call function_of(const Program& program, const Noise& noise) {
  return [block = program.body, noise](const Arrays& in) { return run(block, in, {}, noise); };
}

void each_step(const Block& block, const std::function<void(const Step&)>& f) {
  for (const Step& step : block.steps) {
    f(step);
    for (const Block& inner : step.blocks) each_step(inner, f);
  }
}

namespace {

bool counts_steps_as_it_goes(const Step& s) { return s.kind == Kind::while_ || s.kind == Kind::fori_arrays; }

}  // namespace

bool has_forward_derivative(const Program& program) {
  bool all = true;
  each_step(program.body, [&](const Step& s) {
    all = all && !(s.row && s.row->gradient == tables::Gradient::none);
    // A gradient rule serves forward mode by its transpose, for which what it does must have a gradient.
    if (s.kind == Kind::custom_vjp)
      each_step(s.blocks[0], [&](const Step& inner) { all = all && !counts_steps_as_it_goes(inner); });
  });
  return all;
}

bool has_gradient(const Program& program) {
  bool all = has_forward_derivative(program);
  each_step(program.body, [&](const Step& s) { all = all && !counts_steps_as_it_goes(s); });
  return all;
}

}  // namespace random_programs
