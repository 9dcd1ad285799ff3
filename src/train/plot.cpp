// The history as a picture: plain SVG, which every browser shows.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "copse/io/atomic_file.hpp"
#include "copse/train/history.hpp"

namespace copse {
namespace {

constexpr double width = 420, height = 280, left = 58, right = 16, top = 34, bottom = 40;
constexpr int panels_in_a_row = 3;
constexpr const char* colors[] = {"#1f6fb4", "#d9622b"};

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
  void widen(double least) {
    if (low > high) low = 0, high = 1;
    const double around = high == 0 ? 1.0 : 0.1 * std::abs(high);  // of a single value
    const double room = std::max({low == high ? around : 0.05 * (high - low), least, std::abs(high) * 1e-6});
    low -= room;
    high += room;
  }
};

struct Curve {
  std::string label;
  const std::vector<int>* epochs;
  const std::vector<double>* values;
};

std::string plot(const std::string& title, const std::vector<Curve>& curves, double across, double down) {
  Range x, y;
  for (const Curve& curve : curves) {
    for (const int epoch : *curve.epochs) x.add(epoch + 1);
    for (const double value : *curve.values) y.add(value);
  }
  if (x.low == x.high) x.widen(0.5);
  y.widen(0.0);
  const auto px = [&](double v) { return left + (v - x.low) / (x.high - x.low) * (width - left - right); };
  const auto py = [&](double v) {
    return height - bottom - (v - y.low) / (y.high - y.low) * (height - top - bottom);
  };

  std::string out = fmt::format("<g transform=\"translate({},{})\">\n", across, down);
  out += fmt::format("<text x=\"{}\" y=\"20\" class=\"title\">{}</text>\n", left, escaped(title));
  for (const double tick : ticks(y.low, y.high, 5, 0.0)) {
    out += fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>", left,
                       width - right, py(tick), py(tick));
    out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n", left - 6,
                       py(tick) + 4, std::abs(tick) < 1e-12 ? 0.0 : tick);
  }
  for (const double tick : ticks(x.low, x.high, 6, 1.0)) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:g}</text>\n", px(tick),
                       height - bottom + 18, tick);
  }
  out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"frame\"/>\n", left, top,
                     width - left - right, height - top - bottom);
  out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">epoch</text>\n",
                     (left + width - right) / 2, height - 6);
  for (std::size_t c = 0; c < curves.size(); ++c) {
    std::string points, last;
    int count = 0;
    for (std::size_t i = 0; i < curves[c].values->size(); ++i) {
      const double value = (*curves[c].values)[i];
      if (!std::isfinite(value)) continue;
      last = fmt::format("{:.1f},{:.1f} ", px((*curves[c].epochs)[i] + 1), py(value));
      points += last;
      ++count;
    }
    // A line from a point to itself is a dot, which is drawn large.
    if (count == 1) {
      points += last;
      const std::size_t comma = last.find(',');
      out += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"4\" style=\"fill:{}\"/>\n", last.substr(0, comma),
                         last.substr(comma + 1, last.size() - comma - 2), colors[c]);
    }
    out += fmt::format("<polyline points=\"{}\" stroke=\"{}\" class=\"curve\"/>\n", points, colors[c]);
    const double at = width - right - 8 - 76.0 * static_cast<double>(curves.size() - 1 - c);
    if (curves.size() > 1) {
      out += fmt::format("<text x=\"{}\" y=\"20\" text-anchor=\"end\" style=\"fill:{}\">{}</text>\n", at,
                         colors[c], escaped(curves[c].label));
    }
  }
  return out + "</g>\n";
}

}  // namespace

void plot_history(const std::filesystem::path& path, const History& history) {
  std::string plots;
  int count = 0;
  for (const std::string& name : history.names()) {
    const bool validation = name.starts_with("val_");
    if (validation && history.contains(name.substr(4))) continue;
    std::vector<Curve> curves{
        {validation ? "validation" : "training", &history.epochs_of(name), &history[name]}};
    const std::string other = "val_" + name;
    if (history.contains(other)) curves.push_back({"validation", &history.epochs_of(other), &history[other]});
    plots += plot(name, curves, width * (count % panels_in_a_row), height * (count / panels_in_a_row));
    ++count;
  }
  const double total = width * std::clamp(count, 1, panels_in_a_row),
               rows = height * std::max(1, (count + panels_in_a_row - 1) / panels_in_a_row);
  io::write_file(
      path,
      fmt::format(
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
          "<style>text{{font:12px sans-serif;fill:#333}}.title{{font-size:14px;font-weight:bold}}"
          ".grid{{stroke:#ddd}}.frame{{fill:none;stroke:#999}}.curve{{fill:none;stroke-width:2;stroke-"
          "linecap:round}}</style>\n"
          "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{2}</svg>\n",
          total, rows, plots),
      "plot_history");
}

}  // namespace copse
