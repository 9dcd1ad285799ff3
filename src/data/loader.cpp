#include "copse/data/loader.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "copse/core/error.hpp"

namespace copse::data_detail {
namespace {

struct Made {
  std::shared_ptr<const void> value;
  std::exception_ptr error;
};

}  // namespace

struct Prefetcher::State {
  Make make;
  std::int64_t count = 0;
  std::int64_t ahead = 0;  // how far workers may be in front of what has been handed out
  int workers = 0;

  std::mutex mutex;
  std::condition_variable work, done;
  std::vector<std::thread> threads;
  bool stop = false;
  // Of the epoch that is under way. What belongs to an older run is dropped when it is done.
  std::uint64_t run = 0;
  std::int64_t epoch = 0, claimed = 0, handed = 0;
  std::map<std::int64_t, Made> made;

  bool may_claim() const { return claimed < count && claimed < handed + ahead; }

  Made make_one(std::int64_t of, std::int64_t index) const {
    try {
      return {make(of, index), nullptr};
    } catch (...) {
      return {nullptr, std::current_exception()};
    }
  }

  void worker() {
    std::unique_lock lock(mutex);
    while (true) {
      work.wait(lock, [&] { return stop || may_claim(); });
      if (stop) return;
      const std::uint64_t mine = run;
      const std::int64_t of = epoch, index = claimed++;
      lock.unlock();
      Made result = make_one(of, index);
      lock.lock();
      if (mine == run) {
        made.emplace(index, std::move(result));
        done.notify_all();
      } else {
        lock.unlock();
        result = {};  // it may be large
        lock.lock();
      }
    }
  }
};

Prefetcher::Prefetcher(Make make, std::int64_t count, const data::LoaderOptions& options)
    : state_(std::make_unique<State>()) {
  if (options.workers < 0 || options.prefetch < 0) {
    throw ValueError(fmt::format("Loader: {} workers and {} batches ahead, wanted 0 or more", options.workers,
                                 options.prefetch));
  }
  state_->make = std::move(make);
  state_->count = count;
  state_->workers = options.workers;
  state_->ahead = std::int64_t{options.workers} + options.prefetch;
}

Prefetcher::~Prefetcher() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->work.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void Prefetcher::start(std::int64_t epoch, std::int64_t index) {
  State& state = *state_;
  std::map<std::int64_t, Made> old;
  {
    const std::lock_guard lock(state.mutex);
    ++state.run;
    state.epoch = epoch;
    state.claimed = state.handed = index;
    old.swap(state.made);
    while (static_cast<int>(state.threads.size()) < state.workers) {
      state.threads.emplace_back([&state] { state.worker(); });
    }
  }
  state.work.notify_all();
}

std::shared_ptr<const void> Prefetcher::next() {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (state.handed >= state.count) return nullptr;
  const std::int64_t index = state.handed;
  Made result;
  if (state.threads.empty()) {
    lock.unlock();
    result = state.make_one(state.epoch, index);
    lock.lock();
  } else {
    state.done.wait(lock, [&] { return state.made.contains(index); });
    result = std::move(state.made.extract(index).mapped());
  }
  ++state.handed;
  lock.unlock();
  state.work.notify_all();
  if (result.error) std::rethrow_exception(result.error);
  return result.value;
}

}  // namespace copse::data_detail
