// A leaf of one's own in a struct that is trained: LeafTraits is all that training needs.
#include <filesystem>

#include "catch.hpp"
#include "copse/copse.hpp"

using namespace copse;

namespace {

struct Place {
  double x = 0, y = 0;
  friend bool operator==(const Place&, const Place&) = default;
};
struct Stored {
  int number = 0;
  friend bool operator==(const Stored&, const Stored&) = default;
};

}  // namespace

template <>
struct copse::LeafTraits<Place> {
  static constexpr bool leaf = true;
};
template <>
struct copse::LeafTraits<Stored> {
  static constexpr bool leaf = true;
};
template <>
struct copse::StoredLeaf<Stored> {
  static Array to_array(const Stored& leaf) { return array(leaf.number); }
  static Stored from_array(const Array& value) { return {value.item<int>()}; }
};

namespace {

template <class L>
struct Mean {
  Node<L> center;
  int steps = 0;

  Logs train_step(const Batch& batch) {
    const double dx = mean(batch.inputs[{ellipsis, 0}]).template item<double>();
    ++steps;
    if constexpr (std::same_as<L, Place>)
      center = Place{center.get().x + 0.5 * (dx - center.get().x), 0};
    else
      center = Stored{steps};
    return {{"loss", dx}};
  }
};

}  // namespace

TEST_CASE("a leaf that files have no form for is trained, and an error only when it is saved") {
  Trainer trainer{Mean<Place>{}, {.strategy = strategy::eager()}};
  const auto history =
      trainer.fit(array({{1.0f, 2.0f}, {3.0f, 6.0f}}), zeros({2}), {.epochs = 40, .verbose = 0});
  CHECK(history["loss"].size() == 40);
  CHECK(trainer.state()->center.get().x == Approx(2.0));
  const auto path = std::filesystem::temp_directory_path() / "copse_own_leaf.safetensors";
  CHECK_THROWS_AS(trainer.save(path), TreeError);
  CHECK_THROWS_WITH(trainer.save(path),
                    Catch::Matchers::Contains("Place") && Catch::Matchers::Contains("StoredLeaf"));
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("one that has a form is saved and loaded") {
  const auto path = std::filesystem::temp_directory_path() / "copse_stored_leaf.safetensors";
  Trainer trainer{Mean<Stored>{}, {.strategy = strategy::eager()}};
  (void)trainer.fit(ones({2, 2}), zeros({2}), {.epochs = 3, .verbose = 0});
  trainer.save(path);
  Trainer other{Mean<Stored>{}, {.strategy = strategy::eager()}};
  other.load(path);
  CHECK(other.state()->center.get() == Stored{3});
  std::filesystem::remove(path);
}
