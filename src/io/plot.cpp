// Plots: plain SVG, which every browser shows.
#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"

namespace copse::io {
namespace {

constexpr double left = 58, right = 16, top = 34, bottom = 40;
constexpr const char* colors[] = {"#1f6fb4", "#d9622b", "#2b8a57", "#8a5ab5", "#b58a1f", "#5a6b75"};

const char* color_of(std::size_t series) { return colors[series % std::size(colors)]; }

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

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

// Where numbers are in a panel.
class Frame {
 public:
  explicit Frame(const Panel& panel) : panel_(panel) {
    for (const PlotSeries& series : panel.series) {
      for (const double value : series.x) x.add(value);
      for (const double value : series.y) y.add(value);
      for (const double value : series.upper) y.add(value);
    }
    if (x.low == x.high) {
      x.widen(0.0, 0.5);
    } else if (panel.room > 0 || x.low > x.high) {
      x.widen(panel.room, 0.0);
    }
    y.widen(0.05, 0.0);
  }

  double across(double v) const {
    return left + (v - x.low) / (x.high - x.low) * (panel_.width - left - right);
  }
  double down(double v) const {
    return panel_.height - bottom - (v - y.low) / (y.high - y.low) * (panel_.height - top - bottom);
  }
  std::string point(double px, double py) const {
    return fmt::format("{:.1f},{:.1f} ", across(px), down(py));
  }

  Range x, y;

 private:
  const Panel& panel_;
};

std::string draw_axes(const Panel& panel, const Frame& frame) {
  const double width = panel.width, height = panel.height;
  std::string out =
      fmt::format("<text x=\"{}\" y=\"20\" class=\"title\">{}</text>\n", left, escaped(panel.title));
  for (const double tick : ticks(frame.y.low, frame.y.high, 5, 0.0)) {
    const double y = frame.down(tick);
    out += fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>", left,
                       width - right, y, y);
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n", left - 6, y + 4,
                       std::abs(tick) < 1e-12 ? 0.0 : tick);
  }
  for (const double tick : ticks(frame.x.low, frame.x.high, 6, panel.least_step)) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:g}</text>\n", frame.across(tick),
                       height - bottom + 18, std::abs(tick) < 1e-12 ? 0.0 : tick);
  }
  out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"frame\"/>\n", left, top,
                     width - left - right, height - top - bottom);
  out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (left + width - right) / 2,
                     height - 6, escaped(panel.x_label));
  return out;
}

std::string draw_dot(const std::string& point, double radius, const char* color) {
  const std::size_t comma = point.find(',');
  return fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" style=\"fill:{}\"/>\n", point.substr(0, comma),
                     point.substr(comma + 1, point.size() - comma - 2), radius, color);
}

std::string draw_band(const PlotSeries& series, const Frame& frame, const char* color) {
  std::string there, back;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!std::isfinite(series.x[i]) || !std::isfinite(series.y[i]) || !std::isfinite(series.upper[i]))
      continue;
    there += frame.point(series.x[i], series.y[i]);
    back.insert(0, frame.point(series.x[i], series.upper[i]));
  }
  return fmt::format("<polygon points=\"{}{}\" style=\"fill:{};fill-opacity:0.25\"/>\n", there, back, color);
}

std::string draw_series(const PlotSeries& series, const Frame& frame, const char* color) {
  if (series.mark == Mark::band) return draw_band(series, frame, color);
  std::vector<std::string> points;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (std::isfinite(series.x[i]) && std::isfinite(series.y[i]))
      points.push_back(frame.point(series.x[i], series.y[i]));
  }
  std::string out;
  if (series.mark == Mark::points) {
    for (const std::string& point : points) out += draw_dot(point, points.size() <= 20 ? 4 : 2, color);
    return out;
  }
  // A line from a point to itself is a dot, which is drawn large.
  if (points.size() == 1) {
    out += draw_dot(points.front(), 4, color);
    points.push_back(points.front());
  }
  return out + fmt::format("<polyline points=\"{}\" stroke=\"{}\" class=\"curve\"/>\n", fmt::join(points, ""),
                           color);
}

std::string draw_legend(const Panel& panel) {
  std::string out;
  double at = panel.width - right - 8;
  for (std::size_t i = panel.series.size(); i-- > 0;) {
    const std::string& label = panel.series[i].label;
    if (panel.series.size() < 2 || label.empty()) continue;
    out.insert(0, fmt::format("<text x=\"{}\" y=\"20\" text-anchor=\"end\" style=\"fill:{}\">{}</text>\n", at,
                              color_of(i), escaped(label)));
    at -= 7 * static_cast<double>(label.size()) + 6;
  }
  return out;
}

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

std::string draw(const Panel& panel, double across, double down) {
  const Frame frame(panel);
  std::string out =
      fmt::format("<g transform=\"translate({},{})\">\n", across, down) + draw_axes(panel, frame);
  for (const bool bands : {true, false}) {
    for (std::size_t i = 0; i < panel.series.size(); ++i) {
      if ((panel.series[i].mark == Mark::band) == bands)
        out += draw_series(panel.series[i], frame, color_of(i));
    }
  }
  return out + draw_legend(panel) + "</g>\n";
}

std::string svg(double width, double height, const std::string& plots) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
      "<style>text{{font:12px sans-serif;fill:#333}}.title{{font-size:14px;font-weight:bold}}"
      ".grid{{stroke:#ddd}}.frame{{fill:none;stroke:#999}}.curve{{fill:none;stroke-width:2;stroke-"
      "linecap:round}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{2}</svg>\n",
      width, height, plots);
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
  write_file(path, svg(panel.width, panel.height, draw(panel, 0, 0)), "save_plot", options.save);
}

}  // namespace copse::io
