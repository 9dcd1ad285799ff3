#include "copse/io/tree.hpp"

#include <map>
#include <vector>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/kinds.hpp"
#include "copse/ops/create.hpp"
#include "copse/tree.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

struct Layer {
  Parameter kernel = ones({2, 3});
  Parameter bias = {};
  float rate = 0.5f;
};

struct Net {
  Layer first{};
  std::vector<Layer> rest{Layer{}, Layer{}};
  std::map<std::string, Array> more{{"a b", arange(3)}};
  State<double> average = 0.1;
  Node<int> count = 7;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("trees in files: leaves by their paths") {
  const Folder folder;
  Net net;
  net.rest[1].bias = zeros({3});
  io::save(folder / "net", net, {{"made by", "a test"}});

  const io::SafeTensors file = io::load_safetensors(folder / "net");
  CHECK(file.contains("first.kernel"));
  CHECK_FALSE(file.contains("first.bias"));  // Nothing
  CHECK(file.contains("rest.1.bias"));
  CHECK(file.at("average").item<double>() == 0.1);
  CHECK(file.metadata.at("made by") == "a test");

  Net empty;
  empty.first.kernel = Nothing{};
  empty.rest[1].bias = Nothing{};
  empty.more["a b"] = zeros({3}, DType::int32);
  empty.average = 0.0;
  empty.count = 0;
  const Tree<Net> loaded = io::load(folder / "net", Tree{empty});
  CHECK(loaded == Tree{net});
  CHECK(loaded->average == 0.1);
  CHECK(*loaded->count == 7);
}

TEST_CASE("trees in files: a tree that is one array") {
  const Folder folder;
  io::save(folder / "a", arange(3));
  CHECK(io::load(folder / "a", Array()).to_vector<int>() == std::vector<int>{0, 1, 2});
}

TEST_CASE("trees in files: all differences are told, and nothing is loaded") {
  const Folder folder;
  io::save(folder / "net", Net{});
  Net other;
  other.first.kernel = ones({2, 4});
  other.first.bias = ones({3});
  other.rest.pop_back();
  other.count = 5;
  other.more["a b"] = zeros({3});
  const std::string message = message_of<TreeError>([&] { (void)io::load(folder / "net", other); });
  CHECK(contains(message, "net'"));
  CHECK(contains(message, "4 differences"));
  CHECK(contains(message, "first.kernel: float32(2, 4) here, float32(2, 3) in the file"));
  CHECK(contains(message, "first.bias: float32(3,) here, missing in the file"));
  CHECK(contains(message, "rest.1.kernel: float32(2, 3) in the file, unknown here"));
  CHECK(contains(message, "a b: float32(3,) here, int32(3,) in the file"));

  other.first.kernel = ones({2, 3});
  other.more["a b"] = arange(3);
  const Net loaded = io::load(folder / "net", other, {.allow_missing = true, .allow_unknown = true});
  CHECK(*loaded.count == 7);
  CHECK(LeafTraits<Array>::equal(*loaded.first.bias, ones({3})));
}

TEST_CASE("trees in files: never nothing at all where something was to be loaded") {
  // Its layers are yet to be made.
  struct Deep {
    std::vector<Layer> layers{};
  };
  const Folder folder;
  io::save(folder / "deep", Deep{.layers = {Layer{}, Layer{}}});
  const std::string message =
      message_of<TreeError>([&] { (void)io::load(folder / "deep", Deep{}, {.allow_unknown = true}); });
  CHECK(contains(message, "there is no place for any of its arrays (layers.0.kernel, layers.1.kernel)"));
  CHECK(contains(message, "must be initialised"));
  const std::string other = message_of<TreeError>(
      [&] { (void)io::load(folder / "deep", Net{}, {.allow_missing = true, .allow_unknown = true}); });
  CHECK(contains(other, "leaves of other names, such as first.kernel"));
}
