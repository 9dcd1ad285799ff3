// Callbacks: which hooks come when, and what they see and do.
#include <algorithm>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "scripted.hpp"

using namespace copse;
using namespace testing_train;
using testing_files::message_of;

namespace {

using Names = std::vector<std::string>;

// Notes all hooks that are called.
struct Recorder : Callback {
  Names calls;

  void note(const std::string& hook) { calls.push_back(hook); }
  void note(const std::string& hook, std::int64_t number) { note(hook + " " + std::to_string(number)); }

  void on_train_begin(TrainerBase&) override { note("train begin"); }
  void on_train_end(TrainerBase&, const EpochLogs& logs) override { note("train end, " + names(logs)); }
  void on_epoch_begin(TrainerBase&, int epoch) override { note("epoch begin", epoch); }
  void on_epoch_end(TrainerBase&, int epoch, const EpochLogs& logs) override {
    note("epoch end " + std::to_string(epoch) + ", " + names(logs));
  }
  void on_train_batch_begin(TrainerBase&, std::int64_t batch) override { note("batch begin", batch); }
  void on_train_batch_end(TrainerBase&, const BatchInfo& batch, const EpochLogs& logs) override {
    note("batch end " + std::to_string(batch.index) + ", " + names(logs));
  }
  void on_test_begin(TrainerBase&) override { note("test begin"); }
  void on_test_end(TrainerBase&, const EpochLogs& logs) override { note("test end, " + names(logs)); }
  void on_test_batch_begin(TrainerBase&, std::int64_t batch) override { note("test batch begin", batch); }
  void on_test_batch_end(TrainerBase&, const BatchInfo& batch, const EpochLogs& logs) override {
    note("test batch end " + std::to_string(batch.index) + ", " + names(logs));
  }
  void on_predict_begin(TrainerBase&) override { note("predict begin"); }
  void on_predict_end(TrainerBase&) override { note("predict end"); }
  void on_predict_batch_begin(TrainerBase&, std::int64_t batch) override {
    note("predict batch begin", batch);
  }
  void on_predict_batch_end(TrainerBase&, const BatchInfo& batch, const EpochLogs& logs) override {
    note("predict batch end " + std::to_string(batch.index) + ", " + names(logs));
  }

  static std::string names(const EpochLogs& logs) {
    std::string out;
    for (const auto& name : logs.names()) out += (out.empty() ? "" : " ") + name;
    return out;
  }
};

// The same through LambdaCallback.
AnyCallback lambdas(const std::shared_ptr<Recorder>& to) {
  return callbacks::LambdaCallback{
      {.on_train_begin = [to](TrainerBase& t) { to->on_train_begin(t); },
       .on_train_end = [to](TrainerBase& t, const EpochLogs& logs) { to->on_train_end(t, logs); },
       .on_epoch_begin = [to](TrainerBase& t, int epoch) { to->on_epoch_begin(t, epoch); },
       .on_epoch_end = [to](TrainerBase& t, int epoch,
                            const EpochLogs& logs) { to->on_epoch_end(t, epoch, logs); },
       .on_train_batch_begin = [to](TrainerBase& t, std::int64_t b) { to->on_train_batch_begin(t, b); },
       .on_train_batch_end = [to](TrainerBase& t, const BatchInfo& b,
                                  const EpochLogs& logs) { to->on_train_batch_end(t, b, logs); },
       .on_test_begin = [to](TrainerBase& t) { to->on_test_begin(t); },
       .on_test_end = [to](TrainerBase& t, const EpochLogs& logs) { to->on_test_end(t, logs); },
       .on_test_batch_begin = [to](TrainerBase& t, std::int64_t b) { to->on_test_batch_begin(t, b); },
       .on_test_batch_end = [to](TrainerBase& t, const BatchInfo& b,
                                 const EpochLogs& logs) { to->on_test_batch_end(t, b, logs); },
       .on_predict_begin = [to](TrainerBase& t) { to->on_predict_begin(t); },
       .on_predict_end = [to](TrainerBase& t) { to->on_predict_end(t); },
       .on_predict_batch_begin = [to](TrainerBase& t, std::int64_t b) { to->on_predict_batch_begin(t, b); },
       .on_predict_batch_end = [to](TrainerBase& t, const BatchInfo& b,
                                    const EpochLogs& logs) { to->on_predict_batch_end(t, b, logs); }}};
}

// A callback that stops the run in the hook of that name.
AnyCallback stop_in(Names hooks) {
  const auto stop = [hooks](const std::string& hook) {
    return [hook, hooks](TrainerBase& trainer, auto&&...) {
      for (const auto& h : hooks)
        if (h == hook) trainer.stop();
    };
  };
  return callbacks::LambdaCallback{{.on_train_begin = stop("train begin"),
                                    .on_epoch_end = stop("epoch end"),
                                    .on_train_batch_end = stop("batch end"),
                                    .on_test_batch_end = stop("test batch end"),
                                    .on_predict_batch_end = stop("predict batch end")}};
}

const std::vector<int> two_batches = {1, 2};

}  // namespace

