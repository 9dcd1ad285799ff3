// Every pass of the compiler switched off by itself, on programs of all kinds: the results stay what the
// uncompiled functions give.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "catch.hpp"
#include "compositions.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"
#include "copse/trace/compile.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/loops.hpp"

using namespace copse;
using namespace compositions;

namespace {

using Arrays = std::vector<Array>;

// No pass at all, then each one.
std::vector<PassInfo> switches() {
  std::vector<PassInfo> all = compiler_passes();
  all.insert(all.begin(), PassInfo{"nothing", ""});
  return all;
}

JitOptions without(const PassInfo& off) {
  JitOptions options;
  if (*off.text) options.compile.without = {off.name};
  return options;
}

void compare(const Arrays& got, const Arrays& wanted, double tolerance) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    REQUIRE(got[i].shape() == wanted[i].shape());
    REQUIRE(got[i].dtype() == wanted[i].dtype());
    const auto a = got[i].to_vector<double>(), b = wanted[i].to_vector<double>();
    double worst = 0;
    for (std::size_t e = 0; e < a.size(); ++e)
      worst = std::max(worst, std::abs(a[e] - b[e]) / (1 + std::abs(b[e])));
    INFO("array " << i << ", off by " << worst);
    CHECK(worst <= tolerance);
  }
}

Array numbers(std::uint32_t seed, const Shape& shape, float scale = 0.5f) {
  return random::normal(random::key(seed), shape) * scale;
}

// Losses of networks: parameters, then the input.
struct Network {
  const char* name;
  std::function<Array(const Arrays&, const Array&)> loss;
  Arrays parameters;
  Array input;
};

Array normalized(const Array& x, const Axes& axes, const Array& scale, const Array& shift) {
  const Array centered = x - mean(x, axes, true);
  return centered * rsqrt(mean(square(centered), axes, true) + 1e-5f) * scale + shift;
}

std::vector<Network> networks() {
  return {
      {"dense layers",
       [](const Arrays& p, const Array& x) {
         const Array h = relu(matmul(x, p[0]) + p[1]);
         return -mean(log_softmax(matmul(h, p[2]) + p[3]) * 0.1f);
       },
       {numbers(1, {20, 16}), numbers(2, {16}), numbers(3, {16, 10}), numbers(4, {10})},
       numbers(5, {12, 20})},
      {"convolutions",
       [](const Arrays& p, const Array& x) {
         Array h = max_pool(relu(conv(x, p[0]) + p[1]), {.window = {2, 2}});
         h = relu(normalized(conv(h, p[2], {.strides = {2, 2}}), {0, 1, 2}, p[3], p[4]));
         return sum(square(matmul(mean(h, {1, 2}), p[5])));
       },
       {numbers(1, {3, 3, 2, 8}), numbers(2, {8}), numbers(3, {3, 3, 8, 16}), numbers(4, {16}),
        numbers(5, {16}), numbers(6, {16, 5})},
       numbers(7, {3, 12, 12, 2})},
      {"attention",
       [](const Arrays& p, const Array& x) {
         const Array all = reshape(matmul(normalized(x, {-1}, p[0], p[1]), p[2]), {2, 6, 3, 2, 4});
         const Array parts = transpose(all, {2, 0, 3, 1, 4});
         const Array weights = softmax(matmul(take(parts, 0, 0), swapaxes(take(parts, 1, 0), -1, -2)) * 0.5f);
         const Array mixed = reshape(transpose(matmul(weights, take(parts, 2, 0)), {0, 2, 1, 3}), {2, 6, 8});
         return mean(square(x + gelu(matmul(mixed, p[3]))));
       },
       {numbers(1, {8}), numbers(2, {8}), numbers(3, {8, 24}), numbers(4, {8, 8})},
       numbers(5, {2, 6, 8})},
      {"steps in time, with slices",
       [](const Arrays& p, const Array& x) {
         Array h = zeros({3, 4});
         for (int t = 0; t < 5; ++t) {
           const Array in = matmul(take(x, t, 1), p[0]), from = matmul(h, p[1]) + p[2];
           const auto gate = [](const Array& a, int i) {
             const std::int64_t first[] = {0, 4 * i}, last[] = {3, 4 * i + 4};
             return slice(a, first, last);
           };
           const Array r = sigmoid(gate(in, 0) + gate(from, 0)), z = sigmoid(gate(in, 1) + gate(from, 1));
           h = (1.0f - z) * tanh(gate(in, 2) + r * gate(from, 2)) + z * h;
         }
         return sum(square(h));
       },
       {numbers(1, {2, 12}), numbers(2, {4, 12}), numbers(3, {12})},
       numbers(4, {3, 5, 2})},
      {"a scan of checkpointed steps, and rules of one's own",
       [](const Arrays& p, const Array& x) {
         const auto soft = custom_jvp([](const Array& a) { return log(1.0f + exp(a)); },
                                      [](const std::tuple<Array>& at, const std::tuple<Array>& d) {
                                        const Array a = std::get<0>(at);
                                        return std::pair{log(1.0f + exp(a)), sigmoid(a) * std::get<0>(d)};
                                      });
         const auto clipped = custom_vjp([](const Array& a) { return a * 1.0f; },
                                         [](const Array& a) {
                                           return std::pair{a * 1.0f, a};
                                         },
                                         [](const Array&, const Array& ct) { return clip(ct, -0.1f, 0.1f); });
         const auto step =
             checkpoint([&](const Array& c, const Array& in) { return clipped(soft(matmul(c, p[0]) + in)); });
         const auto [last, all] = scan(
             [&](const Array& c, const Array& in) {
               const Array next = step(c, in);
               return std::pair{next, next * c};
             },
             p[1], x);
         return mean(last) + sum(all);
       },
       {numbers(1, {6, 6}), numbers(2, {2, 6})},
       numbers(3, {4, 2, 6})},
      {"dropout and many small parameters",
       [](const Arrays& p, const Array& x) {
         Array h = x;
         for (std::size_t i = 0; i < 40; ++i)
           h = where(random::bernoulli(random::key(static_cast<std::uint32_t>(i)), 0.9f, h.shape()),
                     tanh(h * p[i]), zeros_like(h));
         return sum(h);
       },
       [] {
         Arrays all;
         for (std::uint32_t i = 0; i < 40; ++i) all.push_back(numbers(i, {7}, 2.0f));
         return all;
       }(),
       numbers(99, {5, 7})},
  };
}

