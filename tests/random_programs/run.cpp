#include "run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <set>

#include "child.hpp"
#include "operations.hpp"

namespace random_programs {
namespace {

// What a child says while it works.
struct Board {
  std::size_t mode;
  bool failed;
  char text[1000];
};

constexpr unsigned seconds_for_one = 60;

}  // namespace

std::optional<Failure> failure_of(const Program& program, const std::vector<std::size_t>& which,
                                  Counts* counts) {
  static Board& board = shared<Board>();
  board = {which.empty() ? 0 : which[0], false, ""};
  const auto work = [&] {
    Checker check(program);
    for (const std::size_t m : which) {
      board.mode = m;
      alarm(seconds_for_one);  // anew for each mode
      const Verdict verdict = check(modes()[m]);
      if (counts) ++counts->outcomes[m][static_cast<std::size_t>(verdict.outcome)];
      if (verdict.outcome != Outcome::different) continue;
      board.failed = true;
      std::strncpy(board.text, verdict.text.c_str(), sizeof(board.text) - 1);
      return;
    }
  };
  const std::string end = in_child(work, seconds_for_one);
  if (!end.empty()) {
    if (counts) ++counts->outcomes[board.mode][2];
    return Failure{board.mode, end};
  }
  if (board.failed) return Failure{board.mode, board.text};
  return std::nullopt;
}

void count(const Program& program, Counts& counts) {
  std::set<int> kinds, dtypes;
  ++counts.programs;
  for (const Source& source : program.sources) dtypes.insert(static_cast<int>(source.dtype));
  each_step(program.body, [&](const Step& step) {
    ++counts.steps;
    kinds.insert(static_cast<int>(step.kind));
    if (step.kind == Kind::fit) dtypes.insert(static_cast<int>(step.dtype));
    if (step.row) ++counts.with_row[static_cast<std::size_t>(step.row - tables::rows().data())];
  });
  for (const int k : kinds) ++counts.with_kind[static_cast<std::size_t>(k)];
  for (const int d : dtypes) ++counts.with_dtype[static_cast<std::size_t>(d)];
}

std::string to_string(const Counts& counts) {
  std::string text = fmt::format("{} programs of {} steps, {} failed\n\nprograms with\n", counts.programs,
                                 counts.steps, counts.failed);
  for (int k = 0; k < kind_count; ++k)
    text += fmt::format("  {:<40}{:>8}\n", name_of(static_cast<Kind>(k)),
                        counts.with_kind[static_cast<std::size_t>(k)]);
  for (int d = 0; d < dtype_count; ++d)
    text += fmt::format("  {:<40}{:>8}\n", copse::name_of(static_cast<DType>(d)),
                        counts.with_dtype[static_cast<std::size_t>(d)]);
  text += fmt::format("\n{:<42}{:>8}{:>10}{:>10}\n", "mode", "same", "skipped", "different");
  for (std::size_t m = 0; m < modes().size(); ++m)
    text += fmt::format("  {:<40}{:>8}{:>10}{:>10}\n", modes()[m].name, counts.outcomes[m][0],
                        counts.outcomes[m][1], counts.outcomes[m][2]);
  std::string missing;
  std::size_t rows = 0;
  for (const Operation& operation : operations()) {
    const bool there = counts.with_row[static_cast<std::size_t>(operation.row - tables::rows().data())] > 0;
    rows += there;
    if (!there) missing += " " + operation.row->id() + ",";
  }
  text += fmt::format("\n{} of {} rows occur", rows, operations().size());
  if (!missing.empty() && operations().size() - rows < 40) text += "; not:" + missing;
  text += "\n";
  return text;
}

}  // namespace random_programs
