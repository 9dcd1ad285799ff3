#include "copse/image.hpp"

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/samplers.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Json = nlohmann::json;
using Floats = std::vector<float>;

namespace {

const Json& golden() {
  static const Json all = Json::parse(std::ifstream(COPSE_TESTS_DIR "/image/golden.json"));
  return all;
}

// The numbers of golden.py.
Array picture(const Shape& shape) {
  Floats numbers;
  for (std::int64_t i = 0; i < shape.elements(); ++i)
    numbers.push_back(static_cast<float>(i * 37 % 101 - 50) / 32);
  return array(std::span<const float>(numbers), shape);
}
Array picture(const Json& size) {
  return picture(
      Shape{size[0].get<std::int64_t>(), size[1].get<std::int64_t>(), size[2].get<std::int64_t>()});
}

image::Method method_of(const Json& name) {
  return name == "nearest" ? image::Method::nearest : image::Method::bilinear;
}

// The largest difference from numbers that are wanted.
double difference(const Array& got, const Json& wanted) {
  const auto numbers = got.to_vector<double>();
  REQUIRE(numbers.size() == wanted.size());
  double most = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    most = std::max(most, std::abs(numbers[i] - wanted[i].get<double>()));
  return most;
}

bool same(const Array& a, const Array& b) { return LeafTraits<Array>::equal(a, b); }

// All that changes images at random.
using Augment = std::function<Array(const Key&, const Array&)>;
const std::map<std::string, Augment>& augmentations() {
  static const std::map<std::string, Augment> all{
      {"flip", [](const Key& key, const Array& x) { return image::random_flip(key, x, {.vertical = true}); }},
      {"crop", [](const Key& key, const Array& x) { return image::random_crop(key, x, 4, 3); }},
      {"padded crop",
       [](const Key& key, const Array& x) {
         return image::random_crop(key, x, 7, 8, {.padding = 2, .fill = -3});
       }},
      {"shift", [](const Key& key, const Array& x) { return image::random_shift(key, x, 2, 9); }},
      {"rotate",
       [](const Key& key, const Array& x) { return image::random_rotate(key, x, 40, {.fill = 1}); }},
      {"rotate, nearest",
       [](const Key& key, const Array& x) {
         return image::random_rotate(key, x, 180, {.method = image::Method::nearest});
       }},
      {"noise", [](const Key& key, const Array& x) { return image::random_noise(key, x, 0.5); }},
      {"cutout", [](const Key& key, const Array& x) { return image::cutout(key, x, 3, 7); }},
      {"resize", [](const Key&, const Array& x) { return image::resize(x, 4, 9); }},
  };
  return all;
}

}  // namespace

TEST_CASE("image: resized as by JAX") {
  REQUIRE(golden()["resized"].size() == 60);
  for (const Json& row : golden()["resized"]) {
    const image::ResizeOptions options{.method = method_of(row["method"]),
                                       .antialias = row["antialias"].get<bool>()};
    const Array out = image::resize(picture(row["size"]), row["to"][0].get<std::int64_t>(),
                                    row["to"][1].get<std::int64_t>(), options);
    INFO(row["size"] << " to " << row["to"] << " " << row["method"] << " " << row["antialias"]);
    CHECK(difference(out, row["values"]) < 2e-6);
  }
  const Array integers = astype(reshape(arange(16), {4, 4, 1}), DType::uint8);
  CHECK(image::resize(integers, 2, 2).dtype() == DType::float32);
  CHECK(image::resize(integers, 2, 2, {.method = image::Method::nearest}).dtype() == DType::uint8);
  CHECK(image::resize(picture(Shape{4, 4, 1}), 4, 4).to_vector<float>() ==
        picture(Shape{4, 4, 1}).to_vector<float>());
}

TEST_CASE("image: turned as by torchvision") {
  REQUIRE(golden()["rotated"].size() == 20);
  for (const Json& row : golden()["rotated"]) {
    const Array out = image::rotate(picture(row["size"]), row["degrees"].get<double>(),
                                    {.method = method_of(row["method"])});
    INFO(row["size"] << " by " << row["degrees"] << " " << row["method"]);
    CHECK(difference(out, row["values"]) < 2e-5);
  }
  const Array two = picture(Shape{2, 4, 4, 1});
  const Array turned = image::rotate(two, array({90.0, 0.0}), {.method = image::Method::nearest});
  CHECK(same(turned[1], two[1]));
  CHECK(same(turned[0], image::rotate(two[0], 90.0, {.method = image::Method::nearest})));
}