// A step of Adam: parameters, first and second moments, input; gives the new ones and the loss.
Arrays step(const Network& net, const Arrays& all) {
  const std::size_t n = net.parameters.size();
  const Arrays parameters(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
  const auto [loss, gradients] =
      value_and_grad([&](const Arrays& p) { return net.loss(p, all.back()); })(parameters);
  Arrays first, second, next;
  for (std::size_t i = 0; i < n; ++i) {
    first.push_back(0.9f * all[n + i] + 0.1f * gradients[i]);
    second.push_back(0.999f * all[2 * n + i] + 0.001f * square(gradients[i]));
    next.push_back(parameters[i] - 0.05f * first[i] / (sqrt(second[i]) + 1e-3f));
  }
  next.insert(next.end(), first.begin(), first.end());
  next.insert(next.end(), second.begin(), second.end());
  next.push_back(loss);
  return next;
}

}  // namespace

TEST_CASE("steps of networks, without each pass of the compiler") {
  for (const Network& net : networks()) {
    Arrays start = net.parameters;
    for (const Array& p : net.parameters) start.push_back(zeros_like(p));
    for (const Array& p : net.parameters) start.push_back(ones_like(p));
    Arrays wanted = start;
    wanted.push_back(net.input);
    for (int i = 0; i < 3; ++i) {
      wanted = step(net, wanted);
      if (i < 2) wanted.back() = net.input;
    }
    for (const PassInfo& off : switches()) {
      INFO(net.name << " without " << off.name);
      const auto compiled = jit([&](const Arrays& all) { return step(net, all); }, without(off));
      Arrays state;  // of its own, so that it is donated
      for (const Array& a : start) state.push_back(a + 0.0f);
      for (int i = 0; i < 3; ++i) {
        if (i > 0) state.pop_back();
        state.push_back(net.input + 0.0f);
        state = compiled(std::move(state));
      }
      compare(state, wanted, 1e-3);
    }
  }
}

TEST_CASE("pairs of transforms, without each pass of the compiler") {
  const auto& all = transforms();
  for (std::size_t outer = 0; outer < all.size(); ++outer)
    for (std::size_t inner = 0; inner < all.size(); ++inner) {
      const auto& [name, base] = functions()[(outer + inner) % functions().size()];
      const Function f = all[outer].apply(all[inner].apply(base));
      const Array& x = points()[(outer + inner) % 2];
      Array wanted;
      try {
        wanted = f(x);
      } catch (const ValueError&) {
        continue;  // a while loop in reverse mode
      }
      for (const PassInfo& off : switches()) {
        INFO(all[outer].name << " of " << all[inner].name << " of " << name << " without " << off.name);
        compare({jit(f, without(off))(x)}, {wanted}, 1e-9);
      }
    }
}

