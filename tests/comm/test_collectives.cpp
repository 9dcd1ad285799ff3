// Collectives by name, compared with JAX: under vmap and, rank by rank, under spmd; eager and compiled.
#include "copse/transform/collectives.hpp"

#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "catch.hpp"
#include "copse/comm/threads.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/spmd.hpp"
#include "copse/transform/vmap.hpp"
#include "message.hpp"

using namespace copse;
using Catch::Contains;
using Json = nlohmann::json;
using testing_messages::message;

namespace {

const std::vector<std::pair<int, int>> cycle{{0, 1}, {1, 2}, {2, 3}, {3, 0}};

const Json& golden() {
  static const Json all = Json::parse(std::ifstream(COPSE_TESTS_DIR "/comm/golden.json"));
  return all;
}

Array numbers(const Json& json) {
  return reshape(array(json["data"].get<std::vector<float>>()),
                 Shape(json["shape"].get<std::vector<std::int64_t>>()));
}

using Function = std::function<Array(const Array&)>;

Array looped(const Array& x) {
  auto [carry, sums] = scan(
      [&](const Array& c, const Array&) {
        const Array next = sin(c + pmean(c * x, "i"));
        return std::pair{next, psum(next, "i")};
      },
      x, arange(3));
  return carry + sum(sums, 0);
}

Array chosen(const Array& x) {
  return cond(
      axis_index("i") < 2, [](const Array& v) { return v * psum(v, "i"); },
      [](const Array& v) { return square(ppermute(v, "i", cycle)); }, x);
}

Array chosen_in_loop(const Array& x) {
  return fori_loop(
      0, 2, [](const Array&, const Array& carry) { return chosen(carry) / 3.0f; }, x);
}

// Those of golden.py.
const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all{
      {"psum", [](const Array& x) { return psum(x, "i"); }},
      {"psum_of_product", [](const Array& x) { return x * psum(x * x, "i"); }},
      {"psum_of_constant", [](const Array& x) { return x * psum(2.0f, "i"); }},
      {"pmean", [](const Array& x) { return x / pmean(x, "i"); }},
      {"share", [](const Array& x) { return x / psum(x, "i"); }},
      {"all_gather", [](const Array& x) { return all_gather(x, "i") * x; }},
      {"all_gather_scalar", [](const Array& x) { return all_gather(x, "i"); }},
      {"all_gather_axis", [](const Array& x) { return all_gather(x, "i", {.axis = -1}); }},
      {"all_gather_tiled", [](const Array& x) { return all_gather(x, "i", {.axis = 1, .tiled = true}); }},
      {"all_gather_of_constant", [](const Array& x) { return x * all_gather(Array(3.0f), "i"); }},
      {"psum_scatter", [](const Array& x) { return psum_scatter(x, "i"); }},
      {"psum_scatter_axis", [](const Array& x) { return psum_scatter(x, "i", {.axis = 1}); }},
      {"psum_scatter_tiled", [](const Array& x) { return psum_scatter(x, "i", {.axis = 1, .tiled = true}); }},
      {"psum_scatter_of_constant",
       [](const Array& x) { return x * psum_scatter(arange(4, DType::float32), "i"); }},
      {"ppermute", [](const Array& x) { return x * ppermute(x, "i", cycle); }},
      {"ppermute_of_constant", [](const Array& x) { return x * ppermute(Array(3.0f), "i", cycle); }},
      {"axis_index", [](const Array& x) { return x * astype(axis_index("i"), DType::float32); }},
      {"axis_size", [](const Array& x) { return x * axis_size("i"); }},
      {"looped", looped},
      {"chosen", chosen},
      {"chosen_in_loop", chosen_in_loop},
      {"pmax", [](const Array& x) { return x - pmax(x, "i"); }},
      {"pmin", [](const Array& x) { return x - pmin(x, "i"); }},
  };
  return all;
}

Array weights(const Shape& shape) {
  return reshape(cos(arange(shape.elements(), DType::float32) + 1.0f), shape);
}

