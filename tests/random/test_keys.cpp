#include <set>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "draw.hpp"

using namespace copse;
using Catch::Matchers::Contains;
using Words = std::vector<std::int64_t>;

namespace {
Words words(const Array& x) { return x.to_vector<std::int64_t>(); }
}  // namespace

TEST_CASE("keys are those of JAX") {
  CHECK(words(random::key(0).data) == Words{0, 0});
  CHECK(words(random::key(42).data) == Words{0, 42});
  CHECK(words(random::key(-1).data) == Words{0, 4294967295});
  CHECK(words(random::key((std::int64_t{7} << 32) + 5).data) == Words{0, 5});
  CHECK(words(random::key(array({42})).data) == Words{0, 42});
  CHECK(random::key(0).data.dtype() == DType::uint32);
  CHECK(words(random::split(random::key(0)).data) == Words{1797259609, 2579123966, 928981903, 3453687069});
  CHECK(words(random::fold_in(random::key(0), 1).data) == Words{928981903, 3453687069});
}

TEST_CASE("split gives different keys, to bind or to index") {
  const Key key = random::key(3);
  const auto [a, b, c] = random::split<3>(key);
  const Key all = random::split(key, 3);
  CHECK(all.data.shape() == Shape{3, 2});
  CHECK(words(all[0].data) == words(a.data));
  CHECK(words(all[1].data) == words(b.data));
  CHECK(words(all[-1].data) == words(c.data));
  std::set<Words> seen;
  const Key many = random::split(key, 500);
  for (int i = 0; i < 500; ++i) seen.insert(words(many[i].data));
  CHECK(seen.size() == 500);
  CHECK(random::split(key, 0).data.shape() == Shape{0, 2});
}

TEST_CASE("fold_in takes numbers and arrays") {
  const Key key = random::key(9);
  CHECK(words(random::fold_in(key, 7).data) == words(random::fold_in(key, array({7})).data));
  CHECK(words(random::fold_in(key, -1).data) == words(random::fold_in(key, 4294967295).data));
  CHECK(words(random::fold_in(key, 0).data) != words(random::fold_in(key, 1).data));
}

TEST_CASE("keys in transforms") {
  draw::require_transforms([](const Key& k) { return random::split(k, 3).data; });
  draw::require_transforms([](const Key& k) { return random::fold_in(k, 12).data; });
  draw::require_transforms(
      [](const Key& k) { return random::split(random::fold_in(random::split(k)[1], 2))[0].data; });
  // Over steps: one key, many counters; and over both.
  const auto along = [](std::size_t n) { return std::vector<std::optional<int>>(n, 0); };
  const flat::Function fold = [](const flat::Arrays& in) {
    return flat::Arrays{random::fold_in(Key{in[0]}, in[1]).data};
  };
  const Key key = random::key(1), keys = random::split(key, 4);
  const std::optional<int> steps[] = {std::nullopt, 0}, both[] = {0, 0};
  const Array over_steps = flat::vmap(fold, {key.data, arange(4)}, steps, along)[0];
  const Array over_both = flat::vmap(fold, {keys.data, arange(4)}, both, along)[0];
  for (int i = 0; i < 4; ++i) {
    CHECK(words(Key{over_steps}[i].data) == words(random::fold_in(key, i).data));
    CHECK(words(Key{over_both}[i].data) == words(random::fold_in(keys[i], i).data));
  }
  const flat::Function seeds = [](const flat::Arrays& in) { return flat::Arrays{random::key(in[0]).data}; };
  const std::optional<int> first[] = {0};
  CHECK(words(flat::vmap(seeds, {arange(3)}, first, along)[0]) == Words{0, 0, 0, 1, 0, 2});
}

TEST_CASE("what is no key is refused") {
  CHECK_THROWS_AS(random::normal(Key{}, {2}), KeyError);
  CHECK_THROWS_WITH(random::split(Key{}), Contains("split") && Contains("random::key(seed)"));
  CHECK_THROWS_AS(random::bits(Key{zeros({2})}, {2}), DTypeError);
  CHECK_THROWS_WITH(random::uniform(Key{zeros({3}, DType::uint32)}, {2}),
                    Contains("uniform") && Contains("(3,)"));
  CHECK_THROWS_WITH(random::normal(random::split(random::key(0)), {2}),
                    Contains("(2, 2)") && Contains("vmap"));
  CHECK_THROWS_AS(random::split(random::key(0), -1), ValueError);
  CHECK_THROWS_AS(random::key(array({1.5})), DTypeError);
  CHECK_THROWS_AS(random::fold_in(random::key(0), array({1, 2})), ShapeError);
  CHECK_THROWS_AS(random::key(0)[0], ShapeError);
  CHECK_THROWS_WITH(random::split(random::key(0))[2], Contains("index 2"));
}
