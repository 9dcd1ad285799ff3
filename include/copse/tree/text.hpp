// The text of single values: what is static, and leaves.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "copse/tree/children.hpp"

namespace copse::tree_detail {

inline bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }

/// A text in quotes and on one line: what would disturb a terminal is written as `\n` or `\x1b`.
inline std::string in_quotes(std::string_view text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (is_control(c)) {
      out += {'\\', 'x', digits[c / 16], digits[c % 16]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// How messages call a type: `string`, not `basic_string`.
template <class T>
constexpr std::string_view plain_name() {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return "string";
  } else {
    return reflect::type_name<T>();
  }
}

/// A name with its article: `an int`.
inline std::string with_article(std::string_view name) {
  bool vowel = !name.empty() && std::string_view("aeiouAEIOU").find(name.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(name);
}

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

template <class T>
std::string number_text(T value) {
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string out(buffer, end);
  // A float that happens to be whole still looks like one.
  if (std::is_floating_point_v<T> && out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
  return out;
}

// The text of a struct or container, made of those of its parts.
struct PartsText {
  std::string out;
  bool any = false;

  [[gnu::cold, gnu::noinline]] void add(std::string_view before, const std::string& part) {
    if (any) out += ", ";
    any = true;
    out += before;
    if (!before.empty()) out += ": ";
    out += part;
  }
  [[gnu::cold, gnu::noinline]] std::string between(std::string_view before, std::string_view after) const {
    return std::string(before) + out + std::string(after);
  }
};

/// A type that is a bool to people, though no number converts to it.
template <class T>
concept StandsForBool = requires {
  typename T::stands_for;
  requires std::same_as<typename T::stands_for, bool>;
};

/// A value on one line: strings in quotes, structs and containers in braces, functions by the name of their
/// type.
template <class T>
[[gnu::cold, gnu::noinline]] std::string value_text(const T& value) {
  constexpr Form kind = form<T>;
  if constexpr (std::same_as<T, bool> || StandsForBool<T>) {
    return value ? "true" : "false";
  } else if constexpr (std::same_as<T, char>) {
    return std::string("'") + value + "'";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return number_text(value);
  } else if constexpr (kind == Form::leaf) {
    return leaf_ops<T>::is_nothing(value) ? "Nothing" : leaf_ops<T>::text(value);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    if constexpr (std::is_pointer_v<T>) {
      if (value == nullptr) return "none";
    }
    return in_quotes(value);
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(reflect::type_name<T>()) + "(" +
           std::to_string(static_cast<std::underlying_type_t<T>>(value)) + ")";
  } else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T>) {
    return std::string(reflect::type_name<T>());
  } else if constexpr ((kind == Form::opaque || kind == Form::record) && Streamable<T>) {
    std::ostringstream out;
    out << value;
    return std::move(out).str();
  } else if constexpr (kind == Form::opaque) {
    return std::string(reflect::type_name<T>());
  } else if constexpr (kind == Form::erased) {
    return value.empty() ? "none" : std::string(value.type_name());
  } else {
    if constexpr (kind == Form::optional || kind == Form::shared) {
      if (!value) return "none";
    }
    PartsText text;
    each_part(value, [&](const auto& part, auto step) {
      if constexpr (!std::same_as<std::remove_cvref_t<decltype(part)>, NoExtra>) {
        if constexpr (kind == Form::record) {
          text.add(reflect::names<T>()[step], value_text(part));
        } else if constexpr (requires { step.key; }) {
          text.add(value_text(*step.key), value_text(part));
        } else {
          text.add({}, value_text(part));
        }
      }
    });
    if constexpr (kind == Form::sequence) return text.between("[", "]");
    if constexpr (kind == Form::map || kind == Form::unordered) return text.between("{", "}");
    if constexpr (kind == Form::tuple) return text.between("(", ")");
    if constexpr (kind == Form::record) {
      text.out.insert(0, "{");
      return text.between(reflect::type_name<T>(), "}");
    }
    return text.out;
  }
}

}  // namespace copse::tree_detail
