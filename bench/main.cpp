// copse_bench: times the items of the work list, or answers a comparer that measures several libraries in
// turn.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/core/version.hpp"
#include "item.hpp"

namespace {

using bench::Bench;
using bench::Item;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr int reset_every = 400;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double timed(const Bench& b, int calls) {
  const auto start = Clock::now();
  b.run(calls);
  return seconds_since(start) / calls;
}

const Item* find(const std::string& name) {
  for (const Item& item : bench::items())
    if (item.name == name) return &item;
  return nullptr;
}

// An item with what is known of its speed: how many calls make about a millisecond.
struct Prepared {
  Bench bench;
  int calls = 1;
};

Prepared prepare(const Item& item) {
  Prepared p{item.make(), 1};
  p.bench.reset();
  p.bench.run(3);
  double best = timed(p.bench, 1);
  for (int i = 0; i < 4; ++i) best = std::min(best, timed(p.bench, 1));
  p.calls = static_cast<int>(std::clamp(1e-3 / std::max(best, 1e-9), 1.0, 100.0));
  return p;
}

// Microseconds a call, as often as the time allows. The beginning of the slice and what follows a reset do
// not count.
std::vector<double> measure(const Prepared& p, double seconds) {
  std::vector<double> samples;
  const auto start = Clock::now();
  int done = reset_every;
  while (samples.empty() || seconds_since(start) < seconds) {
    if (done + p.calls > reset_every) {
      p.bench.reset();
      done = 0;
    }
    const bool warm = seconds_since(start) < seconds / 20 || done == 0;
    const double us = timed(p.bench, p.calls) * 1e6;
    done += p.calls;
    if (!warm) samples.push_back(us);
  }
  return samples;
}

double quantile(std::vector<double> samples, double q) {
  std::sort(samples.begin(), samples.end());
  return samples[static_cast<std::size_t>(q * static_cast<double>(samples.size() - 1))];
}

bool close(const Item& item, const std::vector<double>& got) {
  if (got.size() != item.expected.size()) return false;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double tolerance = item.tolerance[std::min(i, item.tolerance.size() - 1)];
    if (!(std::abs(got[i] - item.expected[i]) <= tolerance * std::max(1.0, std::abs(item.expected[i]))))
      return false;
  }
  return true;
}

int check(const std::vector<const Item*>& chosen) {
  int failed = 0;
  for (const Item* item : chosen) {
    std::string text;
    bool good = false;
    try {
      const std::vector<double> values = item->make().check();
      good = close(*item, values);
      for (const double v : values) text += " " + std::to_string(v);
    } catch (const std::exception& e) {
      text = std::string(" ") + e.what();
    }
    std::printf("%-24s %s%s\n", item->name.c_str(), good ? "ok    " : "FAILED", text.c_str());
    failed += !good;
  }
  std::printf("%zu passed, %d failed\n", chosen.size() - static_cast<std::size_t>(failed), failed);
  return failed != 0;
}

// What ranks exchange in a call of the items that have several.
int communication(const std::vector<const Item*>& chosen) {
  for (const Item* item : chosen)
    if (const Bench bench = item->make(); bench.communication)
      std::cout << item->name << "\n" << bench.communication();
  return 0;
}

int worker() {
  std::printf("{\"version\": \"%d.%d.%d\"}\n", copse::version_major, copse::version_minor,
              copse::version_patch);
  std::fflush(stdout);
  std::map<std::string, Prepared> ready;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string name, what;
    words >> name >> what;
    Json reply = Json::object();
    try {
      const Item* item = find(name);
      if (!item) {
        reply["error"] = "there is no item " + name;
      } else if (what == "check") {
        reply["values"] = item->make().check();
      } else {
        if (!ready.count(name)) ready.emplace(name, prepare(*item));
        if (what != "prepare") reply["us"][""] = measure(ready.at(name), std::stod(what));
      }
    } catch (const std::exception& e) {
      reply = {{"error", e.what()}};
    }
    std::printf("%s\n", reply.dump().c_str());
    std::fflush(stdout);
  }
  return 0;
}

int first_step() {
  const Bench b = find("train_mlp")->make();
  b.run(1);
  std::printf("done\n");
  return 0;
}

[[noreturn]] void usage(const char* problem) {
  std::fprintf(
      stderr,
      "copse_bench: %s\n"
      "usage: copse_bench [--only NAME,NAME] [--threads N] [--seconds S] [--json FILE] [--check] [--list]\n"
      "       copse_bench [--only NAME,NAME] --communication\n"
      "       copse_bench --threads N --worker | --first-step\n",
      problem);
  std::exit(2);
}

struct Options {
  std::vector<std::string> only;
  int threads = 0;
  double seconds = 2;
  std::string json;
  bool check = false, worker = false, first_step = false, list = false, communication = false;
};

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 >= argc) usage((flag + " wants a value").c_str());
      return argv[++i];
    };
    const auto number = [&] {
      const std::string text = value();
      char* end = nullptr;
      const double x = std::strtod(text.c_str(), &end);
      if (text.empty() || *end || !(x >= 0)) usage((flag + " wants a number, got " + text).c_str());
      return x;
    };
    if (flag == "--only") {
      std::istringstream names(value());
      for (std::string name; std::getline(names, name, ',');) o.only.push_back(name);
    } else if (flag == "--threads") {
      o.threads = static_cast<int>(number());
    } else if (flag == "--seconds") {
      o.seconds = number();
    } else if (flag == "--json") {
      o.json = value();
    } else if (flag == "--check") {
      o.check = true;
    } else if (flag == "--communication") {
      o.communication = true;
    } else if (flag == "--worker") {
      o.worker = true;
    } else if (flag == "--first-step") {
      o.first_step = true;
    } else if (flag == "--list") {
      o.list = true;
    } else {
      usage(("unknown flag " + flag).c_str());
    }
  }
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  copse::set_num_threads(options.threads);
  if (options.worker) return worker();
  if (options.first_step) return first_step();
  std::vector<const Item*> chosen;
  for (const Item& item : bench::items())
    if (options.only.empty() ||
        std::any_of(options.only.begin(), options.only.end(),
                    [&](const std::string& part) { return item.name.find(part) != std::string::npos; }))
      chosen.push_back(&item);
  if (chosen.empty()) usage("no item has such a name");
  if (options.list) {
    for (const Item* item : chosen) std::printf("%s\n", item->name.c_str());
    return 0;
  }
  if (options.check) return check(chosen);
  if (options.communication) return communication(chosen);
  Json result{{"threads", copse::num_threads()}, {"items", Json::object()}};
  std::printf("%-24s %12s %12s\n", "item", "median us", "p10 us");
  for (const Item* item : chosen) {
    try {
      const std::vector<double> samples = measure(prepare(*item), options.seconds);
      const double median = quantile(samples, 0.5), p10 = quantile(samples, 0.1);
      std::printf("%-24s %12.2f %12.2f\n", item->name.c_str(), median, p10);
      result["items"][item->name] = {{"median_us", median}, {"p10_us", p10}};
    } catch (const std::exception& e) {
      std::printf("%-24s %s\n", item->name.c_str(), e.what());
      result["items"][item->name] = {{"error", e.what()}};
    }
    std::fflush(stdout);
  }
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << result.dump(1) << "\n";
    if (!file) {
      std::fprintf(stderr, "copse_bench: cannot write %s\n", options.json.c_str());
      return 1;
    }
  }
  return 0;
}
