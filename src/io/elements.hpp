// Elements as files hold them, and the arrays that they become.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "copse/core/array.hpp"
#include "file.hpp"

namespace copse::io {

/// How elements are stored. Arrays have fewer dtypes than files: small integers become int32, float16 becomes
/// float32, uint64 becomes int64 (a number beyond it is an IoError).
struct Stored {
  char kind = 'f';  ///< b(ool), u(nsigned), i(nteger), f(loat) or B for bfloat16
  std::size_t size = 4;
  bool swapped = false;  ///< whether their bytes are in big-endian order

  /// The dtype of the array.
  DType dtype() const;
  /// Whether the elements are those of the array, byte for byte.
  bool as_they_are() const { return !swapped && !converted(); }
  /// Whether the array's elements have another type.
  bool converted() const;
};

/// The storage of that kind and size, if it can be read.
std::optional<Stored> stored(char kind, std::size_t size, bool swapped = false);

/// Reads an array. Takes no more memory than the array (and, for sources of unknown size, what has been read)
/// needs.
Array read_elements(Source& source, const Stored& stored, const Shape& shape, std::string_view what);

/// An array that borrows its elements from a mapped file; one without a value if they must be copied, because
/// they are not as arrays have them or lie where the processor does not read them.
Array borrow_elements(std::shared_ptr<const MappedFile> file, std::uint64_t at, const Stored& stored,
                      const Shape& shape);

}  // namespace copse::io
