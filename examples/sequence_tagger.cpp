// Tagging sequences of different lengths: which brackets have a partner?
// test: --quick
//
// Whether a bracket is closed stands behind it, whether it was opened before it: two GRUs read each sequence,
// one of them from its end. Shows padding, buckets of similar lengths, lengths that a model gets with its
// inputs, and labels that do not count.
#include <copse/copse.hpp>

#include <cstdio>
#include <random>
#include <string>
#include <string_view>

using namespace copse;

// A letter, an opening and a closing bracket; tags: a letter, a bracket with a partner, one without.
struct Brackets {
  std::int64_t count;
  std::uint32_t seed;

  std::int64_t size() const { return count; }
  Batch operator[](std::int64_t i) const {
    std::mt19937 random(seed + static_cast<std::uint32_t>(i));
    std::vector<std::int32_t> text(5 + random() % 36), tags, open;
    for (std::size_t at = 0; at < text.size(); ++at) {
      text[at] = static_cast<std::int32_t>(random() % 3);
      tags.push_back(text[at] == 0 ? 0 : 2);
      if (text[at] == 1) open.push_back(static_cast<std::int32_t>(at));
      if (text[at] == 2 && !open.empty()) {
        tags[at] = tags[static_cast<std::size_t>(open.back())] = 1;
        open.pop_back();
      }
    }
    return {array(text), array(tags), {}};
  }
};

struct Tagger {
  nn::Embed embed{3, 16};
  nn::GRU forwards{.features = 64, .return_sequences = true};
  nn::GRU backwards{.features = 64, .return_sequences = true};
  nn::Linear tags{3};

  Array operator()(Scope& scope, const data::Sequence& text) {
    const data::Sequence words{embed(scope, text.values), text.lengths};
    // From the last element of each sequence to its first; padding stays behind in both.
    const data::Sequence there{backwards(scope, words.reversed().values), text.lengths};
    return tags(scope, concatenate({forwards(scope, words.values), there.reversed().values}, -1));
  }
};

auto batches(const data::Dataset<Batch>& brackets) {
  return brackets.map(data::with_lengths)
      .batch(32, {.pad = 0, .pad_parts = {{"labels", -100}}, .pad_multiple = 8, .buckets = {16, 24, 32}});
}

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
  const data::Dataset train{Brackets{quick ? 1000 : 6000, 0}}, test{Brackets{500, 100000}};

  const losses::CrossEntropy loss{.ignore_index = -100, .reduction = Reduction::sum_over_weights};
  Trainer trainer{Tagger{},
                  {.optimizer = optim::chain(optim::clip_by_global_norm(1.0), optim::adam(5e-3)),
                   .losses = {loss},
                   .metrics = {metrics::Accuracy{.ignore_index = -100}}}};
  trainer.fit(batches(train.shuffle(1)),
              {.epochs = quick ? 4 : 6, .validation_data = batches(test), .verbose = 2});
  const double accuracy = trainer.evaluate(batches(test), {.verbose = 0})["accuracy"];

  // Two sequences with their tags: those with a partner are marked by +, those without by -.
  for (const auto& batch : batches(test.subset({0, 1})).epoch(0)) {
    const Array tags = argmax(trainer.predict(batch.inputs), -1);
    for (std::int64_t i = 0; i < 2; ++i) {
      std::string text, marks;
      for (std::int64_t t = 0; t < batch.inputs.lengths.item<int>({i}); ++t) {
        text += "a()"[batch.inputs.values.item<int>({i, t})];
        marks += " +-"[tags.item<int>({i, t})];
      }
      std::printf("%s\n%s\n", text.c_str(), marks.c_str());
    }
  }
  const double wanted = quick ? 0.9 : 0.99;
  std::printf("accuracy of tags: %.3f (wanted: %.2f)\n", accuracy, wanted);
  return accuracy >= wanted ? 0 : 1;
}
