// Broken programs are found, wherever they come from, and end no process.
#include <algorithm>
#include <stdexcept>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

namespace {

using namespace copse;
using flat::Arrays;

// A sum of products, recorded: two inputs of float32(2, 3), a constant, three instructions, two outputs.
ir::Program recorded() {
  const std::vector<ShapeDtype> types(2, ShapeDtype{{2, 3}, DType::float32});
  return flat::record(
             [](const Arrays& in) {
               const Array product = in[0] * in[1];
               return Arrays{exp(product + array({1.0f, 2.0f, 3.0f})), product};
             },
             types)
      .program;
}

std::string fault(const ir::Program& program) {
  try {
    ir::verify(program, "a test");
  } catch (const InternalError& error) {
    return error.what();
  }
  return {};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// An operation whose composition is not what it says it is.
class Lying final : public Primitive {
 public:
  enum class Lie { none, shape, count, throws, throws_something_else };
  explicit Lying(Lie l) : lie(l) {}
  std::string_view name() const override { return "lying"; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override { out[0] = in[0]; }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel([n = in[0].shape.elements()](const void* const* from, void* const* to) {
      for (std::int64_t i = 0; i < n; ++i)
        static_cast<float*>(to[0])[i] = 2 * static_cast<const float*>(from[0])[i];
    });
  }
  BatchResult batch(const BatchCall& call) const override { return call.inputs[0]; }
  bool same(const Primitive& other) const override { return this == &other; }
  bool composed() const override { return true; }
  std::vector<Array> compose(std::span<const Array> in) const override {
    switch (lie) {
      case Lie::shape:
        return {reshape(in[0], {-1})};
      case Lie::count:
        return {};
      case Lie::throws:
        throw ValueError("no");
      case Lie::throws_something_else:
        throw std::out_of_range("no");
      default:
        return {in[0] + in[0]};
    }
  }
  const Lie lie;
};

// Strict or not for as long as it lives.
struct Strict {
  explicit Strict(bool on) : before(strict_compiler()) { set_strict_compiler(on); }
  ~Strict() { set_strict_compiler(before); }
  bool before;
};

}  // namespace

TEST_CASE("a recorded program is whole", "[trace]") { CHECK(fault(recorded()).empty()); }

TEST_CASE("what is broken in a program is named", "[trace]") {
  const ir::Program whole = recorded();
  const auto broken = [&](const auto& change) {
    ir::Program program = whole;
    change(program);
    const std::string text = fault(program);
    INFO(text);
    CHECK(has(text, "after a test"));
    return text;
  };
  using P = ir::Program&;
  CHECK(has(broken([](P p) { p.pool[0] = 1000; }), "instruction 0 (multiply): %1000 is read before"));
  CHECK(has(broken([](P p) { p.pool[0] = p.instructions[2].first_result; }), "is read before it is made"));
  CHECK(has(broken([](P p) { std::swap(p.instructions[0], p.instructions[1]); }), "instruction 0 (add)"));
  CHECK(has(broken([](P p) { p.instructions[1].first_result = p.inputs[0]; }), "is made twice"));
  CHECK(has(broken([](P p) { p.instructions[2].first_result = 1000; }), "instruction 2 (exp): %1000"));
  CHECK(has(broken([](P p) {
              p.instructions[2].results = 2;
              p.add_value(p.types[0]);
            }),
            "2 results, its primitive gives 1"));
  CHECK(has(broken([](P p) { p.instructions[1].operands = 100; }), "beyond the end"));
  CHECK(has(broken([](P p) { p.instructions[1].primitive = nullptr; }), "no primitive"));
  CHECK(has(broken([](P p) { p.types[p.instructions[0].first_result].shape = {3}; }), "its primitive gives"));
  CHECK(has(broken([](P p) { p.types[p.instructions[2].first_result].dtype = DType::int32; }), "int32"));
  CHECK(has(broken([](P p) { p.constants[0].value = zeros({2}); }), "constant 0"));
  CHECK(has(broken([](P p) { p.constants[0].value = Array(); }), "no value"));
  CHECK(has(broken([](P p) { p.inputs[1] = p.inputs[0]; }), "input 1: %0 is made twice"));
  CHECK(has(broken([](P p) { p.outputs[1] = 77; }), "output 1: %77 is never made"));
}

TEST_CASE("a pass that breaks a program is an error in tests, and left out otherwise", "[trace]") {
  using Lie = Lying::Lie;
  const Array x = array({1.0f, 2.0f, 3.0f, 4.0f});
  for (const Lie lie : {Lie::none, Lie::shape, Lie::count, Lie::throws, Lie::throws_something_else}) {
    const auto primitive = std::make_shared<const Lying>(lie);
    const std::vector<ShapeDtype> types{{{2, 2}, DType::float32}};
    const ir::Program program =
        flat::record([&](const Arrays& in) { return Arrays{copse::bind(primitive, in[0]) * 3.0f}; }, types)
            .program;
    const auto result = [&] {
      Arrays in{reshape(x, {2, 2})};
      return reshape(flat::compile(program)->run(in)[0], {-1});
    };
    if (lie == Lie::none) {
      CHECK(array_equal(result(), x * 6.0f));
      continue;
    }
    {
      const Strict on(true);
      CHECK_THROWS_AS(flat::compile(program), InternalError);
      try {
        (void)flat::compile(program);
      } catch (const InternalError& error) {
        CHECK(has(error.what(), "inline"));
      }
    }
    const Strict off(false);
    CHECK(array_equal(result(), x * 6.0f));
  }
}

TEST_CASE("a program that is broken already is refused by the compiler", "[trace]") {
  for (const bool on : {false, true}) {
    const Strict strict(on);
    ir::Program program = recorded();
    program.pool[1] = 500;
    CHECK_THROWS_AS(flat::compile(program), InternalError);
    CHECK_THROWS_AS(flat::compile(recorded(), std::vector<std::uint8_t>(3, 1)), InternalError);
  }
}

TEST_CASE("the compiler's passes are one list", "[trace]") {
  const std::vector<PassInfo> all = compiler_passes();
  std::string names;
  for (const PassInfo& pass : all) names += std::string(" ") + pass.name;
  CHECK(names ==
        " inline dead_code fold_constants common_subexpressions loop_residuals loop_fission epilogues"
        " concatenate_pads batch_products rematerialize fuse schedule assign_buffers");
  for (const PassInfo& pass : all) {
    INFO(pass.name);
    CHECK(std::string(pass.text).size() > 10);
    const auto same = [&](const PassInfo& other) { return std::string(other.name) == pass.name; };
    CHECK(std::count_if(all.begin(), all.end(), same) == 1);
  }
}
