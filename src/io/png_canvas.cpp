// Pictures as pixels. Everything is made of thick lines: a pixel's share of one follows from its distance.
#include <algorithm>
#include <cmath>

#include "canvas.hpp"
#include "pixels.hpp"

namespace copse::io {
namespace {

constexpr double scale = 2;      // pixels for a unit of length
constexpr double em = 0.12;      // of a letter's grid, in sizes of the font
constexpr double spacing = 1.7;  // between letters, in steps of that grid

double distance(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double t = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0.0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

class Bitmap final : public Canvas {
 public:
  Bitmap(double width, double height)
      : width_(static_cast<int>(std::lround(width * scale))),
        height_(static_cast<int>(std::lround(height * scale))),
        pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3, 255) {}

  void line(Point from, Point to, Color color) override { segment(from, to, color, 1); }
  void frame(Point corner, double width, double height, Color color) override {
    const double right = corner.x + width, bottom = corner.y + height;
    stroke({corner, {right, corner.y}, {right, bottom}, {corner.x, bottom}, corner}, color, 1);
  }
  void curve(const std::vector<Point>& points, Color color) override { stroke(points, color, 2); }
  void band(const std::vector<Point>& lower, const std::vector<Point>& upper, Color color) override {
    for (std::size_t i = 1; i < lower.size(); ++i)
      fill({lower[i - 1], upper[i - 1], lower[i], upper[i]}, color);
  }
  void dot(Point center, double radius, Color color) override { segment(center, center, color, 2 * radius); }
  void text(Point at, std::string_view text, Align align, const Font& font) override {
    const double unit = font.size * em;
    double x = at.x;
    if (align != Align::left) x -= length(text) * unit * (align == Align::middle ? 0.5 : 1.0);
    for (const char letter : text) {
      for (auto points : strokes(letter)) {
        for (Point& p : points) p = {x + p.x * unit, at.y + p.y * unit};
        stroke(points, font.color, font.size * (font.bold ? 0.13 : 0.085));
      }
      x += advance(letter) * unit;
    }
  }
  std::string finish() override { return encode_png({pixels_.data(), height_, width_, 3}, "save_plot"); }

 private:
  static double advance(char letter) {
    if (letter == ' ') return 2 * spacing;
    const auto all = strokes(letter);
    if (all.empty()) return 0;
    double right = 0;
    for (const auto& points : all)
      for (const Point& p : points) right = std::max(right, p.x);
    return right + spacing;
  }
  static double length(std::string_view text) {
    double out = 0;
    for (const char letter : text) out += advance(letter);
    return text.empty() ? 0 : out - spacing;
  }

  void stroke(const std::vector<Point>& points, Color color, double width) {
    if (points.size() == 1) segment(points[0], points[0], color, width);
    for (std::size_t i = 1; i < points.size(); ++i) segment(points[i - 1], points[i], color, width);
  }
  // Between two vertical lines.
  struct Quad {
    Point lower, upper, next_lower, next_upper;
  };
  void fill(Quad quad, Color color) {
    if (quad.lower.x > quad.next_lower.x) quad = {quad.next_lower, quad.next_upper, quad.lower, quad.upper};
    const double begin = quad.lower.x * scale, across = quad.next_lower.x * scale - begin;
    const int first = std::max(0, static_cast<int>(std::ceil(begin - 0.5))),
              end = std::min(width_, static_cast<int>(std::ceil(begin + across - 0.5)));
    for (int x = first; x < end; ++x) {
      const double t = (x + 0.5 - begin) / across;
      const double a = (quad.lower.y + t * (quad.next_lower.y - quad.lower.y)) * scale,
                   b = (quad.upper.y + t * (quad.next_upper.y - quad.upper.y)) * scale;
      const int top = std::max(0, static_cast<int>(std::ceil(std::min(a, b) - 0.5))),
                bottom = std::min(height_, static_cast<int>(std::ceil(std::max(a, b) - 0.5)));
      for (int y = top; y < bottom; ++y) blend(x, y, color, 0.25);
    }
  }

  void segment(Point a, Point b, Color color, double width) {
    const double half = width * scale / 2;
    for (Point* p : {&a, &b}) *p = {p->x * scale - 0.5, p->y * scale - 0.5};  // centers of pixels
    const auto first = [&](double u, double v) {
      return std::max(0, static_cast<int>(std::min(u, v) - half - 1));
    };
    const auto last = [&](double u, double v, int size) {
      return std::min(size - 1, static_cast<int>(std::max(u, v) + half + 1));
    };
    for (int y = first(a.y, b.y); y <= last(a.y, b.y, height_); ++y) {
      for (int x = first(a.x, b.x); x <= last(a.x, b.x, width_); ++x) {
        const double share = half + 0.5 - distance({static_cast<double>(x), static_cast<double>(y)}, a, b);
        if (share > 0) blend(x, y, color, std::min(share, 1.0));
      }
    }
  }
  void blend(int x, int y, Color color, double share) {
    std::uint8_t* pixel = &pixels_[3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                                        static_cast<std::size_t>(x))];
    const std::uint8_t wanted[] = {color.red, color.green, color.blue};
    for (int c = 0; c < 3; ++c)
      pixel[c] = static_cast<std::uint8_t>(std::lround(pixel[c] + share * (wanted[c] - pixel[c])));
  }

  int width_, height_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace

std::unique_ptr<Canvas> png_canvas(double width, double height) {
  return std::make_unique<Bitmap>(width, height);
}

}  // namespace copse::io
