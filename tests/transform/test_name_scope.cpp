// The scopes of instructions, in programs and in messages, and the transforms around.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "../message.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Matchers::Contains;
using testing_messages::message;

namespace {

// The paths of a program's instructions, in order and without those that follow themselves.
std::vector<std::string> paths_of(const ir::Program& program) {
  std::vector<std::string> paths;
  for (const ir::Instruction& i : program.instructions)
    if (const std::string& path = detail::path_text(i.path); paths.empty() || paths.back() != path)
      paths.push_back(path);
  return paths;
}

std::set<std::string> all_paths(const ir::Program& program) {
  const std::vector<std::string> paths = paths_of(program);
  return {paths.begin(), paths.end()};
}

Array product(const Array& x) {
  const auto scope = name_scope("product");
  return matmul(x, ones({4, 5}));
}

}  // namespace

TEST_CASE("name_scope: instructions have its path") {
  const auto f = [](const Array& x) {
    const Array before = sin(x);
    const auto outer = name_scope("outer");
    Array y = cos(before);
    {
      const auto inner = name_scope("inner");
      y = exp(y);
    }
    return tanh(y);
  };
  CHECK(paths_of(make_ir(f)(1.0f)) == std::vector<std::string>{"", "outer", "outer/inner", "outer"});
  CHECK_THAT(ir::to_text(make_ir(f)(1.0f)), Contains("exp %2  # outer/inner\n"));
  CHECK_THAT(ir::to_graphviz(make_ir(f)(1.0f)), Contains("exp\\nouter/inner"));
  CHECK_THROWS_AS(name_scope(""), ValueError);
  // Ended by an exception, too.
  CHECK_THROWS_AS(make_ir([](const Array& x) {
                    const auto scope = name_scope("left");
                    if (x.ndim() == 0) throw ValueError("no");
                    return x;
                  })(1.0f),
                  ValueError);
  CHECK(detail::current_path_text().empty());
}

TEST_CASE("name_scope: derivatives, maps and loops keep the path of what they are derived from") {
  const auto f = [](const Array& x) {
    Array y = x;
    for (const char* name : {"a", "b"}) {
      const auto scope = name_scope(name);
      y = tanh(y * y);
    }
    return y;
  };
  const std::set<std::string> both{"a", "b"};
  CHECK(paths_of(make_ir(f)(1.0f)) == std::vector<std::string>{"a", "b"});
  // The cotangent and the tangent to begin with are made outside.
  const std::set<std::string> seeded{"", "a", "b"};
  CHECK(paths_of(make_ir(grad(f))(1.0f)) == std::vector<std::string>{"a", "b", "", "b", "a"});
  CHECK(all_paths(make_ir(grad(grad(f)))(1.0f)) == seeded);
  CHECK(all_paths(make_ir(vmap(f))(ones({3}))) == both);
  const auto derivative = [&](const Array& x) { return jvp(f, std::tuple{x}, std::tuple{ones({})}).second; };
  CHECK(all_paths(make_ir(derivative)(Array(1.0f))) == seeded);
  // Another scope, around the pullback, does not hide them.
  const auto step = [&](const Array& x) {
    const auto scope = name_scope("step");
    return grad(f)(x) * 2.0f;
  };
  CHECK(all_paths(make_ir(step)(1.0f)) == std::set<std::string>{"step/a", "step/b", "step"});
  const auto of_compiled = [](const auto& function) {
    return all_paths(jit(function, {.compile = {.without = {"fuse"}}}).ahead(ones({})).program());
  };
  CHECK(of_compiled(grad(f)) == both);
  CHECK(of_compiled(grad(checkpoint(f))) == std::set<std::string>{""});  // one instruction, outside
  const auto inlined = custom_jvp(f, [](const auto& x, const auto& t) {
    return std::pair{std::get<0>(x), std::get<0>(t)};
  });
  CHECK(of_compiled([&](const Array& x) {
          const auto scope = name_scope("around");
          return inlined(x);
        }) == std::set<std::string>{"around/a", "around/b"});
}

TEST_CASE("name_scope: passes keep paths") {
  const auto f = [](const Array& x, const Array& k, const Array& b) {
    Array y = x;
    {
      const auto scope = name_scope("dense");
      y = relu(matmul(y, k) + b);
    }
    const auto scope = name_scope("norm");
    return softmax(y * 1.0f) + full({16, 8}, 2.0f);
  };
  const auto ahead = [&](std::vector<std::string> without) {
    return jit(f, {.compile = {.without = std::move(without)}})
        .ahead(ones({16, 4}), ones({4, 8}), ones({8}))
        .program();
  };
  for (const PassInfo& pass : compiler_passes()) {
    INFO("without " << pass.name);
    CHECK(all_paths(ahead({pass.name})) == std::set<std::string>{"dense", "norm"});
  }
  const ir::Program program = ahead({});
  REQUIRE(program.instructions.size() == 2);
  CHECK(paths_of(program) == std::vector<std::string>{"dense", "norm"});
}

