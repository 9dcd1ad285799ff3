// A small GPT that writes text letter by letter, after Shakespeare's Coriolanus.
// test: --quick
//
// Shows attention, a dataset of windows into a text, a learning rate with warm-up, clipped gradients, and a
// training that may be killed at any moment: run again, it goes on from its last backup and ends in the same
// bits.
//
//     char_gpt [--quick] [--kill-at STEP]
#include <copse/copse.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

using namespace copse;

constexpr std::int64_t letters = 128, window = 64, width = 96;  // letters are ASCII

struct Block {
  nn::LayerNorm before;
  nn::MultiHeadAttention attention{.num_heads = 4, .causal = true};
  nn::LayerNorm between;
  nn::MLP mlp{{4 * width, width}, [](const Array& x) { return gelu(x); }};

  Array operator()(Scope& scope, Array x) {
    x = x + attention(scope, before(scope, x));
    return x + mlp(scope, between(scope, x));
  }
};

struct Gpt {
  nn::Embed letter{letters, width};
  nn::Embed place{window, width};
  std::vector<Block> blocks = std::vector<Block>(3);
  nn::LayerNorm norm;

  // Logits of the letter after each of (batch, time): the table of letters is used once more.
  Array operator()(Scope& scope, const Array& text) {
    Array x = letter(scope, text) + place(scope, arange(text.shape(1)));
    for (Block& block : blocks) x = block(scope, x);
    return letter.attend(scope, norm(scope, x));
  }
};

// Parts of a text, each with the letters that follow.
struct Windows {
  Array text;

  std::int64_t size() const { return (text.size() - 1) / window; }
  Batch operator[](std::int64_t i) const {
    const std::int64_t from = i * window;
    return {text[Slice{from, from + window}], text[Slice{from + 1, from + window + 1}], {}};
  }
};

Array read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return array(std::vector<std::int32_t>(text.begin(), text.end()));
}

std::string write(const Module<Gpt>& model, std::string text, int count, float temperature) {
  auto next = jit([=](const Module<Gpt>& gpt, const Key& key, const Array& context) {
    return random::categorical(key, gpt(expand_dims(context, 0))[{0, -1}] / temperature);
  });
  for (int i = 0; i < count; ++i) {
    const std::string_view seen = std::string_view(text).substr(text.size() - window);
    const Array context = array(std::vector<std::int32_t>(seen.begin(), seen.end()));
    text += static_cast<char>(next(model, random::fold_in(random::key(3), i), context).item<int>());
  }
  return text.substr(window);
}

int main(int argc, char** argv) {
  bool quick = false;
  std::int64_t kill_at = -1;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--quick") quick = true;
    if (std::string_view(argv[i]) == "--kill-at" && i + 1 < argc) kill_at = std::atoll(argv[++i]);
  }
  const Array text = read(COPSE_DATA_DIR "/shakespeare/coriolanus.txt");
  const std::int64_t train_size = text.size() * 9 / 10 / window * window;
  const data::Dataset train{Windows{text[Slice{0, train_size + 1}]}};
  const data::Dataset validation{Windows{text[Slice{train_size, text.size()}]}};

  const int epochs = quick ? 1 : 9, batch = 16;
  const std::int64_t in_epoch = quick ? 40 : train.size() / batch, steps = epochs * in_epoch;
  const auto rate = optim::warmup_cosine_decay(0.0, 3e-3, steps / 10, steps, 1e-4);
  Trainer trainer{
      Gpt{},
      {.optimizer = optim::chain(optim::clip_by_global_norm(1.0), optim::adamw(rate, {.weight_decay = 0.01})),
       .losses = {losses::CrossEntropy{}},
       .metrics = {metrics::Accuracy{}}}};
  const auto kill = [&](TrainerBase& of, const BatchInfo&, const EpochLogs&) {
    if (of.progress().steps == kill_at) std::raise(SIGKILL);  // as an operating system does, without a word
  };
  trainer.fit(train.shuffle(1).batch(batch, {.drop_remainder = true}),
              {.epochs = epochs,
               .validation_data = validation.batch(32),
               .steps_per_epoch = in_epoch,
               .callbacks = {callbacks::BackupAndRestore{"char_gpt_backup", {.save_freq = 20}},
                             callbacks::LambdaCallback{{.on_train_batch_end = kill}}},
               .verbose = 2});

  const Module<Gpt> model = Module<Gpt>{*trainer.state()}.eval();
  const std::string start = std::string(window - 9, '\n') + "MENENIUS:";
  std::printf("MENENIUS:%s\n", write(model, start, quick ? 40 : 600, 0.8f).c_str());

  const double bits = trainer.evaluate(validation, {.batch_size = 32, .verbose = 0})["loss"] / std::log(2.0);
  const double wanted = quick ? 4.2 : 2.6;
  std::printf("bits for an unseen letter: %.6f (wanted: < %.1f)\n", bits, wanted);
  return bits < wanted ? 0 : 1;
}
