// Profiles: a row for each instruction that runs, with what it does and where it comes from.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/trace/debug.hpp"
#include "copse/trace/profile.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/loops.hpp"

using namespace copse;
using Catch::Matchers::Contains;

namespace {

Array layer(const char* name, const Array& x, const Array& kernel) {
  const auto scope = name_scope(name);
  return tanh(matmul(x, kernel)) * 2.0f;
}

Array two_layers(const Array& x, const Array& a, const Array& b) {
  return sum(layer("second", layer("first", x, a), b));
}

struct Case {
  Array x = ones({64, 32}), a = ones({32, 48}) * 0.01f, b = ones({48, 16}) * 0.01f;
  Profile profile(const char* name = "layers") const {
    return jit(two_layers, {.name = name}).profile(x, a, b);
  }
};

std::filesystem::path scratch(const char* name) {
  return std::filesystem::temp_directory_path() / (std::string("copse-profile-") + name);
}

nlohmann::json read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

const Profile::Row* find(const Profile& profile, const std::string& operation, const std::string& path) {
  for (const Profile::Row& row : profile.rows())
    if (row.operation == operation && row.path == path) return &row;
  return nullptr;
}

}  // namespace

TEST_CASE("profile: rows have paths, work, times and shares") {
  const Profile profile = Case().profile();
  REQUIRE(profile.rows().size() >= 3);
  double share = 0, time = 0;
  for (const Profile::Row& row : profile.rows()) {
    CHECK(row.microseconds > 0);
    CHECK(row.gflops == Approx(row.flops / row.microseconds * 1e-3));
    CHECK(row.gbytes == Approx(row.bytes / row.microseconds * 1e-3));
    CHECK_FALSE(row.result.empty());
    share += row.share;
    time += row.microseconds;
  }
  CHECK(share == Approx(1.0));
  CHECK(profile.microseconds() == Approx(time));
  CHECK(profile.name() == "layers");
  const Profile::Row* first = find(profile, "matmul", "first");
  REQUIRE(first);
  CHECK(first->flops == 2.0 * 64 * 32 * 48);
  CHECK(first->bytes == 4.0 * (64 * 32 + 32 * 48 + 64 * 48));
  CHECK(first->parts.empty());
  const Profile::Row* fused = find(profile, "fused", "first");
  REQUIRE(fused);
  REQUIRE(fused->parts.size() == 2);
  CHECK(fused->parts[0].operation == "tanh");
  CHECK(fused->parts[0].path == "first");
  CHECK(fused->flops == 2.0 * 64 * 48);
  CHECK(profile.limits().gflops > 0.1);
  CHECK(profile.limits().gbytes > 0.1);
  CHECK(machine_limits().gflops == profile.limits().gflops);  // measured once
}

TEST_CASE("profile: gradients belong to the layer that they are derived from") {
  const Case c;
  const auto step = jit([](const Array& x, const Array& a, const Array& b) {
    return grad([&](const Array& k) { return two_layers(x, k, b); })(a);
  });
  const Profile profile = step.profile(c.x, c.a, c.b);
  int products = 0;
  for (const Profile::Row& row : profile.rows()) {
    INFO(row.operation << " " << row.parameters << " in " << row.path);
    CHECK((row.path == "first" || row.path == "second"));
    products += row.operation == "matmul";
  }
  CHECK(products == 4);
  const auto layers = profile.by_layer();
  REQUIRE(layers.size() >= 2);
  double share = 0;
  for (const Profile::Layer& one : layers) share += one.share;
  CHECK(share == Approx(1.0));
  for (std::size_t n = 1; n < layers.size(); ++n) CHECK(layers[n - 1].share >= layers[n].share);
}

