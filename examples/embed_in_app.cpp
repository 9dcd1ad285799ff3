// A trained model in a host program: loaded once, called from several threads.
// test:
// link: copse::train
//
// The model is that of examples/xor.cpp, from the file that it wrote. The program knows layers and files, and
// no trainer: the linker leaves out what nobody calls. A compiled function is safe to call from any thread.
#include <copse/io/tree.hpp>
#include <copse/nn.hpp>
#include <copse/ops/compare.hpp>
#include <copse/ops/create.hpp>
#include <copse/ops/elementwise.hpp>
#include <copse/ops/reduce.hpp>
#include <copse/transform/jit.hpp>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <thread>
#include <vector>

using namespace copse;

// The struct's members give the names in the file: hidden.kernel, hidden.bias, ...
struct Classifier {
  nn::Linear hidden{32};
  nn::Linear logits{2};

  Array operator()(Scope& scope, const Array& x) { return logits(scope, copse::tanh(hidden(scope, x))); }
};

// Compiled at the first call.
const auto classify =
    jit([](const Module<Classifier>& model, const Array& points) { return argmax(model(points), -1); });

// What the rest of the host program sees: plain numbers.
class Quadrants {
 public:
  explicit Quadrants(const char* path)
      : model_(io::load(path, Module{Classifier{}}.init(random::key(0), ShapeDtype{{1, 2}})).eval()) {}

  bool operator()(float x, float y) const { return classify(model_, array({{x, y}})).item<int>() == 1; }

 private:
  Module<Classifier> model_;
};

int main() {
  const Quadrants quadrants(COPSE_DATA_DIR "/models/xor.safetensors");
  std::atomic<int> right = 0;
  constexpr int threads = 4, each = 1000;
  std::vector<std::jthread> pool;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {  // points on a spiral
        const float angle = 0.01f * static_cast<float>(i + t),
                    radius = 0.2f + 0.0007f * static_cast<float>(i);
        const float x = radius * std::cos(angle), y = radius * std::sin(angle);
        if (quadrants(x, y) == (x * y > 0)) ++right;
      }
    });
  }
  pool.clear();  // joins them
  std::printf("%d of %d answers are right (wanted: 97 %%)\n", right.load(), threads * each);
  return right >= 0.97 * threads * each ? 0 : 1;
}
