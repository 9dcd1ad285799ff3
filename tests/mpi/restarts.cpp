// A training by ranks that are processes, which may be killed and started anew.
//
//     restarts train FOLDER       trains, or goes on; rank 0 writes FOLDER/final and FOLDER/curve
//     restarts same FILE FILE     whether two curves have the same bits
//     restarts close FILE FILE    whether they are the same but for rounding
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "copse/comm/mpi.hpp"
#include "copse/copse.hpp"
#include "networks.hpp"

using namespace copse;

namespace {

// What epochs have reported, in full precision: over all processes that the training went on in.
struct Curve : Callback {
  std::filesystem::path path;
  std::vector<double> values{};

  explicit Curve(std::filesystem::path file) : path(std::move(file)) {}
  void on_epoch_end(TrainerBase&, int, const EpochLogs& logs) override {
    for (const char* name : {"loss", "val_loss", "val_accuracy"}) values.push_back(logs[name]);
  }
  void on_train_end(TrainerBase& trainer, const EpochLogs&) override {
    if (trainer.rank() != 0) return;
    std::FILE* file = std::fopen(path.c_str(), "w");
    for (const double value : values) std::fprintf(file, "%.17g\n", value);
    std::fclose(file);
  }
  void save(io::Store& store) const override { store.set("values", values); }
  void load(const io::Store& store) override { values = store.get<std::vector<double>>("values"); }
};

void train(const std::filesystem::path& folder) {
  const Array x = random::normal(random::key(1), {200, 4});
  const Array y = astype(sum(x, 1) > 0.0f, DType::int32);
  Trainer trainer{testing_train::DividedNet{},
                  {.optimizer = optim::adam(1e-2),
                   .losses = {losses::CrossEntropy{}},
                   .metrics = {metrics::Accuracy{}},
                   .strategy = strategy::distributed(comm::mpi()),
                   .seed = 7}};
  trainer.fit(x, y,
              {.epochs = 8,
               .batch_size = 16,
               .validation_split = 0.2,
               .callbacks = {Curve{folder / "curve"},
                             callbacks::BackupAndRestore{folder / "backup", {.save_freq = 3}}},
               .verbose = 0});
  trainer.save(folder / "final");
}

std::vector<double> numbers(const char* path) {
  std::ifstream in(path);
  return {std::istream_iterator<double>(in), {}};
}

bool agree(const char* a, const char* b, double tolerance) {
  const auto first = numbers(a), second = numbers(b);
  if (first.size() != 24 || second.size() != 24) return false;
  for (std::size_t i = 0; i < first.size(); ++i)
    if (!(std::abs(first[i] - second[i]) <= tolerance * (1 + std::abs(first[i])))) return false;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "train" && argc == 3) {
    train(argv[2]);
    return 0;
  }
  if ((what == "same" || what == "close") && argc == 4)
    return agree(argv[2], argv[3], what == "same" ? 0 : 1e-3) ? 0 : 1;
  std::fprintf(stderr, "restarts: see the beginning of restarts.cpp for its arguments\n");
  return 2;
}