TEST_CASE("callbacks: all hooks of fit, in order, with what they are told") {
  const auto recorder = std::make_shared<Recorder>(), through = std::make_shared<Recorder>();
  auto trainer = scripted({1.0});
  (void)trainer.fit(two_batches, {.epochs = 2,
                                  .validation_data = one_batch,
                                  .validation_freq = 2,
                                  .shuffle = false,
                                  .callbacks = {recorder, lambdas(through)},
                                  .verbose = 0});
  const Names expected = {"train begin",
                          "epoch begin 0",
                          "batch begin 0",
                          "batch end 0, loss",
                          "batch begin 1",
                          "batch end 1, loss",
                          "epoch end 0, loss",
                          "epoch begin 1",
                          "batch begin 0",
                          "batch end 0, loss",
                          "batch begin 1",
                          "batch end 1, loss",
                          "test begin",
                          "test batch begin 0",
                          "test batch end 0, loss",
                          "test end, loss",
                          "epoch end 1, loss val_loss",
                          "train end, loss val_loss"};
  CHECK(recorder->calls == expected);
  CHECK(through->calls == expected);
}

TEST_CASE("callbacks: all hooks of evaluate and predict, in order") {
  const auto recorder = std::make_shared<Recorder>(), through = std::make_shared<Recorder>();
  auto trainer = scripted({1.0});
  (void)trainer.evaluate(two_batches, {.callbacks = {recorder, lambdas(through)}, .verbose = 0});
  const Names tested = {"test begin",         "test batch begin 0",     "test batch end 0, loss",
                        "test batch begin 1", "test batch end 1, loss", "test end, loss"};
  CHECK(recorder->calls == tested);
  CHECK(through->calls == tested);

  recorder->calls.clear();
  through->calls.clear();
  (void)trainer.predict(two_batches, {.callbacks = {recorder, lambdas(through)}});
  const Names predicted = {"predict begin",         "predict batch begin 0", "predict batch end 0, ",
                           "predict batch begin 1", "predict batch end 1, ", "predict end"};
  CHECK(recorder->calls == predicted);
  CHECK(through->calls == predicted);
}

TEST_CASE("callbacks: a LambdaCallback needs no function at all") {
  auto trainer = scripted({1.0});
  CHECK(trainer.fit(one_batch, epochs(1, {callbacks::LambdaCallback{{}}})).epochs() == 1);
}

TEST_CASE("callbacks: a value is copied for each run, one that is shared is not") {
  struct Count : Callback {
    int epochs = 0;
    void on_epoch_end(TrainerBase&, int, const EpochLogs&) override { ++epochs; }
  };
  const Count value;
  const auto shared = std::make_shared<Count>();
  const Callbacks list = {value, shared};
  auto trainer = scripted({1.0});
  (void)trainer.fit(one_batch, epochs(2, list));
  (void)trainer.fit(one_batch, epochs(3, list));
  CHECK(dynamic_cast<const Count&>(list[0].get()).epochs == 0);
  CHECK(shared->epochs == 5);
  CHECK(list.size() == 2);  // nothing is added to the caller's list
}

