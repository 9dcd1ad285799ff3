// Readers of the files that data sets of images come in: IDX (MNIST and its kin) and CIFAR.
#pragma once

#include <filesystem>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/io/options.hpp"

namespace copse::io {

/// Reads an IDX file, as it is or compressed by gzip. Bytes stay uint8; signed bytes and shorts become int32.
/// Throws IoError for one that is missing, truncated, too long, or something else.
[[nodiscard]] Array load_idx(const std::filesystem::path& path, const ReadOptions& options = {});

/// Images and their labels.
struct LabeledImages {
  Array images;  ///< uint8 (number, height, width, channels)
  Array labels;  ///< int32 (number,)
};

/// Reads the binary files of CIFAR-10, one after the other, as they are or compressed by gzip. Throws IoError
/// for one that is missing, truncated, or has labels that CIFAR has not; ValueError if there are no paths.
[[nodiscard]] LabeledImages load_cifar10(const std::vector<std::filesystem::path>& paths,
                                         const ReadOptions& options = {});
/// The same for CIFAR-100, with the fine labels or the coarse ones.
[[nodiscard]] LabeledImages load_cifar100(const std::filesystem::path& path, bool coarse = false,
                                          const ReadOptions& options = {});

}  // namespace copse::io
