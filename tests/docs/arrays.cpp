// The programs of docs/arrays.md. Each block of code there stands here word for word; the end of main checks
// that.
#include <copse/copse.hpp>

#include <Eigen/LU>
#include <copse/interop/eigen.hpp>
#include <copse/interop/xtensor.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <xtensor/xmath.hpp>

using namespace copse;

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

bool is(const Array& x, const char* type) { return to_string(x.type()) == type; }

const Array b = array({{1.0, 2.5}, {3, 4}});
const Array x = reshape(arange(12), {3, 4});

void create() {
  const std::vector<float> numbers(6, 2.0f);
  auto a = array({1, 2, 3});                   // int32(3,)
  auto b = array({{1.0, 2.5}, {3, 4}});        // float32(2, 2): bare numbers are 32 bits wide, as in JAX
  auto c = array(std::vector<double>{1});      // float64(1,): a vector keeps its type
  auto d = zeros({2, 3}) + ones({3});          // full, full_like, eye, identity, tri, ...
  auto e = arange(0, 10, 2);                   // linspace, logspace, geomspace, meshgrid, indices, ...
  auto f = array(std::span(numbers), {2, 3});  // a copy of memory, under a shape

  check(is(a, "int32(3,)") && is(b, "float32(2, 2)") && is(c, "float64(1,)") && is(d, "float32(2, 3)"),
        "types");
  check(is(e, "int32(5,)") && is(f, "float32(2, 3)") && f.data<float>() != numbers.data(), "more types");
}

void promotion() {
  auto half = astype(array({1.0, 2.0}), DType::bfloat16);
  auto whole = arange(3);
  auto kept = half * 2.5;                             // bfloat16: the number gives way
  auto wide = half + ones({2});                       // float32: an array does not
  auto mixed = whole * 2.5;                           // float32: integers meet a floating-point number
  auto quotient = whole / 2;                          // float32: division is never an integer's
  auto exact = full({1}, 1.0, DType::float64) * 0.1;  // 0.1 with all its digits
  auto ids = arange(3000000000, 3000000003);          // int64: where int32 cannot hold the values

  check(is(kept, "bfloat16(2,)") && is(wide, "float32(2,)") && is(mixed, "float32(3,)"), "promotion");
  check(is(quotient, "float32(3,)") && exact.item<double>() == 0.1, "more promotion");
  check(is(ids, "int64(3,)") && ids.item<std::int64_t>({2}) == 3000000002, "large integers");
  const auto refused = [](auto f) {
    try {
      f();
    } catch (const ValueError&) {
      return true;
    }
    return false;
  };
  check(refused([&] { (void)(whole + 3000000000); }) && refused([&] { (void)(whole < 3000000000); }) &&
            refused([&] { (void)full_like(whole, 1e10); }),
        "numbers that do not fit");
}

void indexing() {
  auto x = reshape(arange(12), {3, 4});
  auto row = x[1];                                  // x[1]
  auto last = x[-1][-1];                            // x[-1, -1]
  auto part = x[{Slice{0, 2}, Slice{.step = -1}}];  // x[0:2, ::-1]
  auto column = x[{ellipsis, 2}];                   // x[..., 2]
  auto chosen = x[array({2, 0})];                   // x[[2, 0]]
  auto large = x[x > 8];                            // x[x > 8]: needs known values
  auto outer_axis = x[{newaxis, 0}];                // x[None, 0]

  check(array_equal(row, array({4, 5, 6, 7})) && last.item<int>() == 11, "positions");
  check(array_equal(part, array({{3, 2, 1, 0}, {7, 6, 5, 4}})) && array_equal(column, array({2, 6, 10})),
        "slices");
  check(array_equal(chosen, stack({x[2], x[0]})) && array_equal(large, array({9, 10, 11})), "arrays");
  check(is(outer_axis, "int32(1, 4)"), "newaxis");
  auto set = at(x, 1).set(0);                     // x.at[1].set(0)
  auto added = at(x, {Slice{0, 2}, 3}).add(100);  // x.at[0:2, 3].add(100)
  auto twice = at(x, array({0, 0})).add(1);       // several updates of one place add up

  check(sum(set).item<int>() == 44 && sum(added).item<int>() == 266 && sum(twice).item<int>() == 74, "at");
  Array total = 0;
  for (const Array each : x) total = total + max(each);

  check(total.item<int>() == 3 + 7 + 11, "rows");
}

void reductions() {
  auto all_of_it = sum(x);
  auto rows = mean(x, 1);
  auto both = max(x, {0, 1}, true);   // keepdims
  auto spread = copse::std(b, 0, 1);  // ddof; `std` alone would be the namespace's name
  auto where_best = argmax(x, 1);     // int32
  auto middle = quantile(b, array({0.25, 0.5}), 0);
  auto softened = softmax(b);  // along the last axis
  auto masked = reduce::sum(b, {.axes = 1, .where = greater(b, 1), .initial = 10});

  check(all_of_it.item<int>() == 66 && is(rows, "float32(3,)") && is(both, "int32(1, 1)"), "reductions");
  check(is(spread, "float32(2,)") && is(where_best, "int32(3,)") && is(middle, "float32(2, 2)"),
        "more reductions");
  check(all_close(sum(softened, 1), ones({2})) && is(masked, "float32(2,)"), "softmax, and sums of some");
}