TEST_CASE("callbacks: batches report the mean of the epoch so far and their own") {
  std::vector<double> means, sizes;
  auto trainer = scripted({1.0, 3.0, 5.0, 10.0, 20.0, 30.0});
  const callbacks::LambdaCallback note{
      {.on_train_batch_end = [&](TrainerBase&, const BatchInfo& batch, const EpochLogs& logs) {
        means.push_back(logs["loss"]);
        sizes.push_back(static_cast<double>(batch.samples));
      }}};
  const auto history =
      trainer.fit(std::vector<int>{1, 2, 3}, {.epochs = 2, .callbacks = {note}, .verbose = 0});
  CHECK(means == std::vector<double>{1, 2, 3, 10, 15, 20});
  CHECK(sizes == std::vector<double>(6, 1.0));
  CHECK(history["loss"] == std::vector<double>{3, 20});
  CHECK(!history.contains("size"));
}

TEST_CASE("callbacks: what they see of the trainer") {
  struct Look : Callback {
    RunInfo run;
    std::vector<std::int64_t> steps, batches;
    std::vector<std::size_t> epochs;
    Progress end;
    void on_train_begin(TrainerBase& trainer) override { run = trainer.run(); }
    void on_train_batch_end(TrainerBase& trainer, const BatchInfo&, const EpochLogs&) override {
      steps.push_back(trainer.progress().steps);
      batches.push_back(trainer.progress().batch);
    }
    void on_epoch_end(TrainerBase& trainer, int, const EpochLogs&) override {
      epochs.push_back(trainer.history().epochs());
    }
    void on_train_end(TrainerBase& trainer, const EpochLogs&) override { end = trainer.progress(); }
  };
  const auto look = std::make_shared<Look>();
  auto trainer = scripted({1.0});
  (void)trainer.fit(
      two_batches,
      {.epochs = 3, .validation_data = one_batch, .initial_epoch = 1, .callbacks = {look}, .verbose = 0});
  CHECK(look->run.epochs == 3);
  CHECK(look->run.initial_epoch == 1);
  CHECK(look->run.steps == 2);
  CHECK(look->run.verbose == 0);
  CHECK(look->run.validates);
  CHECK(look->steps == std::vector<std::int64_t>{1, 2, 3, 4});
  CHECK(look->batches == std::vector<std::int64_t>{1, 2, 1, 2});
  CHECK(look->epochs == std::vector<std::size_t>{1, 2});
  CHECK((look->end.epoch == 3 && look->end.batch == 0 && look->end.steps == 4));
}

TEST_CASE("callbacks: stop ends fit after the batch, with what comes at the end of epoch and training") {
  const auto recorder = std::make_shared<Recorder>();
  auto trainer = scripted({1.0});
  const auto history = trainer.fit(two_batches, {.epochs = 5,
                                                 .validation_data = one_batch,
                                                 .callbacks = {stop_in({"batch end"}), recorder},
                                                 .verbose = 0});
  CHECK(recorder->calls == Names{"train begin", "epoch begin 0", "batch begin 0", "batch end 0, loss",
                                 "epoch end 0, loss", "train end, loss"});
  CHECK(history.epochs() == 1);
  CHECK(trainer.stopping());
  // An epoch that was broken off counts as one that is not done.
  CHECK((trainer.progress().epoch == 0 && trainer.progress().batch == 1));

  (void)trainer.fit(two_batches, {.epochs = 5, .callbacks = {stop_in({"epoch end"})}, .verbose = 0});
  CHECK(trainer.history().epochs() == 1);
  CHECK((trainer.progress().epoch == 1 && trainer.progress().batch == 0));
  CHECK(trainer.fit(two_batches, {.epochs = 5, .callbacks = {stop_in({"train begin"})}, .verbose = 0})
            .epochs() == 0);
}

