// What every program has to be like, asked after recording and after each pass of the compiler.
#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"
#include "copse/trace/ir.hpp"

namespace copse::ir {
namespace {

bool alike(const ShapeDtype& a, const ShapeDtype& b) { return a.dtype == b.dtype && a.shape == b.shape; }

class Verifier {
 public:
  Verifier(const Program& program, std::string_view after)
      : program_(program), after_(after), made_(program.types.size(), 0) {}

  // With types of all instructions, or of those that are unverified.
  void run(bool all) {
    for (std::size_t n = 0; n < program_.inputs.size(); ++n)
      make(program_.inputs[n], [n] { return fmt::format("input {}", n); });
    for (std::size_t n = 0; n < program_.constants.size(); ++n) check_constant(n);
    for (std::size_t k = 0; k < program_.instructions.size(); ++k) check_values(k);
    if (all)
      for (std::size_t k = 0; k < program_.instructions.size(); ++k) check_types(k);
    else
      for (const std::uint32_t k : program_.unverified) check_types(k);
    for (std::size_t n = 0; n < program_.outputs.size(); ++n)
      if (!there(program_.outputs[n]))
        fail(fmt::format("output {}", n), fmt::format("%{} is never made", program_.outputs[n]));
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& what) const {
    throw InternalError(fmt::format("the program after {} is broken: {}: {}", after_, where, what));
  }
  std::string place(std::size_t k) const {
    return fmt::format("instruction {} ({})", k, program_.instructions[k].primitive->name());
  }

  bool there(Id id) const { return id < made_.size() && made_[id]; }

  template <class Where>
  void make(Id id, const Where& where) {
    if (id >= made_.size())
      fail(where(), fmt::format("%{} is no value: there are {}", id, program_.types.size()));
    if (made_[id]) fail(where(), fmt::format("%{} is made twice", id));
    made_[id] = 1;
  }

  void check_constant(std::size_t n) {
    const Constant& c = program_.constants[n];
    const auto where = [n] { return fmt::format("constant {}", n); };
    make(c.id, where);
    if (!c.value.has_value()) fail(where(), fmt::format("%{} has no value", c.id));
    if (!alike(c.value.type(), program_.types[c.id]))
      fail(where(), fmt::format("%{} is {}, its value is {}", c.id, to_string(program_.types[c.id]),
                                to_string(c.value.type())));
  }

  void check_values(std::size_t k) {
    const Instruction& i = program_.instructions[k];
    if (!i.primitive) fail(fmt::format("instruction {}", k), "there is no primitive");
    if (std::size_t{i.first_operand} + i.operands > program_.pool.size())
      fail(place(k), "operands beyond the end of the pool");
    for (const Id id : program_.operands(i))
      if (!there(id)) fail(place(k), fmt::format("%{} is read before it is made", id));
    for (std::uint32_t r = 0; r < i.results; ++r) make(i.first_result + r, [&] { return place(k); });
  }

  void check_types(std::size_t k) {
    const Instruction& i = program_.instructions[k];
    if (static_cast<std::uint32_t>(i.primitive->outputs()) != i.results)
      fail(place(k),
           fmt::format("it has {} results, its primitive gives {}", i.results, i.primitive->outputs()));
    in_.clear();
    for (const Id id : program_.operands(i)) in_.push_back(program_.types[id]);
    out_.assign(i.results, ShapeDtype());
    try {
      i.primitive->infer(in_, out_);
    } catch (const MemoryError&) {
      throw;
    } catch (const Error& error) {
      fail(place(k), fmt::format("its operands do not fit: {}", error.what()));
    }
    for (std::uint32_t r = 0; r < i.results; ++r)
      if (const ShapeDtype& type = program_.types[i.first_result + r]; !alike(type, out_[r]))
        fail(place(k), fmt::format("%{} is {}, its primitive gives {}", i.first_result + r, to_string(type),
                                   to_string(out_[r])));
  }

  const Program& program_;
  std::string_view after_;
  std::vector<std::uint8_t> made_;
  std::vector<ShapeDtype> in_, out_;
};

}  // namespace

void verify(const Program& program, std::string_view after) { Verifier(program, after).run(true); }

void verify_new(Program& program, std::string_view after) {
  Verifier(program, after).run(false);
  program.unverified.clear();
}

}  // namespace copse::ir