TEST_CASE("profile: runs what a call would run, and takes nothing") {
  const auto f = jit([](const Array& x) { return x * 2.0f + 1.0f; });
  Array x = ones({1000});
  (void)f.profile(std::move(x));
  CHECK(x.has_value());
  CHECK(f.stats().calls == 0);
  CHECK(f.stats().compiles == 1);
  CHECK(f(std::move(x)).item<float>({0}) == 3.0f);
  CHECK(f.stats().compiles == 1);
  CHECK(f.stats().calls == 1);
  // An empty program.
  const Profile nothing = jit([](const Array& a) { return a; }).profile(ones({2}));
  CHECK(nothing.rows().empty());
  CHECK(nothing.microseconds() == 0);
  CHECK_THAT(to_string(nothing), Contains("0.00 microseconds"));
  // What is printed is printed once.
  int lines = 0;
  debug::Sink before = debug::set_sink([&](std::string_view) { ++lines; });
  const auto chatty = jit([](const Array& a) { return debug::print("a {}", a), a + 1.0f; });
  const Profile profile = chatty.profile(1.0f);
  debug::set_sink(std::move(before));
  CHECK(lines == 1);
  CHECK(find(profile, "print", ""));
  // Values that are not known.
  CHECK_THROWS_AS(jit([&](const Array& a) {
                    (void)f.profile(a);
                    return a;
                  })(ones({1000})),
                  ConcretizationError);
}

TEST_CASE("profile: a table by share, with layers and limits") {
  std::ostringstream out;
  out << Case().profile();
  const std::string text = out.str();
  for (const char* part : {"share  microseconds", "operation", "path", "matmul", "fused tanh multiply",
                           "first", "second", "layers: ", "the machine reaches", "GF/s", "GB/s"})
    CHECK_THAT(text, Contains(part));
  // Lines of the first table end where the columns before the last do.
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const std::size_t column = line.find("operation");
  double last = 101;
  while (std::getline(lines, line) && !line.empty()) {
    REQUIRE(line.size() > column);
    CHECK(line[column - 1] == ' ');
    CHECK(line[column] != ' ');
    const double share = std::stod(line);
    CHECK(share <= last);
    last = share;
  }
}

TEST_CASE("profile: JSON and traces are valid and hold all rows") {
  const Profile profile = Case().profile("named \"so\"\n");
  profile.write_json(scratch("a.json"));
  const nlohmann::json all = read(scratch("a.json"));
  CHECK(all["name"] == "named \"so\"\n");
  REQUIRE(all["rows"].size() == profile.rows().size());
  for (std::size_t n = 0; n < profile.rows().size(); ++n) {
    CHECK(all["rows"][n]["path"] == profile.rows()[n].path);
    CHECK(all["rows"][n]["operation"] == profile.rows()[n].operation);
    CHECK(all["rows"][n]["parts"].size() == profile.rows()[n].parts.size());
  }
  CHECK(all["limits"]["gflops"].get<double>() == Approx(profile.limits().gflops));
  CHECK(all["layers"].size() == profile.by_layer().size());

  profile.write_trace(scratch("b.json"));
  const nlohmann::json trace = read(scratch("b.json"));
  double end = 0;
  std::size_t instructions = 0, layers = 0;
  for (const nlohmann::json& event : trace["traceEvents"]) {
    if (event["ph"] == "M") continue;
    REQUIRE(event["ph"] == "X");
    (event["tid"] == 1 ? instructions : layers) += 1;
    if (event["tid"] != 1) continue;
    CHECK(event["ts"].get<double>() == Approx(end).margin(1e-3));
    end = event["ts"].get<double>() + event["dur"].get<double>();
    CHECK(event["args"]["flops"].is_number());
  }
  CHECK(instructions == profile.rows().size());
  CHECK(layers >= 2);
  CHECK(end == Approx(profile.microseconds()).margin(0.1));
  CHECK_THROWS_AS(profile.write_json(scratch("none") / "no folder" / "a.json"), IoError);
  CHECK_THROWS_AS(profile.write_trace(scratch("none") / "no folder" / "a.json"), IoError);
  std::filesystem::remove(scratch("a.json"));
  std::filesystem::remove(scratch("b.json"));
}

TEST_CASE("profile: loops are rows of their own") {
  const auto loop = jit([](const Array& x) {
    const auto scope = name_scope("loop");
    return fori_loop(
        0, 50, [](const Array&, const Array& c) { return tanh(c) + 1.0f; }, x);
  });
  const Profile profile = loop.profile(ones({100}));
  const Profile::Row* row = find(profile, "scan", "loop");
  REQUIRE(row);
  CHECK(row->flops == 50 * 2 * 100);
}
