// No public operation without a row: the names are read from the headers themselves.
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "row.hpp"

namespace {

// What needs no row, and why.
const std::map<std::string, std::string> exempt = {};

std::string without_comments(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool comment = text.compare(i, 2, "//") == 0,
               directive = text[i] == '#' && (i == 0 || text[i - 1] == '\n');
    if (comment || directive) i = std::min(text.find('\n', i), text.size() - 1);
    out += text[i];
  }
  return out;
}

// Behind the bracket that closes the one at `i`.
std::size_t behind(const std::string& text, std::size_t i, char open, char close) {
  int depth = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == open) ++depth;
    if (text[i] == close && --depth == 0) return i + 1;
  }
  return i;
}

std::string trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.erase(0, 1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

bool starts(const std::string& text, const std::string& word) {
  return text.compare(0, word.size(), word) == 0 &&
         (text.size() == word.size() ||
          !(std::isalnum(static_cast<unsigned char>(text[word.size()])) || text[word.size()] == '_'));
}

// The name that a declaration at namespace level gives to a function; empty if it declares something else.
std::string declared(std::string text) {
  text = trimmed(std::move(text));
  while (starts(text, "template") || starts(text, "requires")) {
    const bool angle = starts(text, "template");
    const std::size_t at = text.find(angle ? '<' : '(');
    if (at == std::string::npos) return {};
    text = trimmed(text.substr(behind(text, at, angle ? '<' : '(', angle ? '>' : ')')));
  }
  for (const char* other : {"using", "struct", "class", "enum", "concept", "extern"})
    if (starts(text, other)) return {};
  const std::size_t paren = text.find('(');
  if (paren == std::string::npos || text.find("operator") < paren || text.find('=') < paren) return {};
  std::size_t end = paren, begin;
  while (end > 0 && std::isspace(static_cast<unsigned char>(text[end - 1]))) --end;
  for (begin = end;
       begin > 0 && (std::isalnum(static_cast<unsigned char>(text[begin - 1])) || text[begin - 1] == '_');)
    --begin;
  return text.substr(begin, end - begin);
}

// Functions of a header by their names below namespace copse.
std::set<std::string> functions_of(const std::string& header) {
  const std::string text = without_comments(header);
  std::set<std::string> found;
  std::vector<std::string> scopes;
  std::string statement;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') {  // with its braces: {} is a default argument
      const std::size_t next = behind(text, i, '(', ')');
      statement += text.substr(i, next - i);
      i = next - 1;
    } else if (text[i] == ';' || text[i] == '{') {
      const std::string name = declared(statement);
      if (!name.empty() && (scopes.empty() || scopes.back().find("detail") == std::string::npos)) {
        std::string full;
        for (const std::string& scope : scopes) full += scope;
        found.insert(full + name);
      }
      const bool space = starts(trimmed(statement), "namespace");
      if (space) {
        const std::string opened = trimmed(trimmed(statement).substr(9));
        std::string scope;  // copse::random is "random."
        for (std::size_t at = 0; at < opened.size();) {
          const std::size_t colon = std::min(opened.find("::", at), opened.size());
          if (const std::string part = opened.substr(at, colon - at); part != "copse") scope += part + ".";
          at = colon + 2;
        }
        scopes.push_back(scope);
      } else if (text[i] == '{') {
        i = behind(text, i, '{', '}') - 1;
        // What stands behind a class's braces up to the semicolon belongs to it.
        for (const char* type : {"struct", "class", "enum"})
          if (starts(trimmed(statement), type)) i = std::min(text.find(';', i), text.size() - 1);
      }
      statement.clear();
    } else if (text[i] == '}') {
      if (!scopes.empty()) scopes.pop_back();
      statement.clear();
    } else {
      statement += text[i];
    }
  }
  return found;
}

std::set<std::string> public_functions() {
  std::set<std::string> all;
  for (const char* folder : {"ops", "random"})
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(COPSE_TESTS_DIR "/../include/copse/") + folder)) {
      std::ifstream stream(file.path());
      std::stringstream text;
      text << stream.rdbuf();
      all.merge(functions_of(text.str()));
    }
  return all;
}

}  // namespace

TEST_CASE("functions are found in headers") {
  const auto found = functions_of(R"(
#include <x>
namespace copse {
/// Not this one: f(x).
Array a(const Array& x, const Shape& shape = {}, std::optional<int> axis = std::nullopt);
template <class T>
  requires(sizeof(T) == 4)
Array b(std::span<const T> x) { return c(x); }
struct S { int method() const; } s;
enum class E { one, two };
inline constexpr S constant{};
inline Array operator+(const Array& x, const Array& y) { return add(x, y); }
namespace detail { void hidden(); }
namespace inner {
S d(const Array& x);
}
}
namespace copse::random { Key e(int seed); }
)");
  CHECK(found == std::set<std::string>{"a", "b", "inner.d", "random.e"});
}

TEST_CASE("every public operation has a row") {
  const std::set<std::string> functions = public_functions();
  CHECK(functions.size() > 200);
  std::set<std::string> listed;
  for (const tables::Row& row : tables::rows()) listed.insert(row.name);
  for (const std::string& name : functions) {
    INFO(name << " has no row in tests/tables");
    CHECK((listed.count(name) == 1 || exempt.count(name) == 1));
  }
  for (const auto& [name, reason] : exempt) {
    INFO(name << " needs no row because " << reason << ", but "
              << (functions.count(name) ? "has one" : "is gone"));
    CHECK((functions.count(name) == 1 && listed.count(name) == 0));
  }
  for (const std::string& name : listed) {
    INFO(name << " has a row, but no header declares it");
    CHECK(functions.count(name) == 1);
  }
}
