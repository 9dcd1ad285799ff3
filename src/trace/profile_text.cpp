// Profiles as tables, as JSON and as traces.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "copse/core/error.hpp"
#include "copse/trace/profile.hpp"
#include "text_file.hpp"

namespace copse {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t widest_operation = 48;

// What a row says besides its time.
Json details(const Profile::Row& row) {
  Json parts = Json::array();
  for (const Profile::Part& part : row.parts)
    parts.push_back({{"path", part.path}, {"operation", part.operation}});
  return {{"path", row.path},         {"operation", row.operation}, {"parameters", row.parameters},
          {"result", row.result},     {"gflops", row.gflops},       {"gbytes", row.gbytes},
          {"share", row.share},       {"flops", row.flops},         {"bytes", row.bytes},
          {"parts", std::move(parts)}};
}

// Rows of a table: the first columns are numbers, the last ones texts.
std::string table(const std::vector<std::vector<std::string>>& cells, std::size_t numbers) {
  std::vector<std::size_t> widths(cells[0].size(), 0);
  for (const auto& row : cells)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c)
      line += c < numbers ? fmt::format("{:>{}}  ", row[c], widths[c])
                          : fmt::format("{:<{}}  ", row[c], widths[c]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string shortened(std::string text) {
  return text.size() <= widest_operation ? text : text.substr(0, widest_operation - 3) + "...";
}

std::string percent(double share) { return fmt::format("{:.1f}%", 100 * share); }

// An event of a trace: a piece of time on one of two tracks.
Json event(const std::string& name, const std::string& category, double start, double length, int track,
           Json arguments) {
  return {{"name", name},  {"cat", category}, {"ph", "X"},    {"ts", start},
          {"dur", length}, {"pid", 1},        {"tid", track}, {"args", std::move(arguments)}};
}

}  // namespace

Profile::Profile(std::string name, std::vector<Row> rows, MachineLimits limits)
    : name_(std::move(name)), rows_(std::move(rows)), limits_(limits) {
  for (const Row& row : rows_) microseconds_ += row.microseconds;
  for (Row& row : rows_) row.share = row.microseconds / microseconds_;
}

std::vector<Profile::Layer> Profile::by_layer() const try {
  std::map<std::string, double> times;
  for (const Row& row : rows_) {
    if (row.parts.empty()) times[row.path] += row.microseconds;
    for (const Part& part : row.parts)
      times[part.path] += row.microseconds / static_cast<double>(row.parts.size());
  }
  std::vector<Layer> layers;
  for (const auto& [path, time] : times) layers.push_back({path, time, time / microseconds_});
  std::stable_sort(layers.begin(), layers.end(),
                   [](const Layer& a, const Layer& b) { return a.microseconds > b.microseconds; });
  return layers;
} catch (const std::bad_alloc&) {
  detail::out_of_memory("profile");
}

void Profile::write_json(const std::filesystem::path& path) const try {
  Json rows = Json::array(), layers = Json::array();
  for (const Row& row : rows_) {
    rows.push_back({{"microseconds", row.microseconds}});
    rows.back().update(details(row));
  }
  for (const Layer& layer : by_layer())
    layers.push_back({{"path", layer.path}, {"microseconds", layer.microseconds}, {"share", layer.share}});
  const Json all = {{"name", name_},
                    {"microseconds", microseconds_},
                    {"limits", {{"gflops", limits_.gflops}, {"gbytes", limits_.gbytes}}},
                    {"rows", std::move(rows)},
                    {"layers", std::move(layers)}};
  write_text(path, all.dump(1) + "\n", "profile");
} catch (const std::bad_alloc&) {
  detail::out_of_memory("profile");
}

void Profile::write_trace(const std::filesystem::path& path) const try {
  Json events = Json::array();
  for (const auto& [track, name] : {std::pair(1, "instructions"), std::pair(2, "layers")})
    events.push_back(
        {{"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", track}, {"args", {{"name", name}}}});
  double now = 0, began = 0;
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    const Row& row = rows_[k];
    events.push_back(event(row.operation, row.path, now, row.microseconds, 1, details(row)));
    now += row.microseconds;
    // A layer's event goes on as long as the same layer's instructions follow one another.
    if (k + 1 < rows_.size() && rows_[k + 1].path == row.path) continue;
    if (!row.path.empty()) events.push_back(event(row.path, "layer", began, now - began, 2, Json::object()));
    began = now;
  }
  const Json all = {
      {"displayTimeUnit", "ns"}, {"otherData", {{"program", name_}}}, {"traceEvents", std::move(events)}};
  write_text(path, all.dump(1) + "\n", "profile");
} catch (const std::bad_alloc&) {
  detail::out_of_memory("profile");
}

std::string to_string(const Profile& profile) try {
  std::vector<const Profile::Row*> rows;
  for (const Profile::Row& row : profile.rows()) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return a->share > b->share; });
  std::vector<std::vector<std::string>> cells{
      {"share", "microseconds", "GF/s", "GB/s", "operation", "result", "path"}};
  for (const Profile::Row* row : rows)
    cells.push_back({percent(row->share), fmt::format("{:.2f}", row->microseconds),
                     fmt::format("{:.2f}", row->gflops), fmt::format("{:.2f}", row->gbytes),
                     shortened(row->operation + (row->parameters.empty() ? "" : " " + row->parameters)),
                     shortened(row->result), row->path});
  std::vector<std::vector<std::string>> layers{{"share", "microseconds", "layer"}};
  for (const Profile::Layer& layer : profile.by_layer())
    layers.push_back({percent(layer.share), fmt::format("{:.2f}", layer.microseconds),
                      layer.path.empty() ? "(none)" : layer.path});
  return fmt::format("{}\n{}\n{}: {:.2f} microseconds; the machine reaches {:.1f} GF/s and {:.1f} GB/s",
                     table(cells, 4), table(layers, 2), profile.name(), profile.microseconds(),
                     profile.limits().gflops, profile.limits().gbytes);
} catch (const std::bad_alloc&) {
  detail::out_of_memory("profile");
}

std::ostream& operator<<(std::ostream& out, const Profile& profile) { return out << to_string(profile); }

}  // namespace copse
