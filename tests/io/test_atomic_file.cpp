#include "copse/io/atomic_file.hpp"

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

TEST_CASE("AtomicFile: a file has its old contents until the new ones are there") {
  const Folder folder;
  write_bytes(folder / "a", "old");
  {
    io::AtomicFile file(folder / "a");
    file.write("new");
    CHECK(read_bytes(folder / "a") == "old");
    file.commit();
    CHECK(read_bytes(folder / "a") == "new");
  }
  {
    io::AtomicFile abandoned(folder / "a");
    abandoned.write("never");
  }
  CHECK(read_bytes(folder / "a") == "new");
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("AtomicFile: missing folders are made; a place where no file can be is an IoError that names it") {
  const Folder folder;
  io::write_file(folder / "x/y/z", "text");
  CHECK(read_bytes(folder / "x/y/z") == "text");
  CHECK(message_of<IoError>([&] { io::write_file(folder / "x", "text", "save"); }).find("save: '") == 0);
  CHECK(message_of<IoError>([&] { io::write_file(folder / "x/y/z/w", "text"); }).find("x/y/z/w") !=
        std::string::npos);
  CHECK_THROWS_AS(io::write_file("", "text"), IoError);
}
