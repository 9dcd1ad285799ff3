// The history as a picture.
#include <algorithm>
#include <string>
#include <vector>

#include "../io/plot.hpp"
#include "copse/io/atomic_file.hpp"
#include "copse/train/history.hpp"

namespace copse {
namespace {

constexpr int panels_in_a_row = 3;

io::PlotSeries series_of(const History& history, const std::string& name, const std::string& label) {
  io::PlotSeries out{label, {}, history[name], {}, io::Mark::line};
  for (const int epoch : history.epochs_of(name)) out.x.push_back(epoch + 1);
  return out;
}

}  // namespace

void plot_history(const std::filesystem::path& path, const History& history) {
  std::string plots;
  int count = 0;
  const double width = io::Panel{}.width, height = io::Panel{}.height;
  for (const std::string& name : history.names()) {
    const bool validation = name.starts_with("val_");
    if (validation && history.contains(name.substr(4))) continue;
    io::Panel panel{.title = name, .x_label = "epoch", .series = {}, .least_step = 1.0};
    panel.series.push_back(series_of(history, name, validation ? "validation" : "training"));
    const std::string other = "val_" + name;
    if (history.contains(other)) panel.series.push_back(series_of(history, other, "validation"));
    plots += io::draw(panel, width * (count % panels_in_a_row), height * (count / panels_in_a_row));
    ++count;
  }
  const double total = width * std::clamp(count, 1, panels_in_a_row),
               rows = height * std::max(1, (count + panels_in_a_row - 1) / panels_in_a_row);
  io::write_file(path, io::svg(total, rows, plots), "plot_history");
}

}  // namespace copse