// What golden.py has of a function under each name.
std::map<std::string, Function> derived(const Function& f) {
  const auto loss = [f](const Array& v) {
    const Array y = f(v);
    return sum(y * y * weights(y.shape()));
  };
  return {{"value", f},
          {"grad", [=](const Array& v) { return grad(loss)(v); }},
          {"jvp", [=](const Array& v) { return jvp(f, std::tuple{v}, std::tuple{cos(v)}).second; }},
          {"second", [=](const Array& v) {
             return grad([=](const Array& w) { return sum(grad(loss)(w) * weights(w.shape())); })(v);
           }}};
}

// What all ranks of a group of threads give, along a new first axis.
template <class F>
Array on_ranks(const F& f, const Array& x) {
  std::vector<Array> parts(static_cast<std::size_t>(x.shape(0)));
  comm::run(comm::threads(static_cast<int>(x.shape(0))), [&](const comm::CommunicatorPtr& c) {
    parts[static_cast<std::size_t>(c->rank())] = spmd(f, "i", c)(x[c->rank()]);
  });
  return stack(parts);
}

void check_close(const Array& got, const Array& wanted) {
  INFO("got " << got << "\nwanted " << wanted);
  REQUIRE(got.shape() == wanted.shape());
  CHECK(all_close(got, wanted, 1e-4, 1e-5));
}

}  // namespace

TEST_CASE("collectives and their derivatives are those of JAX") {
  std::size_t compared = 0;
  for (const auto& [name, json] : golden()["cases"].items()) {
    const Array x = numbers(json["x"]);
    for (const auto& [what, f] : derived(functions().at(name))) {
      if (!json.contains(what)) continue;
      INFO(name << ", " << what);
      const Array wanted = numbers(json[what]);
      ++compared;
      const auto mapped = vmap(f, {.axis_name = "i"});
      check_close(mapped(x), wanted);
      check_close(jit(mapped)(x), wanted);
      if (name.starts_with("chosen"))
        continue;  // ranks that choose different sides call different collectives
      check_close(on_ranks(f, x), wanted);
      check_close(on_ranks(jit(f), x), wanted);
    }
  }
  CHECK(compared == 21 * 4 + 2);
}

TEST_CASE("collectives take every dtype, and keep it") {
  const auto over = [](const Function& f, const Array& x) {
    const Array mapped = vmap(f, {.axis_name = "i"})(x);
    const Array ranks = on_ranks(jit(f), x);
    CHECK(mapped.dtype() == ranks.dtype());
    CHECK(all_close(mapped, ranks));
    return mapped;
  };
  for (const DType dtype : {DType::uint8, DType::uint32, DType::int32, DType::int64, DType::bfloat16,
                            DType::float32, DType::float64}) {
    INFO(dtype);
    const Array x = astype(array({{1, 6}, {2, 5}, {3, 4}}), dtype);
    const Array sums = over([](const Array& v) { return psum(v, "i"); }, x);
    CHECK(sums.dtype() == dtype);
    CHECK(all_close(astype(sums, DType::float32), array({{6.0f, 15.0f}, {6.0f, 15.0f}, {6.0f, 15.0f}})));
    CHECK(all_close(astype(over([](const Array& v) { return pmax(v, "i"); }, x)[1], DType::float32),
                    array({3.0f, 6.0f})));
    CHECK(all_close(astype(over([](const Array& v) { return pmin(v, "i"); }, x)[1], DType::float32),
                    array({1.0f, 4.0f})));
    const Array shifted = over([](const Array& v) { return ppermute(v, "i", {{0, 1}, {2, 0}}); }, x);
    CHECK(all_close(astype(shifted, DType::float32), array({{3.0f, 4.0f}, {1.0f, 6.0f}, {0.0f, 0.0f}})));
    CHECK(over([](const Array& v) { return all_gather(v, "i"); }, x).shape() == Shape{3, 3, 2});
    const Array mean = over([](const Array& v) { return pmean(v, "i"); }, x);
    CHECK(is_floating(mean.dtype()));
    CHECK(all_close(astype(mean[0], DType::float32), array({2.0f, 5.0f})));
  }
  const Array flags = greater(array({1, 2, 3}), 1);
  const Array count = over([](const Array& v) { return psum(v, "i"); }, flags);
  CHECK(count.dtype() == DType::int32);
  CHECK(count[0].item<int>() == 2);
  CHECK(over([](const Array& v) { return pmax(v, "i"); }, flags).dtype() == DType::bool_);
}

