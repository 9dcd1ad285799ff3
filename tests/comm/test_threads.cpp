#include <atomic>
#include <cmath>
#include <copse/comm.hpp>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "message.hpp"

using namespace copse;
using Catch::Contains;
using comm::CommunicatorPtr;
using comm::Reduce;
using testing_messages::message;

namespace {

// What each rank of n threads gets from f(communicator).
template <class F>
auto on_threads(int n, F f) {
  std::vector<decltype(f(comm::self()))> results(static_cast<std::size_t>(n));
  comm::run(comm::threads(n),
            [&](const CommunicatorPtr& c) { results[static_cast<std::size_t>(c->rank())] = f(c); });
  return results;
}

template <class T>
std::vector<T> reduced(const CommunicatorPtr& c, std::vector<T> x, Reduce how = Reduce::sum) {
  std::vector<T> out(x.size());
  c->all_reduce(x.data(), out.data(), static_cast<std::int64_t>(x.size()), dtype_of<T>, how);
  return out;
}

}  // namespace

TEST_CASE("all_reduce over threads gives all ranks the reduction") {
  for (const int n : {1, 2, 3, 5}) {
    const float sum = static_cast<float>(n * (n - 1)) / 2;
    for (const auto& got : on_threads(n, [](const CommunicatorPtr& c) {
           return reduced<float>(c, {static_cast<float>(c->rank()), 1});
         }))
      CHECK(got == std::vector<float>{sum, static_cast<float>(n)});
    for (const auto& got : on_threads(
             n, [](const CommunicatorPtr& c) { return reduced<double>(c, {1.0 * c->rank()}, Reduce::mean); }))
      CHECK(got == std::vector<double>{(n - 1) / 2.0});
    for (const auto& got : on_threads(n, [](const CommunicatorPtr& c) {
           auto max = reduced<std::int32_t>(c, {c->rank(), -c->rank()}, Reduce::max);
           const auto min = reduced<std::int32_t>(c, {c->rank(), -c->rank()}, Reduce::min);
           max.insert(max.end(), min.begin(), min.end());
           return max;
         }))
      CHECK(got == std::vector<std::int32_t>{n - 1, 0, 0, 1 - n});
  }
}

TEST_CASE("a reduction wraps integers, keeps nan, and adds bfloat16 as float32") {
  const auto wrapped = on_threads(2, [](const CommunicatorPtr& c) {
    return reduced<std::uint8_t>(c, {static_cast<std::uint8_t>(200 + c->rank())});
  });
  CHECK(wrapped[0] == std::vector<std::uint8_t>{(200 + 201) % 256});
  for (const Reduce how : {Reduce::max, Reduce::min}) {
    const auto got = on_threads(
        3, [&](const CommunicatorPtr& c) { return reduced<float>(c, {c->rank() == 1 ? NAN : 1.0f}, how); });
    CHECK(std::isnan(got[2][0]));
  }
  // 256 + 1 + 1 is 258 in float32; in bfloat16 both ones would be lost.
  const auto halves = on_threads(3, [](const CommunicatorPtr& c) {
    return static_cast<float>(reduced<bfloat16>(c, {bfloat16(c->rank() == 0 ? 256.0f : 1.0f)})[0]);
  });
  CHECK(halves == std::vector<float>{258, 258, 258});
  const auto any = on_threads(3, [](const CommunicatorPtr& c) {
    const bool mine = c->rank() == 2;
    bool out = false;
    c->all_reduce(&mine, &out, 1, DType::bool_, Reduce::max);
    return static_cast<int>(out);
  });
  CHECK(any == std::vector<int>{1, 1, 1});
}

TEST_CASE("additions are done in the order of ranks, in place, too") {
  constexpr std::size_t count = 10'001;  // more than a block, and no multiple of one
  const auto value = [](int rank, std::size_t i) {
    return 1.0f / static_cast<float>(1 + (i * 7 + static_cast<std::size_t>(rank) * 13) % 1001);
  };
  std::vector<float> wanted(count);
  for (std::size_t i = 0; i < count; ++i) {
    wanted[i] = value(0, i);
    for (int r = 1; r < 4; ++r) wanted[i] += value(r, i);
  }
  for (int run = 0; run < 20; ++run)
    for (const auto& got : on_threads(4, [&](const CommunicatorPtr& c) {
           std::vector<float> x(count);
           for (std::size_t i = 0; i < count; ++i) x[i] = value(c->rank(), i);
           c->all_reduce(x.data(), x.data(), count, DType::float32);
           return x;
         }))
      REQUIRE(got == wanted);
}

