// The code of docs/modules.md: layers.
#include <copse/copse.hpp>

using namespace copse;

struct Convnet {
  nn::Conv first{32, {5, 5}};
  nn::BatchNorm norm{.momentum = 0.9};
  nn::Conv second{.features = 64, .kernel_size = {3, 3}, .strides = 2, .padding = Padding::valid};
  nn::MaxPool pool{{2, 2}, {2, 2}};
  nn::Flatten flatten;
  nn::Linear logits{10};

  Array operator()(Scope& scope, Array x) {
    x = pool(scope, relu(norm(scope, first(scope, x))));
    return logits(scope, flatten(scope, relu(second(scope, x))));
  }
};

struct Tagger {
  nn::Embed embed{.num_embeddings = 1000, .features = 32};
  nn::GRU forward{.features = 24, .return_sequences = true};
  nn::GRU backward{.features = 24, .return_sequences = true, .go_backwards = true};
  nn::Linear tags{32};

  Array operator()(Scope& scope, const Array& words) {
    auto x = embed(scope, words);
    auto both = concatenate({forward(scope, x), flip(backward(scope, x), 1)}, -1);
    return embed.attend(scope, tags(scope, both));  // the table is used twice
  }
};

struct Block {
  nn::LayerNorm before;
  nn::MultiHeadAttention attention{.num_heads = 4, .dropout_rate = 0.1, .causal = true};
  nn::LayerNorm between;
  nn::MLP mlp{{128, 32}, [](const Array& x) { return gelu(x); }};

  Array operator()(Scope& scope, Array x) {
    x = x + attention(scope, before(scope, x));
    return x + mlp(scope, between(scope, x));
  }
};

struct Autoregressive {
  nn::GRUCell cell{16};

  Array operator()(Scope& scope, const Array& x) {
    Array h = zeros({x.shape(0), 16});
    for (int t = 0; t < 3; ++t) h = cell(scope, h, x).first;  // carry and input to carry and output
    return h;
  }
};

int main() {
  auto key = random::key(0);
  auto images = random::normal(key, {2, 28, 28, 1});
  auto words = random::randint(key, {2, 7}, 0, 1000);
  auto sequence = random::normal(key, {2, 7, 32});
  auto flat = reshape(images, {2, 784});
  const bool fine = Module{Convnet{}}.init(key, images).eval()(images).shape() == Shape{2, 10} &&
                    Module{Tagger{}}.init(key, words)(words).shape() == Shape{2, 7, 1000} &&
                    Module{Block{}}.init(key, sequence).eval()(sequence).shape() == sequence.shape() &&
                    Module{Autoregressive{}}.init(key, flat)(flat).shape() == Shape{2, 16};
  return fine ? 0 : 1;
}