TEST_CASE("image: one image is a batch of one, and a batch is changed image by image") {
  const Array batch = picture(Shape{6, 6, 5, 2});
  for (const auto& [name, augment] : augmentations()) {
    INFO(name);
    const Key key = random::key(3);
    const Array one = augment(key, batch[0]);
    CHECK(one.ndim() == 3);
    CHECK(one.dtype() == DType::float32);
    CHECK(same(one, augment(key, batch[Slice{0, 1}])[0]));
    CHECK(same(augment(key, batch), augment(key, batch)));
    if (name == "resize") continue;
    CHECK_FALSE(same(augment(key, batch), augment(random::key(4), batch)));
    // The same image, changed in several ways.
    const Array alike = augment(key, broadcast_to(batch[0], {30, 6, 5, 2}));
    std::set<Floats> ways;
    for (std::int64_t i = 0; i < 30; ++i) ways.insert(alike[i].to_vector<float>());
    CHECK(ways.size() > 2);
  }
}

TEST_CASE("image: compiled and vectorised as called") {
  const Array batch = picture(Shape{6, 6, 5, 2});
  const Key key = random::key(3), keys = random::split(key, 6);
  for (const auto& [name, augment] : augmentations()) {
    INFO(name);
    const auto compiled = jit([augment = augment](const Key& k, const Array& x) { return augment(k, x); });
    CHECK(max(abs(compiled(key, batch) - augment(key, batch))).item<float>() < 2e-6f);
    const Array each =
        vmap([augment = augment](const Key& k, const Array& x) { return augment(k, x); })(keys, batch);
    for (std::int64_t i = 0; i < 6; ++i)
      CHECK(max(abs(each[i] - augment(keys[i], batch[i]))).item<float>() < 2e-6f);
  }
}

TEST_CASE("image: gradients go to the elements that a result is made of") {
  const Array x = picture(Shape{2, 6, 5, 1});
  for (const auto& [name, augment] : augmentations()) {
    INFO(name);
    const auto weighted = [augment = augment](const Array& images) {
      const Array out = augment(random::key(1), images);
      return sum(out * picture(out.shape()));
    };
    const Array gradient = grad(weighted)(x), step = picture(Shape{2, 6, 5, 1}) * 0.5f;
    // All are linear, with constants added.
    CHECK(std::abs(sum(gradient * step).item<float>() - (weighted(x + step) - weighted(x)).item<float>()) <
          1e-3f);
  }
}

TEST_CASE("image: crops and shifts are parts of the image at all places") {
  const Array x = reshape(arange(20, DType::float32), {4, 5, 1});
  const Array crops = image::random_crop(random::key(0), broadcast_to(x, {200, 4, 5, 1}), 3, 3);
  std::set<float> corners;
  for (std::int64_t i = 0; i < 200; ++i) {
    const Floats crop = crops[i].to_vector<float>();
    const float corner = crop[0];
    corners.insert(corner);
    CHECK(crop == Floats{corner, corner + 1, corner + 2, corner + 5, corner + 6, corner + 7, corner + 10,
                         corner + 11, corner + 12});
  }
  CHECK(corners == std::set<float>{0, 1, 2, 5, 6, 7});
  const Array shifted = image::random_shift(random::key(0), broadcast_to(x + 1.0f, {300, 4, 5, 1}), 1);
  std::set<Floats> ways;
  for (std::int64_t i = 0; i < 300; ++i) ways.insert(shifted[i].to_vector<float>());
  CHECK(ways.size() == 9);
  CHECK(ways.contains({7, 8, 9, 10, 0, 12, 13, 14, 15, 0, 17, 18, 19, 20, 0, 0, 0, 0, 0, 0}));
  CHECK(same(image::random_shift(random::key(0), x, 0), x));
}

TEST_CASE("image: flips, squares and noise as often and as large as they should be") {
  const Array x = broadcast_to(reshape(array(Floats{1, 2, 3}), {1, 3, 1}), {1000, 1, 3, 1});
  const Array flipped = image::random_flip(random::key(1), x, {.rate = 0.3});
  CHECK(std::abs(mean(astype(flipped[{ellipsis, 0, 0, 0}] == 3.0f, DType::float32)).item<float>() - 0.3f) <
        0.06f);
  CHECK(same(image::random_flip(random::key(1), x, {.rate = 1}), flip(x, 2)));
  CHECK(same(image::random_flip(random::key(1), x, {.rate = 0}), x));
  CHECK(same(image::random_flip(random::key(1), x, {.horizontal = false, .vertical = true}), x));
  const Array cut = image::cutout(random::key(1), ones({500, 8, 8, 1}), 4);
  const Array gone = sum(1.0f - cut, {1, 2, 3});
  CHECK(max(gone).item<float>() == 16);
  CHECK(min(gone).item<float>() == 4);  // a corner
  const Array noise = image::random_noise(random::key(1), zeros({100, 10, 10, 1}), 2.0);
  CHECK(std::abs(mean(square(noise)).item<float>() - 4) < 0.2f);
}

