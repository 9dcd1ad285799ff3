// Results do not depend on how many threads compute them, nor on what other threads do meanwhile.
#include <atomic>
#include <cstring>
#include <random>
#include <thread>

#include "catch.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"

using namespace copse;

namespace {

struct ThreadCount {
  explicit ThreadCount(int count) : before(num_threads()) { set_num_threads(count); }
  ~ThreadCount() { set_num_threads(before); }
  int before;
};

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && std::memcmp(a.raw(), b.raw(), static_cast<std::size_t>(a.nbytes())) == 0;
}

}  // namespace

TEST_CASE("products have the same bits for any number of threads") {
  std::mt19937 engine(7);
  const auto one_of = [&](std::initializer_list<std::int64_t> of) {
    return of.begin()[engine() % of.size()];
  };
  for (int round = 0; round < 60; ++round) {
    // Sums over a few, over one block and over several blocks; sides that threads cannot share evenly.
    const std::int64_t m = one_of({1, 2, 3, 5, 17, 64, 130, 333, 514}),
                       k = one_of({1, 31, 256, 300, 777, 1500}),
                       n = one_of({1, 2, 7, 16, 65, 128, 333, 1000});
    const DType dtype = engine() % 4 ? DType::float32 : DType::float64;
    const bool turn_a = engine() % 3 == 0, turn_b = engine() % 3 == 0;
    const Array a = random::normal(random::key(1), turn_a ? Shape{k, m} : Shape{m, k}, dtype),
                b = random::normal(random::key(2), turn_b ? Shape{n, k} : Shape{k, n}, dtype);
    const auto product = [&] { return matmul(turn_a ? transpose(a) : a, turn_b ? transpose(b) : b); };
    const auto with = [&](int count) {
      const ThreadCount threads(count);
      return product();
    };
    const Array wanted = with(1);
    for (const int threads : {2, 3, 4, 8}) {
      CAPTURE(m, k, n, threads, turn_a, turn_b, dtype == DType::float64);
      CHECK(same_bits(with(threads), wanted));
    }
  }
}

TEST_CASE("products have the same bits while another thread computes") {
  const ThreadCount threads(4);
  const Array x = random::normal(random::key(4), {257, 777}), w = random::normal(random::key(5), {777, 333});
  const Array wanted = matmul(x, w);
  std::atomic<bool> stop{false};
  std::thread beside([&] {
    const Array z = random::normal(random::key(1), {200, 300});
    while (!stop) (void)matmul(z, transpose(z));
  });
  int different = 0;
  for (int i = 0; i < 40; ++i) different += !same_bits(matmul(x, w), wanted);
  stop = true;
  beside.join();
  CHECK(different == 0);
}
