#include "copse/comm/messages.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "complete.hpp"

namespace copse::comm {

// What ranks send each other at the beginning of a collective.
struct MessageCommunicator::Card {
  Description description;
  std::array<std::byte, 256 - sizeof(Description)> data;
};

namespace {

constexpr std::size_t data_on_card = 256 - sizeof(Description);

// Equal parts, the first ones one element larger where they don't come out even.
std::vector<std::int64_t> even_parts(std::int64_t count, int ranks) {
  std::vector<std::int64_t> parts;
  for (int r = 0; r < ranks; ++r) parts.push_back(count / ranks + (r < count % ranks ? 1 : 0));
  return parts;
}

// Whether what each rank gives is on its card.
bool is_small(const Request& request, int ranks) {
  for (int r = 0; r < ranks; ++r)
    if (detail::given_bytes(request, r) > data_on_card) return false;
  return true;
}

}  // namespace

MessageCommunicator::MessageCommunicator() = default;
MessageCommunicator::~MessageCommunicator() = default;

void MessageCommunicator::run(const Request& request, const Description& description) {
  const int ranks = size();
  const bool small = is_small(request, ranks);
  introduce(request, description, small);
  if (small) {
    std::vector<const void*> in;
    for (const Card& card : cards_) in.push_back(card.data.data());
    return detail::complete(request, rank(), in.data(), ranks);
  }
  switch (request.collective) {
    case Collective::all_reduce:
      return all_reduce(request);
    case Collective::reduce_scatter:
      return scatter(request, request.counts, request.out);
    case Collective::all_gather: {
      auto* all = static_cast<std::byte*>(request.out);
      std::byte* mine = all + detail::bytes_before(request, rank());
      const std::size_t bytes = detail::given_bytes(request, rank());
      if (bytes && mine != request.in) std::memcpy(mine, request.in, bytes);
      return gather(all, request.counts, request.dtype);
    }
    case Collective::broadcast:
      return broadcast(request);
    case Collective::ppermute:
      return ppermute(request);
    case Collective::barrier:
      return;
  }
}

// Exchanges cards, and throws where the ranks don't do the same.
void MessageCommunicator::introduce(const Request& request, const Description& description, bool small) {
  const auto ranks = static_cast<std::size_t>(size()), me = static_cast<std::size_t>(rank());
  cards_.resize(ranks);
  cards_[me].description = description;
  if (const std::size_t bytes = detail::given_bytes(request, rank()); small && bytes)
    std::memcpy(cards_[me].data.data(), request.in, bytes);
  std::vector<Outgoing> out;
  std::vector<Incoming> in;
  for (std::size_t distance = 1; distance < ranks; ++distance) {
    const std::size_t to = (me + distance) % ranks, from = (me + ranks - distance) % ranks;
    out.push_back({static_cast<int>(to), &cards_[me], sizeof(Card)});
    in.push_back({static_cast<int>(from), &cards_[from], sizeof(Card)});
  }
  exchange(out, in);
  for (std::size_t r = 1; r < ranks; ++r)
    detail::check_same(cards_[0].description, 0, cards_[r].description, static_cast<int>(r));
}

// Every rank sends every other its part, and reduces its own.
void MessageCommunicator::scatter(const Request& request, std::span<const std::int64_t> counts, void* out) {
  const auto ranks = static_cast<std::size_t>(size()), me = static_cast<std::size_t>(rank());
  const std::size_t width = size_of(request.dtype), mine = static_cast<std::size_t>(counts[me]) * width;
  scratch_.resize(mine * (ranks - 1));
  std::vector<const void*> parts(ranks);
  std::vector<Outgoing> sent;
  std::vector<Incoming> received;
  const auto* from = static_cast<const std::byte*>(request.in);
  std::byte* next = scratch_.data();
  for (std::size_t r = 0; r < ranks; ++r) {
    const std::size_t bytes = static_cast<std::size_t>(counts[r]) * width;
    if (r == me) {
      parts[r] = from;
    } else {
      if (bytes) sent.push_back({static_cast<int>(r), from, bytes});
      if (mine) received.push_back({static_cast<int>(r), next, mine});
      parts[r] = next;
      next += mine;
    }
    from += bytes;
  }
  exchange(sent, received);
  detail::reduce(parts.data(), size(), out, counts[me], request.dtype, request.reduce);
}

// Every rank sends its part of `all` to every other.
void MessageCommunicator::gather(std::byte* all, std::span<const std::int64_t> counts, DType dtype) {
  std::vector<Outgoing> sent;
  std::vector<Incoming> received;
  const auto ranks = counts.size(), me = static_cast<std::size_t>(rank());
  std::vector<std::byte*> parts;
  for (const std::int64_t count : counts) {
    parts.push_back(all);
    all += static_cast<std::size_t>(count) * size_of(dtype);
  }
  for (std::size_t distance = 1; distance < ranks; ++distance) {
    const std::size_t to = (me + distance) % ranks, from = (me + ranks - distance) % ranks;
    const auto bytes = [&](std::size_t r) { return static_cast<std::size_t>(counts[r]) * size_of(dtype); };
    if (bytes(me)) sent.push_back({static_cast<int>(to), parts[me], bytes(me)});
    if (bytes(from)) received.push_back({static_cast<int>(from), parts[from], bytes(from)});
  }
  exchange(sent, received);
}

void MessageCommunicator::all_reduce(const Request& request) {
  const std::vector<std::int64_t> counts = even_parts(request.count, size());
  std::int64_t before = 0;
  for (int r = 0; r < rank(); ++r) before += counts[static_cast<std::size_t>(r)];
  auto* all = static_cast<std::byte*>(request.out);
  scatter(request, counts, all + static_cast<std::size_t>(before) * size_of(request.dtype));
  gather(all, counts, request.dtype);
}

// The root sends each rank a part, and they send those to each other.
void MessageCommunicator::broadcast(const Request& request) {
  const std::vector<std::int64_t> counts = even_parts(request.count, size());
  auto* part = static_cast<std::byte*>(request.out);
  std::vector<Outgoing> sent;
  std::vector<Incoming> received;
  for (int r = 0; r < size(); ++r) {
    const std::size_t bytes =
        static_cast<std::size_t>(counts[static_cast<std::size_t>(r)]) * size_of(request.dtype);
    if (bytes && r != request.root) {
      if (rank() == request.root) sent.push_back({r, part, bytes});
      if (rank() == r) received.push_back({request.root, part, bytes});
    }
    part += bytes;
  }
  exchange(sent, received);
  gather(static_cast<std::byte*>(request.out), counts, request.dtype);
}

void MessageCommunicator::ppermute(const Request& request) {
  const auto [source, destination] = detail::peers(request, rank());
  const std::size_t bytes = request.bytes();
  std::vector<Outgoing> sent;
  std::vector<Incoming> received;
  if (destination >= 0 && destination != rank()) sent.push_back({destination, request.in, bytes});
  if (source == rank())
    std::memcpy(request.out, request.in, bytes);
  else if (source >= 0)
    received.push_back({source, request.out, bytes});
  else
    std::memset(request.out, 0, bytes);
  exchange(sent, received);
}

void MessageCommunicator::leave() {
  Card farewell{};
  farewell.description.left = 1;
  std::vector<Outgoing> out;
  for (int r = 0; r < size(); ++r)
    if (r != rank()) out.push_back({r, &farewell, sizeof farewell});
  exchange(out, {});
}

}  // namespace copse::comm
