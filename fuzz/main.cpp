// Feeds mutated files to the readers, without a fuzzing engine:
//
//   copse_fuzz [--runs N] [--seconds S] [--seed N] [--corpus FOLDER] [FORMAT...]
//
// Each format starts from the files in its folder of the corpus. An input whose error message is a new one
// joins them, so that what it has reached is reached again. The input that a fault was found with is left in
// `fuzz-fault`.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>

#include "mutate.hpp"
#include "targets.hpp"

namespace {

namespace fs = std::filesystem;

constexpr unsigned longest_seconds = 20;
constexpr std::size_t longest_kind = 60;

struct Options {
  std::uint64_t runs = std::numeric_limits<std::uint64_t>::max();
  double seconds = std::numeric_limits<double>::infinity();
  std::uint64_t seed = 0;
  fs::path corpus = COPSE_FUZZ_CORPUS;
  std::set<std::string> formats;
};

const std::string* current = nullptr;

// Keeps the input that a fault was found with. Calls nothing that a handler of signals may not.
void on_fault(int signal) {
  const int file = ::open("fuzz-fault", O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file >= 0 && current) (void)!::write(file, current->data(), current->size());
  constexpr char text[] = "the input is in fuzz-fault\n",
                 slow[] = "an input takes too long; it is in fuzz-fault\n";
  (void)!(signal == SIGALRM ? ::write(2, slow, sizeof slow - 1) : ::write(2, text, sizeof text - 1));
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

std::vector<std::string> corpus_of(const fs::path& folder) {
  std::vector<std::string> out;
  std::set<fs::path> files;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::directory_iterator(folder)) files.insert(entry.path());
  }
  for (const fs::path& path : files) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    out.push_back(std::move(bytes).str());
  }
  if (out.empty()) throw std::runtime_error("there are no files in " + folder.string());
  return out;
}

// What kind of error a message tells of: its first words, without names, numbers and what is quoted from the
// file.
std::string kind_of(const std::string& message) {
  std::string out;
  bool quoted = false;
  for (const char c : message) {
    if (c == '\'') quoted = !quoted;
    if (!quoted && std::isalpha(static_cast<unsigned char>(c))) out += c;
    if (out.size() == longest_kind) break;
  }
  return out;
}

void run(const fuzz::Target& target, const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto passed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<std::string> inputs = corpus_of(options.corpus / target.name);
  std::set<std::string> kinds;
  fuzz::Random random(options.seed);
  std::uint64_t read = 0, count = 0;
  std::string input;
  current = &input;
  for (std::size_t seeds = inputs.size(); count < options.runs && passed() < options.seconds; ++count) {
    input = count < seeds ? inputs[count] : fuzz::mutated(inputs, seeds, random);
    if (count >= seeds && target.repair && random() % 4 != 0) target.repair(input);
    ::alarm(longest_seconds);
    const std::string outcome = fuzz::check(target, input);
    read += outcome.empty();
    if (kinds.insert(kind_of(outcome)).second && count >= seeds) inputs.push_back(input);
  }
  ::alarm(0);
  std::printf("%-12s %9llu inputs, %8llu read, %4zu kinds of outcome, %.0f s\n", target.name,
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(read), kinds.size(),
              passed());
  std::fflush(stdout);
}

Options parse(int argc, char** argv) {
  Options out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto value = [&] {
      if (++i == argc) throw std::runtime_error(std::string(word) + " wants a value");
      return std::string(argv[i]);
    };
    if (word == "--runs") {
      out.runs = std::stoull(value());
    } else if (word == "--seconds") {
      out.seconds = std::stod(value());
    } else if (word == "--seed") {
      out.seed = std::stoull(value());
    } else if (word == "--corpus") {
      out.corpus = value();
    } else {
      out.formats.insert(std::string(word));
    }
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = parse(argc, argv);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) ::signal(signal, on_fault);
  std::set<std::string> known;
  for (const fuzz::Target& target : fuzz::targets()) {
    known.insert(target.name);
    if (options.formats.empty() || options.formats.contains(target.name)) run(target, options);
  }
  for (const std::string& name : options.formats) {
    if (!known.contains(name)) throw std::runtime_error("there is no format " + name);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "copse_fuzz: %s\n", error.what());
  return 2;
}
