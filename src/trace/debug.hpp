// What profiling needs of printing.
#pragma once

namespace copse::debug {

/// While it exists, this thread prints nothing.
class Silence {
 public:
  Silence() noexcept;
  ~Silence();
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  bool before_;
};

}  // namespace copse::debug
