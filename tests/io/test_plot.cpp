#include "copse/io/plot.hpp"

#include <limits>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

std::string plotted(const std::vector<io::Curve>& curves, io::PlotOptions options = {}) {
  const Folder folder;
  options.save.durable = false;
  io::save_plot(folder / "plot.svg", curves, options);
  return read_bytes(folder / "plot.svg");
}

}  // namespace

TEST_CASE("plot: lines, points and bands, with their names") {
  const Array x = arange(4), y = array({1.0, 3.0, 2.0, 5.0});
  const std::string svg = plotted({{"a<b", x, y},
                                   {"dots", x, y, io::Mark::points},
                                   {"range", x, stack({y - 1.0f, y + 1.0f}, 1), io::Mark::band}},
                                  {.title = "A & B", .x = "seconds"});
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "<polyline") == 1);
  CHECK(count(svg, "<circle") == 4);
  CHECK(count(svg, "<polygon") == 1);
  for (const char* text : {"a&lt;b", "dots", "range", "A &amp; B", "seconds"}) {
    INFO(text);
    CHECK(count(svg, text) == 1);
  }
  CHECK(svg.find("<polygon") < svg.find("<polyline"));  // behind
}

TEST_CASE("plot: points lie where their numbers are") {
  // The axes end 2 % beyond the points across, 5 % beyond them down.
  const std::string svg = plotted({{"", array({0, 100}), array({0, 10}), io::Mark::points}},
                                  {.width = 58 + 22 + 104, .height = 34 + 40 + 110});
  CHECK(count(svg, "cx=\"60.0\" cy=\"139.0\"") == 1);
  CHECK(count(svg, "cx=\"160.0\" cy=\"39.0\"") == 1);
}

TEST_CASE("plot: what is not finite is left out; nothing and one point can be drawn") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const std::string svg =
      plotted({{"", array({0.0f, nan, 2.0f, 3.0f}), array({1.0f, 2.0f, inf, 4.0f}), io::Mark::points},
               {"", array({0.0f, 1.0f}), array({{nan, 1.0f}, {0.0f, 2.0f}}), io::Mark::band}});
  CHECK(count(svg, "<circle") == 2);
  for (const std::string& each :
       {svg, plotted({}), plotted({{"", zeros({0}), zeros({0})}}), plotted({{"", ones({1}), ones({1})}})}) {
    CHECK(count(each, "</svg>") == 1);
    CHECK(count(each, "nan") == 0);
    CHECK(count(each, "inf") == 0);
  }
}

TEST_CASE("plot: what is refused says which curve it is") {
  const auto refused = [](const io::Curve& curve) {
    return message_of<ShapeError>([&] { plotted({curve}); });
  };
  CHECK(refused({"speed", arange(3), arange(4)}).find("'speed' has x int32(3,) and y int32(4,)") !=
        std::string::npos);
  CHECK_FALSE(refused({"", zeros({3, 1}), zeros({3, 1})}).empty());
  CHECK_FALSE(refused({"", zeros({}), zeros({})}).empty());
  CHECK(refused({"", arange(3), arange(3), io::Mark::band}).find("(n, 2)") != std::string::npos);
  CHECK_THROWS_AS(plotted({}, {.width = 100}), ValueError);
  CHECK_THROWS_AS(plotted({}, {.height = 0}), ValueError);
}
