// Every operation through one body of checks. A row that fails says all that is wrong with it.
#include <cstdlib>
#include <fstream>
#include <set>

#include "catch.hpp"
#include "checks.hpp"

using namespace tables;

namespace {

void each_row(void (*check)(const Row&, tables::Report&)) {
  for (const Row& row : rows()) {
    tables::Report report;
    report.run("check", [&] { check(row, report); });
    INFO(row.id() << report.text());
    CHECK(report.text().empty());
  }
}

}  // namespace

TEST_CASE("every operation gives JAX's values in every dtype") { each_row(check_golden); }
TEST_CASE("every operation gives the same compiled") { each_row(check_jit); }
TEST_CASE("every operation gives the same by several ranks") { each_row(check_divided); }
TEST_CASE("every operation has the derivatives that differences show") { each_row(check_derivatives); }
TEST_CASE("every operation can be mapped") { each_row(check_vmap); }
TEST_CASE("gradients of every operation can be mapped and compiled") { each_row(check_composition); }

TEST_CASE("rows have different names") {
  std::set<std::string> seen;
  for (const Row& row : rows()) {
    INFO(row.id());
    CHECK(seen.insert(row.id()).second);
  }
}

// For golden.py: test_tables "samples of all rows", which writes to the file that COPSE_SAMPLES names.
TEST_CASE("samples of all rows", "[.samples]") {
  const char* path = std::getenv("COPSE_SAMPLES");
  REQUIRE(path);
  std::ofstream(path) << samples_as_json();
}
