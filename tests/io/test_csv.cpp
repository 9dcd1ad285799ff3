#include "copse/io/csv.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Csv {
 public:
  io::Table load(const std::string& text, const io::CsvOptions& options = {}) const {
    write_bytes(folder_ / "t.csv", text);
    return io::load_csv(folder_ / "t.csv", options);
  }
  std::string error(const std::string& text, const io::CsvOptions& options = {}) const {
    return message_of<IoError>([&] { (void)load(text, options); });
  }
  std::vector<float> values(const std::string& text, const io::CsvOptions& options = {}) const {
    return load(text, options).values.to_vector<float>();
  }

 private:
  Folder folder_;
};

using Floats = std::vector<float>;
using Names = std::vector<std::string>;
constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("CSV: tables of numbers") {
  const Csv csv;
  const io::Table named = csv.load("a,\"b, c\"\r\n1,2.5\r\n\n-3e2,\r\n");
  CHECK(named.columns == Names{"a", "b, c"});
  CHECK(named.values.shape() == Shape{2, 2});
  CHECK(named.column("a").to_vector<float>() == Floats{1.0f, -300.0f});
  CHECK(std::isnan(named.column("b, c").to_vector<float>()[1]));
  CHECK(contains(message_of<ValueError>([&] { (void)named.column("x"); }), "'x'"));
  CHECK(named.report.rows == 2);
  CHECK(named.report.blank == 1);
  CHECK(named.report.missing == 1);
  CHECK(named.report.header);
  const io::Table bare = csv.load("1;2\n3;4", {.delimiter = ';', .dtype = DType::int32});
  CHECK(bare.columns.empty());
  CHECK(bare.values.to_vector<int>() == std::vector<int>{1, 2, 3, 4});
  CHECK(csv.load("").values.size() == 0);
  CHECK(csv.load("a,b\n").values.shape() == Shape{0, 2});
  CHECK(contains(csv.error("1,2\n3\n"), "line 2"));
  CHECK(contains(csv.error("1,2\n3,x\n"), "'x'"));
  CHECK(contains(message_of<ValueError>([&] { (void)csv.load("a,a\n1,2\n").column("a"); }), "two columns"));
}

TEST_CASE("CSV: a byte order mark, and every end of line") {
  const Csv csv;
  for (const std::string mark : {"", "\xEF\xBB\xBF"}) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
      for (const bool last : {false, true}) {
        const io::Table table = csv.load(mark + "a,b" + end + "1,2" + end + "3,4" + (last ? end : ""));
        CHECK(table.columns == Names{"a", "b"});
        CHECK(table.values.to_vector<float>() == Floats{1, 2, 3, 4});
        CHECK(csv.values(mark + "5,6" + end + "7,8" + (last ? end : "")) == Floats{5, 6, 7, 8});
        CHECK(contains(csv.error(mark + "a,b" + end + "1,2" + end + end + "3,x" + end), "line 4"));
      }
    }
  }
  CHECK(contains(csv.error(std::string("\xFF\xFE"
                                       "a\0",
                                       4)),
                 "UTF-16"));
  CHECK(contains(csv.error(std::string("\xFE\xFF\0a", 4)), "UTF-16"));
}

TEST_CASE("CSV: missing values are nan, as in pandas; other words are errors") {
  const Csv csv;
  for (const char* word : {"", " ", "NA", "N/A", "nan", "NaN", "null", "NULL", "None", "n/a", "<NA>", "#N/A",
                           "\"\"", "\"NA\""}) {
    INFO(word);
    const io::Table table = csv.load("a,b,c\n1," + std::string(word) + ",3\n" + word + ",5,6\n");
    const auto values = table.values.to_vector<float>();
    CHECK(std::isnan(values[1]));
    CHECK(std::isnan(values[3]));
    CHECK(values[2] == 3);
    CHECK(table.report.missing == 2);
    CHECK(contains(csv.error("a,b\n1," + std::string(word) + "\n", {.dtype = DType::int32}), "no nan"));
  }
  CHECK(contains(csv.error("a,b\n1,2\n3,Paris\n"), "line 3: 'Paris' in column 'b'"));
  CHECK(contains(csv.error("a\n1\nNA\n", {.missing = {"-"}}), "'NA'"));
  CHECK(std::isnan(csv.values("a\n-\n", {.missing = {"-"}})[0]));
}

