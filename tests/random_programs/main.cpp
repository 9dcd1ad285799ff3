// random_programs: makes random programs and checks that every way to run them gives the same.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <cstring>

#include "child.hpp"
#include "generate.hpp"
#include "operations.hpp"
#include "print.hpp"
#include "shrink.hpp"

using namespace random_programs;

namespace {

const char usage[] =
    R"(random_programs [--seed N] [--count N] [--seconds N] [--mode NAME] [--skip TEXT] [--shrink SECONDS] [--print] [--keep-going]

Makes programs number N, N + 1, ... (by default from 1), until there are `count` (100) or the seconds are over, and
checks each in all modes, or in those whose names begin with NAME and do not contain TEXT. A program that fails is made smaller for `shrink` seconds (90) and
printed as C++; the exit status is 1 then. --print prints the programs instead of checking them. --keep-going goes on after 10 failures.
)";

struct Options {
  std::uint64_t seed = 1;
  std::int64_t count = 100, seconds = 1000000, shrink = 90;
  std::string mode = {}, skip = {};
  bool print = false, keep_going = false;
};

Options parsed(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 < argc) return argv[++i];
      std::fputs(usage, stderr);
      std::exit(2);
    };
    if (name == "--seed")
      options.seed = std::stoull(value());
    else if (name == "--count")
      options.count = std::stoll(value());
    else if (name == "--seconds")
      options.seconds = std::stoll(value());
    else if (name == "--shrink")
      options.shrink = std::stoll(value());
    else if (name == "--mode")
      options.mode = value();
    else if (name == "--skip")
      options.skip = value();
    else if (name == "--print")
      options.print = true;
    else if (name == "--keep-going")
      options.keep_going = true;
    else {
      std::fputs(usage, name == "--help" ? stdout : stderr);
      std::exit(name == "--help" ? 0 : 2);
    }
  }
  return options;
}

std::vector<std::size_t> modes_named(const std::string& name, const std::string& skip) {
  std::vector<std::size_t> some;
  for (std::size_t m = 0; m < modes().size(); ++m)
    if (modes()[m].name.starts_with(name) &&
        (skip.empty() || modes()[m].name.find(skip) == std::string::npos))
      some.push_back(m);
  if (some.empty()) {
    fmt::print(stderr, "no mode begins with '{}'; there are:\n", name);
    for (const Mode& mode : modes()) fmt::print(stderr, "  {}\n", mode.name);
    std::exit(2);
  }
  return some;
}

constexpr unsigned seconds_to_make_and_check = 600;

// One program from its making to its end, in a process of its own.
void one(std::uint64_t seed, const std::vector<std::size_t>& which, std::int64_t seconds, Counts& counts,
         char* tried) {
  note_step([&](const Step& step) {
    std::snprintf(tried, 200, "%s %s", name_of(step.kind), step.row ? step.row->id().c_str() : "");
  });
  const Program program = generate(seed);
  count(program, counts);
  const auto failure = failure_of(program, which, &counts);
  if (!failure) return;
  ++counts.failed;
  const Mode& mode = modes()[failure->mode];
  fmt::print("\nprogram {}, {}: {}\n", seed, mode.name, failure->text);
  std::fflush(stdout);
  if (seconds == 0) return;
  const Program smallest = shrink(program, *failure, static_cast<int>(seconds));
  const auto left = failure_of(smallest, {failure->mode});
  fmt::print("made smaller: {}\n{}\n", left ? left->text : "passes now and then", as_code(smallest, mode));
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parsed(argc, argv);
  const std::vector<std::size_t> which = modes_named(options.mode, options.skip);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  set_strict_compiler(true);
  set_num_threads(1);  // children are forked, which threads do not survive
  Counts& counts = shared<Counts>();
  char* tried = static_cast<char*>(shared_memory(200));
  (void)operations();
  for (std::int64_t i = 0; i < options.count && std::chrono::steady_clock::now() < end; ++i) {
    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(i);
    if (options.print) {
      fmt::print("{}", as_code(generate(seed), modes()[which[0]]));
      continue;
    }
    const std::string died = in_child([&] { one(seed, which, options.shrink, counts, tried); },
                                      seconds_to_make_and_check + static_cast<unsigned>(2 * options.shrink));
    if (!died.empty()) {
      ++counts.failed;
      fmt::print("\nprogram {} {} while {} was run uncompiled\n", seed, died, tried);
    }
    if (counts.failed >= 10 && !options.keep_going) break;
  }
  if (options.print) return 0;
  fmt::print("{}", to_string(counts));
  return counts.failed ? 1 : 0;
}
