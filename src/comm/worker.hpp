// The thread that runs what a communicator has started.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "copse/comm/communicator.hpp"

namespace copse::comm::detail {

// A collective that has been started.
struct Job {
  explicit Job(Request r) : request(std::move(r)) {}

  // When it has ended: what it has thrown, if anything, the first time.
  std::exception_ptr wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done; });
    return std::exchange(error, nullptr);
  }
  void end(std::exception_ptr with) {
    const std::lock_guard lock(mutex);
    error = std::move(with);
    done = true;
    changed.notify_all();
  }

  const Request request;
  std::mutex mutex;
  std::condition_variable changed;
  std::exception_ptr error;
  bool done = false;
};

class Worker {
 public:
  explicit Worker(Communicator& owner);
  /// Ends when all that has been started has been done.
  ~Worker();

  std::shared_ptr<Job> add(Request request);
  /// Whether something that has been started has not ended.
  bool busy();

 private:
  void serve();

  Communicator& owner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::size_t unfinished_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace copse::comm::detail
