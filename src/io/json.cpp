#include "json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "copse/core/error.hpp"

namespace copse::io {
namespace {

using Json = nlohmann::json;

// The parser's own interface. It keeps one bit a level of nesting, and no more.
struct Adapter {
  JsonEvents& events;
  std::string error = {};

  bool null() { return events.other("null"), true; }
  bool boolean(bool value) { return events.other(value ? "true" : "false"), true; }
  bool number_integer(std::int64_t value) { return events.other(fmt::format("{}", value)), true; }
  bool number_unsigned(std::uint64_t value) { return events.whole(value), true; }
  bool number_float(double, const std::string& written) { return events.other(written), true; }
  bool string(std::string& value) { return events.text(value), true; }
  bool binary(Json::binary_t&) { return true; }
  bool start_object(std::size_t) { return events.begin('{'), true; }
  bool end_object() { return events.end('}'), true; }
  bool start_array(std::size_t) { return events.begin('['), true; }
  bool end_array() { return events.end(']'), true; }
  bool key(std::string& name) { return events.key(name), true; }
  bool parse_error(std::size_t, const std::string&, const Json::exception& what) {
    error = what.what();
    return false;
  }
};

}  // namespace

std::string parse_json(std::string_view text, JsonEvents& events) {
  Adapter adapter{events};
  Json::sax_parse(text.begin(), text.end(), &adapter);
  return adapter.error;
}

std::string json_quoted(const char* function, std::string_view text) {
  try {
    return Json(text).dump();
  } catch (const Json::exception&) {
    throw ValueError(fmt::format("{}: '{}' is no UTF-8, which the format wants of names and metadata",
                                 function, text.substr(0, 80)));
  }
}

}  // namespace copse::io