TEST_CASE("CSV: quotes") {
  const Csv csv;
  const io::Table table = csv.load("\"a\",\"say \"\"hi\"\"\",\"two\nlines\"\n\"1\", \"2\" ,3\n");
  CHECK(table.columns == Names{"a", "say \"hi\"", "two\nlines"});
  CHECK(table.values.to_vector<float>() == Floats{1, 2, 3});
  CHECK(csv.load("a,5\" pipe\nx,y\n", {.header = true, .categories = {{"a", {}}, {"5\" pipe", {}}}})
            .typed.size() == 2);
  CHECK(contains(csv.error("a,b\n1,\"2\n3,4\n5,6\n"), "line 2: a quote is not closed"));
  CHECK(contains(csv.error("\"a\nb\",c\n\"1\n\",2\n3,x\n"), "line 3"));
  CHECK(contains(csv.error("\"a\nb\",c\n1,2\n3,x\n"), "line 4"));
}

TEST_CASE("CSV: decimal commas") {
  const Csv csv;
  const io::CsvOptions german{.delimiter = ';', .decimal = ','};
  CHECK(csv.values("a;b\n1,5;-2,25e1\n3;,5\n", german) == Floats{1.5f, -22.5f, 3.0f, 0.5f});
  CHECK(csv.values("1,5;2\n", german) == Floats{1.5f, 2.0f});
  CHECK(contains(csv.error("a\n1.5\n", german), "'1.5'"));
  CHECK_THROWS_AS(csv.load("1,5", {.decimal = ','}), ValueError);
  CHECK_THROWS_AS(csv.load("1", {.decimal = 'x'}), ValueError);
  for (const char c : {'"', '\n', '1', '.', '-'})
    CHECK_THROWS_AS(csv.load("1", {.delimiter = c}), ValueError);
}

TEST_CASE("CSV: numbers of all sizes") {
  const Csv csv;
  CHECK(csv.values("1e400,-1e400,1e-400,1e39,-1e39,1e-60,+5,-0,inf,-Infinity\n") ==
        Floats{infinity, -infinity, 0, infinity, -infinity, 0, 5, 0, infinity, -infinity});
  CHECK(std::signbit(csv.values("-0\n")[0]));
  CHECK(csv.load("1e400,1e-400,1e300", {.dtype = DType::float64}).values.to_vector<double>() ==
        std::vector<double>{std::numeric_limits<double>::infinity(), 0, 1e300});
  for (const char* text : {"+-5", "++5", "0x10", "1_000", "1e", "1 2", "e5", "--1", "1,5"}) {
    CHECK_FALSE(csv.error("a\n" + std::string(text) + "\n").empty());
  }
  const auto exact = csv.load("9007199254740993\n-9223372036854775808\n9223372036854775807\n3.0\n1e3\n",
                              {.dtype = DType::int64});
  CHECK(exact.values.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{9007199254740993, std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max(), 3, 1000});
  for (const auto& [text, dtype] :
       std::vector<std::pair<std::string, DType>>{{"3000000000", DType::int32},
                                                  {"-2147483649", DType::int32},
                                                  {"1.5", DType::int32},
                                                  {"256", DType::uint8},
                                                  {"-1", DType::uint8},
                                                  {"-1", DType::uint32},
                                                  {"4294967296", DType::uint32},
                                                  {"9223372036854775808", DType::int64},
                                                  {"9007199254740993.0", DType::int64},
                                                  {"inf", DType::int64},
                                                  {"2", DType::bool_}}) {
    INFO(text);
    CHECK(contains(csv.error("1\n" + text + "\n", {.dtype = dtype}),
                   "line 2: '" + text + "' is no " + std::string(name_of(dtype))));
  }
  CHECK(csv.load("0\n1\nTrue\nfalse\n", {.dtype = DType::bool_}).values.to_vector<int>() ==
        std::vector<int>{0, 1, 1, 0});
}

TEST_CASE("CSV: the first row has the names if none of its fields is a number and one is a text") {
  const Csv csv;
  for (const char* row : {"a,b", "a,", ",b", "a,NA", "\"1st\",b", "a b,c"}) {
    INFO(row);
    CHECK(csv.load(row + std::string("\n1,2\n")).report.header);
  }
  for (const char* row : {"1,2", "NA,NA", ",", "1,NA", "nan,inf"}) {
    INFO(row);
    const io::Table table = csv.load(row + std::string("\n1,2\n"));
    CHECK_FALSE(table.report.header);
    CHECK(table.report.rows == 2);
  }
  // A row that might be either is never lost.
  const std::string mixed = csv.error("id,2020\n1,2\n");
  CHECK(contains(mixed, "line 1: 'id'"));
  CHECK(contains(mixed, "header = true"));
  CHECK(csv.load("id,2020\n1,2\n", {.header = true}).columns == Names{"id", "2020"});
  CHECK(contains(csv.error("a,b\n1,2\n", {.header = false}), "line 1"));
}

