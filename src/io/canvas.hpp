// What pictures are drawn on: SVG text, or pixels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace copse::io {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
};

struct Point {
  double x = 0, y = 0;  ///< from the upper left corner, in units of an SVG's pixels
};

enum class Align : std::uint8_t { left, middle, right };

/// How text looks.
struct Font {
  double size = 12;
  bool bold = false;
  Color color{51, 51, 51};
};

/// A white area of a fixed size.
class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void line(Point from, Point to, Color color) = 0;
  virtual void frame(Point corner, double width, double height, Color color) = 0;
  /// A thicker line through points, with round ends.
  virtual void curve(const std::vector<Point>& points, Color color) = 0;
  /// The area between two lines with points above one another, through which one sees what is behind it.
  virtual void band(const std::vector<Point>& lower, const std::vector<Point>& upper, Color color) = 0;
  virtual void dot(Point center, double radius, Color color) = 0;
  /// Text whose left end, middle or right end is at a point of its baseline.
  virtual void text(Point at, std::string_view text, Align align, const Font& font = {}) = 0;
  /// The contents of a file.
  virtual std::string finish() = 0;
};

std::unique_ptr<Canvas> svg_canvas(double width, double height);
/// As a PNG, with two pixels for each unit of length. Throws IoError where Copse was built without zlib.
std::unique_ptr<Canvas> png_canvas(double width, double height);

/// The strokes of an ASCII character, each a list of points: baseline at y = 0, capital letters up to y = -6,
/// x from 0. Other bytes have those of a question mark, but none where they
/// continue a character of UTF-8.
std::vector<std::vector<Point>> strokes(char letter);

}  // namespace copse::io
