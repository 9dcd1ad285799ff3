// Pictures as SVG text, which every browser shows.
#include <fmt/format.h>

#include "canvas.hpp"

namespace copse::io {
namespace {

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

std::string list(const std::vector<Point>& points) {
  std::string out;
  for (const Point& p : points) out += fmt::format("{:.1f},{:.1f} ", p.x, p.y);
  return out;
}

std::string code(Color c) { return fmt::format("#{:02x}{:02x}{:02x}", c.red, c.green, c.blue); }

class Svg final : public Canvas {
 public:
  Svg(double width, double height)
      : text_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
                          "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\">\n"
                          "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
                          width, height)) {}

  void line(Point from, Point to, Color color) override {
    text_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n",
                         from.x, from.y, to.x, to.y, code(color));
  }
  void frame(Point corner, double width, double height, Color color) override {
    text_ += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:g}\" height=\"{:g}\" fill=\"none\" stroke=\"{}\"/>\n",
        corner.x, corner.y, width, height, code(color));
  }
  void curve(const std::vector<Point>& points, Color color) override {
    // A line from a point to itself is a dot.
    text_ += fmt::format(
        "<polyline points=\"{}{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" "
        "stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n",
        list(points), points.size() == 1 ? list(points) : "", code(color));
  }
  void band(const std::vector<Point>& lower, const std::vector<Point>& upper, Color color) override {
    text_ += fmt::format("<polygon points=\"{}{}\" fill=\"{}\" fill-opacity=\"0.25\"/>\n", list(lower),
                         list({upper.rbegin(), upper.rend()}), code(color));
  }
  void dot(Point center, double radius, Color color) override {
    text_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:g}\" fill=\"{}\"/>\n", center.x, center.y,
                         radius, code(color));
  }
  void text(Point at, std::string_view text, Align align, const Font& font) override {
    constexpr const char* anchors[] = {"start", "middle", "end"};
    text_ += fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{:g}\" fill=\"{}\"{}>{}</text>\n",
        at.x, at.y, anchors[static_cast<int>(align)], font.size, code(font.color),
        font.bold ? " font-weight=\"bold\"" : "", escaped(text));
  }
  std::string finish() override { return text_ + "</svg>\n"; }

 private:
  std::string text_;
};

}  // namespace

std::unique_ptr<Canvas> svg_canvas(double width, double height) {
  return std::make_unique<Svg>(width, height);
}

}  // namespace copse::io
