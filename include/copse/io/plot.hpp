// Plots of numbers, as SVG or PNG.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/io/options.hpp"

namespace copse::io {

/// How the points of a curve are drawn.
enum class Mark : std::uint8_t {
  line,    ///< joined, in their order
  points,  ///< each by itself
  band,    ///< the area between two lines
};

/// A series of a plot. Points that are not finite are skipped.
struct Curve {
  std::string label;  ///< in the legend; may be empty
  Array x;            ///< (n,), of any dtype
  Array y;            ///< (n,); of a band (n, 2): its lower and its upper line
  Mark mark = Mark::line;
};

struct PlotOptions {
  std::string title = {};
  std::string x = {};  ///< what the horizontal axis says
  int width = 560;     ///< pixels of an SVG
  int height = 360;
  SaveOptions save = {};
};

/// Draws curves into one plot, in their order, bands behind all others: an SVG file, which every browser
/// shows, or a PNG with two pixels for each of the SVG's, as the path ends. The axes hold all points. Throws
/// ShapeError for arrays of other shapes, ValueError for a plot that is too small to draw or another ending,
/// IoError for a file that cannot be written, or a PNG where Copse was built without zlib.
void save_plot(const std::filesystem::path& path, const std::vector<Curve>& curves,
               const PlotOptions& options = {});

}  // namespace copse::io