TEST_CASE("the gradient of pmax goes to whatever is the largest, in equal parts") {
  const Array x = array({{1.0f, 5.0f}, {3.0f, 5.0f}, {2.0f, 4.0f}});
  // Each element's loss is twice the largest: its transpose adds what all elements send.
  const auto f = [](const Array& v) {
    return grad([](const Array& w) { return sum(2.0f * pmax(w, "i")); })(v);
  };
  const Array wanted = array({{0.0f, 3.0f}, {6.0f, 3.0f}, {0.0f, 0.0f}});
  check_close(vmap(f, {.axis_name = "i"})(x), wanted);
  check_close(on_ranks(f, x), wanted);
  check_close(on_ranks(jit(f), x), wanted);
  const auto forward = [](const Array& v) {
    return jvp([](const Array& w) { return pmin(w, "i"); }, std::tuple{v}, std::tuple{v * 10.0f}).second;
  };
  check_close(vmap(forward, {.axis_name = "i"})(x)[2], array({10.0f, 40.0f}));
  check_close(on_ranks(forward, x)[2], array({10.0f, 40.0f}));
}

TEST_CASE("two axes have two names") {
  const Array x = reshape(arange(6, DType::float32), {2, 3});
  const auto nested = [](const Function& f) { return vmap(vmap(f, {.axis_name = "j"}), {.axis_name = "i"}); };
  check_close(nested([](const Array& v) { return psum(v, "j"); })(x),
              array({{3.0f, 3.0f, 3.0f}, {12.0f, 12.0f, 12.0f}}));
  check_close(nested([](const Array& v) { return psum(v, "i"); })(x),
              array({{3.0f, 5.0f, 7.0f}, {3.0f, 5.0f, 7.0f}}));
  check_close(nested([](const Array& v) { return psum(psum(v, "i"), "j"); })(x), full({2, 3}, 15.0f));
  check_close(nested([](const Array& v) { return v + 10 * axis_index("i") + 100 * axis_index("j"); })(x),
              array({{0.0f, 101.0f, 202.0f}, {13.0f, 114.0f, 215.0f}}));
  const Array both = nested([](const Array& v) { return all_gather(all_gather(v, "j"), "i"); })(x);
  CHECK(both.shape() == Shape{2, 3, 2, 3});
  check_close(both[{1, 2}], x);
  const Array scattered = nested([](const Array& v) {
    return psum_scatter(all_gather(v, "i"), "i") + ppermute(v, "j", {{0, 2}});
  })(x);
  check_close(scattered, array({{0.0f, 2.0f, 4.0f}, {6.0f, 8.0f, 13.0f}}));
  // The inner one of two with one name.
  const Array inner =
      vmap(vmap([](const Array& v) { return psum(v, "i"); }, {.axis_name = "i"}), {.axis_name = "i"})(x);
  check_close(inner, array({{3.0f, 3.0f, 3.0f}, {12.0f, 12.0f, 12.0f}}));
  // One of ranks, one of elements.
  const auto f = [](const Array& v) {
    return vmap([](const Array& w) { return psum(w, "i") + 10.0f * psum(w, "j"); }, {.axis_name = "j"})(v);
  };
  check_close(on_ranks(jit(f), x), array({{33.0f, 35.0f, 37.0f}, {123.0f, 125.0f, 127.0f}}));
  // Gradients from outside.
  const auto total = [&](const Array& v) {
    return sum(nested([](const Array& w) { return square(psum(w, "i")) * w; })(v));
  };
  const Array columns = array({3.0f, 5.0f, 7.0f});
  check_close(grad(total)(x), broadcast_to(3.0f * square(columns), {2, 3}));
  check_close(jit(grad(total))(x), broadcast_to(3.0f * square(columns), {2, 3}));
}

