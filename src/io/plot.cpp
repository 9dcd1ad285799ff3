// Plots: panels of curves between axes.
#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "canvas.hpp"
#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"

namespace copse::io {
namespace {

constexpr double left = 58, right = 22, top = 34, bottom = 40;
constexpr int panels_in_a_row = 3;
constexpr Color colors[] = {{31, 111, 180}, {217, 98, 43},  {43, 138, 87},
                            {138, 90, 181}, {181, 138, 31}, {90, 107, 117}};
constexpr Color grid_color{221, 221, 221}, frame_color{153, 153, 153};

Color color_of(std::size_t series) { return colors[series % std::size(colors)]; }

// About `wanted` round numbers between two values.
std::vector<double> ticks(double low, double high, int wanted, double least_step) {
  const double raw = (high - low) / wanted, power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = power;
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    step = factor * power;
    if (step >= raw) break;
  }
  step = std::max(step, least_step);
  std::vector<double> out;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) out.push_back(i * step);
  return out;
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // Some room around the values, and something to draw where there is only one.
  void widen(double part, double least) {
    if (low > high) low = 0, high = 1;
    const double around = high == 0 ? 1.0 : 0.1 * std::abs(high);  // of a single value
    const double room = std::max({low == high ? around : part * (high - low), least, std::abs(high) * 1e-6});
    low -= room;
    high += room;
  }
};

// A panel at its place in a picture.
class Drawing {
 public:
  Drawing(Canvas& canvas, const Panel& panel, Point corner)
      : canvas_(canvas), panel_(panel), corner_(corner) {
    for (const PlotSeries& series : panel.series) {
      for (const double value : series.x) x_.add(value);
      for (const double value : series.y) y_.add(value);
      for (const double value : series.upper) y_.add(value);
    }
    if (x_.low == x_.high) {
      x_.widen(0.0, 0.5);
    } else if (panel.room > 0 || x_.low > x_.high) {
      x_.widen(panel.room, 0.0);
    }
    y_.widen(0.05, 0.0);
  }

  void draw() const {
    draw_axes();
    for (const bool bands : {true, false}) {
      for (std::size_t i = 0; i < panel_.series.size(); ++i) {
        if ((panel_.series[i].mark == Mark::band) == bands) draw_series(panel_.series[i], color_of(i));
      }
    }
    draw_legend();
  }

 private:
  Point at(double x, double y) const { return {corner_.x + x, corner_.y + y}; }
  double across(double v) const {
    return left + (v - x_.low) / (x_.high - x_.low) * (panel_.width - left - right);
  }
  double down(double v) const {
    return panel_.height - bottom - (v - y_.low) / (y_.high - y_.low) * (panel_.height - top - bottom);
  }
  Point point(double x, double y) const { return at(across(x), down(y)); }

  void draw_axes() const {
    const double end = panel_.width - right, floor = panel_.height - bottom;
    const auto number = [](double tick) { return tick == 0 ? 0.0 : tick; };  // not -0
    canvas_.text(at(left, 20), panel_.title, Align::left, {.size = 14, .bold = true});
    for (const double tick : ticks(y_.low, y_.high, 5, 0.0)) {
      canvas_.line(at(left, down(tick)), at(end, down(tick)), grid_color);
      canvas_.text(at(left - 6, down(tick) + 4), fmt::format("{:.4g}", number(tick)), Align::right);
    }
    for (const double tick : ticks(x_.low, x_.high, 6, panel_.least_step))
      canvas_.text(at(across(tick), floor + 18), fmt::format("{:g}", number(tick)), Align::middle);
    canvas_.frame(at(left, top), end - left, floor - top, frame_color);
    canvas_.text(at((left + end) / 2, panel_.height - 6), panel_.x_label, Align::middle);
  }

