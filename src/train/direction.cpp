// Which way numbers are better, by their names.
#include "direction.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "copse/losses/call.hpp"
#include "copse/train/callback.hpp"

namespace copse {
namespace {

// Losses, errors and distances: less is better. These words go before those of scores: `accuracy_loss` is a
// loss.
constexpr std::string_view errors[] = {"loss",
                                       "losses",
                                       "error",
                                       "errors",
                                       "err",
                                       "mse",
                                       "mae",
                                       "rmse",
                                       "mape",
                                       "msle",
                                       "rmsle",
                                       "smape",
                                       "wape",
                                       "huber",
                                       "entropy",
                                       "crossentropy",
                                       "ce",
                                       "bce",
                                       "nll",
                                       "logloss",
                                       "perplexity",
                                       "ppl",
                                       "bpc",
                                       "bpb",
                                       "kl",
                                       "kld",
                                       "divergence",
                                       "hinge",
                                       "logcosh",
                                       "poisson",
                                       "brier",
                                       "deviance",
                                       "distance",
                                       "wer",
                                       "cer",
                                       "ter",
                                       "fid",
                                       "eer",
                                       "ece",
                                       "penalty",
                                       "regularization",
                                       "regularizer",
                                       "l1",
                                       "l2",
                                       "l1l2",
                                       "cost",
                                       "risk",
                                       "regret",
                                       "residual",
                                       "discrepancy"};

// Scores: more is better.
constexpr std::string_view scores[] = {
    "acc",     "accuracy",  "auc",    "auroc",       "auprc",       "aupr",       "roc",     "ap",
    "map",     "precision", "recall", "sensitivity", "specificity", "f1",         "f2",      "f1score",
    "fbeta",   "fmeasure",  "fscore", "r2",          "iou",         "miou",       "jaccard", "dice",
    "score",   "kappa",     "mcc",    "matthews",    "pearson",     "spearman",   "ndcg",    "mrr",
    "bleu",    "rouge",     "meteor", "psnr",        "ssim",        "likelihood", "reward",  "return",
    "correct", "hits",      "hit",    "tpr",         "tnr",         "npv",        "ppv"};

// The words of a name, in small letters: `val_topK-Accuracy/1` is val, top, k, accuracy, 1.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : snake_case(name)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter)
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  return words;
}

// Whether one of the words is known: itself, without a number at its end, or as the end of a longer one
// (`tripletloss`, `loss2`).
bool any_of(const std::vector<std::string>& words, std::span<const std::string_view> known,
            std::initializer_list<std::string_view> endings) {
  const auto has = [&](std::string_view word) {
    return std::find(known.begin(), known.end(), word) != known.end();
  };
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    const std::string_view letters =
        std::string_view(word).substr(0, word.find_last_not_of("0123456789") + 1);
    return has(word) || has(letters) ||
           std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return letters.ends_with(ending); });
  });
}

}  // namespace

std::optional<bool> direction_of_name(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  if (any_of(words, errors, {"loss", "error", "entropy"})) return false;
  if (any_of(words, scores, {"accuracy", "acc", "auc", "precision", "recall", "score"})) return true;
  return std::nullopt;
}

std::optional<bool> TrainerBase::higher_is_better(std::string_view name) const {
  const std::string whole(name);
  std::string plain = whole;
  if (whole.starts_with("val_")) plain = whole.substr(4);
  for (const std::string& known : {whole, plain}) {
    if (std::find(losses_.begin(), losses_.end(), known) != losses_.end()) return false;
    if (const auto said = direction(known)) return said;
  }
  return direction_of_name(plain);
}

}  // namespace copse
