// Arrays as text, the way NumPy 2 prints them: see numpy/_core/arrayprint.py, whose defaults (8 digits, 75
// columns, 1000 elements, 3 at each end) these are.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <ostream>

#include "copse/core/array.hpp"
#include "copse/core/trace.hpp"

namespace copse {
namespace {

constexpr int precision = 8;
constexpr std::size_t line_width = 75;
constexpr std::int64_t threshold = 1000, edge_items = 3;

// The digits of a number before and after the point, and the exponent: "-12", "5", or "1", "25", "-05".
struct Digits {
  std::string whole, fraction, exponent;
};

void trim_zeros(std::string& fraction) {
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
}

Digits parse(const std::string& text) {
  Digits out;
  const std::size_t e = text.find('e'), point = text.find('.');
  if (e != std::string::npos) out.exponent = text.substr(e + 1);
  const std::string number = text.substr(0, e);
  out.whole = number.substr(0, point);
  if (point != std::string::npos) out.fraction = number.substr(point + 1);
  return out;
}

// The fewest digits that are read back as the same number of type T.
template <class T>
std::string shortest(T x, std::chars_format format) {
  if constexpr (std::same_as<T, bfloat16>) {
    const float value = x;
    for (int digits = 1;; ++digits) {
      const std::string text = fmt::format("{:.{}e}", value, digits - 1);
      if (digits < 9 && float(bfloat16(std::stof(text))) != value) continue;
      return shortest(std::stof(text), format);
    }
  } else {
    char buffer[400];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, x, format);
    return {buffer, end.ptr};
  }
}

// The shortest digits, but at most `most` of them behind the point: then those nearest to the exact value.
template <class T>
Digits digits_of(T x, bool scientific, int most) {
  Digits out = parse(shortest(x, scientific ? std::chars_format::scientific : std::chars_format::fixed));
  if (out.fraction.size() > static_cast<std::size_t>(most)) {
    const double value = static_cast<double>(x);
    out = parse(scientific ? fmt::format("{:.{}e}", value, most) : fmt::format("{:.{}f}", value, most));
  }
  trim_zeros(out.fraction);
  return out;
}

std::string padded(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

// How the elements of an array are written, all alike: chosen by looking at those that will be seen.
template <class T>
class Format {
 public:
  explicit Format(const std::vector<T>& seen) {
    for (const T x : seen) width_ = std::max(width_, text(x).size());
  }
  std::string operator()(T x) const { return padded(text(x), width_); }

 private:
  static std::string text(T x) {
    if constexpr (std::same_as<T, bool>)
      return x ? " True" : "False";  // as wide as False, in whatever company
    else
      return std::to_string(x);
  }
  std::size_t width_ = 0;
};

template <class T>
  requires(std::floating_point<T> || std::same_as<T, bfloat16>)
class Format<T> {
  using Wide = std::conditional_t<std::same_as<T, bfloat16>, float, T>;

 public:
  explicit Format(const std::vector<T>& seen) {
    std::vector<T> finite;
    Wide largest = 0, smallest = std::numeric_limits<Wide>::infinity();
    bool negative_infinity = false;
    for (const T x : seen) {
      const Wide value = static_cast<Wide>(x), size = std::abs(value);
      if (!std::isfinite(value)) {
        negative_infinity = negative_infinity || value < 0;
        continue;
      }
      finite.push_back(x);
      if (size == 0) continue;
      largest = std::max(largest, size);
      smallest = std::min(smallest, size);
    }
    constexpr Wide many = std::same_as<Wide, float> ? Wide(1e6) : Wide(1e8);
    scientific_ =
        largest >= many || (largest > 0 && (smallest < Wide(1e-4) || largest / smallest > Wide(1000)));
    for (const T x : finite) {
      const Digits d = digits_of(x, scientific_, precision);
      left_ = std::max(left_, d.whole.size());
      right_ = std::max(right_, d.fraction.size());
      exponent_ = std::max(exponent_, d.exponent.size());
    }
    if (finite.size() != seen.size()) {
      // As wide as nan and inf, which stand at the right end of the column.
      const std::size_t behind = column() - left_, wanted = negative_infinity ? 4 : 3;
      if (wanted > behind) left_ = std::max(left_, wanted - behind);
    }
  }

  std::string operator()(T x) const {
    const Wide value = static_cast<Wide>(x);
    if (std::isnan(value)) return padded("nan", column());
    if (std::isinf(value)) return padded(value < 0 ? "-inf" : "inf", column());
    Digits d = digits_of(x, scientific_, scientific_ ? static_cast<int>(right_) : precision);
    d.fraction.resize(std::max(right_, d.fraction.size()), scientific_ ? '0' : ' ');
    std::string out = padded(d.whole, left_) + "." + d.fraction;
    if (scientific_) {
      while (d.exponent.size() < exponent_) d.exponent.insert(1, "0");  // behind its sign
      out += "e" + d.exponent;
    }
    return out;
  }

 private:
  std::size_t column() const { return left_ + 1 + right_ + (scientific_ ? 1 + exponent_ : 0); }

  bool scientific_ = false;
  std::size_t left_ = 0, right_ = 0, exponent_ = 0;
};

// A number by itself: plain from 1e-4 to 1e16 (1e6 in float32), with an exponent elsewhere.
template <class T>
std::string scalar_text(T x) {
  if constexpr (std::same_as<T, bool>) {
    return x ? "True" : "False";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(x);
  } else {
    const double value = static_cast<double>(x), size = std::abs(value);
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    const bool scientific = size != 0 && (size < 1e-4 || size >= (std::same_as<T, double> ? 1e16 : 1e6));
    Digits d = digits_of(x, scientific, 400);
    if (!scientific) return d.whole + "." + (d.fraction.empty() ? "0" : d.fraction);
    return d.whole + (d.fraction.empty() ? "" : "." + d.fraction) + "e" + d.exponent;
  }
}

template <class T>
class Printer {
 public:
  Printer(const T* data, const Shape& shape, std::int64_t size)
      : data_(data), shape_(shape), shortened_(size > threshold), format_(seen()) {}

  std::string operator()() const { return block(0, 0, 1, line_width); }

 private:
  // Calls `f(position)` for those of a dimension that are shown, and `gap()` for what is left out.
  template <class F, class G>
  void each(int axis, F f, G gap) const {
    const std::int64_t n = shape_[axis];
    const bool cut = shortened_ && n > 2 * edge_items;
    for (std::int64_t i = 0; i < (cut ? edge_items : n); ++i) f(i);
    if (!cut) return;
    gap();
    for (std::int64_t i = n - edge_items; i < n; ++i) f(i);
  }

  std::vector<T> seen() const {
    std::vector<T> out;
    collect(0, 0, out);
    return out;
  }
  void collect(int axis, std::int64_t offset, std::vector<T>& out) const {
    if (axis == shape_.rank()) {
      out.push_back(data_[offset]);
      return;
    }
    each(
        axis, [&](std::int64_t i) { collect(axis + 1, offset * shape_[axis] + i, out); }, [] {});
  }

  // What stands in the brackets of one dimension; `indent` columns are in front of it.
  std::string block(int axis, std::int64_t offset, std::size_t indent, std::size_t width) const {
    const std::string margin(indent, ' ');
    const bool innermost = axis + 1 == shape_.rank();
    std::string out, line = margin;
    bool first = true;
    const auto add_word = [&](const std::string& word) {
      if (!first) line += " ";
      first = false;
      if (line.size() + word.size() > width - 1 && line.size() > indent) {
        while (line.back() == ' ') line.pop_back();
        out += line + "\n";
        line = margin;
      }
      line += word;
    };
    const auto add_block = [&](const std::string& text) {
      if (!first) out += std::string(static_cast<std::size_t>(shape_.rank() - axis - 1), '\n');
      first = false;
      out += margin + text;
    };
    each(
        axis,
        [&](std::int64_t i) {
          const std::int64_t at = offset * shape_[axis] + i;
          if (innermost)
            add_word(format_(data_[at]));
          else
            add_block(block(axis + 1, at, indent + 1, width - 1));
        },
        [&] { innermost ? add_word("...") : add_block("..."); });
    if (innermost) out += line;
    return "[" + out.substr(indent) + "]";
  }

  const T* data_;
  const Shape& shape_;
  bool shortened_;
  Format<T> format_;
};

}  // namespace

std::string to_string(const Array& x) try {
  if (!x.has_value()) return "Nothing";
  if (x.is_abstract()) {
    const detail::Tracer* tracer = x.tracer();
    return fmt::format("{} in {}", to_string(x.type()), tracer->trace->name());
  }
  return dispatch(x.dtype(), [&]<class T>() -> std::string {
    const T* data = static_cast<const T*>(x.raw());
    if (x.ndim() == 0) return scalar_text(*data);
    if (x.size() == 0) return "[]";
    return Printer<T>(data, x.shape(), x.size())();
  });
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("to_string");
}

std::ostream& operator<<(std::ostream& out, const Array& x) { return out << to_string(x); }
std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }
std::ostream& operator<<(std::ostream& out, const ShapeDtype& type) { return out << to_string(type); }

}  // namespace copse
