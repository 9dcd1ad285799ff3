// The history as a picture.
#include <string>
#include <utility>
#include <vector>

#include "../io/plot.hpp"
#include "copse/train/history.hpp"

namespace copse {
namespace {

io::PlotSeries series_of(const History& history, const std::string& name, const std::string& label) {
  io::PlotSeries out{label, {}, history[name], {}, io::Mark::line};
  for (const int epoch : history.epochs_of(name)) out.x.push_back(epoch + 1);
  return out;
}

}  // namespace

void plot_history(const std::filesystem::path& path, const History& history) {
  std::vector<io::Panel> panels;
  for (const std::string& name : history.names()) {
    const bool validation = name.starts_with("val_");
    if (validation && history.contains(name.substr(4))) continue;
    io::Panel panel{.title = name, .x_label = "epoch", .series = {}, .least_step = 1.0};
    panel.series.push_back(series_of(history, name, validation ? "validation" : "training"));
    const std::string other = "val_" + name;
    if (history.contains(other)) panel.series.push_back(series_of(history, other, "validation"));
    panels.push_back(std::move(panel));
  }
  io::save_panels(path, panels, "plot_history");
}

}  // namespace copse
