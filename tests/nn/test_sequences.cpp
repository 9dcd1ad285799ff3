// Options of recurrent layers and of attention.
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/nn.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"

using namespace copse;

namespace {

const Key key = random::key(5);
const Array x = random::normal(key, {3, 6, 4});

}  // namespace

TEST_CASE("A cell run step by step gives what its layer gives") {
  Module gru = Module{nn::GRU{.features = 5, .return_sequences = true}}.init(key, x);
  nn::GRUCell cell{.features = 5,
                   .ir = gru->ir,
                   .iz = gru->iz,
                   .in = gru->in,
                   .hr = gru->hr,
                   .hz = gru->hz,
                   .hn = gru->hn};
  Scope scope;
  Array h = zeros({3, 5});
  const Array all = gru(x);
  for (int t = 0; t < 6; ++t) {
    auto [next, y] = cell(scope, h, copse::take(x, t, 1));
    CHECK(all_close(y, copse::take(all, t, 1), 1e-5, 1e-6));
    h = next;
  }
  CHECK(all_close(gru.replace<&nn::GRU::return_sequences>(false)(x), h, 1e-5, 1e-6));
  CHECK(all_close(gru.call(std::nullopt, x, zeros({3, 5})), all));
  CHECK_THROWS_WITH(gru(x, zeros({2, 5})), "GRU: the initial state has shape (2, 5), wanted (3, 5), in GRU");
  CHECK_THROWS_WITH(cell(scope, zeros({3, 4}), copse::take(x, 0, 1)),
                    "GRUCell: the carry has shape (3, 4), wanted (3, 5)");
}

TEST_CASE("Backwards is the reversed sequence; time may be another axis") {
  Module gru = Module{nn::GRU{.features = 5, .return_sequences = true}}.init(key, x);
  CHECK(all_close(gru.replace<&nn::GRU::go_backwards>(true)(x), gru(flip(x, 1)), 1e-5, 1e-6));
  CHECK(
      all_close(gru.replace<&nn::GRU::time_axis>(0)(swapaxes(x, 0, 1)), swapaxes(gru(x), 0, 1), 1e-5, 1e-6));
  CHECK(gru(zeros({3, 0, 4})).shape() == Shape{3, 0, 5});
}

TEST_CASE("A stateful layer goes on where it ended") {
  Module lstm = Module{nn::LSTM{.features = 5, .stateful = true}}.init(key, x);
  CHECK(is_nothing(lstm->last_state));  // init leaves none
  auto [first, after] = lstm.apply(key, x);
  auto [second, end] = after.apply(key, x);
  auto plain = lstm.replace<&nn::LSTM::stateful>(false);
  CHECK(all_close(first, plain(x)));
  auto [start, unused] = plain.apply<&nn::LSTM::run>(key, x, nn::LSTMState{});
  CHECK(all_close(second, plain.call(key, x, start.second), 1e-5, 1e-6));
  // A given state wins over what is remembered.
  CHECK(!all_close(after.call(key, x, nn::LSTMState{zeros({3, 5}), zeros({3, 5})}), second));
}

TEST_CASE("Attention sees what the mask allows") {
  Module attention = Module{nn::MultiHeadAttention{.num_heads = 2, .out_features = 6}}.init(key, x);
  CHECK(attention->query.kernel->shape() == Shape{4, 2, 2});
  CHECK(attention->out.kernel->shape() == Shape{2, 2, 6});
  const Array context = random::normal(random::fold_in(key, 1), {3, 7, 4});
  CHECK(attention(x, context).shape() == Shape{3, 6, 6});
  auto [pair, same] =
      attention.apply<&nn::MultiHeadAttention::with_weights>(key, x, context, Array(), Array());
  CHECK(pair.second.shape() == Shape{3, 2, 6, 7});
  CHECK(all_close(sum(pair.second, -1), ones({3, 2, 6}), 1e-5, 1e-6));

  // A causal layer is one with a causal mask, and no output depends on later inputs.
  auto causal = attention.replace<&nn::MultiHeadAttention::causal>(true);
  CHECK(all_close(causal(x), attention(x, Array(), Array(), nn::causal_mask(6, 6)), 1e-5, 1e-6));
  const Array changed = concatenate({slice_in_dim(x, 0, 3, 1, 1), slice_in_dim(context, 0, 3, 1, 1)}, 1);
  CHECK(
      all_close(slice_in_dim(causal(x), 0, 3, 1, 1), slice_in_dim(causal(changed), 0, 3, 1, 1), 1e-5, 1e-6));
  CHECK(!all_close(slice_in_dim(attention(x), 0, 3, 1, 1), slice_in_dim(attention(changed), 0, 3, 1, 1)));

  // Padding that is masked does not matter; a row that is masked throughout attends to all alike.
  const Array real = array({{true, true, true, false, false, false, false},
                            {true, true, true, false, false, false, false},
                            {false, false, false, false, false, false, false}});
  const Array mask = nn::attention_mask(ones({3, 6}, DType::bool_), real);
  CHECK(mask.shape() == Shape{3, 1, 6, 7});
  auto [masked, same2] =
      attention.apply<&nn::MultiHeadAttention::with_weights>(key, x, context, Array(), mask);
  CHECK(masked.second.item<float>({0, 1, 2, 4}) == 0.0f);
  CHECK(masked.second.item<float>({2, 1, 2, 4}) == Approx(1.0f / 7));

  CHECK_THROWS_WITH(
      (Module{nn::MultiHeadAttention{.num_heads = 3}}.init(key, x)),
      "MultiHeadAttention: num_heads is 3, which does not divide 4 features, in MultiHeadAttention");
  CHECK_THROWS_WITH(attention(x, context, x), Catch::Contains("7 keys and 6 values"));
}

TEST_CASE("Masks of attention are bool; numbers that are added are a bias") {
  Module attention = Module{nn::MultiHeadAttention{.num_heads = 2}}.init(key, x);
  const Array seen = nn::causal_mask(6, 6);
  const float inf = std::numeric_limits<float>::infinity();
  const Array added = where(seen, zeros({}), Array(-inf));
  CHECK(all_close(attention(x, x, x, Array(), added), attention(x, x, x, seen), 1e-5, 1e-6));
  const auto refuses = [&](const Array& mask) {
    const Array q = reshape(x, {3, 6, 2, 2});
    for (const auto& call : std::vector<std::function<void()>>{
             [&] { (void)attention(x, x, x, mask); }, [&] { (void)nn::attention_weights(q, q, mask); },
             [&] { (void)nn::dot_product_attention(q, q, q, mask); }}) {
      try {
        call();
        return false;
      } catch (const DTypeError& error) {
        if (std::string(error.what()).find("bias") == std::string::npos) return false;
      }
    }
    return true;
  };
  for (const DType dtype : {DType::float32, DType::float64, DType::bfloat16, DType::int32, DType::uint8})
    CHECK(refuses(astype(seen, dtype)));
  CHECK(refuses(added));
  // A slope, as of a position, and a mask at once.
  const Array slope = arange(6, DType::float32) * 0.5f;
  const Array q = reshape(x, {3, 6, 1, 4});
  const Array weights = nn::attention_weights(q, q, seen, slope);
  const Array scores = matmul(swapaxes(q, -3, -2), swapaxes(swapaxes(q, -3, -2), -1, -2)) / 2.0f + slope;
  CHECK(all_close(weights, softmax(where(seen, scores, Array(-1e30f))), 1e-5, 1e-6));
}
