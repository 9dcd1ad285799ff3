// Sentences as vectors, by a pretrained encoder: those that mean the same are near each other.
// test: --random
//
//     sentence_embeddings FOLDER      its model.safetensors and vocab.txt
//     sentence_embeddings --random    a small model with random weights, to see that all of it runs
//
// The files are those of a BERT on Hugging Face, such as sentence-transformers/all-MiniLM-L6-v2; nothing is
// downloaded here. Shows layers that are made with the weights of another library, and a mask for padding.
#include <copse/copse.hpp>

#include <cstdio>
#include <iostream>
#include <string_view>

using namespace copse;
namespace fs = std::filesystem;

struct Layer {
  nn::Linear query, key, value, out;
  nn::LayerNorm norm;
  nn::Linear wide, narrow;
  nn::LayerNorm last_norm;

  Array operator()(Scope& scope, Array x, const Array& mask, std::int64_t heads) {
    const auto by_heads = [&](nn::Linear& linear) {
      return reshape(linear(scope, x), {x.shape(0), x.shape(1), heads, -1});
    };
    const Array seen = nn::dot_product_attention(by_heads(query), by_heads(key), by_heads(value), mask);
    x = norm(scope, x + out(scope, reshape(seen, x.shape())));
    return last_norm(scope, x + narrow(scope, gelu(wide(scope, x), false)));
  }
};

struct Bert {
  std::int64_t heads;
  nn::Embed words, places, types;
  nn::LayerNorm norm;
  std::vector<Layer> layers;

  // (sentences, width): the mean of the words of each sentence, of length 1.
  Array operator()(Scope& scope, const data::Sequence& text) {
    const Array& numbers = text.values;
    Array x =
        words(scope, numbers) + places(scope, arange(numbers.shape(1))) + types(scope, zeros_like(numbers));
    x = norm(scope, x);
    const Array is_word = text.mask(), mask = nn::attention_mask(is_word, is_word);
    for (Layer& layer : layers) x = layer(scope, x, mask, heads);
    const Array middle = reduce::mean(x, {.axes = 1, .where = expand_dims(is_word, -1)});
    return middle / sqrt(sum(square(middle), -1, true));
  }
};

// Layers with the arrays of a file. PyTorch's linear layers have their kernels the other way round.
struct Weights {
  io::SafeTensors file;

  const Array& at(const std::string& name) const { return file.at(name); }
  nn::Linear linear(const std::string& name) const {
    const Array kernel = transpose(at(name + ".weight"));
    return {.features = kernel.shape(1), .kernel = kernel, .bias = at(name + ".bias")};
  }
  nn::LayerNorm norm(const std::string& name) const {
    return {.epsilon = 1e-12, .scale = at(name + ".weight"), .bias = at(name + ".bias")};
  }
  nn::Embed table(const std::string& name) const {
    const Array& rows = at("embeddings." + name + "_embeddings.weight");
    return {.num_embeddings = rows.shape(0), .features = rows.shape(1), .embedding = rows};
  }
  Layer layer(const std::string& name) const {
    const std::string self = name + ".attention.self.", out = name + ".attention.output.";
    return {linear(self + "query"),         linear(self + "key"),
            linear(self + "value"),         linear(out + "dense"),
            norm(out + "LayerNorm"),        linear(name + ".intermediate.dense"),
            linear(name + ".output.dense"), norm(name + ".output.LayerNorm")};
  }
  Module<Bert> bert() const {
    Bert out{12, table("word"), table("position"), table("token_type"), norm("embeddings.LayerNorm"), {}};
    for (int i = 0; file.contains("encoder.layer." + std::to_string(i) + ".output.dense.bias"); ++i)
      out.layers.push_back(layer("encoder.layer." + std::to_string(i)));
    return Module{out}.eval();
  }
};

// A model of that form which has learned nothing.
void write_random(const fs::path& folder) {
  io::NamedArrays arrays;
  const auto add = [&](const std::string& name, const Shape& shape) {
    const Key key = random::fold_in(random::key(0), static_cast<std::int64_t>(arrays.size()));
    arrays.emplace_back(name,
                        0.3f * random::normal(key, shape) + (name.ends_with("Norm.weight") ? 1.0f : 0.0f));
  };
  const auto add_pair = [&](const std::string& name, std::int64_t in, std::int64_t out) {
    add(name + ".weight", in > 0 ? Shape{out, in} : Shape{out});
    add(name + ".bias", {out});
  };
  for (const auto& [name, rows] : {std::pair{"word", 60}, {"position", 64}, {"token_type", 2}})
    add("embeddings." + std::string(name) + "_embeddings.weight", {rows, 24});
  add_pair("embeddings.LayerNorm", 0, 24);
  for (const std::string layer : {"encoder.layer.0.", "encoder.layer.1."}) {
    for (const char* part : {"self.query", "self.key", "self.value", "output.dense"})
      add_pair(layer + "attention." + part, 24, 24);
    for (const char* part : {"attention.output.LayerNorm", "output.LayerNorm"}) add_pair(layer + part, 0, 24);
    add_pair(layer + "intermediate.dense", 24, 48);
    add_pair(layer + "output.dense", 48, 24);
  }
  io::save_safetensors(folder / "model.safetensors", arrays);
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n.\n";
  for (char c = 'a'; c <= 'z'; ++c) vocabulary += std::string(1, c) + "\n##" + c + "\n";
  io::write_file(folder / "vocab.txt", vocabulary);
}

int main(int argc, char** argv) {
  if (argc < 2) {
    std::printf("usage: sentence_embeddings FOLDER | --random\n");
    return 2;
  }
  const bool made = std::string_view(argv[1]) == "--random";
  const fs::path folder = made ? "." : argv[1];
  if (made) write_random(folder);
  const Module<Bert> bert = Weights{io::load_safetensors(folder / "model.safetensors")}.bert();
  const data::WordPiece tokenizer(folder / "vocab.txt");

  const std::vector<std::string> sentences = {
      "A man is playing the guitar.", "Somebody makes music on a string instrument.",
      "The price of bread has risen.", "Bread is more expensive than it was."};
  const auto texts =
      data::Dataset{sentences}.map([&](const std::string& text) { return data::sequence(tokenizer(text)); });
  const auto embed = [&](std::int64_t batch) {
    std::vector<Array> parts;
    for (const data::Sequence& padded : texts.batch(batch, {.pad = 0}).epoch(0))
      parts.push_back(bert(padded));
    return concatenate(parts, 0);
  };
  const Array all = embed(4), similarities = matmul(all, transpose(all));
  std::cout << "cosines of the angles between sentences:\n" << similarities << "\n";

  // In one batch, with padding, or each by itself: the same vectors. And with weights that have learned
  // something, each sentence is nearest to the one that means the same.
  const float difference = max(abs(all - embed(1))).item<float>();
  const Array others = where(eye(4) > 0.0f, -1.0f, similarities);
  const bool right = made || array_equal(argmax(others, 1), array({1, 0, 3, 2}));
  std::printf("difference that padding makes: %.1e (wanted: < 1e-5); neighbours are %s\n", difference,
              made    ? "random"
              : right ? "right"
                      : "wrong");
  return difference < 1e-5f && right ? 0 : 1;
}
