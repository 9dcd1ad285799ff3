#include "copse/io/store.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "files.hpp"

using namespace copse;
using io::Store;
using testing_files::message_of;

TEST_CASE("stores: values come back as they were") {
  Store store;
  store.set("epochs", 3);
  store.set("large", std::numeric_limits<std::int64_t>::max());
  store.set("best", 0.1);
  store.set("lost", std::numeric_limits<double>::quiet_NaN());
  store.set("done", true);
  store.set("path", "a/b \"c\"");
  store.set("array", arange(3));
  store.set("values", std::vector<double>{0.1, -2.5});
  store.set("none", std::vector<std::int64_t>{});
  store.set("names", std::vector<std::string>{"loss", ""});
  store.set("some", std::optional<int>(7));
  store.set("no", std::optional<int>());
  CHECK(store.get<int>("epochs") == 3);
  CHECK(store.get<std::int64_t>("large") == std::numeric_limits<std::int64_t>::max());
  CHECK(store.get<double>("best") == 0.1);
  CHECK(store.get<double>("epochs") == 3.0);
  CHECK(std::isnan(store.get<double>("lost")));
  CHECK(store.get<bool>("done"));
  CHECK(store.get<std::string>("path") == "a/b \"c\"");
  CHECK(array_equal(store.get<Array>("array"), arange(3)));
  CHECK(store.get<std::vector<double>>("values") == std::vector<double>{0.1, -2.5});
  CHECK(store.get<std::vector<std::int64_t>>("none").empty());
  CHECK(store.get<std::vector<std::string>>("names") == std::vector<std::string>{"loss", ""});
  CHECK(store.get<std::optional<int>>("some") == 7);
  CHECK(store.get<std::optional<int>>("no") == std::nullopt);
  CHECK(store.get<std::optional<std::string>>("path") == "a/b \"c\"");
  CHECK(store.get<int>("nowhere", 5) == 5);

  Store outer;
  outer.set("inner", store);
  outer.set("inner_too", 1);
  CHECK(outer.contains("inner"));
  CHECK(outer.contains("inner/epochs"));
  CHECK_FALSE(outer.contains("inne"));
  CHECK(outer.part("inner").names() == store.names());
  CHECK(outer.part("nowhere").empty());
  store.set("epochs", "now a text");
  CHECK(store.get<std::string>("epochs") == "now a text");
}

TEST_CASE("stores: what they refuse") {
  Store store;
  store.set("a", 0.5);
  store.set("b", "text");
  store.set("c", arange(3));
  CHECK(message_of<ValueError>([&] { (void)store.get<int>("d"); }) ==
        "Store: there is no number 'd' among (a, c, b)");
  CHECK(message_of<ValueError>([&] { (void)store.get<int>("a"); }) ==
        "Store: 'a' is float64(), wanted a whole number");
  CHECK(message_of<ValueError>([&] { (void)store.get<double>("c"); }) ==
        "Store: 'c' is int32(3,), wanted a number");
  CHECK_FALSE(message_of<ValueError>([&] { (void)store.get<std::string>("a"); }).empty());
  CHECK_FALSE(message_of<ValueError>([&] { (void)store.get<Array>("b"); }).empty());
  CHECK_FALSE(message_of<ValueError>([&] { (void)store.get<std::vector<std::string>>("b"); }).empty());
  CHECK_FALSE(message_of<ValueError>([&] { store.set("", 1); }).empty());
  CHECK_FALSE(message_of<ValueError>([&] { store.set("x", Array()); }).empty());
}
