#include "child.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace random_programs {

void* shared_memory(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
  return memory;
}

std::string in_child(const std::function<void()>& work, unsigned seconds) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    alarm(seconds);
    try {
      work();
    } catch (const std::exception& error) {
      std::printf("threw %s\n", error.what());
      std::fflush(nullptr);
      _exit(1);
    }
    std::fflush(nullptr);
    _exit(0);  // no destructors: threads of the child may still be there
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
  }
  if (WIFSIGNALED(status)) {
    if (WTERMSIG(status) == SIGALRM) return "took longer than " + std::to_string(seconds) + " s";
    return std::string("was ended by a signal: ") + strsignal(WTERMSIG(status));
  }
  return WEXITSTATUS(status) ? "threw" : "";
}

}  // namespace random_programs