TEST_CASE("image: mixup mixes samples and labels in one proportion") {
  const Array x = picture(Shape{400, 2, 2, 1}), y = one_hot(arange(400), 400);
  const auto [mixed, labels] = image::mixup(random::key(2), x, y, 0.4);
  const Array flat = reshape(x, {400, 4});
  CHECK(max(abs(reshape(mixed, {400, 4}) - matmul(labels, flat))).item<float>() < 1e-5f);
  CHECK(max(abs(sum(labels, 1) - 1.0f)).item<float>() < 1e-5f);
  const Array share = sum(labels * y, 1);  // of the sample itself
  // Beta(a, a) has mean 1 / 2 and variance 1 / (8 a + 4).
  CHECK(std::abs(mean(share).item<float>() - 0.5f) < 0.08f);
  CHECK(std::abs(var(share).item<float>() - 1 / 7.2f) < 0.03f);
  const Array small = sum(image::mixup(random::key(2), x, y, 0.01).second * y, 1);
  CHECK(mean(small * (1.0f - small)).item<float>() < 0.01f);
  CHECK(all(isfinite(small)).item<bool>());
  const auto compiled =
      jit([](const Key& key, const Array& a, const Array& b) { return image::mixup(key, a, b); });
  CHECK(max(abs(compiled(random::key(5), x, y).first - image::mixup(random::key(5), x, y).first))
            .item<float>() < 1e-5f);
}

TEST_CASE("image: a grid has images side by side, with gaps around them") {
  const Array x = astype(reshape(arange(3 * 2 * 2), {3, 2, 2, 1}), DType::float32);
  const Array grid = image::grid(x, 2, {.gap = 1, .fill = -1});
  REQUIRE(grid.shape() == Shape{7, 7, 1});
  CHECK(array_equal(squeeze(grid, {2}), array({{-1, -1, -1, -1, -1, -1, -1},
                                               {-1, 0, 1, -1, 4, 5, -1},
                                               {-1, 2, 3, -1, 6, 7, -1},
                                               {-1, -1, -1, -1, -1, -1, -1},
                                               {-1, 8, 9, -1, -1, -1, -1},
                                               {-1, 10, 11, -1, -1, -1, -1},
                                               {-1, -1, -1, -1, -1, -1, -1}})));
  CHECK(array_equal(image::grid(x, 3, {.gap = 0}), concatenate({x[0], x[1], x[2]}, 1)));
  CHECK(image::grid(x, 5).shape() == Shape{4, 16, 1});
  CHECK(image::grid(x[0], 1, {.gap = 0}).shape() == Shape{2, 2, 1});
  CHECK(image::grid(astype(x, DType::uint8), 2, {.fill = 255}).dtype() == DType::uint8);
  CHECK_THROWS_AS(image::grid(ones({4, 5}), 2), ShapeError);
  CHECK_THROWS_AS(image::grid(ones({0, 4, 5, 1}), 2), ShapeError);
  CHECK_THROWS_AS(image::grid(x, 0), ValueError);
  CHECK_THROWS_AS(image::grid(x, 2, {.gap = -1}), ValueError);
}

TEST_CASE("image: what is refused") {
  const Array x = picture(Shape{4, 5, 1});
  const Key key = random::key(0);
  CHECK_THROWS_AS(image::resize(ones({4, 5}), 2, 2), ShapeError);
  CHECK_THROWS_AS(image::resize(x, 0, 2), ShapeError);
  CHECK_THROWS_AS(image::rotate(x, array({1.0, 2.0})), ShapeError);
  CHECK_THROWS_AS(image::random_flip(key, x, {.rate = 1.5}), ValueError);
  CHECK_THROWS_AS(image::random_crop(key, x, 5, 5), ShapeError);
  CHECK_THROWS_AS(image::random_crop(key, x, 3, 3, {.padding = -1}), ShapeError);
  CHECK_THROWS_AS(image::random_shift(key, x, -1), ValueError);
  CHECK_THROWS_AS(image::random_rotate(key, x, -1), ValueError);
  CHECK_THROWS_AS(image::random_noise(key, astype(x, DType::uint8), 1), DTypeError);
  CHECK_THROWS_AS(image::random_noise(key, x, -1), ValueError);
  CHECK_THROWS_AS(image::cutout(key, x, 0), ValueError);
  CHECK_THROWS_AS(image::cutout(key, ones({1, 4, 5, 1, 1}), 2), ShapeError);
  CHECK_THROWS_AS(image::mixup(key, x, ones({3, 2})), ShapeError);
  CHECK_THROWS_AS(image::mixup(key, x, arange(4)), DTypeError);
  CHECK_THROWS_AS(image::mixup(key, x, ones({4, 2}), 0), ValueError);
}
