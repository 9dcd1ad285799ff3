#include <fmt/format.h>

#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/io/datasets.hpp"
#include "copse/ops/shaping.hpp"
#include "input.hpp"

namespace copse::io {
namespace {

constexpr std::int64_t side = 32, channels = 3, pixels = side * side;

// Records of some labels and an image, the planes of its colours one after the other.
struct Records {
  std::int64_t labels = 1;  // how many each has
  std::int64_t label = 0;   // which of them is wanted
  int classes = 10;

  std::int64_t bytes() const { return labels + channels * pixels; }
};

void copy_record(const Input& file, const Records& records, std::int64_t number, const unsigned char* from,
                 std::int32_t& label, unsigned char* image) {
  label = from[records.label];
  if (label >= records.classes) {
    file.fail(fmt::format("malformed: the label of image {} is {}, wanted less than {}", number, label,
                          records.classes));
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t p = 0; p < pixels; ++p) image[p * channels + c] = from[records.labels + c * pixels + p];
  }
}

LabeledImages load(const char* function, const std::filesystem::path& path, const Records& records,
                   const ReadOptions& options) {
  return reading(function, path, [&] {
    Input file(function, path, options);
    // A compressed file says how many there are only once it has been read.
    std::vector<std::vector<unsigned char>> blocks;
    constexpr std::int64_t block_records = 256;
    std::size_t bytes = 0;
    for (bool more = true; more;) {
      std::vector<unsigned char> block(static_cast<std::size_t>(block_records * records.bytes()));
      const std::size_t got = file.read_some(block.data(), block.size());
      more = got == block.size();
      bytes += got;
      blocks.push_back(std::move(block));
    }
    if (bytes == 0 || bytes % static_cast<std::size_t>(records.bytes()) != 0) {
      file.fail(fmt::format("truncated, or no CIFAR file: {} bytes, wanted a multiple of {}", bytes,
                            records.bytes()));
    }
    const std::int64_t count = static_cast<std::int64_t>(bytes) / records.bytes();
    LabeledImages out{detail::allocate({{count, side, side, channels}, DType::uint8}),
                      detail::allocate({{count}, DType::int32})};
    auto* images = static_cast<unsigned char*>(detail::mutable_data(out.images));
    auto* labels = static_cast<std::int32_t*>(detail::mutable_data(out.labels));
    for (std::int64_t i = 0; i < count; ++i) {
      auto& block = blocks[static_cast<std::size_t>(i / block_records)];
      copy_record(file, records, i, block.data() + i % block_records * records.bytes(), labels[i],
                  images + i * pixels * channels);
      if (i % block_records == block_records - 1) block = {};
    }
    return out;
  });
}

}  // namespace

LabeledImages load_cifar10(const std::vector<std::filesystem::path>& paths, const ReadOptions& options) {
  if (paths.empty()) throw ValueError("load_cifar10: no paths");
  std::vector<Array> images, labels;
  for (const auto& path : paths) {
    LabeledImages part = load("load_cifar10", path, {1, 0, 10}, options);
    images.push_back(std::move(part.images));
    labels.push_back(std::move(part.labels));
  }
  if (paths.size() == 1) return {images[0], labels[0]};
  return reading("load_cifar10", paths[0], [&] {
    return LabeledImages{concatenate(images), concatenate(labels)};
  });
}

LabeledImages load_cifar100(const std::filesystem::path& path, bool coarse, const ReadOptions& options) {
  return load("load_cifar100", path, {2, coarse ? 0 : 1, coarse ? 20 : 100}, options);
}

}  // namespace copse::io
