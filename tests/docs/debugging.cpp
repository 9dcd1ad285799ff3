// The programs of docs/debugging.md.
#include <copse/copse.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

using namespace copse;

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

struct Classifier {
  nn::Linear hidden{16};
  nn::Linear logits{3};

  Array operator()(Scope& scope, const Array& x) { return logits(scope, relu(hidden(scope, x))); }
};

Array penalty(const Module<Classifier>& model) {
  const auto scope = name_scope("penalty");  // until the end of the block
  return 1e-4f * sum(square(model->hidden.kernel));
}

Array loss(const Module<Classifier>& model, const Array& x, const Array& y) {
  return losses::CrossEntropy{}(model(x), y) + penalty(model);
}

void programs_and_profiles() {
  auto x = random::normal(random::key(0), {32, 8});
  auto y = random::randint(random::key(1), {32}, 0, 3);
  auto model = Module{Classifier{}}.init(random::key(2), x);

  // clang-format off
  auto step = jit(grad(loss), {.name = "step", .compile = {.dump = "programs"}});
  auto gradient = step(model, x, y);  // writes programs/0001-step/00-recorded.txt, 00-recorded.dot, 01-dead_code.txt, ...
  std::string compiled = ir::to_text(step.ahead(model, x, y).program());
  auto unfused = jit(grad(loss), {.compile = {.without = {"fuse", "epilogues"}}});
  // clang-format on
  check(compiled.find("# Classifier.hidden") != std::string::npos, "paths");
  check(ir::to_text(make_ir(grad(loss))(model, x, y)).find("# penalty") != std::string::npos, "name_scope");
  check(std::filesystem::exists("programs"), "dump");
  check(all_close(*gradient->hidden.kernel, *unfused(model, x, y)->hidden.kernel, 1e-4, 1e-5), "without");

  Profile profile = step.profile(model, x, y);
  std::cout << profile << "\n";
  for (const Profile::Row& row : profile.rows())
    if (row.share > 0.2) std::cout << row.path << ": " << row.operation << ", " << row.gflops << " GF/s\n";
  profile.write_trace("step.json");  // for https://ui.perfetto.dev
  profile.write_json("profile.json");

  Trainer trainer{Classifier{}, {.optimizer = optim::adam(1e-3), .losses = {losses::CrossEntropy{}}}};
  Profile of_step = trainer.profile(x, y);  // the trainer is as before
  check(!profile.rows().empty() && !of_step.rows().empty() && !trainer.state().initialized(), "profile");
  check(std::filesystem::exists("step.json") && std::filesystem::exists("profile.json"), "files");
}

void values() {
  auto walk = jit([](const Array& start) {
    return fori_loop(
        0, 3,
        [](const Array& i, const Array& c) {
          debug::print("step {}: {}", i, c);
          return c * c;
        },
        start);
  });
  auto end = walk(2.0f);  // step 0: 2.0, step 1: 4.0, step 2: 16.0
  std::vector<std::string> lines;
  debug::Sink before = debug::set_sink([&](std::string_view line) { lines.emplace_back(line); });
  auto squares = vmap([](const Array& a) { return debug::print("a is {}", a), a * a; })(array({1, 2}));
  debug::set_sink(before);
  check(end.item<float>() == 256.0f && squares.size() == 2, "print changes nothing");
  check(lines == std::vector<std::string>{"a is 1", "a is 2"}, "print under vmap");
}

void nan_found() {
  bool thrown = false;
  // clang-format off
  auto root = jit([](const Array& v) { return sqrt(v) + 1.0f; }, {.compile = {.check_nan = true}});
  try {
    auto bad = root(array({4.0f, -1.0f}));
  } catch (const ValueError& error) {
    // check_nan: sqrt(float32(2,)) gives a nan at [1] in its result of type float32(2,), and its operands have none; ...
    std::cout << error.what() << "\n";
  }
  const std::string start = "check_nan: sqrt(float32(2,)) gives a nan at [1] in its result of type float32(2,), and its operands have none; ";
  try {
    (void)root(array({4.0f, -1.0f}));
  } catch (const ValueError& error) {
    thrown = std::string(error.what()).starts_with(start);
  }
  // clang-format on
  check(thrown, "check_nan");
}

int main() {
  programs_and_profiles();
  values();
  nan_found();
}
