// Names for parts of a program: the layers and scopes that instructions, profiles and messages show.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "copse/core/error.hpp"

namespace copse {
namespace detail {

/// A part of a program with a name: the innermost one of this thread while it exists. Its path is asked for
/// only where something is recorded or reported.
class NamedPlace {
 public:
  NamedPlace(const NamedPlace&) = delete;
  NamedPlace& operator=(const NamedPlace&) = delete;

  /// The whole path: `Classifier.hidden`.
  virtual std::string path() const = 0;
  /// Its number, the same for equal paths.
  std::uint32_t number() const;
  const NamedPlace* outer() const noexcept { return outer_; }

 protected:
  NamedPlace() noexcept;
  explicit NamedPlace(std::uint32_t number) noexcept;
  ~NamedPlace();

 private:
  static constexpr std::uint32_t unknown = ~std::uint32_t{0};

  const NamedPlace* outer_;
  mutable std::uint32_t number_ = unknown;
};

/// The number of a path, and the path of a number. 0 is the empty path.
std::uint32_t path_number(std::string_view path);
const std::string& path_text(std::uint32_t number);

/// The path of this thread's innermost named place, as a number and as text.
std::uint32_t current_path();
std::string current_path_text();

/// The place of an instruction that was recorded before. Number 0 is that of the place around.
class PlaceOf final : public NamedPlace {
 public:
  explicit PlaceOf(std::uint32_t number) noexcept : NamedPlace(number), recorded_(number) {}
  std::string path() const override;

 private:
  std::uint32_t recorded_;
};

/// What happens within it belongs to no place, wherever it is called.
class NoPlace final : public NamedPlace {
 public:
  std::string path() const override { return {}; }
};

/// The transforms around, from the outermost: "`jit`, `grad`". Empty if there are none.
std::string transforms_text();
/// Lets errors of this thread say where they were made.
void note_places() noexcept;

}  // namespace detail

/// Gives a part of a function a name, until it is destroyed: see `name_scope`.
class NameScope final : public detail::NamedPlace {
 public:
  /// Throws ValueError if the name is empty.
  explicit NameScope(std::string name);
  std::string path() const override;

 private:
  std::string name_;
};

/// Gives what is computed from here to the end of the block a name, which programs, profiles and messages
/// show: `const auto scope = name_scope("attention");`. Names within one another are joined by `/`; layers
/// have theirs by themselves.
[[nodiscard]] inline NameScope name_scope(std::string name) { return NameScope(std::move(name)); }

}  // namespace copse