TEST_CASE("collectives are called in loops, branches and functions with rules of their own") {
  const Array x = array({1.0f, 2.0f, 4.0f});
  const auto agree = [&](const Function& f, const Array& wanted) {
    check_close(vmap(f, {.axis_name = "i"})(x), wanted);
    check_close(jit(vmap(f, {.axis_name = "i"}))(x), wanted);
    check_close(on_ranks(f, x), wanted);
    check_close(on_ranks(jit(f), x), wanted);
  };
  const auto loop = [](const Array& v) {
    return while_loop([](const Array& w) { return psum(w, "i") < 100.0f; },
                      [](const Array& w) { return w + pmax(w, "i"); }, v);
  };
  // 1 2 4, 5 6 8, 13 14 16, 29 30 32, 61 62 64
  agree(loop, array({61.0f, 62.0f, 64.0f}));
  agree(
      [](const Array& v) {
        return cond(
            psum(v, "i") > 5.0f, [](const Array& w) { return w - pmean(w, "i"); },
            [](const Array& w) { return pmin(w, "i"); }, v);
      },
      array({1.0f, 2.0f, 4.0f}) - 7.0f / 3);
  const auto square_of_sum = custom_vjp([](const Array& v) { return square(psum(v, "i")); },
                                        [](const Array& v) {
                                          return std::pair{square(psum(v, "i")), v};
                                        },
                                        [](const Array& v, const Array& ct) { return ct * pmax(v, "i"); });
  agree([=](const Array& v) { return square_of_sum(v); }, full({3}, 49.0f));
  agree([=](const Array& v) { return grad(square_of_sum)(v); }, full({3}, 4.0f));
  const auto from_outside = [&](const Array& v) { return sum(vmap(square_of_sum, {.axis_name = "i"})(v)); };
  check_close(grad(from_outside)(x), full({3}, 4.0f));
}

namespace {
struct Pair {
  Array a, b;
};
}  // namespace

TEST_CASE("collectives of trees are those of their arrays") {
  const auto f = [](const Pair& p) {
    const Pair sums = psum(p, "i"), all = all_gather(p, "i"), moved = ppermute(p, "i", {{0, 1}, {1, 0}});
    const Pair least = pmin(p, "i"), most = pmax(p, "i"), mean = pmean(p, "i"), part = psum_scatter(all, "i");
    return std::tuple{sums, all, moved, least, most, mean, part};
  };
  const auto [sums, all, moved, least, most, mean, part] =
      vmap(f, {.axis_name = "i"})(Pair{array({1.0f, 2.0f}), array({{1}, {5}})});
  CHECK(all_close(sums.a, array({3.0f, 3.0f})));
  CHECK(all_close(sums.b, array({{6}, {6}})));
  CHECK(all.b.shape() == Shape{2, 2, 1});
  CHECK(all_close(moved.b, array({{5}, {1}})));
  CHECK(all_close(least.a, array({1.0f, 1.0f})));
  CHECK(all_close(most.b, array({{5}, {5}})));
  CHECK(all_close(mean.b, array({{3.0f}, {3.0f}})));
  CHECK(all_close(part.a, array({2.0f, 4.0f})));
}