TEST_CASE("dump: every pass that changes a program, and programs of loops, with paths") {
  const auto folder = std::filesystem::temp_directory_path() / "copse-test-dump";
  std::filesystem::remove_all(folder);
  const auto f = [](const Array& x) {
    const auto scope = name_scope("part");
    return fori_loop(
        0, 3, [](const Array&, const Array& c) { return tanh(c) * 2.0f; }, x + 1.0f);
  };
  (void)jit(f, {.name = "outer", .compile = {.dump = folder}})(ones({4}));
  std::set<std::string> names;
  bool path = false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().parent_path().filename().string();
    names.insert(name.substr(name.find('-') + 1));
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    path = path || text.str().find("# part") != std::string::npos;
  }
  CHECK(names == std::set<std::string>{"outer", "scan"});
  CHECK(path);
  std::filesystem::remove_all(folder);
}

TEST_CASE("messages of shapes: the scope and the transforms") {
  const Array x = ones({2, 3});
  CHECK_THAT(message<ShapeError>([&] {
               return matmul(x, ones({4, 5}));
             }),
             !Contains("inside") && !Contains("(in "));
  CHECK_THAT(message<ShapeError>([&] { return product(x); }), Catch::Matchers::EndsWith(" (in product)"));
  CHECK_THAT(message<ShapeError>([&] { return jit(product)(x); }),
             Catch::Matchers::EndsWith(" (in product, inside `jit`)"));
  CHECK_THAT(message<ShapeError>([&] {
               return vmap(product)(ones({7, 2, 3}));
             }),
             Catch::Matchers::EndsWith(" (in product, inside `vmap`)"));
  CHECK_THAT(message<ShapeError>([&] {
               return jit(grad([](const Array& a) { return sum(matmul(a, ones({4, 5}))); }))(x);
             }),
             Catch::Matchers::EndsWith(" (inside `jit`, `grad`)"));
  CHECK_THAT(message<DTypeError>([&] {
               return jit([](const Array& a) {
                 const auto scope = name_scope("bits");
                 return bitwise_and(a, a);
               })(x);
             }),
             Catch::Matchers::EndsWith(" (in bits, inside `jit`)"));
}

TEST_CASE("messages of values that are not known: the scope, the transform and the remedy") {
  const auto branch = [](const Array& x) {
    const auto scope = name_scope("branch");
    return x > 0.0f ? x : -x;
  };
  CHECK(message<ConcretizationError>([&] { return jit(branch)(1.0f); }) ==
        "conversion to bool: wants the value of the result of `greater` in branch, of type bool(), inside "
        "`jit`, where only shapes are known; use `where` or `cond` instead of `if`, `fori_loop` or "
        "`while_loop` instead of loops on values, or compute it outside");
  CHECK_THAT(message<ConcretizationError>([&] { return vmap(branch)(ones({3})); }),
             Contains("of type bool(), inside `vmap`, in branch, where"));
  const auto reads = [](const Array& x) {
    const auto scope = name_scope("reads");
    return x + x.item<float>();
  };
  CHECK(message<ConcretizationError>([&] { return jit(reads)(1.0f); }) ==
        "item: wants the value of argument array 0, of type float32(), inside `jit`, in reads, where only "
        "shapes are known; return it from the function and read it there, print it with `debug::print`, or "
        "use `where`, `cond` or `fori_loop` instead of C++ control flow");
}

TEST_CASE("messages of arrays that left their transform: what made them, where they are used, the remedy") {
  Array kept;
  const auto keeper = [&](const Array& x) {
    const auto scope = name_scope("keeper");
    kept = tanh(x);
    return x;
  };
  const auto user = [&](const Array& x) {
    const auto scope = name_scope("user");
    return x + kept;
  };
  (void)jit(keeper)(ones({3}));
  const std::string left =
      "got the result of `tanh` in keeper, of type float32(3,), which left the `jit` "
      "that it belongs to";
  const std::string remedy = "; return it from the function instead of storing it";
  CHECK(message<ConcretizationError>([&] { return kept * 2.0f; }) == "multiply: " + left + remedy);
  CHECK(message<ConcretizationError>([&] { return user(ones({3})); }) ==
        "add: " + left + ", in user" + remedy);
  CHECK(message<ConcretizationError>([&] { return jit(user)(ones({3})); }) ==
        "add: " + left + ", in user" + remedy);
  CHECK(message<ConcretizationError>([&] { return kept.to_vector<float>(); }) ==
        "reading elements: wants the value of the result of `tanh` in keeper, of type float32(3,), which "
        "left the `jit` that it belongs to" +
            remedy);
  CHECK(message<ConcretizationError>([&] { return jit([&](const Array&) { return kept; })(1.0f); }) ==
        "jit: " + left + remedy);
  (void)grad([&](const Array& x) { return sum(keeper(x)); })(ones({3}));
  CHECK(message<ConcretizationError>([&] { return user(ones({3})); }) ==
        "add: got an array of type float32(3,), which left the `grad` that it belongs to, in user" + remedy);
  (void)vmap(keeper)(ones({3}));
  CHECK_THAT(message<ConcretizationError>([&] { return user(1.0f); }),
             Contains("the result of `tanh`, of type float32(), which left the `vmap`"));
}