TEST_CASE("callbacks: a run that was stopped does not stop the next one") {
  auto trainer = scripted({1.0});
  (void)trainer.fit(two_batches, {.epochs = 2, .callbacks = {stop_in({"batch end"})}, .verbose = 0});
  REQUIRE(trainer.stopping());
  (void)trainer.evaluate(two_batches, {.verbose = 0});
  CHECK(trainer.state()->tested == 2);
  CHECK(trainer.predict(two_batches) == std::vector<int>{10, 20});
  CHECK(trainer.fit(two_batches, {.epochs = 3, .verbose = 0}).epochs() == 3);
}

TEST_CASE("callbacks: stop ends evaluate and predict after the batch") {
  auto trainer = scripted({1.0});
  (void)trainer.evaluate(two_batches, {.callbacks = {stop_in({"test batch end"})}, .verbose = 0});
  CHECK(trainer.state()->tested == 1);
  CHECK(trainer.predict(two_batches, {.callbacks = {stop_in({"predict batch end"})}}) ==
        std::vector<int>{10});
}

TEST_CASE("callbacks: an error in one comes out of fit, and the trainer can go on") {
  const callbacks::LambdaCallback bad{
      {.on_epoch_end = [](TrainerBase&, int, const EpochLogs&) { throw ValueError("bad callback"); }}};
  auto trainer = scripted({1.0});
  CHECK(message_of<ValueError>([&] { (void)trainer.fit(one_batch, epochs(3, {bad})); }) == "bad callback");
  CHECK(trainer.history().epochs() == 1);
  CHECK(trainer.fit(one_batch, epochs(3)).epochs() == 3);
}

TEST_CASE("callbacks: a snapshot brings the state back") {
  auto trainer = scripted({1.0});
  (void)trainer.fit(one_batch, epochs(2));
  const auto before = trainer.snapshot();
  (void)trainer.fit(one_batch, epochs(3));
  CHECK(trainer.state()->trained == 5);
  trainer.restore(before);
  CHECK(trainer.state()->trained == 2);
}

