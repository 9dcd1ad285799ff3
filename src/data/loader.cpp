#include "copse/data/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <limits>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sys/resource.h>
#endif

#include "copse/core/error.hpp"
#include "core/serial.hpp"

namespace copse::data_detail {
namespace {

constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max();

struct Made {
  std::shared_ptr<const void> value;
  std::exception_ptr error;
};

// Makes this thread give way to those of usual priority. Batches are made ahead, and a step is late by
// whatever one of its threads has lost: without this LeNet's steps took 5 % longer beside a worker that needs
// 1 % of the time.
void give_way() {
#ifdef __linux__
  constexpr int steps = 10, least = 19;
  const int now = ::getpriority(PRIO_PROCESS, 0);  // of this thread
  (void)::setpriority(PRIO_PROCESS, 0, std::min(now + steps, least));
#endif
}

template <class F>
std::exception_ptr error_of(const F& f) {
  try {
    f();
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace

std::int64_t no_size() {
  throw ValueError("Loader::size: how many batches a stream has is known at its end only");
}

void check_no_batch_size(const data::LoaderOptions& options) {
  if (options.batch_size) {
    throw ValueError(
        fmt::format("Loader: a batch_size of {} for batches that are made already: give it samples",
                    *options.batch_size));
  }
}

struct Prefetcher::State {
  std::unique_ptr<Work> work;
  std::int64_t ahead = 0;  // how far workers may be in front of what has been handed out
  int workers = 0;

  std::mutex mutex;
  std::condition_variable changed, done;
  std::vector<std::thread> threads;
  bool stop = false;
  bool claiming = false;  // whether a worker is asking for a job, which is done without the mutex
  // Of the epoch that is under way. What belongs to an older run is dropped when it is done.
  std::uint64_t run = 0;
  std::int64_t claimed = 0, handed = 0, count = unknown;
  std::map<std::int64_t, Made> made;

  bool may_claim() const { return !claiming && claimed < count && claimed < handed + ahead; }

  // Asks for the next job, and does it. Both without the mutex.
  void work_one(std::unique_lock<std::mutex>& lock) {
    const std::uint64_t mine = run;
    const std::int64_t index = claimed++;
    claiming = true;
    lock.unlock();
    Work::Job job;
    Made result;
    result.error = error_of([&] { job = work->claim(); });
    lock.lock();
    claiming = false;
    if (mine == run && !job && !result.error) count = index;
    changed.notify_all();
    done.notify_all();
    const bool wanted = mine == run && index < count;
    lock.unlock();
    if (wanted && job) result.error = error_of([&] { result.value = job(); });
    job = {};  // what it holds may be large
    lock.lock();
    if (wanted && mine == run) {
      made.emplace(index, std::move(result));
      done.notify_all();
      return;
    }
    lock.unlock();
    result = {};
    lock.lock();
  }

  void worker() {
    const copse::detail::SerialScope serial;  // the pool is for the step that runs beside
    give_way();
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stop || may_claim(); });
      if (stop) return;
      work_one(lock);
    }
  }
};

Prefetcher::Prefetcher(std::unique_ptr<Work> work, const data::LoaderOptions& options)
    : state_(std::make_unique<State>()) {
  if (options.workers < 0 || options.prefetch < 0) {
    throw ValueError(fmt::format("Loader: {} workers and {} batches ahead, wanted 0 or more", options.workers,
                                 options.prefetch));
  }
  state_->work = std::move(work);
  state_->workers = options.workers;
  state_->ahead = std::int64_t{options.workers} + options.prefetch;
}

Prefetcher::~Prefetcher() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void Prefetcher::start(std::int64_t epoch, std::int64_t index) {
  State& state = *state_;
  std::map<std::int64_t, Made> old;
  {
    std::unique_lock lock(state.mutex);
    ++state.run;
    state.claimed = state.count;  // nobody begins until this has
    state.changed.wait(lock, [&] { return !state.claiming; });
    state.work->start(epoch, index);
    state.claimed = state.handed = index;
    state.count = unknown;
    old.swap(state.made);
    while (static_cast<int>(state.threads.size()) < state.workers) {
      state.threads.emplace_back([&state] { state.worker(); });
    }
  }
  state.changed.notify_all();
}

std::shared_ptr<const void> Prefetcher::next() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  const std::int64_t index = state.handed;
  if (state.threads.empty()) {
    lock.unlock();
    const Work::Job job = state.work->claim();
    lock.lock();
    if (!job) return nullptr;
    ++state.handed;
    lock.unlock();
    return job();
  }
  state.done.wait(lock, [&] { return index >= state.count || state.made.contains(index); });
  if (index >= state.count) return nullptr;
  Made result = std::move(state.made.extract(index).mapped());
  ++state.handed;
  lock.unlock();
  state.changed.notify_all();
  if (result.error) std::rethrow_exception(result.error);
  return result.value;
}

}  // namespace copse::data_detail
