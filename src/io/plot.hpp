// Plots as text: what plots of arrays and of a training's history have in common.
#pragma once

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

/// The plot, moved to that place.
std::string draw(const Panel& panel, double across, double down);

/// A whole file with these plots in it.
std::string svg(double width, double height, const std::string& plots);

}  // namespace copse::io