TEST_CASE("parts of uneven sizes are gathered and scattered") {
  const std::vector<std::int64_t> counts{2, 0, 3};
  const auto gathered = on_threads(3, [&](const CommunicatorPtr& c) {
    const auto mine = counts[static_cast<std::size_t>(c->rank())];
    const std::vector<std::int64_t> in(static_cast<std::size_t>(mine), 10 + c->rank());
    std::vector<std::int64_t> out(5);
    c->all_gather(in.data(), out.data(), counts, DType::int64);
    return out;
  });
  for (const auto& got : gathered) CHECK(got == std::vector<std::int64_t>{10, 10, 12, 12, 12});
  const auto scattered = on_threads(3, [&](const CommunicatorPtr& c) {
    const std::vector<float> in{0, 1, 2, 3, 4 + static_cast<float>(c->rank())};
    std::vector<float> out(static_cast<std::size_t>(counts[static_cast<std::size_t>(c->rank())]));
    c->reduce_scatter(in.data(), out.data(), counts, DType::float32);
    return out;
  });
  CHECK(scattered[0] == std::vector<float>{0, 3});
  CHECK(scattered[1].empty());
  CHECK(scattered[2] == std::vector<float>{6, 9, 15});
}

TEST_CASE("a value goes to all ranks, and from rank to rank") {
  const auto sent = on_threads(3, [](const CommunicatorPtr& c) {
    double x = c->rank() + 0.5;
    c->broadcast(&x, 1, DType::float64, 2);
    return x;
  });
  CHECK(sent == std::vector<double>{2.5, 2.5, 2.5});
  const auto permuted = on_threads(3, [](const CommunicatorPtr& c) {
    const std::int32_t x = 7 + c->rank();
    std::int32_t out = -1;
    c->ppermute(&x, &out, 1, DType::int32, {{0, 1}, {2, 0}});
    return out;
  });
  CHECK(permuted == std::vector<std::int32_t>{9, 7, 0});
}

TEST_CASE("collectives that were started end in their order") {
  const auto got = on_threads(2, [](const CommunicatorPtr& c) {
    const float mine = 1.0f + static_cast<float>(c->rank());
    std::vector<float> sums(50);
    std::vector<comm::Pending> pending;
    for (float& sum : sums) pending.push_back(c->all_reduce_async(&mine, &sum, 1, DType::float32));
    float last = 0;
    c->all_reduce(&mine, &last, 1, DType::float32, Reduce::max);  // behind those
    for (comm::Pending& p : pending) p.wait();
    const comm::Traffic traffic = c->traffic();
    return std::tuple(last, traffic.calls, traffic.bytes, sums);
  });
  for (const auto& each : got) CHECK(each == std::tuple(2.0f, 51, 51 * 4, std::vector<float>(50, 3.0f)));
}

TEST_CASE("ranks that disagree get an error that names both") {
  const auto group = comm::threads(3);
  const auto disagree = [&](auto f) {
    std::mutex mutex;
    std::vector<std::string> messages;
    comm::run(group, [&](const CommunicatorPtr& c) {
      const std::string text = message<CommunicationError>([&] { f(*c); });
      const std::lock_guard lock(mutex);
      messages.push_back(text);
    });
    CHECK(messages[1] == messages[0]);
    CHECK(messages[2] == messages[0]);
    return messages[0];
  };
  const float x[4] = {};
  std::vector<float> own(3 * 12);
  const auto mine = [&](comm::Communicator& c) { return own.data() + 12 * c.rank(); };
  CHECK_THAT(disagree([&](comm::Communicator& c) {
               if (c.rank() == 1)
                 c.barrier();
               else
                 c.all_reduce(x, mine(c), 4, DType::float32);
             }),
             Contains("rank 0 calls all_reduce (sum) of 4 float32, its call 1") &&
                 Contains("rank 1 calls barrier, its call 1"));
  CHECK_THAT(disagree([&](comm::Communicator& c) {
               c.all_reduce(x, mine(c), c.rank() == 2 ? 3 : 4, DType::float32);
             }),
             Contains("rank 0 calls all_reduce (sum) of 4 float32") &&
                 Contains("rank 2 calls all_reduce (sum) of 3 float32"));
  CHECK_THAT(disagree([&](comm::Communicator& c) {
               c.all_reduce(x, mine(c), 4, c.rank() == 2 ? DType::int32 : DType::float32);
             }),
             Contains("of 4 int32"));
  CHECK_THAT(
      disagree([&](comm::Communicator& c) {
        c.all_gather(x, mine(c), std::vector<std::int64_t>{1, c.rank() ? 2 : 1, c.rank() ? 1 : 2},
                     DType::float32);
      }),
      Contains("rank 1 calls all_gather of 4 float32") && Contains("divided among ranks in another way"));
  // The group goes on.
  comm::run(group, [&](const CommunicatorPtr& c) { c->all_reduce(x, mine(*c), 4, DType::float32); });
}

