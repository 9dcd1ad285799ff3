// The programs of docs/transforms.md.
#include <copse/copse.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace copse;

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}
bool near(const Array& a, double b) { return std::abs(a.item<double>() - b) < 1e-4; }

struct Line {
  Parameter w = 2.0f;
  Parameter b = 1.0f;
  int degree = 1;  // static

  Array operator()(const Array& x) const { return w * power(x, degree) + b; }
};

void gradients() {
  auto x = array({1.0f, 2.0f, 3.0f}), t = array({2.0f, 4.0f, 6.0f});
  auto loss = [](const Module<Line>& line, const Array& x, const Array& t) {
    Array residual = line(x) - t;
    return std::pair{mean(square(residual)), residual};  // the number to differentiate, and anything else
  };

  Module line{Line{}};
  auto [value, gradient] = value_and_grad(loss)(line, x, t);  // value.first, value.second; a Module<Line>
  auto [both, rest] = grad<0, 1>(loss)(line, x, t);           // with respect to the line and to x
  auto [y, pullback] = vjp([](const Array& a) { return sin(a); }, x);
  auto [z, dz] = jvp([](const Array& a) { return sin(a); }, std::tuple{x}, std::tuple{ones({3})});
  auto j = jacobian([](const Array& a) { return a * sum(a); })(x);  // (3, 3)
  auto h = hessian([](const Array& a) { return sum(a * a * a); })(x);
  check(near(value.first, 1) && near(*gradient->w, 4) && std::get<1>(both).shape() == x.shape(), "grad");
  check(rest.shape() == Shape{3} && pullback(ones({3})).shape() == Shape{3} && all_close(z, y), "vjp");
  check(dz.shape() == Shape{3} && j.shape() == Shape{3, 3} && h.shape() == Shape{3, 3}, "jacobian");
}

void mapping() {
  auto x = array({1.0f, 2.0f, 3.0f}), t = array({2.0f, 4.0f, 6.0f});
  auto loss = [](const Module<Line>& line, const Array& x, const Array& t) { return square(line(x) - t); };
  Module line{Line{}};
  auto each = vmap(grad(loss), {.in_axes = {std::nullopt, 0, 0}})(line, x, t);  // one gradient an example
  auto keys = random::split(random::key(0), 5);
  auto draws = vmap([](const Key& k) { return random::normal(k, {2}); })(keys);  // (5, 2)
  check(each->w->shape() == Shape{3} && draws.shape() == Shape{5, 2}, "vmap");
}

void compiling() {
  auto x = array({1.0f, 2.0f, 3.0f}), t = array({2.0f, 4.0f, 6.0f});
  auto loss = [](const Module<Line>& line, const Array& x, const Array& t) {
    return mean(square(line(x) - t));
  };
  Module line{Line{}};

  auto step = jit([&](const Module<Line>& m, const Array& x, const Array& t) {
    return map([](const Array& p, const Array& d) { return p - 0.1f * d; }, m, grad(loss)(m, x, t));
  });
  for (int i = 0; i < 100; ++i) line = step(std::move(line), x, t);  // given away: its memory is reused
  JitStats stats = step.stats();                                     // calls, compiles, traces, kept
  const auto& program = step.ahead(line, x, t);                      // compiled, not run
  std::string text = ir::to_text(program.program());                 // what is left after all passes
  double work = program.cost().flops;                                // also bytes and peak_bytes
  auto recorded = make_ir(loss)(line, x, t);  // before any pass; ir::to_graphviz draws it

  auto chatty = jit(loss, {.name = "loss", .log_after = 3, .log = [](const std::string& message) {
                             std::fprintf(stderr, "%s\n", message.c_str());
                           }});
  auto looked_at = jit(loss, {.name = "loss", .compile = {.without = {"fuse"}, .dump = "programs"}});
  check(all_close(looked_at(line, x, t), loss(line, x, t)), "without fuse");
  check(stats.traces == 1 && stats.calls == 100 && !text.empty() && work > 0, "jit");
  check(recorded.outputs.size() == 1 && chatty(line, x, t).shape().empty(), "make_ir");
}

void by_several_ranks() {
  auto x = array({1.0f, 2.0f, 3.0f}), t = array({2.0f, 4.0f, 6.0f});
  auto loss = [](const Module<Line>& line, const Array& x, const Array& t) {
    return mean(square(line(x) - t));
  };
  Module line{Line{}};

  auto whole = jit(loss);
  auto divided = jit(loss, {.shard = {.in_axes = {std::nullopt, 0, 0}, .communicator = comm::threads(2)}});
  bool alike = all_close(divided(line, x, t), whole(line, x, t));
  Communication told = divided.communication(line, x, t);  // one number of each rank, added up
  check(alike && told.collectives() == 1 && told.bytes() == 4, "shard");
}

void loops() {
  auto xs = array({1.0f, 2.0f, 3.0f});
  auto [total, before] = scan(
      [](const Array& sum, const Array& x) {
        return std::pair{sum + x, sum};
      },
      Array(0.0f), xs);
  auto factorial = fori_loop(
      1, 6, [](const Array& i, const Array& c) { return c * i; }, Array(1));
  auto root = while_loop([](const Array& r) { return abs(r * r - 2.0f) > 1e-3f; },
                         [](const Array& r) { return 0.5f * (r + 2.0f / r); }, Array(1.0f));

  auto soft = [](const Array& x) {
    return cond(
        x > 0.0f, [](const Array& a) { return a; }, [](const Array& a) { return exp(a) - 1.0f; }, x);
  };
  auto chosen = switch_(2,
                        std::tuple{[](const Array& a) { return a; }, [](const Array& a) { return a * a; },
                                   [](const Array& a) { return a * a * a; }},
                        3.0f);
  check(near(total, 6) && before.shape() == Shape{3} && near(factorial, 120), "loops");
  check(std::abs(root.item<float>() - 1.4142f) < 1e-2f && vmap(soft)(xs).shape() == Shape{3} &&
            near(chosen, 27),
        "cond");
}

void own_rules() {
  auto clipped = custom_vjp(
      [](const Array& x) { return x; },  // the function
      [](const Array& x) {
        return std::pair{x, x.shape(0)};
      },  // its result, and what the gradient needs
      [](const Array&, const Array& ct) { return clip(ct, -1.0f, 1.0f); });  // the gradient of the argument
  auto softplus = custom_jvp([](const Array& x) { return log(1.0f + exp(x)); },
                             [](const std::tuple<Array>& at, const std::tuple<Array>& direction) {
                               auto [x] = at;
                               auto [dx] = direction;
                               return std::pair{log(1.0f + exp(x)), sigmoid(x) * dx};
                             });
  auto block = checkpoint([](const Array& x) { return tanh(sin(tanh(sin(x)))); });  // nothing kept but x
  auto fixed = [](const Array& x) { return x * stop_gradient(x); };

  auto x = array({1.0f, 5.0f});
  check(grad([&](const Array& a) { return sum(square(clipped(a))); })(x).to_vector<float>() ==
            std::vector<float>{1, 1},
        "custom_vjp");
  check(near(grad(softplus)(100.0f), 1) &&
            grad([&](const Array& a) { return sum(block(a)); })(x).shape() == Shape{2},
        "custom_jvp");
  check(near(grad(fixed)(3.0f), 3), "stop_gradient");
}

int main() {
  gradients();
  mapping();
  compiling();
  by_several_ranks();
  loops();
  own_rules();
}
