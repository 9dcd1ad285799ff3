#include "bar_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace copse::callbacks {
namespace {

bool is_validation(std::string_view name) { return name.starts_with("val_"); }
std::string_view plain(std::string_view name) { return is_validation(name) ? name.substr(4) : name; }

// 0 and 1: of training, the loss and metrics; 2 and 3: of validation; 4: losses that are added up.
int rank(std::string_view name) {
  const std::string_view own = plain(name);
  if (own != "loss" && own.ends_with("_loss")) return 4;
  return (is_validation(name) ? 2 : 0) + (own == "loss" ? 0 : 1);
}

// Whether a loss is the only one, so that its number is that of `loss`.
bool repeats_the_loss(const EpochLogs& logs, const EpochLogs::Entry& entry) {
  if (rank(entry.first) != 4) return false;
  const bool validation = is_validation(entry.first);
  const auto others = std::count_if(logs.begin(), logs.end(), [&](const EpochLogs::Entry& other) {
    return rank(other.first) == 4 && is_validation(other.first) == validation;
  });
  const std::string total = validation ? "val_loss" : "loss";
  return others == 1 && logs.contains(total) && logs[total] == entry.second;
}

constexpr std::pair<std::string_view, std::string_view> short_words[] = {
    {"sparse_categorical_crossentropy", "ce"},
    {"mean_squared_error", "mse"},
    {"mean_absolute_error", "mae"},
    {"cross_entropy", "ce"},
    {"crossentropy", "ce"},
    {"precision", "prec"},
    {"top_", "top"}};

// `val_accuracy` as `val_acc`: words of the field by their short forms, long ones by three letters.
std::string shortened(std::string name) {
  for (const auto& [word, brief] : short_words)
    if (const auto at = name.find(word); at != std::string::npos) name.replace(at, word.size(), brief);
  std::string out;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('_', at), name.size()), letters = end - at;
    if (!out.empty()) out += '_';
    out += name.substr(at, letters <= 4 ? letters : 3);
    at = end + 1;
  }
  return out;
}

std::string text(const std::vector<EpochLogs::Entry>& numbers, bool brief) {
  std::string out;
  for (const auto& [name, value] : numbers) {
    if (!out.empty()) out += brief ? " " : " - ";
    out += brief ? fmt::format("{} {:.3g}", shortened(name), value) : to_string(EpochLogs{{name, value}});
  }
  return out;
}

// `12.9k/s`
std::string short_rate(double speed) {
  if (speed >= 1e6) return fmt::format("{:.3g}M/s", speed / 1e6);
  return speed >= 1e3 ? fmt::format("{:.3g}k/s", speed / 1e3) : fmt::format("{:.3g}/s", speed);
}

std::string joined(const std::string& left, const std::string& right) {
  return right.empty() ? left : left + " - " + right;
}

// A bar that leaves the rest of its line as much room as it can: numbers say more.
std::string bar(const BarLine& line, std::size_t room) {
  const std::size_t width = static_cast<std::size_t>(std::max(0, line.width)),
                    length = std::clamp(room, std::min<std::size_t>(width, 6), width);
  const auto filled = static_cast<std::size_t>(std::clamp<std::int64_t>(
      static_cast<std::int64_t>(length) * line.done / *line.total, 0, static_cast<std::int64_t>(length)));
  std::string out(filled, '=');
  if (filled < length) out += '>';
  out.resize(length, '.');
  return out;
}

std::string with_bar(const BarLine& line, const std::string& rate, const std::string& numbers,
                     std::size_t columns) {
  const std::string before =
      fmt::format("{:>{}}/{} [", line.done, fmt::formatted_size("{}", *line.total), *line.total);
  const std::string after = joined(
      line.ended ? fmt::format("] - {} - {}", line.time, rate) : fmt::format("] - {} - {}", rate, line.time),
      numbers);
  const std::size_t rest = before.size() + after.size();
  return before + bar(line, columns > rest ? columns - rest : 0) + after;
}

}  // namespace

std::vector<EpochLogs::Entry> by_importance(const EpochLogs& logs) {
  std::vector<EpochLogs::Entry> out;
  for (const auto& entry : logs)
    if (!repeats_the_loss(logs, entry)) out.push_back(entry);
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return rank(a.first) < rank(b.first); });
  return out;
}

std::string rate_text(double samples_per_second) {
  return fmt::format("{:.{}f} samples/s", samples_per_second, samples_per_second < 100 ? 1 : 0);
}

std::string numbers_text(const EpochLogs& logs) { return text(by_importance(logs), false); }

std::string bar_line(const BarLine& line, const EpochLogs& logs, std::size_t columns) {
  const double speed = line.samples_per_second;
  const std::string rate = rate_text(speed);
  std::vector<EpochLogs::Entry> numbers = by_importance(logs);
  const bool counts = line.total && *line.total > 0;
  for (const bool brief : {false, true}) {
    const std::string words = text(numbers, brief);
    const std::string whole =
        counts ? with_bar(line, rate, words, columns)
               : joined(fmt::format("{} batches - {} - {}", line.done, rate, line.time), words);
    if (whole.size() <= columns) return whole;
  }
  const std::string count =
      counts ? fmt::format("{}/{}", line.done, *line.total) : fmt::format("{}", line.done);
  const std::string time = line.time.starts_with("ETA: ") ? "ETA " + line.time.substr(5) : line.time;
  std::string head = fmt::format("{} {} {}", count, short_rate(speed), time);
  while (joined(head, text(numbers, true)).size() > columns && numbers.size() > 1) numbers.pop_back();
  if (joined(head, text(numbers, true)).size() > columns) head = count;
  return joined(head, text(numbers, true)).substr(0, columns);
}

}  // namespace copse::callbacks
