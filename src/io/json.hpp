// JSON, told piece by piece: no document is built, so that memory and depth are what its reader makes of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace copse::io {

/// What a text of JSON holds, in its order. A reader throws what it likes to stop.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void text(std::string& value) = 0;
  virtual void whole(std::uint64_t value) = 0;       ///< a number without sign, fraction or exponent
  virtual void other(std::string_view written) = 0;  ///< any other number, true, false or null
  virtual void begin(char bracket) = 0;              ///< `{` or `[`
  virtual void end(char bracket) = 0;                ///< `}` or `]`
  virtual void key(std::string& name) = 0;
};

/// Reads a text. Gives what is wrong with its grammar; empty if nothing is.
std::string parse_json(std::string_view text, JsonEvents& events);

/// The text in quotes. Throws ValueError naming `function` for one that is not UTF-8.
std::string json_quoted(const char* function, std::string_view text);

}  // namespace copse::io
