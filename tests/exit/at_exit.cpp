// Operations in destructors: of a global made before any of them has run, of a static made afterwards, of
// thread-local objects of the main thread and of others, and in a handler of std::atexit. All must give the
// numbers that main saw.
#include <copse/copse.hpp>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace copse;

namespace {

struct Net {
  nn::Conv conv{.features = 4, .kernel_size = {3, 3}};
  nn::Linear out{2};
  Array operator()(Scope& scope, const Array& x) {
    return out(scope, reshape(relu(conv(scope, x)), {x.shape(0), -1}));
  }
};

// One number for each kind of operation: those with scratch memory, caches, threads, keys and programs of
// their own.
std::vector<double> numbers() {
  std::vector<double> found;
  const auto add = [&](const Array& x) { found.push_back(sum(x).item<double>()); };
  const Array x = random::normal(random::key(3), {40, 30}), images = reshape(x, {3, 10, 20, 2});
  add(x + 1.0f);
  add(matmul(transpose(x), x));
  add(matmul(transpose(astype(x, DType::float64)), astype(x, DType::float64)));
  add(softmax(x, -1));
  add(cumsum(x, 0) * tanh(x));
  add(sort(x, 0));
  add(argsort(x, 1));
  add(unique(floor(x)));
  add(x[x > 0.5f]);
  add(median(x));
  add(take(x, array({3, 1, 2}), 0));
  add(concatenate({x, x}, 1));
  add(linalg::svd(x).s);
  add(linalg::solve(matmul(transpose(x), x) + eye(30), ones({30})));
  add(random::permutation(random::key(1), 50));
  add(conv(images, ones({3, 3, 2, 5}), {.strides = {2, 1}}));
  add(max_pool(images, {.window = {2, 2}}));
  add(grad([](const Array& kernel, const Array& in) { return sum(square(conv(in, kernel))); })(
      ones({2, 2, 2, 3}), images));
  add(jit(grad([](const Array& v) { return sum(tanh(v) * softmax(v, -1)); }))(x));
  add(vmap([](const Array& v) { return v / (1.0f + sum(square(v))); })(x));
  add(scan(
          [](const Array& carry, const Array& row) {
            return std::pair{carry + row, sum(carry)};
          },
          zeros({30}), x)
          .second);
  const auto model = Module{Net{}}.init(random::key(5), images);
  add(model(images));
  add(jit([](const Module<Net>& net, const Array& in) { return net(in); })(model, images));
  found.push_back(static_cast<double>(to_string(model).size() + to_string(x).size()));
  found.push_back(static_cast<double>(filter<Parameter>(model).tabulate().size()));
  metrics::Mean mean;
  found.push_back(static_cast<double>(Metric{mean}.name().size()));
  // Enough work for all threads.
  const Array large = random::uniform(random::key(7), {600, 600});
  add(matmul(large, large));
  add(exp(large) + sin(large));
  return found;
}

std::vector<double>& wanted() {
  static auto* const kept = new std::vector<double>;
  return *kept;
}

void check(const char* where) {
  if (numbers() == wanted()) return;
  std::fprintf(stderr, "%s: other numbers than in main\n", where);
  std::_Exit(1);
}

struct Last {
  const char* where;
  bool used = false;
  ~Last() {
    if (used) check(where);
  }
};

Last made_first{"a global"};
thread_local Last of_thread{"a thread-local object"};

}  // namespace

int main() {
  set_num_threads(4);
  std::atexit([] { check("a handler of std::atexit that was registered before anything has run"); });
  of_thread.used = true;  // made before any operation has run on this thread
  wanted() = numbers();
  made_first.used = true;
  static Last made_later{"a static made later", true};
  std::thread([] {
    of_thread.used = true;
    check("another thread");
  }).join();
  std::thread([] { of_thread.used = true; }).join();
  std::atexit([] { check("a handler of std::atexit"); });
}