  void draw_band(const PlotSeries& series, Color color) const {
    std::vector<Point> lower, upper;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i]) || !std::isfinite(series.upper[i]))
        continue;
      lower.push_back(point(series.x[i], series.y[i]));
      upper.push_back(point(series.x[i], series.upper[i]));
    }
    canvas_.band(lower, upper, color);
  }

  void draw_series(const PlotSeries& series, Color color) const {
    if (series.mark == Mark::band) return draw_band(series, color);
    std::vector<Point> points;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (std::isfinite(series.x[i]) && std::isfinite(series.y[i]))
        points.push_back(point(series.x[i], series.y[i]));
    }
    if (series.mark == Mark::points) {
      for (const Point& p : points) canvas_.dot(p, points.size() <= 20 ? 4 : 2, color);
      return;
    }
    if (points.size() == 1) canvas_.dot(points.front(), 4, color);
    canvas_.curve(points, color);
  }

  void draw_legend() const {
    double end = panel_.width - right - 8;
    for (std::size_t i = panel_.series.size(); i-- > 0;) {
      const std::string& label = panel_.series[i].label;
      if (panel_.series.size() < 2 || label.empty()) continue;
      canvas_.text(at(end, 20), label, Align::right, {.color = color_of(i)});
      end -= 7 * static_cast<double>(label.size()) + 6;
    }
  }

  Canvas& canvas_;
  const Panel& panel_;
  Point corner_;
  Range x_, y_;
};

PlotSeries series_of(const Curve& curve) {
  const bool band = curve.mark == Mark::band;
  const Shape one = curve.x.ndim() == 1 ? curve.x.shape() : Shape{-1};
  const Shape wanted = band ? Shape{one[0], 2} : one;
  if (curve.x.ndim() != 1 || curve.y.shape() != wanted) {
    throw ShapeError(fmt::format("save_plot: '{}' has x {} and y {}, wanted (n,) and {}", curve.label,
                                 to_string(curve.x.type()), to_string(curve.y.type()),
                                 band ? "(n, 2)" : "(n,)"));
  }
  PlotSeries out{curve.label, curve.x.to_vector<double>(), curve.y.to_vector<double>(), {}, curve.mark};
  if (!band) return out;
  const std::vector<double> both = std::exchange(out.y, {});
  for (std::size_t i = 0; i < both.size(); i += 2) {
    out.y.push_back(both[i]);
    out.upper.push_back(both[i + 1]);
  }
  return out;
}

}  // namespace

void check_plot_path(const std::filesystem::path& path, const char* function) {
  const std::string ending = path.extension();
  if (ending != ".svg" && ending != ".png")
    throw ValueError(
        fmt::format("{}: '{}' ends in '{}', wanted .svg or .png", function, path.string(), ending));
}

void save_panels(const std::filesystem::path& path, const std::vector<Panel>& panels, const char* function,
                 const SaveOptions& save) {
  check_plot_path(path, function);
  const int count = static_cast<int>(panels.size()), columns = std::clamp(count, 1, panels_in_a_row),
            rows = std::max(1, (count + columns - 1) / columns);
  const double width = panels.empty() ? Panel().width : panels[0].width,
               height = panels.empty() ? Panel().height : panels[0].height;
  const auto canvas = (path.extension() == ".svg" ? svg_canvas : png_canvas)(width * columns, height * rows);
  for (int i = 0; i < count; ++i)
    Drawing(*canvas, panels[static_cast<std::size_t>(i)], {width * (i % columns), height * (i / columns)})
        .draw();
  write_file(path, canvas->finish(), function, save);
}

void save_plot(const std::filesystem::path& path, const std::vector<Curve>& curves,
               const PlotOptions& options) {
  if (options.width < 120 || options.height < 120) {
    throw ValueError(
        fmt::format("save_plot: {} by {} pixels, wanted 120 by 120 or more", options.width, options.height));
  }
  Panel panel{
      options.title, options.x, {}, static_cast<double>(options.width), static_cast<double>(options.height),
      0.0,           0.02};
  for (const Curve& curve : curves) panel.series.push_back(series_of(curve));
  save_panels(path, {panel}, "save_plot", options.save);
}

}  // namespace copse::io
