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

std::shared_ptr<Job> Worker::add(Request request) {
  auto job = std::make_shared<Job>(std::move(request));
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(job);
    ++unfinished_;
  }
  changed_.notify_all();
  return job;
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
    const std::shared_ptr<Job> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    std::exception_ptr error;
    try {
      owner_.run_in_turn(job->request);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    --unfinished_;
    job->end(std::move(error));
  }
}

}  // namespace copse::comm::detail
