// The programs of docs/scaling.md. Run by mpirun, its ranks are those of MPI.
#include <cmath>
#include <copse/copse.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace copse;

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

struct Line {
  Parameter w = 0.0f;
  Parameter b = 0.0f;

  Array operator()(const Array& x) const { return w * x + b; }
};

Array loss(const Module<Line>& line, const Array& x, const Array& y) { return mean(square(line(x) - y)); }

void collectives(const comm::CommunicatorPtr& ranks) {
  const Array mine = astype(Array(ranks->rank() + 1), DType::float32);
  auto share = [](const Array& x) { return x / psum(x, "i"); };
  Array all = vmap(share, {.axis_name = "i"})(array({1.0f, 2.0f, 5.0f}));  // [0.125 0.25 0.625]
  Array one = spmd(share, "i", ranks)(mine);  // each rank gives and gets its own number
  const int n = ranks->size();
  check(all_close(all, array({0.125f, 0.25f, 0.625f})), "vmap");
  check(all_close(one, mine * 2.0f / static_cast<float>(n * (n + 1))), "spmd");
}

void combined_metrics(const comm::CommunicatorPtr& ranks) {
  const Array every = random::normal(random::key(0), {ranks->size(), 6, 3});
  const Array targets = random::randint(random::key(1), {ranks->size(), 6}, 0, 3);
  const Array preds = every[ranks->rank()], labels = targets[ranks->rank()];
  // clang-format off
  auto accuracy = spmd([](const Array& preds, const Array& labels) {
    return all_gather(Metric{metrics::Accuracy{}}.update(preds, labels), "i").aggregate();
  }, "i", ranks)(preds, labels);
  float whole = accuracy.compute().item<float>();  // over the data of all ranks
  // clang-format on
  const Metric wanted = Metric{metrics::Accuracy{}}.update(reshape(every, {-1, 3}), reshape(targets, {-1}));
  check(std::abs(whole - wanted.compute().item<float>()) < 1e-6f, "metrics");
}

void training(const comm::CommunicatorPtr& ranks) {
  const Array x = random::normal(random::key(ranks->rank()), {32}), y = 3 * x - 1;
  Module line{Line{}};
  auto step = [](const Module<Line>& line, const Array& x, const Array& y) {
    auto gradient = pmean(grad(loss)(line, x, y), "ranks");
    return map([](const Array& p, const Array& g) { return p - 0.1f * g; }, line, gradient);
  };
  auto local = spmd(jit(step), "ranks", ranks);
  for (int i = 0; i < 100; ++i) line = local(line, x, y);  // the same line on all ranks
  check(all_close(line(array({0.0f, 1.0f})), array({-1.0f, 2.0f}), 1e-2, 1e-2), "training");
  const Array most = spmd([](const Array& w) { return pmax(w, "i"); }, "i", ranks)(*line->w);
  check(most.item<float>() == line->w->item<float>(), "the same on all ranks");
}

void compute_something_else() {}

void communicators(const comm::CommunicatorPtr& ranks) {
  std::vector<float> sums(3);
  comm::run(comm::threads(3), [&](const comm::CommunicatorPtr& ranks) {
    Array three = spmd([](const Array& x) { return psum(x, "i"); }, "i", ranks)(1.0f);
    sums[static_cast<std::size_t>(ranks->rank())] = three.item<float>();
  });
  check(sums == std::vector<float>{3, 3, 3}, "threads");

  const std::vector<float> numbers(1000, 2);
  std::vector<float> totals(numbers.size());
  comm::Pending pending = ranks->all_reduce_async(numbers.data(), totals.data(), 1000, DType::float32);
  compute_something_else();
  pending.wait();
  comm::Traffic traffic = ranks->traffic();  // .calls, .bytes, .seconds
  check(totals.back() == 2.0f * static_cast<float>(ranks->size()), "all_reduce_async");
  check(traffic.calls > 0 && traffic.bytes >= 4000, "traffic");
}

struct Classifier {
  nn::Linear hidden{16};
  nn::Dropout dropout{0.1};
  nn::Linear logits{2};

  Array operator()(Scope& scope, const Array& x) {
    return logits(scope, dropout(scope, relu(hidden(scope, x))));
  }
};

void trainers(const comm::CommunicatorPtr& ranks) {
  const Array x = random::normal(random::key(2), {200, 3}), y = astype(sum(x, 1) > 0.0f, DType::int32);
  const auto folder = std::filesystem::temp_directory_path() / "copse-docs-scaling";
  if (ranks->rank() == 0) std::filesystem::remove_all(folder);
  ranks->barrier();

  Trainer trainer{Classifier{},
                  {.optimizer = optim::adam(1e-2),
                   .losses = {losses::CrossEntropy{}},
                   .metrics = {metrics::Accuracy{}},
                   .strategy = strategy::distributed(ranks)}};
  trainer.fit(x, y,
              {.epochs = 4,
               .batch_size = 32,
               .validation_split = 0.2,
               .callbacks = {callbacks::BackupAndRestore{folder}, callbacks::CSVLogger{folder / "log.csv"}},
               .verbose = 2});

  check(trainer.history()["val_accuracy"].back() > 0.8, "trainer");
  ranks->barrier();
  check(std::filesystem::exists(folder / "log.csv"), "files");
}

int main() {
#if COPSE_HAS_MPI
  const comm::CommunicatorPtr ranks = comm::mpi();
#else
  const comm::CommunicatorPtr ranks = comm::self();
#endif
  collectives(ranks);
  combined_metrics(ranks);
  training(ranks);
  trainers(ranks);
  communicators(ranks);
}
