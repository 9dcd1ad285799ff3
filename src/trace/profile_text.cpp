// Profiles as tables, as JSON and as traces.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <ostream>

#include "copse/core/error.hpp"
#include "copse/trace/profile.hpp"

namespace copse {
namespace {

constexpr std::size_t widest_operation = 48;

// A text in the quotes of JSON.
std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "\"";
}

template <class T, class F>
std::string list(const std::vector<T>& all, const F& text) {
  std::string out;
  for (const T& one : all) out += (out.empty() ? "" : ",\n") + text(one);
  return "[" + out + "]";
}

std::string part_json(const Profile::Part& part) {
  return fmt::format("{{\"path\":{},\"operation\":{}}}", json_text(part.path), json_text(part.operation));
}

// What a row says besides its time, as members of a JSON object.
std::string details(const Profile::Row& row) {
  return fmt::format(
      "\"path\":{},\"operation\":{},\"parameters\":{},\"result\":{},\"gflops\":{},\"gbytes\":{},\"share\":{},"
      "\"flops\":{},\"bytes\":{},\"parts\":{}",
      json_text(row.path), json_text(row.operation), json_text(row.parameters), json_text(row.result),
      row.gflops, row.gbytes, row.share, row.flops, row.bytes, list(row.parts, part_json));
}

std::string row_json(const Profile::Row& row) {
  return fmt::format("{{\"microseconds\":{},{}}}", row.microseconds, details(row));
}

std::string layer_json(const Profile::Layer& layer) {
  return fmt::format("{{\"path\":{},\"microseconds\":{},\"share\":{}}}", json_text(layer.path),
                     layer.microseconds, layer.share);
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw IoError(fmt::format("profile: cannot write {}", path.string()));
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
std::string event(std::string_view name, std::string_view category, double start, double length, int track,
                  const std::string& arguments) {
  return fmt::format(
      "{{\"name\":{},\"cat\":{},\"ph\":\"X\",\"ts\":{:.4f},\"dur\":{:.4f},\"pid\":1,\"tid\":{},\"args\":{{{}}"
      "}}}",
      json_text(name), json_text(category), start, length, track, arguments);
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
  write_file(path,
             fmt::format("{{\"name\":{},\"microseconds\":{},\"limits\":{{\"gflops\":{},\"gbytes\":{}}},\n"
                         "\"rows\":{},\n\"layers\":{}}}\n",
                         json_text(name_), microseconds_, limits_.gflops, limits_.gbytes,
                         list(rows_, row_json), list(by_layer(), layer_json)));
} catch (const std::bad_alloc&) {
  detail::out_of_memory("profile");
}

void Profile::write_trace(const std::filesystem::path& path) const try {
  std::vector<std::string> events;
  for (const auto& [track, name] : {std::pair(1, "instructions"), std::pair(2, "layers")})
    events.push_back(fmt::format(
        "{{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":{},\"args\":{{\"name\":\"{}\"}}}}", track,
        name));
  double now = 0, began = 0;
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    const Row& row = rows_[k];
    events.push_back(event(row.operation, row.path, now, row.microseconds, 1, details(row)));
    now += row.microseconds;
    // A layer's event goes on as long as the same layer's instructions follow one another.
    if (k + 1 < rows_.size() && rows_[k + 1].path == row.path) continue;
    if (!row.path.empty()) events.push_back(event(row.path, "layer", began, now - began, 2, ""));
    began = now;
  }
  write_file(path, fmt::format(
                       "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"program\":{}}},\"traceEvents\":{}}}\n",
                       json_text(name_), list(events, [](const std::string& e) { return e; })));
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
