// The thread that runs what a communicator has started.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "copse/comm/communicator.hpp"

namespace copse::comm::detail {

class Worker {
 public:
  explicit Worker(Communicator& owner);
  /// Ends when all that has been started has been done.
  ~Worker();

  std::future<void> add(Request request);
  /// Whether something that has been started has not ended.
  bool busy();

 private:
  struct Job {
    Request request;
    std::promise<void> result;
  };
  void serve();

  Communicator& owner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::size_t unfinished_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace copse::comm::detail
