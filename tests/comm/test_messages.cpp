// Communicators made of messages, here from thread to thread.
#include "copse/comm/messages.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

#include "catch.hpp"
#include "checks.hpp"
#include "copse/comm/threads.hpp"
#include "message.hpp"

using namespace copse;
using Catch::Contains;
using comm::CommunicatorPtr;
using testing_messages::message;

namespace {

// What has been sent and not received, by source and destination.
struct Mail {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::pair<int, int>, std::deque<std::vector<std::byte>>> boxes;
  std::int64_t bytes = 0, messages = 0;
};

class Postal final : public comm::MessageCommunicator {
 public:
  Postal(std::shared_ptr<Mail> mail, int rank, int size) : mail_(std::move(mail)), rank_(rank), size_(size) {}
  ~Postal() override { leave(); }
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string name() const override { return "postal"; }

 protected:
  void exchange(std::span<const comm::Outgoing> out, std::span<const comm::Incoming> in) override {
    std::unique_lock lock(mail_->mutex);
    for (const comm::Outgoing& m : out) {
      const auto* data = static_cast<const std::byte*>(m.data);
      mail_->boxes[{rank_, m.rank}].emplace_back(data, data + m.bytes);
      mail_->bytes += static_cast<std::int64_t>(m.bytes);
      ++mail_->messages;
    }
    mail_->changed.notify_all();
    for (const comm::Incoming& m : in) {
      auto& box = mail_->boxes[{m.rank, rank_}];
      mail_->changed.wait(lock, [&] { return !box.empty(); });
      if (box.front().size() != m.bytes) throw CommunicationError("a message of another size");
      std::ranges::copy(box.front(), static_cast<std::byte*>(m.data));
      box.pop_front();
    }
  }

 private:
  std::shared_ptr<Mail> mail_;
  int rank_, size_;
};

struct Ranks {
  explicit Ranks(int n)
      : mail(std::make_shared<Mail>()), group([&] {
          std::vector<CommunicatorPtr> all;
          for (int r = 0; r < n; ++r) all.push_back(std::make_shared<Postal>(mail, r, n));
          return all;
        }()) {}
  std::shared_ptr<Mail> mail;
  comm::Group group;
};

// One that wraps another one: it counts, and gives everything on.
class Counting final : public comm::Communicator {
 public:
  explicit Counting(CommunicatorPtr inner) : inner_(std::move(inner)) {}
  int rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }
  std::string name() const override { return "counting " + inner_->name(); }
  void abort(std::exception_ptr error) noexcept override { inner_->abort(error); }
  std::string said;

 protected:
  void run(const comm::Request& request, const comm::Description&) override {
    said += comm::to_string(request) + "; ";
    inner_->call(request);
  }

 private:
  CommunicatorPtr inner_;
};

// What f(communicator) says on each rank.
template <class F>
std::vector<std::string> texts(const comm::Group& group, const F& f) {
  std::vector<std::string> all(group.local().size());
  comm::run(group, [&](const CommunicatorPtr& c) { all[static_cast<std::size_t>(c->rank())] = f(*c); });
  return all;
}

}  // namespace

TEST_CASE("communicators of threads and of messages do what communicators do") {
  for (const int n : {1, 2, 3, 4, 7}) {
    const std::vector<std::string> none(static_cast<std::size_t>(n));
    CHECK(texts(comm::threads(n), comm_checks::faults) == none);
    CHECK(texts(Ranks(n).group, comm_checks::faults) == none);
  }
}

TEST_CASE("a reduction of much sends each rank's share twice, and what is small is in the first message") {
  constexpr int n = 4;
  const Ranks ranks(n);
  constexpr std::int64_t count = 40'000, bytes = 4 * count, cards = 256 * n * (n - 1);
  const auto sent = [&](std::int64_t elements) {
    const std::int64_t before = ranks.mail->bytes;
    comm::run(ranks.group, [&](const CommunicatorPtr& c) {
      std::vector<float> x(static_cast<std::size_t>(elements), 1);
      c->all_reduce(x.data(), x.data(), elements, DType::float32);
    });
    return ranks.mail->bytes - before;
  };
  CHECK(sent(count) == cards + 2 * (n - 1) * bytes);
  CHECK(sent(50) == cards);
}

TEST_CASE(
    "ranks of messages that disagree get an error that names both, as do those that go on after one has "
    "ended") {
  Ranks ranks(3);
  const auto said = texts(ranks.group, [](comm::Communicator& c) {
    std::vector<float> x(1000);
    return message<CommunicationError>(
        [&] { c.all_reduce(x.data(), x.data(), c.rank() == 1 ? 999 : 1000, DType::float32); });
  });
  for (const std::string& text : said)
    CHECK_THAT(text, Contains("rank 0 calls all_reduce (sum) of 1000 float32") &&
                         Contains("rank 1 calls all_reduce (sum) of 999 float32"));
  // Rank 2 ends.
  std::vector<CommunicatorPtr> left{ranks.group[0], ranks.group[1]};
  ranks.group = comm::Group(left);
  const auto after = texts(
      ranks.group, [](comm::Communicator& c) { return message<CommunicationError>([&] { c.barrier(); }); });
  CHECK_THAT(after[0], Contains("rank 0 calls barrier") && Contains("rank 2 has ended"));
  CHECK_THAT(after[1], Contains("rank 2 has ended"));
}

TEST_CASE("a communicator that wraps another one gets each collective as a request") {
  const auto said = texts(comm::threads(2), [](comm::Communicator& c) {
    // A wrapper doesn't own what it is given here.
    Counting counting(CommunicatorPtr(CommunicatorPtr(), &c));
    std::vector<double> x(3, 1.0), all(6);
    counting.all_reduce(x.data(), x.data(), 3, DType::float64, comm::Reduce::mean);
    counting.all_gather(x.data(), all.data(), std::vector<std::int64_t>{3, 3}, DType::float64);
    counting.broadcast(x.data(), 3, DType::float64, 1);
    counting.barrier();
    return all == std::vector<double>(6, 1.0) ? counting.said : "other values";
  });
  CHECK(said[0] ==
        "all_reduce (mean) of 3 float64; all_gather of 6 float64; broadcast (from rank 1) of 3 float64; "
        "barrier; ");
  CHECK(said[1] == said[0]);
  CHECK(texts(comm::threads(3), [](comm::Communicator& c) {
          Counting counting(CommunicatorPtr(CommunicatorPtr(), &c));
          return comm_checks::faults(counting);
        }) == std::vector<std::string>(3));
}
