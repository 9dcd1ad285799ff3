// Trees as text for people: one field on a line, with kinds and sizes in columns on the right.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/tree/path.hpp"

namespace copse {

/// How `to_string` prints a tree.
struct PrintOptions {
  bool color = false;           ///< With the escape codes of a terminal.
  bool static_fields = true;    ///< With what is static.
  bool private_fields = false;  ///< With members whose names begin or end with an underscore.
  bool sizes = true;            ///< With the bytes of each leaf.
  int depth = -1;               ///< How many levels of structs to open; all if negative.
};

namespace tree_detail {

// Whether a stream shows colours: a terminal that has any, and a user who wants them.
inline bool shows_color(std::FILE* stream) {
  const char* terminal = std::getenv("TERM");
  return isatty(fileno(stream)) != 0 && std::getenv("NO_COLOR") == nullptr &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

inline bool is_private(std::string_view name) { return name.starts_with('_') || name.ends_with('_'); }

// Decimal units with one digit, as tables of models usually have them.
inline std::string size_text(std::size_t bytes) {
  constexpr const char* units[] = {"B", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit < 4) value /= 1000, ++unit;
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return buffer;
}

template <class T>
constexpr std::string_view container_name() {
  return form<T> == Form::unordered ? "map" : reflect::type_name<T>();
}

template <class T>
constexpr bool is_keyed = form<T> == Form::record || form<T> == Form::map || form<T> == Form::unordered;

class Printer {
 public:
  explicit Printer(const PrintOptions& options) : options_(options) {}

  template <class T>
  std::string print(const T& tree) {
    value(tree, "", "", 0, LeafContext{});
    return text();
  }

  // A value with what stands before and after it.
  template <class T>
  [[gnu::cold, gnu::noinline]] void value(const T& value, std::string_view name, std::string_view comma,
                                          int level, LeafContext context) {
    constexpr Form kind = form<T>;
    if constexpr (!is_node<T>) {
      if constexpr (kind == Form::handle) {
        this->value(HandleAccess::read(value), name, comma, level, context);
      } else {
        line(level, name, Color::fixed, value_text(value), comma);
      }
    } else if constexpr (kind == Form::leaf) {
      leaf(Slot<const T>(value, nullptr, context), name, comma, level);
    } else if constexpr (is_leaf_field<T>) {
      leaf(field_slot(value), name, comma, level);
    } else if constexpr (kind == Form::field) {
      this->value(FieldAccess::value(value), name, comma, level, inside_field(value));
    } else if constexpr (kind == Form::handle) {
      // What a layer keeps beside the value is printed after the members of the value.
      using Beside = typename T::extra_type;
      if constexpr (form<Beside> == Form::record && !std::same_as<Beside, NoExtra>) {
        extra_ = {[](Printer& self, const void* extra, int at) {
                    self.parts(*static_cast<const Beside*>(extra), at, LeafContext{});
                  },
                  &value.extra()};
      }
      this->value(HandleAccess::read(value), name, comma, level, context);
      extra_ = {};
    } else if constexpr (kind == Form::erased) {
      if (value.empty()) line(level, name, Color::fixed, "none", comma);
      value.print(*this, name, comma, level, context);
    } else if constexpr (kind == Form::optional || kind == Form::shared) {
      if (!value) line(level, name, Color::fixed, "none", comma);
      through(value, name, comma, level, context);
    } else if constexpr (kind == Form::variant) {
      through(value, name, comma, level, context);
    } else {
      opened(value, name, comma, level, context);
    }
  }

 private:
  enum class Color { none, type, leaf, fixed, kind };

  struct Line {
    std::string text;
    std::size_t width;  // without escape codes
    std::string kind;
    std::string size;
  };

  // What the next struct to be opened has beside its members, because a handle holds it.
  struct Extra {
    void (*print)(Printer&, const void*, int) = nullptr;
    const void* value = nullptr;
  };

  struct Totals {
    std::size_t leaves = 0, bytes = 0;
  };

  static std::string_view code(Color color) {
    switch (color) {
      case Color::type:
        return "\x1b[1m";
      case Color::leaf:
        return "\x1b[32m";
      case Color::fixed:
        return "\x1b[36m";
      case Color::kind:
        return "\x1b[2m";
      default:
        return "";
    }
  }

  std::string paint(Color color, std::string_view text) const {
    if (!options_.color || color == Color::none || text.empty()) return std::string(text);
    return std::string(code(color)) + std::string(text) + "\x1b[0m";
  }

  void line(int level, std::string_view before, Color color, std::string_view middle, std::string_view after,
            std::string kind = {}, std::string size = {}) {
    std::string indent(static_cast<std::size_t>(level) * 4, ' ');
    lines_.push_back({indent + std::string(before) + paint(color, middle) + std::string(after),
                      indent.size() + before.size() + middle.size() + after.size(), std::move(kind),
                      std::move(size)});
  }

  template <class SlotType>
  [[gnu::cold, gnu::noinline]] void leaf(const SlotType& slot, std::string_view name, std::string_view comma,
                                         int level) {
    using Ops = leaf_ops<typename SlotType::value_type>;
    std::string kind(slot.kind().name());
    if (slot.kind().template is<ParameterKind>() && !slot.trainable()) kind += " (frozen)";
    if (slot.is_nothing()) {
      line(level, name, Color::fixed, "Nothing", comma, std::move(kind));
    } else {
      line(level, name, Color::leaf, Ops::text(slot.value()), comma, std::move(kind),
           options_.sizes ? size_text(Ops::bytes(slot.value())) : std::string());
    }
  }

  template <class T>
  static Totals totals(const T& value) {
    Totals out;
    visit_leaves(value, [&]<class L>(const L& leaf) {
      ++out.leaves;
      out.bytes += leaf_ops<L>::bytes(leaf);
    });
    return out;
  }

  // The parts of a struct or container, each on lines of its own.
  template <class T>
  void parts(const T& value, int level, LeafContext context) {
    each_part(value, [&](const auto& part, auto step) {
      using Part = std::remove_cvref_t<decltype(part)>;
      if (!is_node<Part> && !options_.static_fields) return;
      std::string name;
      if constexpr (form<T> == Form::record) {
        auto member = reflect::names<T>()[step];
        if (is_private(member) && !options_.private_fields) return;
        name = std::string(member) + ": ";
      } else if constexpr (requires { step.key; }) {
        name = value_text(*step.key) + ": ";
      }
      this->value(part, name, ",", level, context);
    });
  }

  template <class T>
  void opened(const T& value, std::string_view name, std::string_view comma, int level, LeafContext context) {
    constexpr bool keyed = is_keyed<T>;
    std::string type(container_name<T>());
    auto before = lines_.size();
    if (options_.depth >= 0 && open_ >= options_.depth) {
      auto [count, bytes] = totals(value);
      line(level, name, Color::type, type, (keyed ? " {...}" : " [...]") + std::string(comma),
           std::to_string(count) + (count == 1 ? " leaf" : " leaves"),
           options_.sizes ? size_text(bytes) : "");
      return;
    }
    ++open_;
    line(level, name, Color::type, type, keyed ? " {" : " [");
    auto [print_extra, extra] = std::exchange(extra_, Extra{});
    parts(value, level + 1, context);
    if (print_extra != nullptr) print_extra(*this, extra, level + 1);
    --open_;
    if (lines_.size() == before + 1) {
      lines_.pop_back();
      line(level, name, Color::type, type, (keyed ? " {}" : " []") + std::string(comma));
    } else {
      line(level, keyed ? "}" : "]", Color::none, "", comma);
    }
  }

  // What an optional and its like hold takes their place.
  template <class T>
  void through(const T& value, std::string_view name, std::string_view comma, int level,
               LeafContext context) {
    each_part(value, [&](const auto& part, auto) { this->value(part, name, comma, level, context); });
  }

  std::string text() const {
    std::size_t width = 0, kinds = 0, sizes = 0;
    for (const auto& line : lines_) {
      width = std::max(width, line.width);
      kinds = std::max(kinds, line.kind.size());
      sizes = std::max(sizes, line.size.size());
    }
    std::string out;
    for (const auto& line : lines_) {
      if (!out.empty()) out += '\n';
      out += line.text;
      if (line.kind.empty() && line.size.empty()) continue;
      std::string columns = line.kind;
      if (!line.size.empty()) {
        columns.append(kinds - line.kind.size() + (kinds > 0 ? 2 : 0) + sizes - line.size.size(), ' ');
        columns += line.size;
      }
      out.append(width - line.width + 4, ' ');
      out += paint(Color::kind, columns);
    }
    return out;
  }

  PrintOptions options_;
  std::vector<Line> lines_;
  int open_ = 0;
  Extra extra_;
};

}  // namespace tree_detail

/// Trees that can be printed: anything with a leaf in it, and every handle.
template <class T>
concept Printable = tree_detail::AnyHandle<T> || tree_detail::is_node<T>;

/// A tree as text, one field on a line; kinds and sizes stand in columns on the right.
template <Printable T>
[[nodiscard]] std::string to_string(const T& tree, const PrintOptions& options = {}) {
  return tree_detail::Printer(options).print(tree);
}

template <class Derived, class T, class Extra>
std::ostream& operator<<(std::ostream& out, const Handle<Derived, T, Extra>& tree) {
  return out << to_string(tree);
}

template <class Kind, class T>
  requires tree_detail::Streamable<T>
std::ostream& operator<<(std::ostream& out, const Field<Kind, T>& field) {
  return out << field.get();
}

template <class T>
  requires tree_detail::Streamable<T>
std::ostream& operator<<(std::ostream& out, const Static<T>& value) {
  return out << value.get();
}

inline std::ostream& operator<<(std::ostream& out, Nothing) { return out << "Nothing"; }

/// Prints a tree to a stream, in colour if that is a terminal.
template <Printable T>
void print(const T& tree, std::FILE* to = stdout, PrintOptions options = {}) {
  options.color = options.color || tree_detail::shows_color(to);
  auto text = to_string(tree, options) + "\n";
  std::fwrite(text.data(), 1, text.size(), to);
}

}  // namespace copse
