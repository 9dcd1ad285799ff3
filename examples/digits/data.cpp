#include "data.hpp"

#include <copse/copse.hpp>

namespace digits {
namespace {

namespace fs = std::filesystem;
using copse::Array;
using copse::DType;
using copse::IoError;

// A file under one of the names that MNIST's files have, compressed or not; none if there is no such file.
std::optional<fs::path> find(const fs::path& folder, const std::string& name) {
  std::string dotted = name;
  dotted.replace(dotted.rfind("-idx"), 1, ".");
  for (const std::string& base : {name, dotted}) {
    for (const char* ending : {".gz", ""}) {
      const fs::path path = folder / (base + ending);
      if (fs::exists(path)) return path;
    }
  }
  return std::nullopt;
}

struct Paths {
  std::optional<fs::path> images, labels;

  bool any() const { return images || labels; }
};

Paths find_pair(const fs::path& folder, const std::string& prefix) {
  return {find(folder, prefix + "-images-idx3-ubyte"), find(folder, prefix + "-labels-idx1-ubyte")};
}

Digits read(const fs::path& folder, const std::string& prefix) {
  const Paths paths = find_pair(folder, prefix);
  if (!paths.images)
    throw IoError("'" + folder.string() + "': there is no file " + prefix + "-images-idx3-ubyte[.gz]");
  if (!paths.labels)
    throw IoError("'" + folder.string() + "': there is no file " + prefix + "-labels-idx1-ubyte[.gz]");
  const Array images = copse::io::load_idx(*paths.images);
  const Array labels = copse::io::load_idx(*paths.labels);
  if (images.ndim() != 3 || images.shape(1) != 28 || images.shape(2) != 28 ||
      images.dtype() != DType::uint8 || images.shape(0) == 0) {
    throw IoError("'" + paths.images->string() + "': holds " + to_string(images.type()) +
                  ", wanted uint8(number, 28, 28)");
  }
  if (labels.ndim() != 1 || labels.dtype() != DType::uint8) {
    throw IoError("'" + paths.labels->string() + "': holds " + to_string(labels.type()) +
                  ", wanted uint8(number,)");
  }
  if (images.shape(0) != labels.shape(0)) {
    throw IoError("'" + folder.string() + "': " + std::to_string(images.shape(0)) + " images, but " +
                  std::to_string(labels.shape(0)) + " labels (" + prefix + ")");
  }
  if (max(labels).item<int>() > 9)
    throw IoError("'" + paths.labels->string() + "': there are labels above 9");
  return {expand_dims(astype(images, DType::float32) / 255.0f, -1), astype(labels, DType::int32)};
}

Digits part(const Digits& all, std::int64_t begin, std::int64_t end) {
  return {slice_in_dim(all.images, begin, end), slice_in_dim(all.labels, begin, end)};
}

}  // namespace

DataSet load(const fs::path& shipped, const std::optional<fs::path>& folder) {
  if (!folder) {
    const Digits all = read(shipped, "train5k");
    const std::int64_t n = all.images.shape(0), test = n / 5;
    return {part(all, 0, n - test), part(all, n - test, n), "the digits that come with Copse"};
  }
  if (!fs::is_directory(*folder)) throw IoError("'" + folder->string() + "': there is no such folder");
  DataSet out;
  out.test = read(*folder, "t10k");
  const bool own = find_pair(*folder, "train").any();
  out.train = own ? read(*folder, "train") : read(shipped, "train5k");
  out.description = own ? "MNIST" : "the digits that come with Copse; tested with MNIST's t10k";
  return out;
}

}  // namespace digits
