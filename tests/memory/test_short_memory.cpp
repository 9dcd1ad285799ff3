// Nothing but copse::Error leaves a call for want of memory, wherever in it the memory is missing; and all
// works again when there is some.
#include <functional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/copse.hpp"
#include "failing_new.hpp"

using namespace copse;

namespace {

struct Case {
  std::string name;
  std::function<void()> run;
};

const Array& numbers() {
  static const Array x = random::normal(random::key(0), {60, 50});
  return x;
}
const Array& integers() {
  static const Array x = random::randint(random::key(1), {3000}, 0, 50);
  return x;
}
const Array& images() {
  static const Array x = reshape(numbers(), {3, 10, 10, 10});
  return x;
}

// What another exception than copse::Error says, or nothing.
std::string foreign_error(const std::function<void()>& f, std::int64_t n, std::size_t bytes, bool lasting,
                          bool& failed) {
  const char* kind = nullptr;
  failing_new::begin(n, bytes, lasting);
  try {
    f();
  } catch (const Error&) {
  } catch (const std::exception& error) {
    kind = dynamic_cast<const std::bad_alloc*>(&error) ? "std::bad_alloc" : "another exception";
  }
  failed = failing_new::end();
  return kind ? kind : "";
}

// Fails at each request for memory in turn: first the first, then the second ...
void check(const Case& c, std::size_t bytes, bool lasting) {
  c.run();  // what threads and caches keep
  for (std::int64_t n = 1; n < 4000; n += n < 100 ? 1 : n / 16) {
    bool failed = false;
    const std::string foreign = foreign_error(c.run, n, bytes, lasting, failed);
    INFO(c.name << ", request " << n << " of at least " << bytes << " bytes"
                << (lasting ? " and all after it" : ""));
    CHECK(foreign == "");
    if (!foreign.empty() || !failed) break;
  }
  CHECK_NOTHROW(c.run());
}

std::vector<Case> operations() {
  const Array &x = numbers(), &i = integers();
  static const Array square_matrix = matmul(transpose(x), x) + eye(50), kernel = ones({3, 3, 10, 4});
  static const Array mask = x > 0.5f, labels = i % 7;
  static const ConvOptions strided{.strides = {2, 1}};
  static const PoolOptions window{.window = {2, 2}};
  return {
      {"sort", [&] { (void)sort(x); }},
      {"sort along the first axis", [&] { (void)sort(x, 0); }},
      {"argsort", [&] { (void)argsort(x, 0); }},
      {"top_k", [&] { (void)top_k(x, 5); }},
      {"unique", [&] { (void)unique(i); }},
      {"unique_all", [&] { (void)unique_all(i); }},
      {"isin", [&] { (void)isin(i, labels); }},
      {"searchsorted", [&] { (void)searchsorted(sort(i), labels); }},
      {"bincount", [&] { (void)bincount(i); }},
      {"median", [&] { (void)median(x); }},
      {"quantile", [&] { (void)quantile(x, 0.25); }},
      {"nonzero", [&] { (void)nonzero(x); }},
      {"a mask", [&] { (void)x[mask]; }},
      {"a slice",
       [&] {
         (void)x[Slice{1, 20, 2}];
       }},
      {"take", [&] { (void)take(x, labels, 0); }},
      {"scatter_add",
       [&] {
         (void)scatter_add(x, labels, ones({3000, 50}), 0);
       }},
      {"one_hot", [&] { (void)one_hot(labels, 7); }},
      {"to_vector", [&] { (void)x.to_vector<double>(); }},
      {"to_string", [&] { (void)to_string(x); }},
      {"add", [&] { (void)(x + x); }},
      {"add a number", [&] { (void)(x + 1.5f); }},
      {"sums", [&] { (void)sum(x, 0); }},
      {"cumsum", [&] { (void)cumsum(x, 0); }},
      {"softmax", [&] { (void)softmax(x, -1); }},
      {"var", [&] { (void)var(x, 1); }},
      {"argmax", [&] { (void)argmax(x, 1); }},
      {"reshape",
       [&] {
         (void)reshape(x, {50, -1});
       }},
      {"transpose", [&] { (void)transpose(x); }},
      {"concatenate",
       [&] {
         (void)concatenate({x, x, x}, 1);
       }},
      {"split", [&] { (void)split(x, 3); }},
      {"stack",
       [&] {
         (void)stack({x, x});
       }},
      {"pad",
       [&] {
         (void)pad(x, {{1, 2}, {0, 3}});
       }},
      {"tile",
       [&] {
         (void)tile(x, {2, 2});
       }},
      {"roll", [&] { (void)roll(x, 2, 0); }},
      {"broadcast_to",
       [&] {
         (void)broadcast_to(x, {4, 60, 50});
       }},
      {"matmul", [&] { (void)matmul(transpose(x), x); }},
      {"einsum", [&] { (void)einsum("ij,kj->ik", x, x); }},
      {"tensordot", [&] { (void)tensordot(x, x, 2); }},
      {"solve", [&] { (void)linalg::solve(square_matrix, ones({50})); }},
      {"inv", [&] { (void)linalg::inv(square_matrix); }},
      {"det", [&] { (void)linalg::det(square_matrix); }},
      {"svd", [&] { (void)linalg::svd(x); }},
      {"eigh", [&] { (void)linalg::eigh(square_matrix); }},
      {"cholesky", [&] { (void)linalg::cholesky(square_matrix); }},
      {"qr", [&] { (void)linalg::qr(x); }},
      {"lstsq", [&] { (void)linalg::lstsq(x, ones({60})); }},
      {"pinv", [&] { (void)linalg::pinv(x); }},
      {"conv", [&] { (void)conv(images(), kernel, strided); }},
      {"conv_transpose",
       [&] {
         (void)conv_transpose(images(), ones({2, 2, 10, 3}));
       }},
      {"max_pool", [&] { (void)max_pool(images(), window); }},
      {"arange", [&] { (void)arange(1000); }},
      {"linspace", [&] { (void)linspace(0.0, 1.0, 100); }},
      {"meshgrid",
       [&] {
         (void)meshgrid({arange(10), arange(20)});
       }},
      {"random numbers", [&] { (void)random::normal(random::key(1), {1000}); }},
      {"keys", [&] { (void)random::split(random::key(1), 10); }},
      {"permutation", [&] { (void)random::permutation(random::key(1), 1000); }},
      {"categorical", [&] { (void)random::categorical(random::key(1), x); }},
  };
}

struct Net {
  nn::Linear hidden{8}, out{1};
  Array operator()(Scope& scope, const Array& x) { return out(scope, relu(hidden(scope, x))); }
};

std::vector<Case> transforms() {
  static const Array& x = numbers();
  static const auto f = [](const Array& v) { return sum(tanh(v) * softmax(v, -1)); };
  static const auto kept = jit(f);
  static const Module<Net> model = Module{Net{}}.init(random::key(2), x);
  static const Module<Net> blank{Net{}};
  static const auto loss = [](const Module<Net>& net, const Array& in) { return mean(square(net(in))); };
  return {
      {"grad", [] { (void)grad(f)(x); }},
      {"jvp", [] { (void)jvp(f, std::tuple{x}, std::tuple{x}); }},
      {"vmap", [] { (void)vmap([](const Array& row) { return row / sum(row); })(x); }},
      {"jit, the first call", [] { (void)jit(f)(x); }},
      {"jit, another call", [] { (void)kept(x); }},
      {"jit of grad", [] { (void)jit(grad(f))(x); }},
      {"hessian", [] { (void)jit(hessian([](const Array& v) { return sum(v * v * v); }))(ones({5})); }},
      {"scan",
       [] {
         (void)scan(
             [](const Array& c, const Array& row) {
               return std::pair{c + row, sum(c)};
             },
             zeros({50}), x);
       }},
      {"gradient of a scan",
       [] {
         (void)grad([](const Array& rows) {
           return sum(scan(
                          [](const Array& c, const Array& row) {
                            return std::pair{c * row, c};
                          },
                          ones({50}), rows)
                          .first);
         })(x);
       }},
      {"cond",
       [] {
         (void)jit([](const Array& v) {
           return cond(
               sum(v) > 0, f, [](const Array& w) { return sum(w); }, v);
         })(x);
       }},
      {"a deep trace",
       [] {
         (void)grad([](const Array& v) {
           Array y = v;
           for (int k = 0; k < 300; ++k) y = reshape(y * 1.001f + transpose(transpose(y)), {60, 50});
           return sum(y);
         })(x);
       }},
      {"a module", [] { (void)model(x); }},
      {"gradients of a module", [] { (void)grad(loss)(model, x); }},
      {"a compiled gradient of a module", [] { (void)jit(grad(loss))(model, x); }},
      {"init", [] { (void)blank.init(random::key(3), x); }},
  };
}

// More than the numbers that describe a call: its axes, its sizes.
constexpr std::size_t more_than_a_list = 256;

}  // namespace

TEST_CASE("operations without memory throw Errors") {
  for (const Case& c : operations()) {
    check(c, more_than_a_list, false);
    check(c, more_than_a_list, true);
  }
}

TEST_CASE("transforms without memory throw Errors") {
  for (const Case& c : transforms()) {
    check(c, more_than_a_list, false);
    check(c, more_than_a_list, true);
  }
}
