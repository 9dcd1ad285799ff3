#include "worker.hpp"

#include <utility>

namespace copse::comm::detail {

Worker::Worker(Communicator& owner) : owner_(owner), thread_([this] { serve(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::future<void> Worker::add(Request request) {
  Job job{std::move(request), {}};
  std::future<void> result = job.result.get_future();
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    ++unfinished_;
  }
  changed_.notify_all();
  return result;
}

bool Worker::busy() {
  const std::lock_guard lock(mutex_);
  return unfinished_ > 0;
}

void Worker::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    std::exception_ptr error;
    try {
      owner_.run_in_turn(job.request);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    --unfinished_;
    if (error)
      job.result.set_exception(error);
    else
      job.result.set_value();
  }
}

}  // namespace copse::comm::detail
