// Communicators made of messages from rank to rank.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "copse/comm/communicator.hpp"

namespace copse::comm {

/// Bytes for another rank.
struct Outgoing {
  int rank;
  const void* data;
  std::size_t bytes;
};
/// Memory for bytes of another rank.
struct Incoming {
  int rank;
  void* data;
  std::size_t bytes;
};

/// All collectives of a communicator that can exchange messages: one's own derives from it and says rank,
/// size, name and how. Each collective begins with messages of 256 bytes, by which ranks find out whether
/// they do the same, and which carry what is small: then they are all there is. Of more data each rank
/// reduces one part: with n ranks each sends and receives 2 (n - 1) / n of the data of an all_reduce
/// (Rabenseifner 2004), in two rounds.
class MessageCommunicator : public Communicator {
 public:
  ~MessageCommunicator() override;

 protected:
  MessageCommunicator();
  /// Sends and receives all of these, and returns when the memory of all may be used again. There is at most
  /// one message to each rank and one from each; what is sent to a rank meets what that rank receives from
  /// this one in the call of the same number, as many bytes. Sends must not wait for each other, nor hold up
  /// receives: the other ranks are in the same call. Throws CommunicationError where a rank cannot be
  /// reached.
  virtual void exchange(std::span<const Outgoing> out, std::span<const Incoming> in) = 0;

  /// Tells the other ranks that this one calls no more; those that do then get an error, also later. For
  /// destructors of derived classes.
  void leave();

  void run(const Request& request, const Description& description) final;

 private:
  struct Card;
  void introduce(const Request& request, const Description& description, bool small);
  void all_reduce(const Request& request);
  void broadcast(const Request& request);
  void ppermute(const Request& request);
  void scatter(const Request& request, std::span<const std::int64_t> counts, void* out);
  void gather(std::byte* all, std::span<const std::int64_t> counts, DType dtype);

  std::vector<Card> cards_;         // one a rank
  std::vector<std::byte> scratch_;  // of reductions
};

}  // namespace copse::comm