TEST_CASE("CSV: columns by name and type, text as categories") {
  const Csv csv;
  const std::string text =
      "size,kind,id,weight\n1.5,cat,9007199254740993,3\n2.5,ant,2,4\n,NA,3,\n4,cat,4,6\n";
  const io::Table table = csv.load(text, {.dtypes = {{"id", DType::int64}}, .categories = {{"kind", {}}}});
  CHECK(table.columns == Names{"size", "weight"});
  CHECK(table.values.shape() == Shape{4, 2});
  CHECK(table.column("weight").to_vector<float>()[3] == 6);
  CHECK(table.column("id").to_vector<std::int64_t>()[0] == 9007199254740993);
  CHECK(table.categories.at("kind") == Names{"ant", "cat"});
  CHECK(table.column("kind").to_vector<int>() == std::vector<int>{1, 0, -1, 1});
  CHECK(table.report.missing == 3);

  // The same numbers for another file.
  const std::string other = "kind,size\ncat,1\ncat,2\n";
  CHECK(csv.load(other, {.categories = table.categories}).column("kind").to_vector<int>() ==
        std::vector<int>{1, 1});
  CHECK(contains(csv.error("kind\ncow\n", {.categories = table.categories}), "line 2: 'cow'"));

  const io::Table chosen =
      csv.load(text, {.columns = {"weight", "kind", "size"}, .categories = {{"kind", {}}}});
  CHECK(chosen.columns == Names{"weight", "size"});
  CHECK(chosen.values.to_vector<float>()[0] == 3);
  CHECK(chosen.typed.size() == 1);
  CHECK(csv.load(text, {.columns = {"weight"}}).values.shape() ==
        Shape{4, 1});  // text elsewhere does not matter
  CHECK(contains(csv.error(text, {.columns = {"height"}}), "no column 'height' among (size, kind"));
  CHECK(contains(csv.error(text, {.categories = {{"x", {}}}}), "'x'"));
  CHECK(contains(csv.error("a,a\n1,2\n", {.columns = {"a"}}), "two columns"));
  CHECK(contains(csv.error("", {.columns = {"a"}}), "empty"));
  CHECK_THROWS_AS(csv.load(text, {.columns = {"id", "id"}}), ValueError);

  // Without a header columns are called by their places.
  const io::Table iris = csv.load("5.1,3.5,setosa\n7,3.2,versicolor\n", {.categories = {{"2", {}}}});
  CHECK(iris.report.rows == 2);
  CHECK(iris.columns == Names{"0", "1"});
  CHECK(iris.column("2").to_vector<int>() == std::vector<int>{0, 1});
}

TEST_CASE("CSV: each row is read, reported, or an error") {
  const Csv csv;
  const std::string text = "a,b\n1,2\n3\n4,x\n\n5,6,7\n8,9\n";
  CHECK(contains(csv.error(text), "line 3 has 1 fields") == false);
  CHECK(contains(csv.error(text), "line 3: has 1 fields"));
  const io::Table table = csv.load(text, {.skip_malformed = true});
  CHECK(table.values.to_vector<float>() == Floats{1, 2, 8, 9});
  CHECK(table.report.rows == 2);
  CHECK(table.report.skipped == 3);
  CHECK(table.report.blank == 1);
  REQUIRE(table.report.problems.size() == 3);
  CHECK(contains(table.report.problems[1], "line 4: 'x'"));

  // Random tables with random faults: rows add up.
  std::mt19937 random(0);
  for (int i = 0; i < 200; ++i) {
    const int width = 1 + static_cast<int>(random() % 4);
    int good = 0, bad = 0, blank = 0;
    std::string out;
    for (int row = 0; row < 50; ++row) {
      const int fault = static_cast<int>(random() % 6);
      const int fields = fault == 0 ? width + 1 : width;
      if (fault == 1) {
        ++blank;
      } else {
        for (int f = 0; f < fields; ++f) {
          out += f ? "," : "";
          out += fault == 2 && f == fields - 1 ? "x1x" : std::to_string(static_cast<int>(random() % 100));
        }
        (fault == 0 || fault == 2 ? bad : good) += 1;
      }
      out += std::vector<std::string>{"\n", "\r\n", "\r"}[static_cast<std::size_t>(i % 3)];
    }
    const io::Table read = csv.load("1" +
                                        [&] {
                                          std::string row;
                                          for (int f = 1; f < width; ++f) row += ",1";
                                          return row;
                                        }() +
                                        "\n" + out,
                                    {.header = false, .skip_malformed = true});
    CHECK(read.report.rows == good + 1);
    CHECK(read.report.skipped == bad);
    CHECK(read.report.blank == blank);
    CHECK(read.values.shape() == Shape{good + 1, width});
  }
}

