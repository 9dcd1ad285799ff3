// The code of docs/files.md.
#include <unistd.h>

#include <copse/copse.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

using namespace copse;
namespace fs = std::filesystem;

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

struct Net {
  Parameter kernel = ones({2, 3});
  Parameter bias = zeros({3});
};

void arrays_in_files(const fs::path& folder) {
  Array x = arange(6), y = ones({2}), kernel = ones({2, 3}), bias = zeros({3});
  io::save_npy(folder / "x.npy", x, {.durable = false});
  io::write_file(folder / "notes.txt", "of any kind");

  io::save_safetensors(folder / "model.safetensors", {{"kernel", kernel}, {"bias", bias}},
                       {{"made_by", "docs"}});
  io::SafeTensors file = io::load_safetensors(folder / "model.safetensors");
  Array same = file.at("kernel");
  check(array_equal(same, kernel) && file.metadata["made_by"] == "docs", "safetensors");

  Net net;
  io::save(folder / "net.safetensors", net);
  Net restored = io::load(folder / "net.safetensors", Net{});
  check(array_equal(*restored.kernel, *net.kernel), "trees");

  io::NamedArrays arrays{{"x", x}, {"y", y}};
  io::save_safetensors_sharded(folder / "large.safetensors.index.json", arrays, 2'000'000'000);
  io::SafeTensors all = io::load_safetensors(folder / "large.safetensors.index.json");
  check(all.arrays.size() == 2, "several files");

  io::save_npz(folder / "data.npz", {{"x", x}, {"y", y}}, true);  // compressed, as NumPy's savez_compressed
  for (const auto& [name, array] : io::load_npz(folder / "data.npz"))
    std::cout << name << " " << array.type() << "\n";

  Array mapped = io::map_npy(folder / "x.npy");
  io::SafeTensors weights = io::map_safetensors(folder / "model.safetensors");
  check(array_equal(mapped, x) && array_equal(weights.at("bias"), bias), "mapped files");
}

void tables(const fs::path& folder) {
  std::ofstream(folder / "iris.csv") << "id,length,width,species\n1,5.1,3.5,setosa\n2,7,3.2,versicolor\n";
  std::ofstream(folder / "more.csv") << "species,width\nversicolor,3\n";
  std::ofstream(folder / "faults.csv") << "a,b\n1,2\n3\n4,5\n";

  io::Table iris =
      io::load_csv(folder / "iris.csv", {.dtypes = {{"id", DType::int64}}, .categories = {{"species", {}}}});
  Array features = iris.values;           // float32 (rows, columns): all others
  Array labels = iris.column("species");  // int32 (rows,)
  std::string name = iris.categories["species"][0];
  io::Table more =
      io::load_csv(folder / "more.csv", {.columns = {"width", "species"}, .categories = iris.categories});
  check(features.shape() == Shape{2, 2} && array_equal(labels, array({0, 1})) && name == "setosa", "columns");
  check(more.column("species").item<int>() == 1, "categories of another file");

  io::save_csv(folder / "out.csv", {{"width", array({1.5, 2.0})}, {"species", array({0, 1})}});
  check(io::load_csv(folder / "out.csv").columns == std::vector<std::string>{"width", "species"},
        "saved table");

  io::Table table = io::load_csv(folder / "faults.csv", {.skip_malformed = true});
  std::cout << table.report.rows << " rows read, " << table.report.skipped << " skipped, "
            << table.report.blank << " empty lines\n";
  for (const std::string& problem : table.report.problems) std::cout << problem << "\n";
  check(table.report.rows == 2 && table.report.problems.at(0) == "line 3: has 1 fields, the first row has 2",
        "report");
}

void plots(const fs::path& folder) {
  const Array time = linspace(0.0f, 6.0f, 100);
  io::save_plot(folder / "waves.svg",
                {{"sine", time, sin(time)},
                 {"measured", time[Slice{0, 100, 5}], sin(time[Slice{0, 100, 5}]) + 0.1f, io::Mark::points},
                 {"tolerance", time, stack({sin(time) - 0.3f, sin(time) + 0.3f}, 1), io::Mark::band}},
                {.title = "Waves", .x = "seconds"});
  check(fs::file_size(folder / "waves.svg") > 1000, "a plot");
}

void images_and_data(const fs::path& folder) {
  const fs::path source = COPSE_SOURCE_DIR;
  fs::copy_file(source / "tests/io/images/rgb.png", folder / "photo.png");
  fs::copy_file(source / "data/mnist/train5k-images-idx3-ubyte.gz", folder / "images-idx3-ubyte.gz");
  std::ofstream(folder / "data_batch_1.bin") << std::string(3073, '\1');

  Array images = io::load_idx(folder / "images-idx3-ubyte.gz", {.max_unpacked = 100'000'000});
  Array photo = io::load_image(folder / "photo.png", {.channels = 3});
  check(images.shape(0) == 5000 && photo.shape() == Shape{5, 7, 3}, "images");
  io::save_image(folder / "copy.png", photo);  // as it was
  io::save_image(folder / "gradient.png", broadcast_to(linspace(0.0f, 1.0f, 256), {64, 256}));
  check(array_equal(io::load_image(folder / "copy.png"), photo), "a saved image");
  check(io::load_image(folder / "gradient.png").shape() == Shape{64, 256, 1}, "a saved gradient");

  Array digits = io::load_idx(folder / "images-idx3-ubyte.gz");  // uint8 (number, height, width)
  io::LabeledImages train =
      io::load_cifar10({folder / "data_batch_1.bin"});  // uint8 (number, 32, 32, 3), int32 (number,)
  check(digits.ndim() == 3 && train.labels.item<int>() == 1, "data sets");

  io::EventFile events(folder / "runs");
  events.add_scalar("loss", 0.5, 1);
  events.flush();
}

int main() {
  const fs::path folder = fs::temp_directory_path() / ("copse-docs-files-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  arrays_in_files(folder);
  tables(folder);
  images_and_data(folder);
  plots(folder);
  fs::remove_all(folder);
}
