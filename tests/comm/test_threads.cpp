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
    for (const auto& got : on_threads(n, [](const CommunicatorPtr& c) {
           return reduced<double>(c, {1.0 * c->rank()}, Reduce::mean);
         }))
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