TEST_CASE("callbacks: an error ends each run that has begun, once, after on_exception") {
  struct Notes : Callback {
    std::vector<std::string>* calls = nullptr;
    std::string throws_in;
    void note(const std::string& hook) {
      calls->push_back(hook);
      if (hook == throws_in) throw ValueError("thrown in " + hook);
    }
    void on_train_begin(TrainerBase&) override { note("train begin"); }
    void on_train_end(TrainerBase&, const EpochLogs&) override { note("train end"); }
    void on_epoch_begin(TrainerBase&, int) override { note("epoch begin"); }
    void on_epoch_end(TrainerBase&, int, const EpochLogs&) override { note("epoch end"); }
    void on_train_batch_begin(TrainerBase&, std::int64_t) override { note("batch begin"); }
    void on_train_batch_end(TrainerBase&, const BatchInfo&, const EpochLogs&) override { note("batch end"); }
    void on_test_begin(TrainerBase&) override { note("test begin"); }
    void on_test_end(TrainerBase&, const EpochLogs&) override { note("test end"); }
    void on_test_batch_begin(TrainerBase&, std::int64_t) override { note("test batch begin"); }
    void on_test_batch_end(TrainerBase&, const BatchInfo&, const EpochLogs&) override {
      note("test batch end");
    }
    void on_predict_begin(TrainerBase&) override { note("predict begin"); }
    void on_predict_end(TrainerBase&) override { note("predict end"); }
    void on_predict_batch_begin(TrainerBase&, std::int64_t) override { note("predict batch begin"); }
    void on_predict_batch_end(TrainerBase&, const BatchInfo&, const EpochLogs&) override {
      note("predict batch end");
    }
    void on_exception(TrainerBase&, std::exception_ptr error) override {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& e) {
        note(std::string("exception: ") + e.what());
      }
    }
  };
  const auto count = [](const std::vector<std::string>& calls, const std::string& hook) {
    return std::count(calls.begin(), calls.end(), hook);
  };
  const auto check = [&](const std::string& hook, auto run, const std::vector<std::string>& runs) {
    INFO(hook);
    std::vector<std::string> first, second;
    Notes one, two;
    one.calls = &first, two.calls = &second;
    one.throws_in = hook;
    auto trainer = scripted({1.0});
    CHECK(message_of<ValueError>([&] { run(trainer, Callbacks{one, two}); }) == "thrown in " + hook);
    for (const auto* calls : {&first, &second}) {
      CHECK(count(*calls, "exception: thrown in " + hook) == 1);
      for (const std::string& name : runs)
        CHECK(count(*calls, name + " end") == count(*calls, name + " begin"));
    }
    CHECK(trainer.fit(one_batch, epochs(1)).epochs() == 1);  // still of use
  };
  const auto fit = [](auto& trainer, const Callbacks& callbacks) {
    (void)trainer.fit(one_batch, epochs(2, callbacks));
  };
  for (const char* hook : {"train begin", "epoch begin", "batch begin", "batch end", "epoch end", "train end",
                           "test begin", "test batch begin", "test batch end", "test end"})
    check(hook, fit, {"train", "test"});
  for (const char* hook : {"test begin", "test batch begin", "test batch end", "test end"})
    check(hook,
          [](auto& t, const Callbacks& c) { (void)t.evaluate(one_batch, {.callbacks = c, .verbose = 0}); },
          {"test"});
  for (const char* hook : {"predict begin", "predict batch begin", "predict batch end", "predict end"})
    check(hook, [](auto& t, const Callbacks& c) { (void)t.predict(one_batch, {.callbacks = c}); },
          {"predict"});
}

TEST_CASE(
    "callbacks: an error of a step comes out as it is, and what callbacks throw on top of it does not") {
  struct Bad {
    void init_step(Key, int) {}
    Logs train_step(int batch) {
      if (batch == 2) throw std::domain_error("a bad batch");
      return {{"loss", 1.0}};
    }
  };
  int ended = 0;
  const callbacks::LambdaCallback bad{{.on_train_end =
                                           [&](TrainerBase&, const EpochLogs&) {
                                             ++ended;
                                             throw ValueError("at the end");
                                           },
                                       .on_exception = [](TrainerBase&, std::exception_ptr) { throw 1; }}};
  Trainer trainer{Bad{}, {.strategy = strategy::eager()}};
  CHECK(message_of<std::domain_error>([&] {
          (void)trainer.fit(std::vector<int>{0, 1, 2, 3},
                            {.shuffle = false, .callbacks = {bad, bad}, .verbose = 0});
        }) == "a bad batch");
  CHECK(ended == 2);
}

TEST_CASE("callbacks: a look aside leaves the run as it was") {
  auto trainer = scripted({1.0});
  int seen = 0;
  const callbacks::LambdaCallback look{{.on_epoch_end = [&](TrainerBase& t, int epoch, const EpochLogs&) {
    const RunInfo before = t.run();
    (void)trainer.evaluate(two_batches, {.verbose = 0});
    (void)trainer.predict(one_batch);
    CHECK((t.run().epochs == before.epochs && t.run().steps == before.steps && t.run().initial_epoch == 1));
    CHECK((t.run().verbose == 0 && t.run().validates && t.progress().epoch == epoch + 1));
    CHECK(t.history().epochs() == static_cast<std::size_t>(epoch));
    if (epoch == 2) t.stop();
    (void)trainer.predict(one_batch);
    CHECK(t.stopping() == (epoch == 2));
    ++seen;
  }}};
  (void)trainer.fit(
      two_batches,
      {.epochs = 9, .validation_data = one_batch, .initial_epoch = 1, .callbacks = {look}, .verbose = 0});
  CHECK(seen == 2);
}
