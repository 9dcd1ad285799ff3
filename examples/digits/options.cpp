#include "options.hpp"

#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#ifndef COPSE_DATA_DIR
#define COPSE_DATA_DIR "data"
#endif

namespace digits {
namespace {

constexpr const char* usage =
    "Trains a convolutional network on handwritten digits and tests it.\n\n"
    "  --data-dir DIR      MNIST's files: all four, or the t10k pair to test with\n"
    "  --epochs N          how often to go through the digits (8)\n"
    "  --batch-size N      digits in a step (64)\n"
    "  --seed N            of the initial parameters and the order of the digits (0)\n"
    "  --out DIR           where the plot and the model go (digits-out)\n"
    "  --threads N         threads to use; 0: one a processor (0)\n"
    "  --shipped-data DIR  where the digits that come with Copse are\n";

std::int64_t number(std::string_view name, std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    throw std::invalid_argument(std::string(name) + ": got '" + std::string(text) +
                                "', wanted a number from " + std::to_string(least) + " to " +
                                std::to_string(most));
  }
  return value;
}

}  // namespace

Options parse(int argc, char** argv) {
  Options options;
  options.shipped_data = std::filesystem::path(COPSE_DATA_DIR) / "mnist";
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i], value;
    if (name == "--help" || name == "-h") {
      std::fputs(usage, stdout);
      options.help = true;
      return options;
    }
    if (const auto at = name.find('='); at != std::string_view::npos) {
      value = name.substr(at + 1);
      name = name.substr(0, at);
    } else if (i + 1 < argc) {
      value = argv[++i];
    } else {
      throw std::invalid_argument("the option " + std::string(name) +
                                  " is unknown or lacks its value (see --help)");
    }
    if (name == "--data-dir") {
      options.data_dir = value;
    } else if (name == "--shipped-data") {
      options.shipped_data = value;
    } else if (name == "--out") {
      options.out = value;
    } else if (name == "--epochs") {
      options.epochs = static_cast<int>(number(name, value, 1, 10000));
    } else if (name == "--batch-size") {
      options.batch_size = number(name, value, 1, 1000000);
    } else if (name == "--seed") {
      options.seed = number(name, value, 0, 0xffffffff);
    } else if (name == "--threads") {
      options.threads = static_cast<int>(number(name, value, 0, 4096));
    } else {
      throw std::invalid_argument("the option " + std::string(name) + " is unknown (see --help)");
    }
  }
  return options;
}

}  // namespace digits
