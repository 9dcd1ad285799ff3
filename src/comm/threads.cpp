#include "copse/comm/threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

#include "complete.hpp"

namespace copse::comm {
namespace {

// A place where all ranks wait for each other. All but the last wait without a lock, first awake, then
// asleep.
class Meeting {
 public:
  // Returns when all have come, or false where `interrupt` has ended it.
  bool wait(std::uint32_t ranks) {
    std::uint32_t round = 0;
    {
      const std::lock_guard lock(mutex_);
      if (interrupted_) return false;
      round = round_.load(std::memory_order_relaxed);
      if (++arrived_ == ranks) {
        arrived_ = 0;
        round_.fetch_add(1);
        round_.notify_all();
        return true;
      }
    }
    for (int spins = 0; round_.load() == round; ++spins) {
      if (spins >= spins_before_sleep)
        round_.wait(round);
      else if (spins >= spins_before_yield)
        std::this_thread::yield();
    }
    const std::lock_guard lock(mutex_);
    return !(interrupted_ && last_round_ == round);
  }
  void interrupt() noexcept {
    const std::lock_guard lock(mutex_);
    if (interrupted_) return;
    interrupted_ = true;
    last_round_ = round_.fetch_add(1);
    round_.notify_all();
  }
  // When nobody waits.
  void renew() {
    const std::lock_guard lock(mutex_);
    interrupted_ = false;
    arrived_ = 0;
  }

 private:
  static constexpr int spins_before_yield = 200, spins_before_sleep = 400;

  std::mutex mutex_;
  std::atomic<std::uint32_t> round_{0};
  std::uint32_t arrived_ = 0, last_round_ = 0;
  bool interrupted_ = false;
};

// What the ranks of a group share.
struct Shared {
  explicit Shared(int n) : ranks(n), requests(static_cast<std::size_t>(n)), descriptions(requests.size()) {}

  const Request& of(int rank) const { return *requests[static_cast<std::size_t>(rank)]; }
  const std::byte* in(int rank) const { return static_cast<const std::byte*>(of(rank).in); }
  std::byte* out(int rank) const { return static_cast<std::byte*>(of(rank).out); }

  void fail(std::exception_ptr why) noexcept {
    {
      const std::lock_guard lock(mutex);
      if (!error) error = std::move(why);
    }
    begin.interrupt();
  }
  [[noreturn]] void rethrow() {
    std::exception_ptr why;
    {
      const std::lock_guard lock(mutex);
      why = error;
    }
    std::rethrow_exception(why);
  }
  void renew() {
    const std::lock_guard lock(mutex);
    error = nullptr;
    begin.renew();
  }

  const int ranks;
  std::vector<const Request*> requests;
  std::vector<Description> descriptions;
  // Whoever has come to the end of `begin` comes to `end`: nothing between them fails.
  Meeting begin, end;
  std::mutex mutex;
  std::exception_ptr error;
};

class ThreadRank final : public Communicator {
 public:
  ThreadRank(std::shared_ptr<Shared> shared, int rank) : shared_(std::move(shared)), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return shared_->ranks; }
  std::string name() const override { return "threads"; }
  void abort(std::exception_ptr error) noexcept override { shared_->fail(std::move(error)); }
  const std::shared_ptr<Shared>& shared() const { return shared_; }

 protected:
  void run(const Request& request, const Description& description) override {
    Shared& group = *shared_;
    const auto ranks = static_cast<std::uint32_t>(group.ranks);
    group.requests[static_cast<std::size_t>(rank_)] = &request;
    group.descriptions[static_cast<std::size_t>(rank_)] = description;
    if (!group.begin.wait(ranks)) group.rethrow();
    const auto other = std::ranges::find_if(group.descriptions,
                                            [&](const Description& d) { return d != group.descriptions[0]; });
    const bool agree = other == group.descriptions.end();
    const Description first = group.descriptions[0], differs = agree ? first : *other;
    if (agree) exchange(request);
    (void)group.end.wait(ranks);
    if (!agree) detail::check_same(first, 0, differs, static_cast<int>(other - group.descriptions.begin()));
  }

 private:
  // What this rank does; the others' requests stay until all have done it.
  void exchange(const Request& request) {
    if (request.collective == Collective::all_reduce) return all_reduce(request);
    std::vector<const void*> in;
    for (int r = 0; r < shared_->ranks; ++r) in.push_back(shared_->in(r));
    detail::complete(request, rank_, in.data(), shared_->ranks);
  }

  // Each rank reduces its part of the elements and hands it to all, while it is in cache.
  void all_reduce(const Request& request) {
    const std::int64_t ranks = shared_->ranks, size = static_cast<std::int64_t>(size_of(request.dtype));
    const std::int64_t blocks = (request.count + block - 1) / block;
    const std::int64_t end = std::min(request.count, block * (blocks * (rank_ + 1) / ranks));
    std::vector<const void*> in(static_cast<std::size_t>(ranks));
    for (std::int64_t at = block * (blocks * rank_ / ranks); at < end; at += block) {
      const std::int64_t n = std::min(block, end - at);
      for (int r = 0; r < ranks; ++r) in[static_cast<std::size_t>(r)] = shared_->in(r) + at * size;
      std::byte* mine = static_cast<std::byte*>(request.out) + at * size;
      detail::reduce(in.data(), shared_->ranks, mine, n, request.dtype, request.reduce);
      for (int r = 0; r < ranks; ++r)
        if (r != rank_) std::memcpy(shared_->out(r) + at * size, mine, static_cast<std::size_t>(n * size));
    }
  }

  static constexpr std::int64_t block = 4096;

  std::shared_ptr<Shared> shared_;
  int rank_;
};

// What the group's ranks share, or null for a group of another kind.
Shared* shared_of(const Group& group) {
  const auto* rank = dynamic_cast<const ThreadRank*>(group[0].get());
  return rank ? rank->shared().get() : nullptr;
}

}  // namespace

Group threads(int n) {
  if (n < 1) throw ValueError(fmt::format("comm::threads: got {}, wanted 1 or more", n));
  const auto shared = std::make_shared<Shared>(n);
  std::vector<CommunicatorPtr> ranks;
  for (int r = 0; r < n; ++r) ranks.push_back(std::make_shared<ThreadRank>(shared, r));
  return Group(std::move(ranks));
}

void run(const Group& group, const std::function<void(const CommunicatorPtr&)>& f) {
  if (Shared* shared = shared_of(group)) shared->renew();
  std::mutex mutex;
  std::exception_ptr first;
  const auto run_one = [&](const CommunicatorPtr& rank) {
    try {
      f(rank);
    } catch (...) {
      {
        const std::lock_guard lock(mutex);
        if (!first) first = std::current_exception();
      }
      rank->abort(std::current_exception());
    }
  };
  std::vector<std::thread> others;
  std::exception_ptr failed;
  try {
    for (const CommunicatorPtr& rank : group.local().subspan(1))
      others.emplace_back(run_one, std::cref(rank));
  } catch (...) {  // the system has no more threads
    failed = std::current_exception();
    group[0]->abort(failed);
  }
  if (!failed) run_one(group[0]);
  for (std::thread& other : others) other.join();
  if (failed || first) std::rethrow_exception(failed ? failed : first);
}

}  // namespace copse::comm
