#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/io/datasets.hpp"
#include "copse/ops/shaping.hpp"
#include "input.hpp"

namespace copse::io {
namespace {

constexpr std::int64_t side = 32, channels = 3, pixels = side * side;

// Records of some labels and an image, the planes of its colours one after the other.
LabeledImages load(const char* function, const std::filesystem::path& path, std::int64_t labels,
                   std::int64_t label, int classes) {
  Input file(function, path);
  const std::string data = file.read_all();
  const std::int64_t record = labels + channels * pixels, bytes = static_cast<std::int64_t>(data.size());
  if (bytes == 0 || bytes % record != 0) {
    file.fail(fmt::format("truncated, or no CIFAR file: {} bytes, wanted a multiple of {}", bytes, record));
  }
  const std::int64_t count = bytes / record;
  LabeledImages out{detail::allocate({{count, side, side, channels}, DType::uint8}),
                    detail::allocate({{count}, DType::int32})};
  auto* images = static_cast<unsigned char*>(detail::mutable_data(out.images));
  auto* numbers = static_cast<std::int32_t*>(detail::mutable_data(out.labels));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto* from = reinterpret_cast<const unsigned char*>(data.data()) + i * record;
    numbers[i] = from[label];
    if (numbers[i] >= classes) {
      file.fail(
          fmt::format("malformed: the label of image {} is {}, wanted less than {}", i, numbers[i], classes));
    }
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t p = 0; p < pixels; ++p) {
        images[(i * pixels + p) * channels + c] = from[labels + c * pixels + p];
      }
    }
  }
  return out;
}

}  // namespace

LabeledImages load_cifar10(const std::vector<std::filesystem::path>& paths) {
  if (paths.empty()) throw ValueError("load_cifar10: no paths");
  std::vector<Array> images, labels;
  for (const auto& path : paths) {
    LabeledImages part = load("load_cifar10", path, 1, 0, 10);
    images.push_back(std::move(part.images));
    labels.push_back(std::move(part.labels));
  }
  if (paths.size() == 1) return {images[0], labels[0]};
  return {concatenate(images), concatenate(labels)};
}

LabeledImages load_cifar100(const std::filesystem::path& path, bool coarse) {
  return load("load_cifar100", path, 2, coarse ? 0 : 1, coarse ? 20 : 100);
}

}  // namespace copse::io
