// The paths of layers in programs, profiles and messages.
#include <set>
#include <string>
#include <vector>

#include "../message.hpp"
#include "catch.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/nn.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/random.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Matchers::EndsWith;
using testing_messages::message;

namespace {

struct Classifier {
  nn::Linear hidden{16};
  std::vector<nn::Linear> more{nn::Linear{8}, nn::Linear{3}};

  Array operator()(Scope& scope, const Array& x) {
    Array y = relu(hidden(scope, x));
    for (auto& layer : more) y = layer(scope, y);
    nn::Linear on_the_spot{2, false, initializers::ones(), initializers::zeros(), std::nullopt, ones({3, 2})};
    return tanh(on_the_spot(scope, y));
  }
};

struct Around {
  Module<Classifier> inside{Classifier{}};
  Array operator()(Scope& scope, const Array& x) {
    const auto call = scope.enter(*this, x);
    const auto named = name_scope("part");
    return inside(scope, x * 2.0f) + 1.0f;
  }
};

// A layer of a user's own that does not fit, with and without `enter`.
struct Wrong {
  bool enters = true;
  Array operator()(Scope& scope, const Array& x) const {
    if (!enters) return matmul(x, ones({9, 9}));
    const auto call = scope.enter(*this, x);
    return matmul(x, ones({9, 9}));
  }
};

struct Holder {
  Wrong wrong;
  Array operator()(Scope& scope, const Array& x) const { return wrong(scope, x); }
};

std::set<std::string> paths_of(const ir::Program& program) {
  std::set<std::string> paths;
  for (const ir::Instruction& i : program.instructions) paths.insert(detail::path_text(i.path));
  return paths;
}

const std::set<std::string> every_path{"Classifier", "Classifier.hidden", "Classifier.more.0",
                                       "Classifier.more.1"};

}  // namespace

TEST_CASE("paths: what a layer records has its path") {
  const auto model = Module{Classifier{}}.init(random::key(1), ShapeDtype{{4, 8}});
  const auto call = [](const Module<Classifier>& m, const Array& x) { return m(x); };
  const Array x = ones({4, 8});
  CHECK(paths_of(make_ir(call)(model, x)) == every_path);
  CHECK(paths_of(jit(call).ahead(model, x).program()) == every_path);
  // Gradients, maps and loops.
  const auto loss = [&](const Module<Classifier>& m, const Array& a) { return sum(call(m, a)); };
  auto with_sum = every_path;
  with_sum.insert("");
  CHECK(paths_of(make_ir(grad(loss))(model, x)) == with_sum);
  const auto mapped = [&](const Array& a) { return vmap([&](const Array& row) { return model(row); })(a); };
  CHECK(paths_of(make_ir(mapped)(x)) == every_path);
  CHECK(detail::current_path_text().empty());
}

TEST_CASE("paths: modules within modules and named scopes") {
  const auto model = Module{Around{}}.init(random::key(1), ShapeDtype{{4, 8}});
  const auto call = [](const Module<Around>& m, const Array& x) { return m(x); };
  const Array x = ones({4, 8});
  const std::set<std::string> within{"Around/part", "Around.inside", "Around.inside.hidden",
                                     "Around.inside.more.0", "Around.inside.more.1"};
  CHECK(paths_of(make_ir(call)(model, x)) == within);
  // A scope around all of it comes first.
  const auto step = [&](const Module<Around>& m, const Array& a) {
    const auto scope = name_scope("step");
    return call(m, a);
  };
  std::set<std::string> prefixed;
  for (const std::string& path : within) prefixed.insert("step/" + path);
  CHECK(paths_of(make_ir(step)(model, x)) == prefixed);
}

TEST_CASE("paths: profiles by layer") {
  const auto model = Module{Classifier{}}.init(random::key(1), ShapeDtype{{32, 8}});
  const auto forward = jit([](const Module<Classifier>& m, const Array& x) { return m(x); });
  const Profile profile = forward.profile(model, ones({32, 8}));
  std::set<std::string> layers;
  for (const Profile::Layer& layer : profile.by_layer()) layers.insert(layer.path);
  CHECK(layers == every_path);
}

TEST_CASE("paths: errors of shapes in layers say where") {
  const auto call = [](const Wrong& wrong, const Array& x) { return Module{Holder{wrong}}(x); };
  const Array x = ones({2, 3});
  CHECK_THAT(message<ShapeError>([&] { return call({true}, x); }), EndsWith(" (in Holder.wrong)"));
  CHECK_THAT(message<ShapeError>([&] { return call({false}, x); }), EndsWith(" (in Holder)"));
  CHECK_THAT(message<ShapeError>([&] { return jit([&](const Array& a) { return call({true}, a); })(x); }),
             EndsWith(" (in Holder.wrong, inside `jit`)"));
  // A layer that says itself where it is does not say it twice.
  const auto model = Module{nn::Linear{4}}.init(random::key(1), ShapeDtype{{2, 3}});
  CHECK_THAT(message<ShapeError>([&] { return model(ones({2, 5})); }), EndsWith("kernel wants 3, in Linear"));
  CHECK_THAT(message<ShapeError>([&] {
               return jit([&](const Array& a) { return model(a); })(ones({2, 5}));
             }),
             EndsWith("kernel wants 3, in Linear (inside `jit`)"));
}
