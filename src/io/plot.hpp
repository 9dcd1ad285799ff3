// What plots of arrays and of a training's history have in common.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "copse/io/plot.hpp"

namespace copse::io {

/// A curve as plain numbers; `upper` is for bands.
struct PlotSeries {
  std::string label;
  std::vector<double> x, y, upper;
  Mark mark = Mark::line;
};

/// One plot of a picture.
struct Panel {
  std::string title, x_label;
  std::vector<PlotSeries> series;
  double width = 420, height = 280;
  double least_step = 0;  ///< between the numbers of the horizontal axis
  double room = 0;        ///< to the left and right of what is drawn, as a part of it
};

/// Throws ValueError for a path that ends neither in .svg nor in .png.
void check_plot_path(const std::filesystem::path& path, const char* function);

/// Draws panels of one size, three in a row, into a file of the sort that the path's ending says.
void save_panels(const std::filesystem::path& path, const std::vector<Panel>& panels, const char* function,
                 const SaveOptions& save = {});

}  // namespace copse::io