void products() {
  auto product = matmul(b, b);
  auto scores = einsum("ij,kj->ik", b, b);
  auto solution = linalg::solve(b, array({1.0, 2.0}));
  auto [q, r] = linalg::qr(b);
  auto [u, s, vh] = linalg::svd(b);
  auto [sign, logdet] = linalg::slogdet(b);
  auto length = linalg::norm(b, 2, {1});

  check(all_close(matmul(b, solution), array({1, 2})) && all_close(matmul(q, r), b, 1e-4, 1e-5),
        "solve and qr");
  check(all_close(matmul(u * s, vh), b, 1e-4, 1e-5) && sign.item<int>() == -1, "svd and slogdet");
  check(all_close(logdet, log(Array(3.5))) && all_close(product[0], array({8.5, 12.5})), "products");
  check(all_close(scores, matmul(b, transpose(b))) && all_close(length[1], Array(5.0)), "einsum and norm");
}

void random_numbers() {
  auto key = random::key(42);
  auto [first, second] = random::split<2>(key);
  auto noise = random::normal(first, {2, 3});
  auto dice = random::randint(second, {5}, 1, 7);
  auto order = random::permutation(random::fold_in(key, 7), 10);  // a key for each step

  check(is(noise, "float32(2, 3)") && is(dice, "int32(5,)") && sum(order).item<int>() == 45, "random");
}

void elements_out() {
  auto elements = b.span<float>();       // std::span<const float>, in row-major order
  auto number = b.item<double>({1, 0});  // one element, converted
  auto copies = b.to_vector<double>();   // a std::vector, converted
  auto m = as_mdspan<float, 2>(b);       // m(i, j), as with std::mdspan

  check(elements.data() == b.raw() && number == 3.0 && copies.size() == 4 && &m(0, 0) == elements.data(),
        "elements");
}

void other_libraries() {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Identity(2, 2);
  auto from_eigen = Array(matrix * 2.0);  // any expression
  auto as_matrix = as_eigen<float>(b);    // an Eigen::Map of the array's memory
  Eigen::MatrixXf inverse = as_matrix.inverse();

  xt::xarray<float> lattice = {{1.0f, 2.0f}, {3.0f, 4.0f}};
  auto from_xtensor = Array(xt::sin(lattice) + 1.0f);
  auto v = b.view<float>();  // an xtensor expression of the array's memory
  xt::xarray<float> sums = xt::sum(v * v, {0});
  auto lent = Array(std::move(lattice));  // takes over the memory: no copy

  check(is(from_eigen, "float64(2, 2)") && as_matrix.data() == b.raw(), "Eigen");
  check(all_close(Array(inverse), linalg::inv(b)), "inverse");
  check(is(from_xtensor, "float32(2, 2)") && &v(0, 0) == b.raw() && sums(0) == 10.0f, "xtensor");
  check(lent.item<float>({1, 1}) == 4.0f, "lent");
  auto owner = std::make_shared<std::vector<float>>(6, 1.0f);
  auto borrowed = frombuffer(std::span<const float>(*owner), {2, 3}, owner);

  check(borrowed.raw() == owner->data() && owner.use_count() == 2, "borrowed");
}

void printing() {
  std::ostringstream text;
  text << array({{1.0, 2.5}, {-3.0, 1e-3}});
  check(text.str() == "[[ 1.0e+00  2.5e+00]\n [-3.0e+00  1.0e-03]]", "print");
  check(to_string(arange(2000)) == "[   0    1    2 ... 1997 1998 1999]", "shortened");
  check(fmt::format("{} {}", x.type(), arange(3)) == "int32(3, 4) [0 1 2]", "fmt");
}

void errors() {
  auto message = [](auto call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  check(message([] {
          return ones({2, 3}) + ones({4});
        }).starts_with("add: shapes (2, 3) and (4,) do not broadcast"),
        "shapes");
  check(message([] {
          return ones({1000000, 1}) * ones({1, 1000000});
        }).starts_with("multiply(float32(1000000, 1), float32(1, 1000000)): out of memory"),
        "memory");
}

// Whether each block of code of the page stands in this file, apart from indentation.
std::vector<std::string> lines_of(std::istream& in) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    const std::size_t start = line.find_first_not_of(' ');
    lines.push_back(start == std::string::npos ? "" : line.substr(start));
  }
  return lines;
}

int check_page() {
  const std::string root = COPSE_SOURCE_DIR;
  std::ifstream source(root + "/tests/docs/arrays.cpp"), page(root + "/docs/arrays.md");
  check(source.good() && page.good(), "docs/arrays.md is there");
  const auto mine = lines_of(source), theirs = lines_of(page);
  int blocks = 0;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    if (theirs[i] != "```cpp") continue;
    std::vector<std::string> block;
    for (++i; i < theirs.size() && theirs[i] != "```"; ++i) block.push_back(theirs[i]);
    if (std::search(mine.begin(), mine.end(), block.begin(), block.end()) == mine.end()) {
      std::fprintf(stderr, "docs/arrays.md: the block that begins with \"%s\" is not in this program\n",
                   block[0].c_str());
      std::exit(1);
    }
    ++blocks;
  }
  return blocks;
}

int main() {
  create();
  promotion();
  indexing();
  reductions();
  products();
  random_numbers();
  elements_out();
  other_libraries();
  printing();
  errors();
  check(check_page() == 14, "the page has its blocks");
}