TEST_CASE("a thread that fails ends the others with its error") {
  const auto group = comm::threads(4);
  for (int round = 0; round < 30; ++round) {
    std::atomic<int> ended{0};
    const auto fails = [&] {
      comm::run(group, [&](const CommunicatorPtr& c) {
        c->barrier();
        if (c->rank() == round % 4) throw std::runtime_error("no more data");
        try {
          for (;;) c->barrier();
        } catch (const std::runtime_error& error) {
          if (std::string(error.what()) == "no more data") ++ended;
          throw;
        }
      });
    };
    CHECK_THROWS_WITH(fails(), "no more data");
    CHECK(ended == 3);
  }
  comm::run(group, [](const CommunicatorPtr& c) { c->barrier(); });
}

TEST_CASE("a thread that fails while a collective runs ends the others, too") {
  const auto group = comm::threads(3);
  std::vector<float> x(1000, 1);
  for (int round = 0; round < 30; ++round) {
    const auto fails = [&] {
      comm::run(group, [&](const CommunicatorPtr& c) {
        std::vector<float> sum(x.size());
        const auto pending = c->all_reduce_async(x.data(), sum.data(), 1000, DType::float32);
        if (c->rank() == 1) {
          c->abort(std::make_exception_ptr(std::runtime_error("interrupted")));
          throw std::runtime_error("interrupted");
        }
        for (;;) c->barrier();
      });
    };
    CHECK_THROWS_WITH(fails(), "interrupted");
  }
}

TEST_CASE("arguments that mean nothing are refused") {
  float x = 0, y = 0;
  const auto refused = [](auto f) {
    return message<ValueError>(
        [&] { comm::run(comm::threads(2), [&](const CommunicatorPtr& c) { f(*c); }); });
  };
  const std::vector<std::int64_t> one{1}, negative{1, -1};
  using C = comm::Communicator;
  CHECK_THAT(refused([&](C& c) { c.all_reduce(&x, &y, -1, DType::float32); }), Contains("count of -1"));
  CHECK_THAT(refused([&](C& c) { c.all_gather(&x, &y, one, DType::float32); }),
             Contains("got 1 counts, wanted one for each of 2 ranks"));
  CHECK_THAT(refused([&](C& c) { c.reduce_scatter(&x, &y, negative, DType::float32); }),
             Contains("count of -1"));
  CHECK_THAT(refused([&](C& c) { c.broadcast(&x, 1, DType::float32, 2); }), Contains("got root 2"));
  CHECK_THAT(refused([&](C& c) { c.all_reduce(&x, &y, 1, DType::int32, Reduce::mean); }),
             Contains("got int32, wanted a floating dtype"));
  CHECK_THAT(refused([&](C& c) { c.all_reduce(&x, &y, 1, DType::bool_); }), Contains("got bool"));
  CHECK_THAT(refused([&](C& c) { c.ppermute(&x, &y, 1, DType::float32, {{0, 2}}); }), Contains("(0, 2)"));
  CHECK_THAT(refused([&](C& c) {
               c.ppermute(&x, &y, 1, DType::float32, {{0, 1}, {0, 0}});
             }),
             Contains("0 is twice a source"));
  CHECK_THAT(refused([&](C& c) {
               c.ppermute(&x, &y, 1, DType::float32, {{0, 1}, {1, 1}});
             }),
             Contains("1 is twice a destination"));
  CHECK_THAT(message<ValueError>([] { (void)comm::threads(0); }), Contains("comm::threads: got 0"));
  CHECK_THAT(message<ValueError>([] { (void)comm::Group(CommunicatorPtr()); }), Contains("null"));
}

TEST_CASE("a group of one is alone") {
  const CommunicatorPtr alone = comm::self();
  CHECK(alone->rank() == 0);
  CHECK(alone->size() == 1);
  CHECK(comm::Group(alone).size() == 1);
  CHECK(reduced<float>(alone, {3, 4}, Reduce::mean) == std::vector<float>{3, 4});
  float x = 5, y = 0;
  alone->ppermute(&x, &y, 1, DType::float32, {{0, 0}});
  CHECK(y == 5);
  alone->ppermute(&x, &y, 1, DType::float32, {});
  CHECK(y == 0);
  alone->all_reduce_async(&x, &y, 1, DType::float32).wait();
  CHECK(y == 5);
  alone->barrier();
}
