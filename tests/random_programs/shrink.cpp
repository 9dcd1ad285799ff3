#include "shrink.hpp"

#include <chrono>
#include <map>
#include <set>

namespace random_programs {
namespace {

using Types = std::map<Value, ShapeDtype>;

Types types_of(const Program& program) {
  Types types;
  observer = [&](Value v, const Array& x) { types[v] = x.type(); };
  try {
    (void)function_of(program)(program.inputs(0));
  } catch (const std::exception&) {
  }
  observer = nullptr;
  return types;
}

// Blocks are numbered in the order of a walk; f may change one.
void each_block(Block& block, const std::function<void(Block&)>& f) {
  f(block);
  for (Step& step : block.steps)
    for (Block& inner : step.blocks) each_block(inner, f);
}

std::size_t erase_unused(Block& block, const std::set<Value>& used) {
  return std::erase_if(block.steps, [&](const Step& step) {
    return std::none_of(step.results.begin(), step.results.end(), [&](Value v) { return used.count(v) > 0; });
  });
}

std::set<Value> used_values(const Block& block) {
  std::set<Value> used(block.results.begin(), block.results.end());
  each_step(block, [&](const Step& step) {
    used.insert(step.operands.begin(), step.operands.end());
    for (const Block& inner : step.blocks) used.insert(inner.results.begin(), inner.results.end());
  });
  return used;
}

// Results that nobody reads, where a step can do without.
void drop_results(Step& step, const std::set<Value>& used) {
  const bool loop = step.kind == Kind::fori || step.kind == Kind::fori_arrays || step.kind == Kind::while_;
  if (step.blocks.empty() || loop) return;
  for (std::size_t i = step.results.size(); i-- > (step.kind == Kind::scan ? step.carries : 0);) {
    if (used.count(step.results[i]) || step.results.size() == 1) continue;
    step.results.erase(step.results.begin() + static_cast<std::ptrdiff_t>(i));
    for (Block& block : step.blocks)
      block.results.erase(block.results.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void rename(Block& block, Value from, Value to) {
  const auto change = [&](std::vector<Value>& all) { std::replace(all.begin(), all.end(), from, to); };
  change(block.results);
  for (Step& step : block.steps) {
    change(step.operands);
    for (Block& inner : step.blocks) rename(inner, from, to);
  }
}

Step fit_step(Value from, Value to, const ShapeDtype& type) {
  Step step{.kind = Kind::fit, .operands = {from}, .results = {to}, .shape = type.shape, .dtype = type.dtype};
  step.low = is_floating(type.dtype) ? -2 : 0;
  step.high = is_floating(type.dtype) ? 2 : 3;
  return step;
}

// A step of control flow as one run of one of its blocks.
std::vector<Step> inlined(const Step& step, std::size_t number, const Types& types) {
  const Block& block = step.blocks[number];
  std::vector<Step> steps;
  const bool counts = step.kind == Kind::fori || step.kind == Kind::while_,
             chooses = step.kind == Kind::cond || step.kind == Kind::switch_;
  for (std::size_t i = 0; i < block.parameters.size(); ++i) {
    const std::size_t operand = counts ? (i == 0 ? 0 : i - 1) : chooses ? i + 1 : i;
    steps.push_back(fit_step(step.operands.at(operand), block.parameters[i], types.at(block.parameters[i])));
  }
  steps.insert(steps.end(), block.steps.begin(), block.steps.end());
  for (std::size_t i = 0; i < step.results.size(); ++i)
    steps.push_back(
        fit_step(block.results.at(i % block.results.size()), step.results[i], types.at(step.results[i])));
  return steps;
}

// One change after the other, those that take away most first. Each is made on a copy; `number` counts
// through them.
class Changes {
 public:
  explicit Changes(const Program& program) : program_(program), types_(types_of(program)) { list(); }
  std::size_t size() const { return changes_.size(); }
  std::optional<Program> operator()(std::size_t number) const {
    Program changed = program_;
    try {
      changes_[number](changed);
    } catch (const std::out_of_range&) {
      return std::nullopt;  // a value that no run has seen
    }
    return without_dead(std::move(changed));
  }

 private:
  void list() {
    for (std::size_t i = 0; program_.body.results.size() > 1 && i < program_.body.results.size(); ++i)
      changes_.push_back([i](Program& p) { p.body.results = {p.body.results[i]}; });
    for (std::size_t i = 0; program_.body.results.size() > 2 && i < program_.body.results.size(); ++i)
      changes_.push_back(
          [i](Program& p) { p.body.results.erase(p.body.results.begin() + static_cast<std::ptrdiff_t>(i)); });
    const std::size_t steps = program_.body.steps.size();
    for (std::size_t left = 1; left < steps; left *= 2)
      changes_.push_back([this, first = steps - left](Program& p) { cut(p, first); });
    std::size_t blocks = 0;
    Program walked = program_;
    each_block(walked.body, [&](Block& block) { list(block, blocks++); });
    list_extents();
  }

  // The values that are made by the first steps go in instead.
  void cut(Program& p, std::size_t first) const {
    for (std::size_t s = 0; s < first; ++s)
      for (const Value v : p.body.steps[s].results) {
        const ShapeDtype& type = types_.at(v);
        p.sources.push_back({.value = v, .shape = type.shape, .dtype = type.dtype, .seed = v + 100});
        p.body.parameters.push_back(v);
      }
    p.body.steps.erase(p.body.steps.begin(), p.body.steps.begin() + static_cast<std::ptrdiff_t>(first));
  }

  // The same in an inner block, where a parameter is made to fit in their place.
  void cut(Block& block, std::size_t first) const {
    std::vector<Step> steps;
    for (std::size_t s = 0; s < first; ++s)
      for (const Value v : block.steps[s].results)
        steps.push_back(fit_step(block.parameters[0], v, types_.at(v)));
    steps.insert(steps.end(), block.steps.begin() + static_cast<std::ptrdiff_t>(first), block.steps.end());
    block.steps = std::move(steps);
  }

  void list(const Block& block, std::size_t number) {
    for (std::size_t left = 1; number > 0 && !block.parameters.empty() && left < block.steps.size();
         left *= 2)
      add(number, [this, first = block.steps.size() - left](Block& x, Program&) { cut(x, first); });
    for (std::size_t s = block.steps.size(); s-- > 0;) {
      const Step& step = block.steps[s];
      for (std::size_t b = 0; b < step.blocks.size(); ++b)
        add(number, [this, s, b](Block& x, Program&) {
          const std::vector<Step> steps = inlined(x.steps[s], b, types_);
          x.steps.erase(x.steps.begin() + static_cast<std::ptrdiff_t>(s));
          x.steps.insert(x.steps.begin() + static_cast<std::ptrdiff_t>(s), steps.begin(), steps.end());
        });
      if (step.blocks.size() > 1 && step.kind == Kind::switch_)
        add(number, [s](Block& x, Program&) { x.steps[s].blocks.pop_back(); });
      if (step.length > 0) add(number, [s](Block& x, Program&) { x.steps[s].length /= 2; });
      for (std::size_t r = 0; r < step.results.size(); ++r) list(block, number, step, s, r);
    }
  }

  // Other values in place of a result.
  void list(const Block& block, std::size_t number, const Step& step, std::size_t s, std::size_t r) {
    const Value result = step.results[r];
    if (number == 0)
      add(number, [this, result](Block& x, Program& p) {
        const ShapeDtype& type = types_.at(result);
        const Source source{
            .value = p.values++, .shape = type.shape, .dtype = type.dtype, .seed = result + 100};
        p.sources.push_back(source);
        x.parameters.push_back(source.value);
        rename(x, result, source.value);
      });
    std::vector<Value> before = block.parameters;
    for (std::size_t i = 0; i < s; ++i)
      before.insert(before.end(), block.steps[i].results.begin(), block.steps[i].results.end());
    int found = 0;
    for (const Value v : before)
      if (types_.count(v) && types_.count(result) && types_.at(v).shape == types_.at(result).shape &&
          types_.at(v).dtype == types_.at(result).dtype && ++found < 4)
        add(number, [result, v](Block& x, Program&) { rename(x, result, v); });
    if (step.kind != Kind::fit && step.results.size() == 1)
      for (const Value v : step.operands)
        add(number, [this, s, v, result](Block& x, Program&) {
          x.steps[s] = fit_step(v, result, types_.at(result));
        });
  }

  void list_extents() {
    std::set<std::int64_t> extents;
    for (const Source& source : program_.sources) extents.insert(source.shape.begin(), source.shape.end());
    each_step(program_.body, [&](const Step& step) { extents.insert(step.shape.begin(), step.shape.end()); });
    for (const std::int64_t extent : extents)
      for (const std::int64_t less : {std::int64_t{1}, std::int64_t{2}, extent / 2, extent - 1})
        if (less > 0 && less < extent)
          changes_.push_back([=](Program& p) {
            const auto change = [&](Shape& shape) { std::replace(shape.begin(), shape.end(), extent, less); };
            for (Source& source : p.sources) change(source.shape);
            each_block(p.body, [&](Block& block) {
              for (Step& step : block.steps) {
                change(step.shape);
                if (step.length == extent) step.length = less;
              }
            });
          });
  }

  void add(std::size_t number, std::function<void(Block&, Program&)> change) {
    changes_.push_back([number, change = std::move(change)](Program& p) {
      std::size_t at = 0;
      Block* found = nullptr;
      each_block(p.body, [&](Block& block) {
        if (at++ == number) found = &block;
      });
      change(*found, p);
    });
  }

  Program program_;
  Types types_;
  std::vector<std::function<void(Program&)>> changes_;
};

// What must stay the same of a failure: how it begins, without the number of a result and of an element.
std::string gist(const std::string& text) {
  std::string kept;
  for (const char c : text.substr(text.starts_with("result") ? text.find(':') : 0))
    if (!std::isdigit(static_cast<unsigned char>(c))) kept += c;
  return kept.substr(0, 24);
}

bool runs(const Program& program) {
  try {
    (void)function_of(program)(program.inputs(0));
    return true;
  } catch (const std::exception&) {  // no program any more
    return false;
  }
}

}  // namespace

Program without_dead(Program program) {
  for (std::size_t gone = 1; gone > 0;) {
    gone = 0;
    const std::set<Value> used = used_values(program.body);
    each_block(program.body, [&](Block& block) {
      gone += erase_unused(block, used);
      for (Step& step : block.steps) drop_results(step, used);
    });
  }
  const std::set<Value> used = used_values(program.body);
  std::erase_if(program.sources, [&](const Source& source) { return !used.count(source.value); });
  std::erase_if(program.body.parameters, [&](Value v) { return !used.count(v); });
  return program;
}

Program shrink(Program program, const Failure& failure, int seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const std::string wanted = gist(failure.text);
  const auto fails = [&](const Program& p) {
    if (p.sources.empty() || !runs(p)) return false;
    const auto found = failure_of(p, {failure.mode});
    return found && gist(found->text) == wanted;
  };
  if (Program live = without_dead(program); fails(live)) program = std::move(live);
  for (bool smaller = true; smaller;) {
    smaller = false;
    const Changes changes(program);
    for (std::size_t i = 0; i < changes.size() && !smaller; ++i) {
      if (std::chrono::steady_clock::now() > end) return program;
      std::optional<Program> next = changes(i);
      if (!next || !fails(*next)) continue;
      program = std::move(*next);
      smaller = true;
    }
  }
  return program;
}

}  // namespace random_programs
