// Processes or threads that work together: the interface.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "copse/comm/request.hpp"
#include "copse/core/error.hpp"

namespace copse {

/// Ranks that do not do the same, or one that cannot be reached any more.
class CommunicationError : public Error {
 public:
  using Error::Error;
};

namespace comm {

namespace detail {
struct Job;
class Worker;
}  // namespace detail

/// A collective that has been started. Memory that it reads and writes must stay until `wait` has returned.
class [[nodiscard]] Pending {
 public:
  Pending() = default;
  explicit Pending(std::shared_ptr<detail::Job> job) noexcept : job_(std::move(job)) {}
  Pending(Pending&&) noexcept = default;
  Pending& operator=(Pending&& other) noexcept;
  /// Waits; an error is dropped.
  ~Pending();

  /// Returns when the collective has ended; throws what it has thrown. Called once more it does nothing.
  void wait();

 private:
  std::shared_ptr<detail::Job> job_;
};

/// What a communicator has done.
struct Traffic {
  std::int64_t calls = 0;  ///< collectives
  std::int64_t bytes = 0;  ///< of the elements that they were called with, see Request::bytes
  double seconds = 0;      ///< spent in them, waiting for other ranks included
};

/// One rank's place in a group of `size()` ranks, numbered from 0. All ranks call the same collectives in the
/// same order, with the same counts, dtypes and options; ranks that don't get a CommunicationError that names
/// what two of them did. Additions are done in the order of ranks, so that results are the same bits on all
/// ranks, and from run to run.
///
/// Counts are in elements. `in` and `out` don't overlap, but they may be the same memory for all_reduce, and
/// `in` the rank's own place in `out` for all_gather. Bfloat16 is added as float32. Each function throws
/// ValueError for arguments that mean nothing, and CommunicationError where another rank is lost. The forms
/// that end in `_async` start a collective on a thread of its own; collectives run one at a time, in the
/// order in which they were called.
///
/// One's own derives from this class, or from MessageCommunicator, which needs messages from rank to rank
/// only.
class Communicator {
 public:
  virtual ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// `threads`, `mpi`: for messages.
  virtual std::string name() const = 0;

  /// `out` becomes the reduction of all ranks' `in`. A mean is of a floating dtype.
  void all_reduce(const void* in, void* out, std::int64_t count, DType dtype, Reduce how = Reduce::sum);
  /// The same, of which each rank gets its part: `counts[rank]` elements behind those of the ranks before.
  void reduce_scatter(const void* in, void* out, std::span<const std::int64_t> counts, DType dtype,
                      Reduce how = Reduce::sum);
  /// `out` becomes all ranks' parts one behind the other; rank r gives `counts[r]` elements.
  void all_gather(const void* in, void* out, std::span<const std::int64_t> counts, DType dtype);
  /// `data` becomes what it is on rank `root`.
  void broadcast(void* data, std::int64_t count, DType dtype, int root = 0);
  /// Each pair (source, destination) carries the source's `in` to the destination's `out`; no rank is twice a
  /// source or twice a destination. A rank that is no destination gets zeros.
  void ppermute(const void* in, void* out, std::int64_t count, DType dtype, Pairs pairs);
  /// Returns when all ranks have called it.
  void barrier();

  Pending all_reduce_async(const void* in, void* out, std::int64_t count, DType dtype,
                           Reduce how = Reduce::sum);
  Pending reduce_scatter_async(const void* in, void* out, std::span<const std::int64_t> counts, DType dtype,
                               Reduce how = Reduce::sum);
  Pending all_gather_async(const void* in, void* out, std::span<const std::int64_t> counts, DType dtype);
  Pending broadcast_async(void* data, std::int64_t count, DType dtype, int root = 0);

  /// Any of them, by its description.
  void call(const Request& request);
  Pending start(Request request);

  /// Ends the group, because this rank cannot go on: collectives of the other ranks, those that wait and all
  /// later ones, throw this error where they share a process, or end their processes with its message. By
  /// default nothing is told to anybody.
  virtual void abort(std::exception_ptr error) noexcept;

  /// Since it was made.
  Traffic traffic() const;
  /// A number that no other communicator of this process has or has had.
  std::uint64_t id() const noexcept { return id_; }

 protected:
  Communicator();
  /// Does a collective whose arguments have been checked. Called by one thread at a time, and not if the
  /// group has one rank only.
  virtual void run(const Request& request, const Description& description) = 0;

 private:
  friend class detail::Worker;
  void check(const Request& request) const;
  void run_in_turn(const Request& request);

  const std::uint64_t id_;
  mutable std::mutex turn_;  // of collectives, and for what follows
  std::uint64_t calls_ = 0;
  Traffic traffic_;
  std::unique_ptr<detail::Worker> worker_;
};

using CommunicatorPtr = std::shared_ptr<Communicator>;

/// The ranks of a group that are threads of this process: all of `threads(n)`, one of any other group.
class Group {
 public:
  /// A group of which this process is one rank.
  Group(CommunicatorPtr one);
  explicit Group(std::vector<CommunicatorPtr> local);

  /// How many ranks the whole group has.
  int size() const;
  /// Whether all of them are threads of this process; else this process is one of several.
  bool is_local() const { return static_cast<int>(local_.size()) == size(); }
  /// Those in this process.
  std::span<const CommunicatorPtr> local() const noexcept { return local_; }
  /// One of those, by its place among them.
  const CommunicatorPtr& operator[](int i) const { return local_.at(static_cast<std::size_t>(i)); }

 private:
  std::vector<CommunicatorPtr> local_;
};

/// A group of one rank. The same for all callers.
CommunicatorPtr self();

}  // namespace comm
}  // namespace copse
