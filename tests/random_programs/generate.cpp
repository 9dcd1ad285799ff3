#include "generate.hpp"

#include <map>

#include "growing.hpp"
#include "operations.hpp"

namespace random_programs {
namespace {

constexpr int most_depth = 3;

class Generator : Growing {
 public:
  explicit Generator(std::uint64_t seed) : Growing(seed) {}

  Program make() {
    const std::vector<std::int64_t> extents{2,  3,  4,  5,  7,  8,   9,   15,   16,   17,
                                            31, 32, 33, 64, 65, 100, 257, 1000, 2049, 4096};
    for (int i = 0; i < 4; ++i)
      palette_.push_back(random_.chance(0.6) ? random_.between(2, 9) : random_.of(extents));
    palette_.push_back(1);
    if (random_.chance(0.08)) palette_.push_back(0);
    for (int i = random_.between(1, 3); i >= 0; --i) plain_source();
    grow(program_.body, random_.between(3, 22), 0);
    program_.body.results = outputs();
    program_.values = next_;
    for (const Source& source : program_.sources) program_.body.parameters.push_back(source.value);
    return std::move(program_);
  }

 private:
  void plain_source() {
    Source source{.shape = any_shape(3), .dtype = any_dtype()};
    visible_.push_back(add_source(source));
  }

  void grow(Block& block, int steps, int depth) {
    for (int i = 0; i < steps; ++i) {
      if (depth < most_depth && random_.chance(depth == 0 ? 0.18 : 0.25))
        control(block, depth);
      else
        for (int tries = 0; tries < 5 && !operation(block); ++tries) {
        }
    }
  }

  // Shapes of a row's inputs with other extents in place of theirs, alike where theirs are.
  std::vector<Shape> shapes_for(const Row& row) {
    std::map<std::int64_t, std::int64_t> other;
    std::vector<Shape> shapes;
    double work = 1;
    const bool keep = random_.chance(0.3);
    for (const tables::Input& input : row.inputs) {
      Shape shape = input.shape;
      for (std::int64_t& extent : shape) {
        if (!other.count(extent))
          other[extent] = keep || (extent < 2 && random_.chance(0.9)) ? extent : random_.of(palette_);
        extent = other[extent];
      }
      work *= std::max(1.0, static_cast<double>(shape.elements()));
      shapes.push_back(shape);
    }
    if (work <= 4e6) return shapes;
    shapes.clear();
    for (const tables::Input& input : row.inputs) shapes.push_back(input.shape);
    return shapes;
  }

  static bool inside(const Array& x, const Operation::Operand& operand) {
    if (operand.low < -2.5 && operand.high > 2.5) return true;
    for (const double v : x.to_vector<double>())
      if (v < operand.low || v > operand.high) return false;
    return true;
  }

  // A call of a random row.
  bool operation(Block& block) {
    const Operation& operation = random_.of(random_.chance(0.5) ? common_operations() : operations());
    const Row& row = *operation.row;
    DType dtype = type(any_value()).dtype;
    for (int tries = 0; tries < 8 && !tables::contains(row.types, dtype); ++tries) dtype = any_dtype();
    if (!tables::contains(row.types, dtype)) return false;
    std::vector<Shape> shapes = shapes_for(row);
    const bool free = operation.alike && random_.chance(0.7);
    if (free && !row.inputs.empty()) {  // any shape is worth a try
      const Shape shape = exact(any_value()).shape();
      if (shape.elements() <= (row.inputs.size() > 1 ? most_elements : 4096))
        std::fill(shapes.begin(), shapes.end(), shape);
      if (shapes.size() > 1 && random_.chance(0.3)) narrow(shapes.back());
    }
    Step step{.kind = Kind::call, .row = &row};
    for (std::size_t i = 0; i < row.inputs.size(); ++i) {
      const Operation::Operand& operand = operation.operands[i];
      const DType own = operand.typed ? dtype : operand.dtype;
      const auto v = operand_for(block, row, i, operand, {shapes[i], own});
      if (!v) return false;
      step.operands.push_back(*v);
    }
    return attempt(block, std::move(step));
  }

  // Makes a shape one that broadcasts.
  void narrow(Shape& shape) {
    if (shape.rank() == 0) return;
    if (random_.chance(0.4))
      shape.erase(0);
    else
      shape[random_.below(shape.size())] = 1;
  }

  std::optional<Value> operand_for(Block& block, const Row& row, std::size_t number,
                                   const Operation::Operand& operand, const Type& wanted) {
    if (!operand.fixed && random_.chance(0.55)) {
      const auto v = any_value([&](Value w) {
        return type(w).dtype == wanted.dtype && type(w).shape == wanted.shape && inside(exact(w), operand);
      });
      if (v) return v;
    }
    if (!operand.fixed && (closed_ || random_.chance(0.9)))
      return fitted(block, wanted, operand.low, operand.high);
    if (closed_) return std::nullopt;
    try {
      return add_source({.row = &row, .number = number, .shape = wanted.shape, .dtype = wanted.dtype});
    } catch (const Error&) {
      return std::nullopt;  // no matrix of such a shape is positive definite
    }
  }

  // ---- control flow ----

  bool control(Block& block, int depth);
  std::optional<Value> sequence(Block& block, std::int64_t length) {
    Shape shape = any_shape(2);
    shape.insert(0, length);
    if (shape.elements() > most_elements) shape = {length};
    return fitted(block, {shape, any_dtype()}, -2, 2);
  }
  void loop(Block& block, Step& step);
  void enter(Block& body, const std::vector<Runs>& parameters);
  bool fill(Step& step, const std::vector<Runs>& parameters, int depth);
  bool finish(Block& body, const std::vector<Type>& wanted, int more);

  // ---- the end ----

