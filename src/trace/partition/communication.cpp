#include "copse/trace/partition.hpp"

#include <fmt/format.h>

#include <ostream>

namespace copse {

std::int64_t Communication::collectives() const {
  std::int64_t total = 0;
  for (const Exchange& e : exchanges) total += e.times;
  return total;
}

std::int64_t Communication::bytes() const {
  std::int64_t total = 0;
  for (const Exchange& e : exchanges) total += e.times * e.bytes;
  return total;
}

std::ostream& operator<<(std::ostream& out, const Communication& communication) {
  const auto in = [](const std::string& path) { return path.empty() ? std::string() : " in " + path; };
  for (const Communication::Exchange& e : communication.exchanges)
    out << fmt::format("{} of {} array{}, {} bytes{}{}\n", e.what, e.arrays, e.arrays == 1 ? "" : "s",
                       e.bytes, e.times == 1 ? "" : fmt::format(", {} times", e.times), in(e.path));
  for (const Communication::Gathered& g : communication.gathered)
    out << fmt::format("whole: {}{}: {}\n", g.operation, in(g.path), g.why);
  const std::int64_t count = communication.collectives();
  return out << fmt::format("{} collective{}, {} bytes\n", count, count == 1 ? "" : "s",
                            communication.bytes());
}

}  // namespace copse
