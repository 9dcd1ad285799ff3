#include <string>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/data/csv.hpp"
#include "copse/data/loader.hpp"
#include "squares.hpp"

using namespace copse;
using namespace testing_data;
using namespace testing_files;

namespace {

const char* const flowers =
    "length,width,species,weight\n"
    "1,2,setosa,0.5\n"
    "3,4,virginica,1\n"
    "5,6,setosa,2\n";

}  // namespace

TEST_CASE("csv: the rows of a file are samples") {
  const Folder folder;
  write_bytes(folder / "t.csv", flowers);
  const data::CsvDataOptions options{
      .labels = "species", .sample_weight = "weight", .table = {.categories = {{"species", {}}}}};
  const auto dataset = data::csv(folder / "t.csv", options);
  CHECK(dataset.size() == 3);
  CHECK(dataset[1].inputs.to_vector<float>() == Floats{3, 4});
  CHECK(dataset[1].labels.item<int>() == 1);
  CHECK(dataset[1].labels.dtype() == DType::int32);
  CHECK(dataset[2].sample_weight.item<float>() == 2);
  const Batch batch = *dataset.batch(2).next();
  CHECK(batch.inputs.shape() == Shape{2, 2});
  CHECK(batch.labels.to_vector<int>() == std::vector<int>{0, 1});

  // Read as a stream, the texts of the labels must be known.
  CHECK(message_of<ValueError>([&] { (void)data::csv_stream(folder / "t.csv", options); }) ==
        "CsvReader: the column 'species' has categories without texts, whose numbers only the whole file "
        "tells: give "
        "the texts, or use load_csv");
  auto known = options;
  known.table.categories["species"] = {"setosa", "virginica"};
  const Batch streamed = *data::csv_stream(folder / "t.csv", known).batch(2).next();
  CHECK(LeafTraits<Array>::equal(streamed.inputs, batch.inputs));
  CHECK(LeafTraits<Array>::equal(streamed.labels, batch.labels));
  CHECK(LeafTraits<Array>::equal(streamed.sample_weight, batch.sample_weight));
}

TEST_CASE("csv: columns that are wanted, and files without names") {
  const Folder folder;
  write_bytes(folder / "t.csv", flowers);
  const auto width = data::csv(folder / "t.csv", {.labels = "weight", .table = {.columns = {"width"}}});
  CHECK(width[2].inputs.to_vector<float>() == Floats{6});
  CHECK(width[2].labels.item<float>() == 2);
  write_bytes(folder / "bare.csv", "1;2;3\n4;5;6\n");
  const auto bare = data::csv(folder / "bare.csv", {.labels = "1", .table = {.delimiter = ';'}});
  CHECK(bare[1].inputs.to_vector<float>() == Floats{4, 6});
  CHECK(bare[1].labels.item<float>() == 5);
  CHECK_FALSE(data::csv(folder / "bare.csv", {.table = {.delimiter = ';'}})[0].labels.has_value());
  CHECK_THROWS_AS(data::csv(folder / "bare.csv", {.labels = "9", .table = {.delimiter = ';'}}), IoError);
  CHECK_THROWS_AS(data::csv(folder / "none.csv"), IoError);
  CHECK_THROWS_AS(data::csv_stream(folder / "none.csv"), IoError);
  CHECK(message_of<ValueError>([&] {
          (void)data::csv(folder / "t.csv", {.table = {.categories = {{"species", {}}}}});
        }) ==
        "csv: the column 'species' has a type of its own (int32), and inputs are one array: read it with "
        "io::load_csv and give its columns to data::arrays");
}

TEST_CASE("csv_stream: the samples of a large file, with shuffles that resume") {
  const Folder folder;
  std::string text = "x,y\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i) + "," + std::to_string(2 * i) + "\n";
  write_bytes(folder / "t.csv", text);
  const auto stream = data::csv_stream(folder / "t.csv", {.labels = "y"});
  auto whole = data::csv(folder / "t.csv", {.labels = "y"}).batch(512);
  auto batches = stream.batch(512);
  for (int i = 0; i < 10; ++i) {
    const auto mine = batches.next(), wanted = whole.next();
    CHECK(LeafTraits<Array>::equal(mine->inputs, wanted->inputs));
    CHECK(LeafTraits<Array>::equal(mine->labels, wanted->labels));
  }
  CHECK_FALSE(batches.next());
  auto shuffled = stream.shuffle(1, {.buffer = 300}).batch(64);
  const Floats all = inputs_of(shuffled, 2);
  CHECK(sorted(all).back() == 4999);
  data::Loader loader{shuffled, {.workers = 2}};
  loader.start(2, 70);
  CHECK(loader.next()->inputs.to_vector<float>() == Floats(all.begin() + 70 * 64, all.begin() + 71 * 64));
}

TEST_CASE("csv_stream: what is wrong is told where it is met") {
  const Folder folder;
  std::string text = "x\n";
  for (int i = 0; i < 2000; ++i) text += i == 1500 ? "word\n" : "1\n";
  write_bytes(folder / "t.csv", text);
  auto batches = data::csv_stream(folder / "t.csv").batch(1000);
  CHECK(batches.next());
  CHECK(message_of<IoError>([&] {
          (void)batches.next();
        }).find("line 1502: 'word' in column 'x' is no number") != std::string::npos);
  io::CsvReader reader(folder / "t.csv", {.skip_malformed = true});
  CHECK(reader.next(1000).report.rows == 1000);
  const io::Table last = reader.next(5000);
  CHECK(last.values.shape() == Shape{999, 1});
  CHECK(last.report.rows == 1999);
  CHECK(last.report.skipped == 1);
  CHECK(reader.next(1).values.shape() == Shape{0, 1});
  CHECK_THROWS_AS(reader.next(0), ValueError);
}
