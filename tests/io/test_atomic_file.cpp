#include "copse/io/atomic_file.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <set>
#include <thread>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/io/safetensors.hpp"
#include "copse/ops/create.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) out.insert(entry.path().filename().string());
  return out;
}

// A child that begins a save, says so, and then waits to be told to go on.
class Saver {
 public:
  explicit Saver(const fs::path& path) {
    int ready[2], go[2];
    REQUIRE(::pipe(ready) == 0);
    REQUIRE(::pipe(go) == 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::close(go[1]);
      io::AtomicFile file(path);
      file.write(std::string(100'000, 'c'));
      char byte = 0;
      if (::write(ready[1], &byte, 1) != 1 || ::read(go[0], &byte, 1) != 1) ::_exit(1);
      file.commit();
      ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    for (const int end : {ready[0], ready[1], go[0]}) ::close(end);
    go_ = go[1];
  }
  ~Saver() { ::close(go_); }
  void kill() {
    ::kill(child_, SIGKILL);
    (void)wait();
  }
  bool finish() {
    const char byte = 0;
    return ::write(go_, &byte, 1) == 1 && wait() == 0;
  }

 private:
  int wait() const {
    int status = -1;
    ::waitpid(child_, &status, 0);
    return status;
  }
  pid_t child_ = -1;
  int go_ = -1;
};

fs::perms mode_of(const fs::path& path) { return fs::status(path).permissions(); }

}  // namespace

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
  CHECK(names_in(folder.path()).size() == 1);
  // Parts smaller and larger than what is gathered before it is written.
  std::string all;
  io::AtomicFile file(folder / "a", "test", {.durable = false});
  for (const std::size_t size : {1u, 65'535u, 0u, 65'536u, 7u, 200'000u, 65'530u, 3u, 4u}) {
    const std::string part(size, static_cast<char>('a' + all.size() % 26));
    file.write(part);
    all += part;
  }
  file.commit();
  CHECK(read_bytes(folder / "a") == all);
}

TEST_CASE("AtomicFile: missing folders are made; a place where no file can be is an IoError that names it") {
  const Folder folder;
  io::write_file(folder / "x/y/z", "text");
  CHECK(read_bytes(folder / "x/y/z") == "text");
  CHECK(message_of<IoError>([&] { io::write_file(folder / "x", "text", "save"); }).find("save: '") == 0);
  CHECK(message_of<IoError>([&] { io::write_file(folder / "x/y/z/w", "text"); }).find("x/y/z/w") !=
        std::string::npos);
  CHECK_THROWS_AS(io::write_file("", "text"), IoError);
  CHECK_THROWS_AS(io::write_file(folder / "x/", "text"), IoError);
  CHECK_THROWS_AS(io::write_file(folder / std::string("a\0b", 3), "text"), IoError);
  CHECK_THROWS_AS(io::write_file(folder / std::string(256, 'w'), "text"), IoError);
}

TEST_CASE("AtomicFile: a name may have as many bytes as the file system takes") {
  const Folder folder;
  for (const std::size_t length : {1u, 200u, 227u, 240u, 250u, 255u}) {
    const fs::path path = folder / std::string(length, 'w');
    for (const char* text : {"first", "second"}) {
      io::write_file(path, text);
      CHECK(read_bytes(path) == text);
    }
  }
  CHECK(names_in(folder.path()).size() == 6);
}

TEST_CASE(
    "AtomicFile: what killed processes leave is swept by the next save, what living ones write is not") {
  const Folder folder;
  const fs::path path = folder / "weights";
  for (const bool known : {false, true}) {  // whether this process has saved there before
    if (known) io::write_file(path, "before");
    Saver killed(path), other(folder / "another");
    killed.kill();
    other.kill();
    CHECK(names_in(folder.path()).size() == (known ? 3 : 2));
    io::write_file(path, "after");
    CHECK(names_in(folder.path()) == std::set<std::string>{"weights"});
    fs::remove(path);
  }
  Saver slow(path);
  io::write_file(path, "quick");
  CHECK(read_bytes(path) == "quick");
  CHECK(names_in(folder.path()).size() == 2);
  CHECK(slow.finish());
  CHECK(read_bytes(path).size() == 100'000);
  CHECK(names_in(folder.path()).size() == 1);
}

TEST_CASE("AtomicFile: files that merely look like temporaries stay, and are in nobody's way") {
  const Folder folder;
  const std::set<std::string> others{".copse-notes", ".copse-0123456789abcdeX", "a.tmp-1-0", ".copse-"};
  for (const auto& name : others) write_bytes(folder / name, "mine");
  fs::create_symlink("a.tmp-1-0", folder / ".copse-0123456789abcdef");
  fs::create_directory(folder / ".copse-0123456789abcdeg");
  for (int i = 0; i < 3; ++i) io::write_file(folder / "a", "text");
  for (const auto& name : others) CHECK(read_bytes(folder / name) == "mine");
  CHECK(names_in(folder.path()).size() == others.size() + 3);
}

TEST_CASE("AtomicFile: links are followed") {
  const Folder folder;
  fs::create_directories(folder / "disk");
  write_bytes(folder / "disk/weights", "old");
  fs::create_symlink("disk/weights", folder / "relative");
  fs::create_symlink(folder / "relative", folder / "twice");
  fs::create_symlink("disk/new", folder / "dangling");
  for (const char* name : {"relative", "twice"}) {
    io::write_file(folder / name, name);
    CHECK(fs::is_symlink(folder / name));
    CHECK(read_bytes(folder / "disk/weights") == name);
  }
  io::write_file(folder / "dangling", "there now");
  CHECK(read_bytes(folder / "disk/new") == "there now");
  fs::create_directory_symlink("disk", folder / "linked");
  io::write_file(folder / "linked/third", "text");
  CHECK(read_bytes(folder / "disk/third") == "text");
  fs::create_symlink("round", folder / "round");
  CHECK_THROWS_AS(io::write_file(folder / "round", "text"), IoError);
  fs::create_symlink("disk", folder / "folder");
  CHECK_THROWS_AS(io::write_file(folder / "folder", "text"), IoError);
  CHECK(names_in(folder / "disk") == std::set<std::string>{"weights", "new", "third"});
}

TEST_CASE("AtomicFile: mode and owner stay") {
  const Folder folder;
  const fs::path path = folder / "secret";
  for (const unsigned mode : {0600u, 0640u, 0664u, 0755u, 0200u}) {
    write_bytes(path, "old");
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    {
      io::AtomicFile file(path);
      for (const auto& name : names_in(folder.path())) {
        CHECK((mode_of(folder / name) & fs::perms::others_all & ~static_cast<fs::perms>(mode)) ==
              fs::perms::none);
      }
      file.write("new");
      file.commit();
    }
    CHECK(mode_of(path) == static_cast<fs::perms>(mode));
    fs::remove(path);
  }
  const mode_t mask = ::umask(027);
  io::write_file(folder / "fresh", "text");
  ::umask(mask);
  CHECK(mode_of(folder / "fresh") == static_cast<fs::perms>(0640));
  if (::geteuid() == 0) {
    write_bytes(path, "old");
    REQUIRE(::chown(path.c_str(), 12345, 23456) == 0);
    io::write_file(path, "new");
    struct stat status;
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK(status.st_uid == 12345);
    CHECK(status.st_gid == 23456);
  } else {
    write_bytes(path, "old");
    REQUIRE(::chmod(path.c_str(), 0444) == 0);
    CHECK_THROWS_AS(io::write_file(path, "new"), IoError);
    CHECK(read_bytes(path) == "old");
  }
}

TEST_CASE("AtomicFile: devices and pipes are written into, not replaced") {
  const Folder folder;
  io::write_file("/dev/null", "text");
  CHECK(fs::is_character_file("/dev/null"));
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = read_bytes(folder / "pipe"); });
  io::write_file(folder / "pipe", "through");
  reader.join();
  CHECK(got == "through");
  CHECK(fs::is_fifo(folder / "pipe"));
}

TEST_CASE("AtomicFile: threads and processes that save to one path disturb none of each other") {
  const Folder folder;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        io::write_file(folder / "a", std::string(10'000, static_cast<char>('a' + t)), "test",
                       {.durable = false});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const std::string last = read_bytes(folder / "a");
  CHECK(last == std::string(10'000, last[0]));
  CHECK(names_in(folder.path()).size() == 1);
}

TEST_CASE("AtomicFile: a save that need not be durable takes little time, also beside many files") {
  const Folder folder;
  const io::NamedArrays model{{"kernel", ones({32, 32})}, {"bias", ones({32})}};
  const auto milliseconds = [&](const fs::path& where) {
    double best = 1e9;
    for (int i = 0; i < 20; ++i) {
      const auto start = std::chrono::steady_clock::now();
      io::save_safetensors(where / "model", model, {}, {.durable = false});
      best = std::min(
          best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  };
  CHECK(milliseconds(folder.path()) < 1);
  fs::create_directories(folder / "many");
  for (int i = 0; i < 5000; ++i) write_bytes(folder / "many" / std::to_string(i), "");
  CHECK(milliseconds(folder / "many") < 1);
}
