// Every pair of transforms, and a selection of triples, on functions of all sorts. The outermost transform is
// checked against finite differences or a plain loop over what lies below it; what lies below is checked as
// the outermost one of another pair.
#include <optional>
#include <random>

#include "catch.hpp"
#include "compositions.hpp"
#include "copse/core/error.hpp"

using namespace copse;
using namespace compositions;

namespace {

void check(const std::vector<const Transform*>& chain, const std::string& name, const Function& base) {
  std::string text = name;
  Function below = base;
  for (std::size_t i = chain.size(); i-- > 1;) below = chain[i]->apply(below);
  const Function whole = chain[0]->apply(below);
  // A while loop has no reverse mode, and says so.
  bool backwards = false, impossible = false;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    text = std::string(i ? text : "") + (i ? " of " : "") + chain[i]->name;
    impossible = impossible || (backwards && std::string(chain[i]->name) == "while_loop");
    backwards = backwards || chain[i]->backwards;
  }
  text += " of " + name;
  INFO(text);
  for (const Array& x : points()) {
    std::optional<Array> got;
    try {
      got = whole(x);
    } catch (const ValueError& error) {
      CHECK(impossible);
      CHECK(std::string(error.what()).find("while_loop") != std::string::npos);
      return;
    }
    Array wanted;
    try {
      wanted = chain[0]->by_hand(below, x);
    } catch (const ValueError&) {
      return;  // below is impossible, and `whole` needed no derivative of it
    }
    const std::vector<double> a = got->to_vector<double>(), b = wanted.to_vector<double>();
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      INFO("element " << i << ": " << a[i] << " vs " << b[i]);
      CHECK(std::abs(a[i] - b[i]) <= 2e-6 + 2e-5 * std::abs(b[i]));
    }
  }
}

}  // namespace

TEST_CASE("every transform by itself") {
  for (const auto& [name, f] : functions())
    for (const Transform& outer : transforms()) check({&outer}, name, f);
}

TEST_CASE("every pair of transforms") {
  for (const auto& [name, f] : functions())
    for (const Transform& outer : transforms())
      for (const Transform& inner : transforms()) check({&outer, &inner}, name, f);
}

TEST_CASE("triples of transforms") {
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    const auto pick = [&] { return &transforms()[random() % transforms().size()]; };
    const auto& [name, f] = functions()[random() % functions().size()];
    check({pick(), pick(), pick()}, name, f);
  }
}
