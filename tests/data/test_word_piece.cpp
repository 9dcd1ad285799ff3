#include "copse/data/word_piece.hpp"

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"

using namespace copse;
using testing_files::Folder;
using testing_files::message_of;

namespace {

// 0 [PAD], 1 [UNK], 2 [CLS], 3 [SEP], 4 un, 5 ##aff, 6 ##able, 7 the, 8 ., 9 a, 10 ##a
const std::vector<std::string> vocabulary = {"[PAD]",  "[UNK]", "[CLS]", "[SEP]", "un", "##aff",
                                             "##able", "the",   ".",     "a",     "##a"};

std::vector<int> numbers(std::string_view text, const data::WordPieceOptions& options = {}) {
  const Array out = data::WordPiece(vocabulary, options)(text);
  CHECK(out.dtype() == DType::int32);
  return out.to_vector<int>();
}

using Numbers = std::vector<int>;

}  // namespace

TEST_CASE("WordPiece: words are cut into the longest parts") {
  CHECK(numbers("unaffable") == Numbers{2, 4, 5, 6, 3});
  CHECK(numbers("The  unable\tthe.\n") == Numbers{2, 7, 4, 6, 7, 8, 3});
  CHECK(numbers("aaa") == Numbers{2, 9, 10, 10, 3});
  CHECK(numbers("") == Numbers{2, 3});
}

TEST_CASE("WordPiece: what cannot be cut is unknown as a whole") {
  CHECK(numbers("unaffx the") == Numbers{2, 1, 7, 3});
  CHECK(numbers("?") == Numbers{2, 1, 3});
  CHECK(numbers("the\xc3\xa9") == Numbers{2, 1, 3});
  CHECK(numbers("The", {.lower_case = false}) == Numbers{2, 1, 3});
  CHECK(numbers(std::string(100, 'a')).size() == 102);
  CHECK(numbers(std::string(101, 'a')) == Numbers{2, 1, 3});
}

TEST_CASE("WordPiece: long texts are cut off before their end mark") {
  CHECK(numbers("the the the", {.max_length = 4}) == Numbers{2, 7, 7, 3});
  CHECK(numbers("the the the", {.max_length = 5}) == Numbers{2, 7, 7, 7, 3});
  CHECK(numbers("the", {.max_length = 2}) == Numbers{2, 3});
}

TEST_CASE("WordPiece: vocabularies from files") {
  const Folder folder;
  testing_files::write_bytes(folder / "vocab.txt", "[UNK]\r\n[CLS]\r\n[SEP]\r\nthe\r\n");
  const data::WordPiece tokenizer(folder / "vocab.txt");
  CHECK(tokenizer.size() == 4);
  CHECK(tokenizer("the").to_vector<int>() == Numbers{1, 3, 2});
  CHECK(message_of<IoError>([&] { data::WordPiece(folder / "none"); }).find("none") != std::string::npos);
}

TEST_CASE("WordPiece: what is no vocabulary is refused") {
  const auto refused = [](const std::vector<std::string>& parts, const data::WordPieceOptions& options = {}) {
    return message_of<ValueError>([&] { data::WordPiece(parts, options); });
  };
  CHECK(refused({"a", "b"}).find("[CLS]") != std::string::npos);
  CHECK(refused({"[CLS]", "[UNK]"}).find("[SEP]") != std::string::npos);
  CHECK(refused({"[CLS]", "[SEP]", "[UNK]", "a", "a"}).find("'a' comes twice") != std::string::npos);
  CHECK(refused(vocabulary, {.max_length = 1}).find("max_length") != std::string::npos);
}
