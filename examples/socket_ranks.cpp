// A communicator of one's own, over plain TCP sockets: processes that train one model together.
// test: 3
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <copse/copse.hpp>
#include <cstdio>
#include <cstdlib>

using namespace copse;

// Every rank has a connection to every other one: sockets[r] is that to rank r. Reductions, their order, and
// that ranks do the same, are MessageCommunicator's; what is left is to send and receive.
class SocketCommunicator final : public comm::MessageCommunicator {
 public:
  SocketCommunicator(int rank, std::vector<int> sockets) : rank_(rank), sockets_(std::move(sockets)) {}
  ~SocketCommunicator() override {
    try {
      leave();
    } catch (const Error&) {  // the others have ended before
    }
    for (int socket : sockets_) close(socket);
  }
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(sockets_.size()); }
  std::string name() const override { return "sockets"; }

 protected:
  // All connections at once, as each is ready: nobody waits for a rank that waits itself.
  void exchange(std::span<const comm::Outgoing> out, std::span<const comm::Incoming> in) override {
    struct Transfer {
      int rank;
      char* data;
      std::size_t left;
      short event;
    };
    std::vector<Transfer> transfers;
    for (const auto& m : out)
      transfers.push_back({m.rank, static_cast<char*>(const_cast<void*>(m.data)), m.bytes, POLLOUT});
    for (const auto& m : in) transfers.push_back({m.rank, static_cast<char*>(m.data), m.bytes, POLLIN});
    while (!transfers.empty()) {
      std::vector<pollfd> ready;
      for (const Transfer& t : transfers)
        ready.push_back({sockets_[static_cast<std::size_t>(t.rank)], t.event, 0});
      if (poll(ready.data(), ready.size(), -1) < 0) throw CommunicationError("poll failed");
      for (std::size_t i = 0; i < transfers.size(); ++i) {
        if (!ready[i].revents) continue;
        Transfer& t = transfers[i];
        const ssize_t moved = t.event == POLLOUT
                                  ? send(ready[i].fd, t.data, t.left, MSG_DONTWAIT | MSG_NOSIGNAL)
                                  : recv(ready[i].fd, t.data, t.left, MSG_DONTWAIT);
        if (moved <= 0 && errno != EAGAIN)
          throw CommunicationError("rank " + std::to_string(t.rank) + " has closed its connection");
        if (moved <= 0) continue;
        t.data += moved;
        t.left -= static_cast<std::size_t>(moved);
      }
      std::erase_if(transfers, [](const Transfer& t) { return t.left == 0; });
    }
  }

 private:
  int rank_;
  std::vector<int> sockets_;
};

void require(bool done, const char* what) {
  if (!done) throw CommunicationError(std::string(what) + " failed");
}

// Connects to the ranks below this one, and lets those above it connect; `listeners` have been opened for all
// ranks.
std::vector<int> connect_all(int rank, const std::vector<int>& listeners) {
  std::vector<int> sockets(listeners.size(), -1);
  for (int r = 0; r < rank; ++r) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    getsockname(listeners[static_cast<std::size_t>(r)], reinterpret_cast<sockaddr*>(&address), &length);
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
    require(connect(connection, reinterpret_cast<sockaddr*>(&address), length) == 0, "connect");
    require(send(connection, &rank, sizeof rank, 0) == sizeof rank, "send");  // who this is
    sockets[static_cast<std::size_t>(r)] = connection;
  }
  for (auto others = listeners.size() - 1 - static_cast<std::size_t>(rank); others > 0; --others) {
    const int connection = accept(listeners[static_cast<std::size_t>(rank)], nullptr, nullptr);
    int who = 0;
    require(connection >= 0 && recv(connection, &who, sizeof who, MSG_WAITALL) == sizeof who, "accept");
    sockets[static_cast<std::size_t>(who)] = connection;
  }
  return sockets;
}

// A line through points of which each rank has others; all ranks find the same one.
void train(const comm::CommunicatorPtr& ranks) {
  const Array x = random::normal(random::key(ranks->rank()), {64}), y = 3 * x - 1;
  auto step = [](const Array& line, const Array& x, const Array& y) {
    auto loss = [&](const Array& l) { return mean(square(l[0] * x + l[1] - y)); };
    return line - 0.1f * pmean(grad(loss)(line), "ranks");
  };
  auto local = spmd(jit(step), "ranks", ranks);
  Array line = zeros({2});
  for (int i = 0; i < 200; ++i) line = local(line, x, y);
  if (!all_close(line, array({3.0f, -1.0f}), 1e-3, 1e-3)) throw ValueError("the line was not found");
  std::printf("rank %d of %d: y = %.3f x + %.3f\n", ranks->rank(), ranks->size(), line[0].item<double>(),
              line[1].item<double>());
}

int main(int count, char** arguments) {
  const int ranks = count > 1 ? std::atoi(arguments[1]) : 2;
  std::vector<int> listeners;
  for (int r = 0; r < ranks; ++r) {
    listeners.push_back(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in any{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
    require(bind(listeners.back(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0, "bind");
    require(listen(listeners.back(), ranks) == 0, "listen");
  }
  int rank = 0;
  for (int r = 1; r < ranks && rank == 0; ++r)
    if (fork() == 0) rank = r;
  train(std::make_shared<SocketCommunicator>(rank, connect_all(rank, listeners)));
  bool well = true;
  for (int status = 0; rank == 0 && wait(&status) > 0;) well = well && status == 0;
  return well ? 0 : 1;
}
