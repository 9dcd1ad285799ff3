// A random program: what goes in, and steps with control flow around further steps.
#pragma once

#include "pieces.hpp"
#include "tables/row.hpp"

namespace random_programs {

using tables::Row;

/// A value's number, one for the whole program.
using Value = int;

enum class Kind {
  call,         ///< an operation of the tables
  fit,          ///< `fit` of one value
  scan,         ///< body(carries..., elements...)
  fori,         ///< body(i, carries...) with plain bounds
  fori_arrays,  ///< the same up to operand 0
  while_,       ///< block 0 is the condition, block 1 the step, both of (counter, carries...)
  cond,         ///< operand 0 chooses between two blocks of the others
  switch_,      ///< the same with any number of blocks
  checkpoint,
  custom_vjp,  ///< a body with a gradient rule, which is its own gradient
  custom_jvp,  ///< the same with a rule for its derivative
  vmap,        ///< a body mapped over the first `carries` operands, with the others shared
  jit,
};
inline constexpr int kind_count = 13;
const char* name_of(Kind kind);

struct Step;

/// A function of its parameters and of what is visible where it stands.
struct Block {
  std::vector<Value> parameters;
  std::vector<Step> steps;
  std::vector<Value> results;
};

struct Step {
  Kind kind = Kind::call;
  std::vector<Value> operands = {}, results = {};
  const Row* row = nullptr;      ///< of a call
  Shape shape = {};              ///< of what `fit` gives
  DType dtype = DType::float32;  ///< of what `fit` gives
  double low = 0, high = 0;      ///< bounds of what `fit` gives
  std::vector<Block> blocks = {};
  std::size_t carries = 0;  ///< how many operands are carries (of vmap: are mapped)
  std::int64_t length = 0;  ///< of loops
  bool reverse = false;     ///< of scans
};

/// What goes in: made by a row's input, or plain numbers between two bounds.
struct Source {
  Value value = 0;
  const Row* row = nullptr;
  std::size_t number = 0;  ///< which of the row's inputs
  Shape shape = {};
  DType dtype = DType::float32;
  double low = -2, high = 2;
  int seed = 0;

  Array make(int more) const;  ///< another one for each number
};

struct Program {
  std::uint64_t seed = 0;
  std::vector<Source> sources;
  Block body;
  int values = 0;  ///< all numbers of values are below this

  Arrays inputs(int more) const;
};

/// Numbers that stand for rounding errors: after each operation, floating-point results are changed by about
/// what rounding may change. Seed 0 changes nothing.
struct Noise {
  int seed = 0;
};

/// Values by number.
using Values = std::vector<Array>;

/// Called with each value of a run, inner ones too, while there is one.
extern thread_local std::function<void(Value, const Array&)> observer;

/// The results of one step, given the values that it can see.
Arrays run(const Step& step, const Values& seen, const Noise& noise);
/// The results of a block for these arguments.
Arrays run(const Block& block, const Arrays& arguments, Values seen, const Noise& noise);
/// The program as a function of its inputs.
Call function_of(const Program& program, const Noise& noise = {});

/// Calls f for each step of a block, inner ones too.
void each_step(const Block& block, const std::function<void(const Step&)>& f);
/// Whether reverse mode has rules for everything in it.
bool has_gradient(const Program& program);
bool has_forward_derivative(const Program& program);

}  // namespace random_programs
