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
class PathScope {
 public:
  PathScope(const PathScope&) = delete;
  PathScope& operator=(const PathScope&) = delete;

  /// The whole path: `Classifier.hidden`.
  virtual std::string path() const = 0;
  /// Its number, the same for equal paths.
  std::uint32_t number() const;
  const PathScope* outer() const noexcept { return outer_; }

 protected:
  PathScope() noexcept;
  explicit PathScope(std::uint32_t number) noexcept;
  ~PathScope();

 private:
  static constexpr std::uint32_t unknown = ~std::uint32_t{0};

  const PathScope* outer_;
  mutable std::uint32_t number_ = unknown;
};

/// The number of a path, and the path of a number. 0 is the empty path.
std::uint32_t path_number(std::string_view path);
const std::string& path_text(std::uint32_t number);

/// The path of this thread's innermost scope, as a number and as text.
std::uint32_t current_path();
std::string current_path_text();

/// The scope that an instruction was recorded in. Path 0 is that of the scope around.
class RestoredScope final : public PathScope {
 public:
  explicit RestoredScope(std::uint32_t number) noexcept : PathScope(number), recorded_(number) {}
  std::string path() const override;

 private:
  std::uint32_t recorded_;
};

/// A scope with an empty path, whatever is around it.
class EmptyScope final : public PathScope {
 public:
  std::string path() const override { return {}; }
};

/// The transforms around, from the outermost: "`jit`, `grad`". Empty if there are none.
std::string transforms_text();
/// Lets errors of this thread say where they were made.
void describe_errors() noexcept;

}  // namespace detail

/// Gives a part of a function a name, until it is destroyed: see `name_scope`.
class NameScope final : public detail::PathScope {
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
