// What is written here is read back by the formats' own libraries for Python, where those are installed.
#include <sys/wait.h>

#include <cstdlib>
#include <limits>

#include "catch.hpp"
#include "copse/io/event_file.hpp"
#include "copse/io/npy.hpp"
#include "copse/io/safetensors.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

constexpr int not_installed = 77, no_command = 127;

// The arrays that python/read_back.py expects.
io::NamedArrays arrays() {
  const auto min = [](auto zero) { return std::numeric_limits<decltype(zero)>::min(); };
  const auto max = [](auto zero) { return std::numeric_limits<decltype(zero)>::max(); };
  const float infinity = std::numeric_limits<float>::infinity();
  return {{"bool", array({true, false, true})},
          {"uint8", astype(array({0, 1, 255}), DType::uint8)},
          {"uint32", reshape(array(std::vector<std::uint32_t>{0, max(std::uint32_t{})}), {2})},
          {"int32", reshape(array(std::vector<std::int32_t>{min(0), 0, max(0)}), {1, 3})},
          {"int64", reshape(array(std::vector<std::int64_t>{min(std::int64_t{}), max(std::int64_t{})}), {2})},
          {"float32", reshape(array(std::vector<float>{1.5f, -0.0f, infinity, infinity - infinity}), {2, 2})},
          {"float64", full({}, 0.1, DType::float64)},
          {"empty", zeros({0, 3})},
          {"a name/with \"quotes\" and \xc3\xa9", reshape(arange(24), {2, 3, 4})}};
}

void read_back(const char* library, const fs::path& folder) {
  const char* python = std::getenv("COPSE_PYTHON");
  const std::string command = std::string(python ? python : "python3") +
                              " '" COPSE_TESTS_DIR "/io/python/read_back.py' " + library + " '" +
                              folder.string() + "'";
  const int status = std::system(command.c_str());
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == not_installed || WEXITSTATUS(status) == no_command) {
    WARN("not read back: there is no Python with " << library << " (COPSE_PYTHON names another Python)");
  } else {
    CHECK(WEXITSTATUS(status) == 0);
  }
}

}  // namespace

TEST_CASE("Python: NumPy reads npy and npz files") {
  const Folder folder;
  const io::NamedArrays all = arrays();
  for (std::size_t i = 0; i < all.size(); ++i)
    io::save_npy(folder / (std::to_string(i) + ".npy"), all[i].second);
  io::save_npz(folder / "stored.npz", all);
  io::save_npz(folder / "packed.npz", all, true);
  io::NamedArrays many;
  for (int i = 0; i < 70'000; ++i) many.emplace_back("a" + std::to_string(i), array(i));
  io::save_npz(folder / "many.npz", many);
  read_back("numpy", folder.path());
}

TEST_CASE("Python: safetensors reads one file and several") {
  const Folder folder;
  io::NamedArrays all = arrays();
  io::save_safetensors_sharded(folder / "model.safetensors.index.json", all, 50);
  all.emplace_back("bfloat16", ones({3}, DType::bfloat16));
  io::save_safetensors(folder / "all.safetensors", all, {{"note", "a \"text\" \xc3\xa9"}});
  read_back("safetensors", folder.path());
}

TEST_CASE("Python: TensorBoard reads event files") {
  const Folder folder;
  {
    io::EventFile events(folder / "events");
    events.add_scalar("loss", 1.5, 0);
    events.add_scalar("loss", 0.75, 1);
    events.add_scalar("loss", -2.0, std::int64_t{1} << 40);
    events.add_scalar("val/\xc3\xa9", 0.5, 7);
  }
  read_back("tensorboard", folder.path());
}