TEST_CASE("compile options leave passes out and write programs down") {
  const auto f = [](const Array& x) {
    return std::pair{softmax(x, 2), fori_loop(
                                        0, 3, [](const Array&, const Array& c) { return tanh(c) + c; }, x)};
  };
  const Array x = numbers(1, {3, 6, 5});
  const auto wanted = f(x);
  for (const PassInfo& pass : compiler_passes()) {
    INFO(pass.name);
    const auto [rows, last] = jit(f, {.compile = {.without = {pass.name}}})(x);
    compare({rows, last}, {wanted.first, wanted.second}, 1e-5);
  }
  try {
    (void)jit(f, {.compile = {.without = {"fusion"}}})(x);
    FAIL("no pass is called fusion");
  } catch (const ValueError& error) {
    CHECK(std::string(error.what()).find("\"fusion\"") != std::string::npos);
    CHECK(std::string(error.what()).find("schedule, assign_buffers") != std::string::npos);
  }

  const auto folder =
      std::filesystem::temp_directory_path() / ("copse-dump-" + std::to_string(std::random_device{}()));
  (void)jit(f, {.name = "rows & sums", .compile = {.dump = folder}})(x);
  std::vector<std::string> names;
  bool fused = false;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    names.push_back(file.path().filename().string());
    if (file.path().extension() != ".txt" || names.back().find("fuse") == std::string::npos) continue;
    std::ifstream in(file.path());
    fused = fused || std::string(std::istreambuf_iterator<char>(in), {}).find("fused[") != std::string::npos;
  }
  const auto has = [&](const std::string& part) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& n) { return n.find(part) != std::string::npos; });
  };
  CHECK(has("rows___sums"));
  CHECK(has("00-recorded.txt"));
  CHECK(has("00-recorded.dot"));
  CHECK(fused);
  std::filesystem::remove_all(folder);
  // Where nothing can be written, that is an error.
  CHECK_THROWS_AS(jit(f, {.compile = {.dump = "/dev/null/programs"}})(x), IoError);
}

TEST_CASE("programs within control flow are compiled with the options of the one around them") {
  const auto f = [](const Array& x) {
    const Array looped = fori_loop(
        0, 3, [](const Array&, const Array& c) { return tanh(c) * 2.0f + 1.0f; }, x);
    return cond(
        sum(looped) > 0.0f, [](const Array& a) { return exp(a) * 3.0f; },
        [](const Array& a) { return a - sin(a); }, looped);
  };
  const Array x = numbers(1, {3, 6, 5});
  const auto folder =
      std::filesystem::temp_directory_path() / ("copse-within-" + std::to_string(std::random_device{}()));
  // Which programs were written, and whether a pass has fused any of them.
  const auto compiled = [&](std::vector<std::string> left_out) {
    std::map<std::string, bool> fused;
    const Array got = jit(f, {.name = "outer", .compile = {.without = left_out, .dump = folder}})(x);
    compare({got}, {f(x)}, 1e-5);
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) continue;
      // "0001-outer" and so on: what comes behind the number.
      const std::string program = file.path().parent_path().filename().string().substr(5);
      fused[program] |= file.path().filename().string().find("fuse") != std::string::npos;
    }
    std::filesystem::remove_all(folder);
    return fused;
  };
  const auto with = compiled({}), without_fusion = compiled({"fuse"});
  CHECK(with.count("outer"));
  CHECK(with.count("switch"));
  REQUIRE(with.size() >= 3);
  for (const auto& [program, fused] : with) {
    INFO(program);
    CHECK((program == "outer" || program == "while_condition" || fused));
    REQUIRE(without_fusion.count(program));
    CHECK_FALSE(without_fusion.at(program));
  }
  // An eager loop is none of that program's business.
  CHECK(all_close(f(x), jit(f)(x), 1e-5, 1e-5));
}

TEST_CASE("a result does not lie over pieces of an operand that begin elsewhere") {
  const Array x = sin(arange(1000, DType::float32));
  const auto f = [](const Array& y) {
    const Array z = y * 3.0f;
    return (slice(z, {1}, {1000}) - slice(z, {0}, {999})) * 2.0f;
  };
  // The compiler looks at its plan of memory, too, and throws if it does.
  CHECK(all_close(jit(f, {.compile = {.without = {"fuse"}}})(x), f(x), 1e-6, 1e-6));
}
