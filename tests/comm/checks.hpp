// What any communicator has to do, checked on each of its ranks.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "copse/comm/communicator.hpp"

namespace comm_checks {

using copse::DType;
namespace comm = copse::comm;
using Floats = std::vector<float>;

/// What rank r has as its i-th element.
inline float element(int r, std::size_t i) {
  return 1.0f / static_cast<float>(1 + (i * 7 + static_cast<std::size_t>(r) * 13) % 1001);
}

inline Floats elements(int r, std::size_t count) {
  Floats all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = element(r, i);
  return all;
}

/// Sums over ranks, added in their order.
inline Floats sums(int ranks, std::size_t count) {
  Floats all = elements(0, count);
  for (int r = 1; r < ranks; ++r)
    for (std::size_t i = 0; i < count; ++i) all[i] += element(r, i);
  return all;
}

/// Uneven parts, of which one is empty.
inline std::vector<std::int64_t> parts(int ranks, std::int64_t unit) {
  std::vector<std::int64_t> counts;
  for (int r = 0; r < ranks; ++r) counts.push_back(r == ranks - 1 ? 0 : unit * (r + 1));
  if (ranks == 1) counts[0] = unit;
  return counts;
}

/// The collectives that gave something else than they should have, of `count` elements; empty if there are
/// none.
class Checks {
 public:
  Checks(comm::Communicator& c, std::size_t count)
      : c_(c), count_(count), n_(static_cast<std::int64_t>(count)) {}

  std::string faults() {
    reductions();
    parts_of_ranks();
    copies();
    started();
    c_.barrier();
    return faults_;
  }

 private:
  void expect(const char* what, bool holds) {
    if (!holds)
      faults_ += std::string(what) + " of " + std::to_string(count_) + " on rank " +
                 std::to_string(c_.rank()) + "; ";
  }

  void reductions() {
    const Floats mine = elements(c_.rank(), count_), wanted = sums(c_.size(), count_);
    Floats out(count_);
    c_.all_reduce(mine.data(), out.data(), n_, DType::float32);
    expect("all_reduce", out == wanted);
    out = mine;
    c_.all_reduce(out.data(), out.data(), n_, DType::float32);
    expect("all_reduce in place", out == wanted);
    c_.all_reduce(mine.data(), out.data(), n_, DType::float32, comm::Reduce::mean);
    bool means = true;
    for (std::size_t i = 0; i < count_; ++i) means &= out[i] == wanted[i] / static_cast<float>(c_.size());
    expect("mean", means);
    const std::vector<std::int64_t> ranks(count_, c_.rank());
    std::vector<std::int64_t> most(count_);
    c_.all_reduce(ranks.data(), most.data(), n_, DType::int64, comm::Reduce::max);
    expect("max", most == std::vector<std::int64_t>(count_, c_.size() - 1));
  }

  void parts_of_ranks() {
    const auto counts = parts(c_.size(), n_);
    std::size_t all = 0, before = 0;
    for (int r = 0; r < c_.size(); ++r) {
      if (r < c_.rank()) before += static_cast<std::size_t>(counts[static_cast<std::size_t>(r)]);
      all += static_cast<std::size_t>(counts[static_cast<std::size_t>(r)]);
    }
    const auto own = static_cast<std::size_t>(counts[static_cast<std::size_t>(c_.rank())]);
    const Floats whole = elements(c_.rank(), all), total = sums(c_.size(), all);
    Floats part(own);
    c_.reduce_scatter(whole.data(), part.data(), counts, DType::float32);
    expect("reduce_scatter",
           std::equal(part.begin(), part.end(), total.begin() + static_cast<std::ptrdiff_t>(before)));
    Floats gathered(all);
    c_.all_gather(part.data(), gathered.data(), counts, DType::float32);
    expect("all_gather", gathered == total);
    Floats in_place(all);
    std::copy(part.begin(), part.end(), in_place.begin() + static_cast<std::ptrdiff_t>(before));
    c_.all_gather(in_place.data() + before, in_place.data(), counts, DType::float32);
    expect("all_gather in place", in_place == total);
  }

  void copies() {
    const int last = c_.size() - 1;
    Floats x = elements(c_.rank(), count_);
    c_.broadcast(x.data(), n_, DType::float32, last);
    expect("broadcast", x == elements(last, count_));
    x = elements(c_.rank(), count_);
    comm::Pairs cycle;
    for (int r = 0; r <= last; ++r) cycle.emplace_back(r, (r + 1) % c_.size());
    Floats out(count_, -1);
    c_.ppermute(x.data(), out.data(), n_, DType::float32, cycle);
    expect("ppermute", out == elements((c_.rank() + last) % c_.size(), count_));
    c_.ppermute(x.data(), out.data(), n_, DType::float32, {{last, 0}});
    expect("ppermute to one", out == (c_.rank() == 0 ? elements(last, count_) : Floats(count_)));
  }

  void started() {
    const Floats mine = elements(c_.rank(), count_), wanted = sums(c_.size(), count_);
    std::vector<Floats> outs(4, Floats(count_));
    std::vector<comm::Pending> pending;
    for (Floats& out : outs)
      pending.push_back(c_.all_reduce_async(mine.data(), out.data(), n_, DType::float32));
    c_.barrier();
    for (comm::Pending& p : pending) p.wait();
    for (const Floats& out : outs) expect("all_reduce_async", out == wanted);
  }

  comm::Communicator& c_;
  std::size_t count_;
  std::int64_t n_;
  std::string faults_;
};

/// The same for several counts: none, some that go with the first message, and many.
inline std::string faults(comm::Communicator& c) {
  std::string all;
  for (const int count : {0, 1, 7, 40, 60, 1000, 5003, 100'001})
    all += Checks(c, static_cast<std::size_t>(count)).faults();
  return all;
}

}  // namespace comm_checks