TEST_CASE("CSV: a long file is read in parts, and takes little more memory than its numbers") {
  const Csv csv;
  std::string text = "first,second\n";
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + ",\"" + std::to_string(2 * i) + "\"\r\n";
  const std::int64_t before = detail::memory_stats().bytes_in_use;
  detail::reset_peak_memory();
  const io::Table table = csv.load(text, {.dtype = DType::int32});
  CHECK(table.report.rows == 200'000);
  bool same = true;
  const auto values = table.values.to_vector<int>();
  for (int i = 0; i < 200'000; ++i) {
    same = same && values[static_cast<std::size_t>(2 * i)] == i &&
           values[static_cast<std::size_t>(2 * i + 1)] == 2 * i;
  }
  CHECK(same);
  CHECK(detail::memory_stats().peak_bytes - before < 2 * 1'700'000);
}

TEST_CASE("csv: what is saved is read again") {
  const Folder folder;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Array number = array({0.1f, nan, -infinity}),
              wide = astype(array({1.0, 2.0, 3.0}), DType::float64) / 3.0;
  const Array large = array(std::vector<std::int64_t>{1, -1, 9007199254740993});
  io::save_csv(folder / "t.csv",
               {{"plain", number}, {"a, \"b\"", wide}, {" id ", large}, {"yes", array({true, false, true})}},
               {.durable = false});
  CHECK(read_bytes(folder / "t.csv")
            .starts_with("plain,\"a, \"\"b\"\"\",\" id \",yes\n0.1,0.3333333333333333,1,1\n,"));
  const io::Table table =
      io::load_csv(folder / "t.csv", {.dtypes = {{"a, \"b\"", DType::float64}, {" id ", DType::int64}}});
  CHECK(table.columns == Names{"plain", "yes"});
  CHECK(array_equal(table.column("plain")[array({0, 2})], number[array({0, 2})]));
  CHECK(std::isnan(table.column("plain").item<float>({1})));
  CHECK(array_equal(table.column("a, \"b\""), wide));
  CHECK(array_equal(table.column(" id "), large));
  CHECK(table.column("yes").to_vector<float>() == Floats{1, 0, 1});
  io::save_csv(folder / "lone.csv", {{"x", array({1.0f, nan})}}, {.durable = false});
  CHECK(io::load_csv(folder / "lone.csv").values.shape() == Shape{2, 1});
  io::save_csv(folder / "none.csv", {{"x", zeros({0})}}, {.durable = false});
  CHECK(read_bytes(folder / "none.csv") == "x\n");
}

TEST_CASE("csv: what cannot be saved says which column it is") {
  const Folder folder;
  const auto save = [&](const std::vector<std::pair<std::string, Array>>& columns) {
    io::save_csv(folder / "t.csv", columns);
  };
  CHECK(contains(message_of<ValueError>([&] { save({}); }), "no columns"));
  CHECK(contains(message_of<ValueError>([&] { save({{"x", ones({1})}, {"x", ones({1})}}); }), "'x'"));
  CHECK(contains(message_of<ShapeError>([&] {
                   save({{"x", ones({1})}, {"y", ones({2})}});
                 }),
                 "column 'y' is float32(2,)"));
  CHECK(contains(message_of<ShapeError>([&] { save({{"x", ones({1, 1})}}); }), "wanted (rows,)"));
  CHECK(contains(message_of<ShapeError>([&] { save({{"x", ones({})}}); }), "wanted (rows,)"));
  CHECK_FALSE(fs::exists(folder / "t.csv"));
}
