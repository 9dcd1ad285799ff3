#include "complete.hpp"

#include <cstring>
#include <vector>

namespace copse::comm::detail {
namespace {

void copy(void* to, const void* from, std::size_t bytes) {
  if (bytes && to != from) std::memcpy(to, from, bytes);
}

void scatter(const Request& request, int rank, const void* const* in, int ranks) {
  const std::size_t before = bytes_before(request, rank);
  std::vector<const void*> parts;
  for (int r = 0; r < ranks; ++r) parts.push_back(static_cast<const std::byte*>(in[r]) + before);
  reduce(parts.data(), ranks, request.out, request.counts[static_cast<std::size_t>(rank)], request.dtype,
         request.reduce);
}

void gather(const Request& request, const void* const* in, int ranks) {
  for (int r = 0; r < ranks; ++r)
    copy(static_cast<std::byte*>(request.out) + bytes_before(request, r), in[r], given_bytes(request, r));
}

void permute(const Request& request, int rank, const void* const* in) {
  const int from = peers(request, rank).source;
  if (from >= 0)
    copy(request.out, in[from], request.bytes());
  else if (request.bytes())
    std::memset(request.out, 0, request.bytes());
}

}  // namespace

std::size_t given_bytes(const Request& request, int rank) {
  switch (request.collective) {
    case Collective::all_gather:
      return static_cast<std::size_t>(request.counts[static_cast<std::size_t>(rank)]) *
             size_of(request.dtype);
    case Collective::broadcast:
      return rank == request.root ? request.bytes() : 0;
    case Collective::ppermute:
      return peers(request, rank).destination >= 0 ? request.bytes() : 0;
    default:
      return request.bytes();
  }
}

void complete(const Request& request, int rank, const void* const* in, int ranks) {
  switch (request.collective) {
    case Collective::all_reduce:
      return reduce(in, ranks, request.out, request.count, request.dtype, request.reduce);
    case Collective::reduce_scatter:
      return scatter(request, rank, in, ranks);
    case Collective::all_gather:
      return gather(request, in, ranks);
    case Collective::broadcast:
      return copy(request.out, in[request.root], request.bytes());
    case Collective::ppermute:
      return permute(request, rank, in);
    case Collective::barrier:
      return;
  }
}

}  // namespace copse::comm::detail
