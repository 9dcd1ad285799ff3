// The tokenizer of BERT models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::data {

struct WordPieceOptions {
  bool lower_case = true;         ///< of ASCII letters
  std::int64_t max_length = 512;  ///< tokens in a text, [CLS] and [SEP] included; longer texts are truncated
};

/// Splits texts into the tokens of a vocabulary, longest first (WordPiece; Y. Wu et al.: Google's Neural
/// Machine Translation System, 2016). Words end at white space; ASCII punctuation marks are words of their
/// own. Tokens that do not begin a word have `##` in front. A word that cannot be split so, or has more than
/// 100 bytes, is
/// `[UNK]`. Letters beyond ASCII are taken as they are: accents stay, and Chinese characters are not divided.
class WordPiece {
 public:
  /// From a list of tokens, whose ids are their positions. Throws ValueError if `[CLS]`, `[SEP]` or `[UNK]`
  /// is not among them, for a token that occurs twice, and for a `max_length` below 2.
  explicit WordPiece(const std::vector<std::string>& vocabulary, const WordPieceOptions& options = {});
  /// From a file with a token in each line, such as Hugging Face's vocab.txt. Throws IoError if there is
  /// none.
  explicit WordPiece(const std::filesystem::path& path, const WordPieceOptions& options = {});

  /// The ids of a text's tokens, between those of `[CLS]` and `[SEP]`: int32(n,).
  Array operator()(std::string_view text) const;
  /// The number of tokens in the vocabulary.
  std::int64_t size() const { return static_cast<std::int64_t>(numbers_.size()); }

 private:
  std::int32_t number(const std::string& part) const;
  void add_word(std::string_view word, std::vector<std::int32_t>& out) const;

  std::unordered_map<std::string, std::int32_t> numbers_;
  WordPieceOptions options_;
  std::int32_t unknown_ = 0;
};

}  // namespace copse::data