TEST_CASE("small arrays of a tree go together over ranks") {
  struct Mixed {
    Array a, b, count, large, flag;
  };
  const auto f = [](const Mixed& m) { return std::pair{psum(m, "i"), pmax(m, "i")}; };
  const auto group = comm::threads(2);
  std::vector<std::int64_t> calls(2);
  std::vector<std::optional<std::pair<Mixed, Mixed>>> got(2);
  comm::run(group, [&](const comm::CommunicatorPtr& c) {
    const auto rank = static_cast<std::size_t>(c->rank());
    const float mine = static_cast<float>(rank + 1);
    const Mixed m{full({2, 3}, mine), Array(mine) * ones({}), full({4}, c->rank(), DType::int32),
                  full({20'000}, mine), greater(array({c->rank()}), 0)};
    got[rank] = spmd(jit(f), "i", c)(m);
    calls[rank] = c->traffic().calls;
  });
  CHECK(calls ==
        std::vector<std::int64_t>{3 + 4, 3 + 4});  // float32, int32 with counted bools, the large one; bools
  for (const auto& [sums, most] : {*got[0], *got[1]}) {
    check_close(sums.a, full({2, 3}, 3.0f));
    CHECK(sums.b.shape() == Shape{});
    CHECK(sums.b.item<float>() == 3);
    check_close(sums.count, full({4}, 1, DType::int32));
    check_close(sums.large, full({20'000}, 3.0f));
    CHECK(sums.flag.dtype() == DType::int32);
    CHECK(most.b.item<float>() == 2);
    CHECK(most.flag.dtype() == DType::bool_);
    CHECK(most.flag[0].item<bool>());
  }
}

TEST_CASE("an axis that is not there is refused, and those that are there are named") {
  const Array x = array({1.0f, 2.0f});
  CHECK_THAT(message<ValueError>([&] { (void)psum(x, "i"); }),
             Contains("psum: there is no axis `i` here, nor any other") && Contains("spmd(f, \"i\""));
  const auto inside = [&](const Function& f) {
    return message<ValueError>([&] {
      (void)vmap(vmap(f, {.axis_name = "row"}), {.axis_name = "column"})(x * array({{1.0f}, {2.0f}}));
    });
  };
  CHECK_THAT(inside([](const Array& v) { return pmean(v, "i"); }),
             Contains("pmean: there is no axis `i` here, only `row`, `column`"));
  CHECK_THAT(inside([](const Array& v) { return v * axis_index("k"); }),
             Contains("axis_index: there is no axis `k`"));
  CHECK_THAT(inside([](const Array& v) { return v * axis_size("k"); }),
             Contains("axis_size: there is no axis `k`"));
  CHECK_THAT(message<ValueError>([&] { (void)jit([](const Array& v) { return psum(v, "i"); })(x); }),
             Contains("`i`"));
  // A vmap's axis ends with it.
  (void)vmap([](const Array& v) { return v; }, {.axis_name = "i"})(x);
  CHECK_THROWS_AS(psum(x, "i"), ValueError);
  const Function identity = [](const Array& v) { return v; };
  CHECK_THAT(message<ValueError>([&] { (void)spmd(identity, "", comm::self()); }), Contains("no name"));
  CHECK_THAT(message<ValueError>([&] { (void)spmd(identity, "i", nullptr); }), Contains("null"));
}

TEST_CASE("collectives refuse what means nothing") {
  const auto inside = [](const auto& f) { return [f] { (void)vmap(f, {.axis_name = "i"})(zeros({3, 2})); }; };
  CHECK_THAT(message<ShapeError>(inside([](const Array& v) { return psum_scatter(v, "i"); })),
             Contains("psum_scatter: got shape (2,) and axis 0, wanted 3 along it"));
  CHECK_THAT(
      message<ShapeError>(inside([](const Array& v) { return psum_scatter(v, "i", {.tiled = true}); })),
      Contains("wanted a multiple of 3"));
  CHECK_THAT(message<ShapeError>(inside([](const Array& v) { return all_gather(v, "i", {.axis = 3}); })),
             Contains("all_gather"));
  CHECK_THAT(
      message<ShapeError>(inside([](const Array& v) { return all_gather(sum(v), "i", {.tiled = true}); })),
      Contains("all_gather"));
  CHECK_THAT(message<ValueError>(inside([](const Array& v) {
               return ppermute(v, "i", {{0, 3}});
             })),
             Contains("ppermute: got the pair (0, 3), wanted places from 0 to 2"));
  CHECK_THAT(message<ValueError>(inside([](const Array& v) {
               return ppermute(v, "i", {{0, 1}, {2, 1}});
             })),
             Contains("1 is twice a destination"));
}

TEST_CASE("spmd composes with other transforms") {
  const Array x = array({{1.0f, 2.0f}, {3.0f, 5.0f}, {6.0f, 7.0f}});
  const auto f = [](const Array& v) { return v * psum(v, "i") + sum(all_gather(v, "i")); };
  // What each rank gets of transform(spmd(f)) is what the elements get of vmap(transform(f)).
  const auto agree = [&](auto transform) {
    const Array wanted = vmap(transform(f), {.axis_name = "i"})(x);
    std::vector<Array> eager(3), compiled(3);
    comm::run(comm::threads(3), [&](const comm::CommunicatorPtr& c) {
      const auto rank = static_cast<std::size_t>(c->rank());
      const auto local = transform(spmd(f, "i", c));
      eager[rank] = local(x[c->rank()]);
      compiled[rank] = jit(local)(x[c->rank()]);
    });
    check_close(stack(eager), wanted);
    check_close(stack(compiled), wanted);
  };
  agree([](auto g) { return g; });
  agree([](auto g) { return vmap(g); });
  agree([](auto g) { return vmap(grad(g)); });
  agree([](auto g) { return grad([g](const Array& v) { return sum(g(v)); }); });
  agree([](auto g) {
    return grad(
        [g](const Array& v) { return sum(checkpoint([g](const Array& w) { return sin(g(w)); })(v)); });
  });
  agree([](auto g) {
    return [g](const Array& v) { return jvp(g, std::tuple{v}, std::tuple{sin(v)}).second; };
  });
  agree([](auto g) {
    return grad([g](const Array& v) {
      return sum(fori_loop(
          0, 3, [g](const Array&, const Array& w) { return sin(g(w)); }, v));
    });
  });
}

TEST_CASE("within spmd, jit compiles for each communicator, and keeps what it has compiled") {
  const auto f = jit([](const Array& v) { return v / psum(v, "i") + axis_size("i"); });
  const Array x = array({1.0f, 3.0f, 4.0f});
  CHECK(spmd(f, "i", comm::self())(Array(5.0f)).item<float>() == 2);
  const auto group = comm::threads(3);
  for (int repeat = 0; repeat < 3; ++repeat) {
    std::vector<Array> parts(3);
    comm::run(group, [&](const comm::CommunicatorPtr& c) {
      parts[static_cast<std::size_t>(c->rank())] = spmd(f, "i", c)(x[c->rank()]);
    });
    check_close(stack(parts), x / 8.0f + 3.0f);
  }
  CHECK(f.stats().compiles <= 5);  // weak or not, alone or not, and each of three ranks
  CHECK(f.stats().compiles >= 4);
  const auto alone = spmd(f, "i", comm::self());
  const auto before = f.stats().compiles;
  (void)alone(x);
  (void)alone(x);
  CHECK(f.stats().compiles == before + 1);
}

TEST_CASE("a program with collectives is profiled equally often on all ranks") {
  const auto f = jit([](const Array& v) { return sin(psum(sin(v), "i")); });
  std::vector<std::int64_t> calls(2);
  comm::run(comm::threads(2), [&](const comm::CommunicatorPtr& c) {
    std::size_t rows = 0;
    const auto profiled = [&](const Array& v) {
      rows = f.profile(v).rows().size();
      return psum(v, "i");
    };
    (void)spmd(profiled, "i", c)(ones({100}));
    calls[static_cast<std::size_t>(c->rank())] = rows == 3 ? c->traffic().calls : -1;
  });
  CHECK(calls[0] == calls[1]);
  CHECK(calls[0] > 3);
}

TEST_CASE(
    "compiled collectives are called once each, in their order, whether their results are used or not") {
  const auto f = jit([](const Array& v) {
    const Array unused = psum(v * 2.0f, "i");
    const Array once = psum(v, "i"), twice = psum(v, "i");
    return once + twice + psum(Array(1.0f), "i");
  });
  const auto group = comm::threads(2);
  std::vector<float> sums(2);
  std::vector<std::int64_t> calls(2);
  comm::run(group, [&](const comm::CommunicatorPtr& c) {
    const auto local = spmd(f, "i", c);
    const auto rank = static_cast<std::size_t>(c->rank());
    sums[rank] = local(array({1.0f}))[0].item<float>();
    const auto before = c->traffic().calls;
    (void)local(array({1.0f}));
    calls[rank] = c->traffic().calls - before;
  });
  CHECK(sums == std::vector<float>{6, 6});
  CHECK(calls == std::vector<std::int64_t>{4, 4});
}

TEST_CASE("ranks that call different collectives get an error from a compiled program") {
  const Array x = array({1.0f, 2.0f, 3.0f, 4.0f});
  const std::string text = message<CommunicationError>([&] { (void)on_ranks(jit(chosen), x); });
  CHECK_THAT(text, Contains("rank 0 calls all_reduce (sum) of 1 float32") &&
                       Contains("rank 2 calls ppermute of 1 float32"));
}
