// The names of types, members and fields, cut out of the compiler's own text for a function.
#pragma once

#include "copse/core/config.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace copse::reflect {

namespace detail {

// The text of this function contains the name of T; what stands around it is measured with a type whose name
// is known.
template <class T>
consteval std::string_view type_text() {
  return __PRETTY_FUNCTION__;
}

inline constexpr std::size_t type_prefix = type_text<double>().find("double");
inline constexpr std::size_t type_suffix = type_text<double>().size() - type_prefix - 6;

template <auto Value>
consteval std::string_view value_text() {
  return __PRETTY_FUNCTION__;
}

constexpr bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;  // letters beyond ASCII
}

/// The last identifier of a text such as `[auto P = {(& fake<X>.value.X::name)}]`.
consteval std::string_view last_identifier(std::string_view text) {
  std::size_t end = text.size();
  while (end > 0 && !is_name_char(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_name_char(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

/// GCC adds what its aliases stand for after a semicolon, which must not be taken for the value.
consteval std::string_view before_aliases(std::string_view text) {
  auto semicolon = text.rfind("; std::string_view");
  return semicolon == std::string_view::npos ? text : text.substr(0, semicolon);
}

// Only the name itself shall end up in the program, not the whole text around it.
template <auto Value>
inline constexpr auto stored_name = [] {
  constexpr auto name = last_identifier(before_aliases(value_text<Value>()));
  std::array<char, name.size()> copy{};
  for (std::size_t i = 0; i < name.size(); ++i) copy[i] = name[i];
  return copy;
}();

template <auto Value>
inline constexpr std::string_view value_name{stored_name<Value>.data(), stored_name<Value>.size()};

// A type's name without its namespaces and template arguments. Out of line: inlined where it is called with a
// constant, compilers would work through it for each type.
[[gnu::noinline]] constexpr std::string_view short_name(std::string_view full) {
  std::size_t begin = 0, end = full.size(), depth = 0;
  for (std::size_t i = 0; i < full.size(); ++i) {
    char c = full[i];
    if (c == '\'' && i + 2 < full.size() && full[i + 2] == '\'') {
      i += 2;  // a template argument such as '>'
    } else if (c == '<' || c == '(' || c == '{') {
      if (depth++ == 0) end = i;
    } else if (c == '>' || c == ')' || c == '}') {
      --depth;
    } else if (depth == 0 && c == ':') {
      begin = i + 1;
      end = full.size();
    }
  }
  auto name = full.substr(begin, end > begin ? end - begin : full.size() - begin);
  return name.empty() ? full : name;
}

}  // namespace detail

/// The full name of a type as the compiler spells it: `copse::Tree<Counter>`.
template <class T>
constexpr std::string_view full_type_name() {
  constexpr auto text = detail::type_text<T>();
  return text.substr(detail::type_prefix, text.size() - detail::type_prefix - detail::type_suffix);
}

/// The name of a type without its namespaces and template arguments: `Tree`.
template <class T>
constexpr std::string_view type_name() {
  return detail::short_name(full_type_name<T>());
}

/// The name of a member: `member_name<&Counter::n>() == "n"`.
template <auto Member>
constexpr std::string_view member_name() {
  return detail::value_name<Member>;
}

}  // namespace copse::reflect
