// What a collective is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "copse/core/dtype.hpp"

namespace copse::comm {

/// How elements of several ranks become one.
enum class Reduce : std::uint8_t { sum, mean, max, min };

/// What ranks do together.
enum class Collective : std::uint8_t { all_reduce, reduce_scatter, all_gather, broadcast, ppermute, barrier };

/// Which rank sends to which: (source, destination).
using Pairs = std::vector<std::pair<int, int>>;

/// One collective as a rank calls it. All but the addresses is the same on all ranks.
struct Request {
  Collective collective = Collective::barrier;
  Reduce reduce = Reduce::sum;         ///< of all_reduce and reduce_scatter
  DType dtype = DType::uint8;          ///< of the elements
  int root = 0;                        ///< of broadcast
  std::int64_t count = 0;              ///< elements that each rank gives, unless `counts` says how many
  std::vector<std::int64_t> counts{};  ///< elements of each rank's part, of all_gather and reduce_scatter
  Pairs pairs{};                       ///< of ppermute
  const void* in = nullptr;            ///< what this rank gives
  void* out = nullptr;                 ///< what it gets

  /// Elements of all parts, or `count`.
  std::int64_t elements() const;
  /// The same in bytes.
  std::size_t bytes() const { return static_cast<std::size_t>(elements()) * size_of(dtype); }
};

/// `all_reduce (sum) of 12 float32`.
std::string to_string(const Request& request);

/// Throws ValueError, naming `function`, for a place that is not below `size`, or that is twice a source or
/// twice a destination.
void check_pairs(const Pairs& pairs, std::int64_t size, std::string_view function);

/// What ranks compare before they begin: fixed size, the same bytes on all ranks if they agree.
struct Description {
  std::uint64_t call = 0;  ///< how many collectives this rank has called before
  std::int64_t elements = 0;
  std::uint64_t details = 0;  ///< a hash of counts and pairs
  std::int32_t root = 0;
  Collective collective = Collective::barrier;
  Reduce reduce = Reduce::sum;
  DType dtype = DType::uint8;
  std::uint8_t left = 0;  ///< 1: this rank has ended and calls no more

  friend bool operator==(const Description&, const Description&) = default;
};

/// What a rank compares of its call number `call`.
Description describe(const Request& request, std::uint64_t call);
/// `all_reduce (sum) of 12 float32, its call 7`.
std::string to_string(const Description& description);

namespace detail {
/// Bytes of the parts of ranks before this one, where there are counts.
std::size_t bytes_before(const Request& request, int rank);

/// The ranks that a rank gets from and gives to in a ppermute, -1 for none.
struct Peers {
  int source = -1, destination = -1;
};
Peers peers(const Request& request, int rank);

/// Throws CommunicationError, naming both, unless two ranks do the same.
void check_same(const Description& mine, int rank, const Description& theirs, int other);

/// `out[i]` becomes the reduction over all ranks' `in[rank][i]`, always in the order of ranks. `out` may be
/// one of them.
void reduce(const void* const* in, int ranks, void* out, std::int64_t count, DType dtype, Reduce how);
}  // namespace detail

}  // namespace copse::comm
