#include "copse/comm/mpi.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

#include "copse/comm/messages.hpp"

namespace copse::comm {
namespace {

// MPI counts in int.
constexpr std::size_t most_bytes = std::size_t{1} << 30;

void require(int status, const char* function) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int length = 0;
  MPI_Error_string(status, text, &length);
  throw CommunicationError(fmt::format("comm::mpi: {} failed: {}", function, text));
}

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

class MpiCommunicator final : public MessageCommunicator {
 public:
  MpiCommunicator() {
    require(MPI_Comm_dup(MPI_COMM_WORLD, &group_), "MPI_Comm_dup");
    require(MPI_Comm_set_errhandler(group_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    require(MPI_Comm_rank(group_, &rank_), "MPI_Comm_rank");
    require(MPI_Comm_size(group_, &size_), "MPI_Comm_size");
  }
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string name() const override { return "mpi"; }

  void abort(std::exception_ptr error) noexcept override {
    if (error) std::fprintf(stderr, "rank %d of %d: %s\n", rank_, size_, message_of(error).c_str());
    end(1);
  }
  // Ends all ranks.
  [[noreturn]] static void end(int status) noexcept {
    std::fflush(nullptr);
    MPI_Abort(MPI_COMM_WORLD, status);
    std::_Exit(status);
  }
  void finalize() noexcept {
    try {
      leave();
    } catch (...) {  // whoever is gone needs no farewell
    }
    MPI_Finalize();
  }

 protected:
  void exchange(std::span<const Outgoing> out, std::span<const Incoming> in) override {
    int ended = 0;
    MPI_Finalized(&ended);
    if (ended)
      throw CommunicationError("comm::mpi: a collective is called after the end of MPI (MPI_Finalize)");
    std::vector<MPI_Request> requests;
    for (const Incoming& m : in)
      in_pieces(m.bytes, [&](std::size_t at, int bytes) {
        require(MPI_Irecv(static_cast<std::byte*>(m.data) + at, bytes, MPI_BYTE, m.rank, 0, group_,
                          &requests.emplace_back()),
                "MPI_Irecv");
      });
    for (const Outgoing& m : out)
      in_pieces(m.bytes, [&](std::size_t at, int bytes) {
        require(MPI_Isend(static_cast<const std::byte*>(m.data) + at, bytes, MPI_BYTE, m.rank, 0, group_,
                          &requests.emplace_back()),
                "MPI_Isend");
      });
    require(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE),
            "MPI_Waitall");
  }

 private:
  template <class F>
  static void in_pieces(std::size_t bytes, const F& f) {
    for (std::size_t at = 0; at < bytes; at += most_bytes)
      f(at, static_cast<int>(std::min(most_bytes, bytes - at)));
  }

  MPI_Comm group_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
};

// Never destroyed: operations work until the program has ended.
MpiCommunicator* world = nullptr;
std::terminate_handler terminate_before = nullptr;

[[noreturn]] void terminate() {
  const std::exception_ptr error = std::current_exception();
  if (error) world->abort(error);
  if (terminate_before) terminate_before();
  std::abort();
}

void at_exit(int status) {
  int ended = 0;
  MPI_Finalized(&ended);
  if (ended) return;
  if (status != 0) {
    std::fprintf(stderr, "rank %d of %d: the program ends with status %d\n", world->rank(), world->size(),
                 status);
    MpiCommunicator::end(status);
  }
  world->finalize();
}

void finalize_at_exit() {
#ifdef __GLIBC__
  on_exit([](int status, void*) { at_exit(status); }, nullptr);
#else
  std::atexit([] { at_exit(0); });
#endif
}

MpiCommunicator* initialized() {
  int done = 0, level = 0;
  MPI_Initialized(&done);
  if (done)
    MPI_Query_thread(&level);
  else
    require(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level), "MPI_Init_thread");
  if (level < MPI_THREAD_SERIALIZED)
    throw ValueError(
        "comm::mpi: MPI was initialised for one thread only; initialise it by MPI_Init_thread with "
        "MPI_THREAD_SERIALIZED, or leave it to comm::mpi");
  world = new MpiCommunicator;
  if (!done) finalize_at_exit();
  terminate_before = std::set_terminate(terminate);
  return world;
}

}  // namespace

CommunicatorPtr mpi() {
  static const CommunicatorPtr& only = *new CommunicatorPtr(initialized(), [](MpiCommunicator*) {});
  return only;
}

}  // namespace copse::comm
