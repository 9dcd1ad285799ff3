#include "copse/comm/request.hpp"

#include <fmt/format.h>

#include <numeric>

#include "copse/comm/communicator.hpp"

namespace copse::comm {
namespace {

constexpr std::string_view name_of(Collective collective) {
  constexpr std::string_view names[] = {"all_reduce", "reduce_scatter", "all_gather",
                                        "broadcast",  "ppermute",       "barrier"};
  return names[static_cast<int>(collective)];
}

constexpr std::string_view name_of(Reduce how) {
  constexpr std::string_view names[] = {"sum", "mean", "max", "min"};
  return names[static_cast<int>(how)];
}

// `all_reduce (sum) of 12 float32`.
std::string text(Collective collective, Reduce how, int root, std::int64_t elements, DType dtype) {
  std::string words(name_of(collective));
  if (collective == Collective::barrier) return words;
  if (collective == Collective::all_reduce || collective == Collective::reduce_scatter)
    words += fmt::format(" ({})", name_of(how));
  if (collective == Collective::broadcast) words += fmt::format(" (from rank {})", root);
  return words + fmt::format(" of {} {}", elements, copse::name_of(dtype));
}

// FNV-1a, by 64-bit words.
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) { return (hash ^ word) * 0x100000001b3ull; }

}  // namespace

std::int64_t Request::elements() const {
  return counts.empty() ? count : std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

std::string to_string(const Request& r) {
  return text(r.collective, r.reduce, r.root, r.elements(), r.dtype);
}

Description describe(const Request& request, std::uint64_t call) {
  std::uint64_t details = 0xcbf29ce484222325ull;
  for (const std::int64_t count : request.counts) details = mix(details, static_cast<std::uint64_t>(count));
  for (const auto& [from, to] : request.pairs)
    details = mix(mix(details, static_cast<std::uint64_t>(from)), static_cast<std::uint64_t>(to));
  return {.call = call,
          .elements = request.elements(),
          .details = details,
          .root = request.root,
          .collective = request.collective,
          .reduce = request.reduce,
          .dtype = request.dtype};
}

std::string to_string(const Description& d) {
  if (d.left) return "has ended";
  return fmt::format("calls {}, its call {}", text(d.collective, d.reduce, d.root, d.elements, d.dtype),
                     d.call + 1);
}

namespace detail {

std::size_t bytes_before(const Request& request, int rank) {
  const auto end = request.counts.begin() + rank;
  return static_cast<std::size_t>(std::accumulate(request.counts.begin(), end, std::int64_t{0})) *
         size_of(request.dtype);
}

Peers peers(const Request& request, int rank) {
  Peers result;
  for (const auto& [from, to] : request.pairs) {
    if (from == rank) result.destination = to;
    if (to == rank) result.source = from;
  }
  return result;
}

void check_same(const Description& mine, int rank, const Description& theirs, int other) {
  if (mine == theirs) return;
  Description alike = theirs;
  alike.details = mine.details;
  throw CommunicationError(
      fmt::format("ranks disagree: rank {} {}; rank {} {}{}. All ranks must call the same collectives in the "
                  "same order, with the "
                  "same counts and dtypes",
                  rank, to_string(mine), other, to_string(theirs),
                  mine == alike ? ", divided among ranks in another way" : ""));
}

}  // namespace detail
}  // namespace copse::comm
