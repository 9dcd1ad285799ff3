#include "copse/data/word_piece.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"

namespace copse::data {
namespace {

constexpr std::size_t longest_word = 100;  // as in BERT's own tokenizer

// Whatever the locale.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw IoError(fmt::format("WordPiece: '{}': cannot be opened", path.string()));
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    out.push_back(std::move(line));
  }
  if (file.bad()) throw IoError(fmt::format("WordPiece: '{}': cannot be read", path.string()));
  return out;
}

}  // namespace

WordPiece::WordPiece(const std::vector<std::string>& vocabulary, const WordPieceOptions& options)
    : options_(options) {
  if (options.max_length < 2)
    throw ValueError(fmt::format("WordPiece: max_length is {}, wanted 2 or more", options.max_length));
  for (const std::string& part : vocabulary) {
    if (!numbers_.emplace(part, static_cast<std::int32_t>(numbers_.size())).second)
      throw ValueError(
          fmt::format("WordPiece: '{}' comes twice, the second time in place {}", part, numbers_.size()));
  }
  for (const char* mark : {"[CLS]", "[SEP]", "[UNK]"}) {
    if (!numbers_.contains(mark))
      throw ValueError(fmt::format("WordPiece: there is no {} among {} parts: is this a vocabulary of BERT?",
                                   mark, size()));
  }
  unknown_ = number("[UNK]");
}

WordPiece::WordPiece(const std::filesystem::path& path, const WordPieceOptions& options)
    : WordPiece(lines_of(path), options) {}

std::int32_t WordPiece::number(const std::string& part) const { return numbers_.at(part); }

void WordPiece::add_word(std::string_view word, std::vector<std::int32_t>& out) const {
  const std::size_t before = out.size();
  for (std::size_t from = 0; from < word.size();) {
    std::size_t size = word.size() > longest_word ? 0 : word.size() - from;
    for (; size > 0; --size) {
      const auto found = numbers_.find((from > 0 ? "##" : "") + std::string(word.substr(from, size)));
      if (found == numbers_.end()) continue;
      out.push_back(found->second);
      break;
    }
    if (size == 0) {
      out.resize(before);
      out.push_back(unknown_);
      return;
    }
    from += size;
  }
}

Array WordPiece::operator()(std::string_view text) const {
  std::vector<std::int32_t> out{number("[CLS]")};
  std::string word;
  const auto end_word = [&] {
    add_word(word, out);
    word.clear();
  };
  for (const char c : text) {
    if (is_space(c) || is_punctuation(c)) end_word();
    if (is_punctuation(c)) add_word(std::string_view(&c, 1), out);
    if (!is_space(c) && !is_punctuation(c)) word += options_.lower_case ? lower(c) : c;
  }
  end_word();
  out.resize(std::min(out.size(), static_cast<std::size_t>(options_.max_length - 1)));
  out.push_back(number("[SEP]"));
  return array(out);
}

}  // namespace copse::data
