#include "copse/comm/communicator.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <set>

#include "../core/lifetime.hpp"
#include "worker.hpp"

namespace copse::comm {
namespace {

[[noreturn]] void refuse(const Request& request, const std::string& what) {
  throw ValueError(fmt::format("{}: {}", to_string(request), what));
}

void check_counts(const Request& r, int size) {
  if (r.count < 0) refuse(r, fmt::format("got a count of {}, wanted 0 or more", r.count));
  for (const std::int64_t count : r.counts)
    if (count < 0) refuse(r, fmt::format("got a count of {}, wanted 0 or more", count));
  const bool parts = r.collective == Collective::reduce_scatter || r.collective == Collective::all_gather;
  const std::size_t wanted = parts ? static_cast<std::size_t>(size) : 0;
  if (r.counts.size() != wanted)
    refuse(r, fmt::format("got {} counts, wanted {}", r.counts.size(),
                          parts ? fmt::format("one for each of {} ranks", size) : "none"));
}

void check_reduce(const Request& r) {
  if (r.collective != Collective::all_reduce && r.collective != Collective::reduce_scatter) return;
  if (r.reduce == Reduce::mean && !is_floating(r.dtype))
    refuse(r, fmt::format("got {}, wanted a floating dtype for a mean", name_of(r.dtype)));
  if (r.reduce == Reduce::sum && r.dtype == DType::bool_)
    refuse(r, "got bool, wanted a dtype of numbers for a sum");
}

// A group of one rank.
void run_alone(const Request& request) {
  const std::size_t bytes = request.bytes();
  if (bytes == 0 || request.collective == Collective::broadcast) return;
  if (request.collective == Collective::ppermute && request.pairs.empty())
    std::memset(request.out, 0, bytes);
  else if (request.in != request.out)
    std::memcpy(request.out, request.in, bytes);
}

Request parts(Collective collective, const void* in, void* out, std::span<const std::int64_t> counts,
              DType dtype, Reduce how = Reduce::sum) {
  return {.collective = collective,
          .reduce = how,
          .dtype = dtype,
          .counts = {counts.begin(), counts.end()},
          .in = in,
          .out = out};
}

Request reduction(const void* in, void* out, std::int64_t count, DType dtype, Reduce how) {
  return {.collective = Collective::all_reduce,
          .reduce = how,
          .dtype = dtype,
          .count = count,
          .in = in,
          .out = out};
}

Request from_root(void* data, std::int64_t count, DType dtype, int root) {
  return {.collective = Collective::broadcast,
          .dtype = dtype,
          .root = root,
          .count = count,
          .in = data,
          .out = data};
}

std::atomic<std::uint64_t> next_id{1};

class Self final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::string name() const override { return "self"; }

 protected:
  void run(const Request&, const Description&) override {}
};

}  // namespace

void check_pairs(const Pairs& pairs, std::int64_t size, std::string_view function) {
  std::set<int> sources, destinations;
  for (const auto& [from, to] : pairs) {
    if (from < 0 || from >= size || to < 0 || to >= size)
      throw ValueError(
          fmt::format("{}: got the pair ({}, {}), wanted places from 0 to {}", function, from, to, size - 1));
    if (!sources.insert(from).second)
      throw ValueError(fmt::format("{}: {} is twice a source; give each once", function, from));
    if (!destinations.insert(to).second)
      throw ValueError(fmt::format("{}: {} is twice a destination; give each once", function, to));
  }
}

Pending& Pending::operator=(Pending&& other) noexcept {
  if (job_) (void)job_->wait();
  job_ = std::move(other.job_);
  return *this;
}

Pending::~Pending() {
  if (job_) (void)job_->wait();
}

void Pending::wait() {
  if (const auto job = std::exchange(job_, nullptr))
    if (std::exception_ptr error = job->wait()) std::rethrow_exception(std::move(error));
}

Communicator::Communicator() : id_(next_id++) {}
Communicator::~Communicator() = default;

