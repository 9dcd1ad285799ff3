// A leaf type for tests of trees: a vector of floats that is shared, counts its copies, and is Nothing
// without a value.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "copse/tree.hpp"

namespace testing_trees {

class Vec {
 public:
  Vec() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  Vec(T value) : values_(std::make_shared<const std::vector<float>>(1, static_cast<float>(value))) {}
  explicit Vec(std::vector<float> values)
      : values_(std::make_shared<const std::vector<float>>(std::move(values))) {}
  Vec(const Vec& other) : values_(other.values_) { ++copies; }
  Vec(Vec&&) = default;
  Vec& operator=(const Vec& other) {
    values_ = other.values_;
    ++copies;
    return *this;
  }
  Vec& operator=(Vec&&) = default;

  bool has_value() const { return values_ != nullptr; }
  std::size_t size() const { return values_->size(); }
  float operator[](std::size_t i) const { return (*values_)[i]; }
  float sum() const { return std::accumulate(values_->begin(), values_->end(), 0.0f); }
  const std::vector<float>& values() const { return *values_; }

  friend Vec operator+(const Vec& a, const Vec& b) {
    return a.zip(b, [](float x, float y) { return x + y; });
  }
  friend Vec operator*(const Vec& a, const Vec& b) {
    return a.zip(b, [](float x, float y) { return x * y; });
  }

  static inline std::atomic<int> copies{0};

 private:
  template <class F>
  Vec zip(const Vec& other, F f) const {
    std::vector<float> out(std::max(size(), other.size()));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = f((*this)[i % size()], other[i % other.size()]);
    return Vec(std::move(out));
  }

  std::shared_ptr<const std::vector<float>> values_;
};

}  // namespace testing_trees

template <>
struct copse::LeafTraits<testing_trees::Vec> {
  using Vec = testing_trees::Vec;
  static constexpr bool leaf = true;
  static bool is_nothing(const Vec& v) { return !v.has_value(); }
  static void make_nothing(Vec& v) { v = Vec(); }
  static bool equal(const Vec& a, const Vec& b) { return a.values() == b.values(); }
  static std::size_t hash(const Vec& v) { return static_cast<std::size_t>(v.sum() * 1000) + v.size(); }
  static std::string dtype(const Vec&) { return "float32"; }
  static std::string shape(const Vec& v) { return "(" + std::to_string(v.size()) + ",)"; }
  static std::size_t bytes(const Vec& v) { return 4 * v.size(); }
};

namespace testing_trees {

using Parameter = copse::Field<copse::ParameterKind, Vec>;
using BatchStat = copse::Field<copse::BatchStatKind, Vec>;
using LossLog = copse::Field<copse::LossLogKind, Vec>;

struct Linear {
  Parameter kernel = Vec({1, 2, 3});
  Parameter bias = 0.5f;
  int units = 3;

  friend bool operator==(const Linear&, const Linear&) = default;
};

struct Counter {
  copse::State<Vec> n = 0.0f;

  Vec add(const Vec& x) {
    n = n + x;
    return n;
  }
  void reset() { n = 0.0f; }
  float twice() const { return 2 * n->sum(); }
};

struct Net {
  std::string label = "net";
  Linear encoder;
  BatchStat mean = Vec({0, 0});
  Counter counter;
  std::vector<Linear> layers = {Linear{}, Linear{}};
};

// The texts of the paths of all leaves.
template <class T>
std::vector<std::string> paths(const T& tree) {
  std::vector<std::string> out;
  for (const auto& [info, leaf] : copse::leaves_with_path(tree)) out.push_back(info.path);
  return out;
}

// The message of the error that a function throws.
template <class Error = copse::TreeError, class F>
std::string message(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace testing_trees