  std::vector<Value> outputs() {
    std::map<Value, int> used;
    each_step(program_.body, [&](const Step& step) {
      for (const Value v : step.operands) ++used[v];
    });
    std::vector<Value> results;
    for (const Value v : visible_)
      if (!used.count(v) && results.size() < 8) results.push_back(v);
    if (results.empty() || random_.chance(0.3)) results.push_back(any_value());
    return results;
  }

  bool closed_ = false;  // in a body that must not see anything but its parameters
};

// Operands and options of a loop or a mapped body.
void Generator::loop(Block& block, Step& step) {
  const std::vector<int> lengths{0, 1, 2, 3, 4, 5, 9, 33};
  step.length = random_.of(lengths);
  step.reverse = step.kind == Kind::scan && random_.chance(0.3);
  if (step.kind == Kind::fori_arrays)
    if (const auto v = fitted(block, {{}, DType::int32}, 0, 4)) step.operands.push_back(*v);
  if (step.kind == Kind::vmap) {
    for (int i = random_.between(1, 2); i > 0; --i)
      if (const auto v = sequence(block, std::max<std::int64_t>(1, step.length))) step.operands.push_back(*v);
    step.carries = step.operands.size();
    for (int i = random_.below(2); i > 0; --i) step.operands.push_back(any_value());
    return;
  }
  for (int i = random_.between(1, 2); i > 0; --i) step.operands.push_back(any_value());
  step.carries = step.operands.size();
  if (step.kind == Kind::scan)
    for (int i = random_.below(3); i > 0; --i)
      if (const auto v = sequence(block, step.length)) step.operands.push_back(*v);
}

bool Generator::control(Block& block, int depth) {
  Step step{.kind = static_cast<Kind>(random_.between(static_cast<int>(Kind::scan), kind_count - 1))};
  // Those without a gradient less often.
  if ((step.kind == Kind::while_ || step.kind == Kind::fori_arrays) && random_.chance(0.7))
    step.kind = Kind::scan;
  if (step.kind >= Kind::scan && step.kind <= Kind::while_) {
    loop(block, step);
  } else if (step.kind == Kind::vmap) {
    loop(block, step);
    if (step.carries == 0) return false;
  } else {
    if (step.kind == Kind::cond || step.kind == Kind::switch_) {
      const auto v = step.kind == Kind::cond ? fitted(block, {{}, DType::bool_}, 0, 1)
                                             : fitted(block, {{}, DType::int32}, -1, 3);
      if (!v) return false;
      step.operands.push_back(*v);
    }
    for (int i = random_.between(1, 2); i > 0; --i) step.operands.push_back(any_value());
  }
  std::vector<Runs> parameters;
  const Array zero = zeros({}, DType::int32);
  if (step.kind == Kind::fori || step.kind == Kind::while_) parameters.push_back({zero, zero, zero});
  for (std::size_t i = 0; i < step.operands.size(); ++i) {
    const bool choice = i == 0 && (step.kind == Kind::cond || step.kind == Kind::switch_);
    if (choice) continue;
    const bool one =
        (step.kind == Kind::scan && i >= step.carries) || (step.kind == Kind::vmap && i < step.carries);
    parameters.push_back(one ? element(step.operands[i], step.length) : runs(step.operands[i]));
  }
  const auto visible = visible_;
  const bool closed = closed_;
  if (step.kind == Kind::custom_vjp || step.kind == Kind::custom_jvp) {
    closed_ = true;
    visible_.clear();
  }
  const bool filled = fill(step, parameters, depth);
  closed_ = closed;
  visible_ = visible;
  return filled && attempt(block, std::move(step));
}

void Generator::enter(Block& body, const std::vector<Runs>& parameters) {
  for (const Runs& p : parameters) {
    body.parameters.push_back(add_value(p));
    visible_.push_back(body.parameters.back());
  }
}

// Ends a body with values of these types, and some of any type.
bool Generator::finish(Block& body, const std::vector<Type>& wanted, int more) {
  for (const Type& t : wanted) {
    const auto v = value_of(body, t);
    if (!v) return false;
    body.results.push_back(*v);
  }
  for (; more > 0; --more) body.results.push_back(any_value());
  return true;
}

bool Generator::fill(Step& step, const std::vector<Runs>& parameters, int depth) {
  const bool is_loop = step.kind >= Kind::scan && step.kind <= Kind::while_;
  std::size_t blocks = 1;
  if (step.kind == Kind::cond || step.kind == Kind::while_) blocks = 2;
  if (step.kind == Kind::switch_) blocks = static_cast<std::size_t>(random_.between(1, 3));
  std::vector<Type> wanted;
  if (is_loop) {
    const std::size_t first = step.kind == Kind::fori_arrays ? 1 : 0;
    for (std::size_t i = first; i < step.carries; ++i) wanted.push_back(type(step.operands[i]));
  }
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto visible = visible_;
    Block body;
    enter(body, parameters);
    const bool condition = step.kind == Kind::while_ && b == 0;
    grow(body, condition ? random_.below(2) : random_.between(1, depth == 0 ? 5 : 3), depth + 1);
    const bool ended = condition ? finish(body, {{{}, DType::bool_}}, 0)
                                 : finish(body, wanted,
                                          is_loop ? (step.kind == Kind::scan ? random_.below(3) : 0)
                                                  : (b == 0 ? random_.between(1, 2) : 0));
    if (!ended) return false;
    if (!is_loop && b == 0)
      for (const Value v : body.results) wanted.push_back(type(v));
    step.blocks.push_back(std::move(body));
    visible_ = visible;
  }
  return true;
}

}  // namespace

Program generate(std::uint64_t seed) { return Generator(seed).make(); }

}  // namespace random_programs