void Communicator::check(const Request& request) const {
  const int ranks = size();
  check_counts(request, ranks);
  check_pairs(request.pairs, ranks, to_string(request));
  check_reduce(request);
  if (request.root < 0 || request.root >= ranks)
    refuse(request, fmt::format("got root {}, wanted a rank from 0 to {}", request.root, ranks - 1));
}

void Communicator::run_in_turn(const Request& request) {
  const std::lock_guard lock(turn_);
  const auto begin = std::chrono::steady_clock::now();
  if (size() == 1)
    run_alone(request);
  else
    run(request, describe(request, calls_));
  ++calls_;
  if (request.collective == Collective::barrier) return;
  ++traffic_.calls;
  traffic_.bytes += static_cast<std::int64_t>(request.bytes());
  traffic_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void Communicator::call(const Request& request) {
  check(request);
  detail::Worker* worker = nullptr;
  {
    const std::lock_guard lock(turn_);
    worker = worker_.get();
  }
  if (worker && worker->busy())
    Pending(worker->add(request)).wait();
  else
    run_in_turn(request);
}

Pending Communicator::start(Request request) {
  check(request);
  detail::Worker* worker = nullptr;
  {
    const std::lock_guard lock(turn_);
    if (!worker_) worker_ = std::make_unique<detail::Worker>(*this);
    worker = worker_.get();
  }
  return Pending(worker->add(std::move(request)));
}

Traffic Communicator::traffic() const {
  const std::lock_guard lock(turn_);
  return traffic_;
}

void Communicator::all_reduce(const void* in, void* out, std::int64_t count, DType dtype, Reduce how) {
  call(reduction(in, out, count, dtype, how));
}
void Communicator::reduce_scatter(const void* in, void* out, std::span<const std::int64_t> counts,
                                  DType dtype, Reduce how) {
  call(parts(Collective::reduce_scatter, in, out, counts, dtype, how));
}
void Communicator::all_gather(const void* in, void* out, std::span<const std::int64_t> counts, DType dtype) {
  call(parts(Collective::all_gather, in, out, counts, dtype));
}
void Communicator::broadcast(void* data, std::int64_t count, DType dtype, int root) {
  call(from_root(data, count, dtype, root));
}
void Communicator::ppermute(const void* in, void* out, std::int64_t count, DType dtype, Pairs pairs) {
  call({.collective = Collective::ppermute,
        .dtype = dtype,
        .count = count,
        .pairs = std::move(pairs),
        .in = in,
        .out = out});
}
void Communicator::barrier() { call({}); }

Pending Communicator::all_reduce_async(const void* in, void* out, std::int64_t count, DType dtype,
                                       Reduce how) {
  return start(reduction(in, out, count, dtype, how));
}
Pending Communicator::reduce_scatter_async(const void* in, void* out, std::span<const std::int64_t> counts,
                                           DType dtype, Reduce how) {
  return start(parts(Collective::reduce_scatter, in, out, counts, dtype, how));
}
Pending Communicator::all_gather_async(const void* in, void* out, std::span<const std::int64_t> counts,
                                       DType dtype) {
  return start(parts(Collective::all_gather, in, out, counts, dtype));
}
Pending Communicator::broadcast_async(void* data, std::int64_t count, DType dtype, int root) {
  return start(from_root(data, count, dtype, root));
}

void Communicator::abort(std::exception_ptr) noexcept {}

Group::Group(CommunicatorPtr one) : local_{std::move(one)} {
  if (!local_[0]) throw ValueError("comm::Group: got a communicator that is null, wanted one");
}

Group::Group(std::vector<CommunicatorPtr> local) : local_(std::move(local)) {
  if (local_.empty()) throw ValueError("comm::Group: got no communicators, wanted one at least");
}

int Group::size() const { return local_[0]->size(); }

CommunicatorPtr self() {
  static const CommunicatorPtr& alone =
      copse::detail::never_destroyed<CommunicatorPtr>(std::make_shared<Self>());
  return alone;
}

}  // namespace copse::comm
