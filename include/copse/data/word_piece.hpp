// Texts as numbers, as BERT and its kin read them.
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
  bool lower_case = true;  ///< of ASCII letters
  std::int64_t max_length =
      512;  ///< numbers in a text, the marks at its ends among them; what is behind is cut off
};

/// Cuts texts into the parts of a vocabulary, longest first (WordPiece; Y. Wu et al.: Google's Neural Machine
/// Translation System, 2016). Words end at white space; ASCII punctuation marks are words of their own. Parts
/// that do not begin a word have `##` in front. A word that cannot be cut so, or has more than 100 bytes, is
/// `[UNK]`. Letters beyond ASCII are taken as they are: accents stay, and Chinese characters are not divided.
class WordPiece {
 public:
  /// Of parts, whose numbers are their places. Throws ValueError if `[CLS]`, `[SEP]` or `[UNK]` is not among
  /// them, for a part that comes twice, and for a `max_length` below 2.
  explicit WordPiece(const std::vector<std::string>& vocabulary, const WordPieceOptions& options = {});
  /// Of a file with a part in each line, such as Hugging Face's vocab.txt. Throws IoError if there is none.
  explicit WordPiece(const std::filesystem::path& path, const WordPieceOptions& options = {});

  /// The numbers of a text, between those of `[CLS]` and `[SEP]`: int32(n,).
  Array operator()(std::string_view text) const;
  /// How many parts there are.
  std::int64_t size() const { return static_cast<std::int64_t>(numbers_.size()); }

 private:
  std::int32_t number(const std::string& part) const;
  void add_word(std::string_view word, std::vector<std::int32_t>& out) const;

  std::unordered_map<std::string, std::int32_t> numbers_;
  WordPieceOptions options_;
  std::int32_t unknown_ = 0;
};

}  // namespace copse::data
