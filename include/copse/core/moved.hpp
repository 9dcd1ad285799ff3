// What has been moved from refuses to be used.
#pragma once

#include "copse/core/config.hpp"

#include <optional>
#include <type_traits>
#include <utility>

namespace copse::detail {

/// Throws ValueError: a value of the type `what` was used after it had been moved from.
[[noreturn]] void throw_moved_from(const char* what);

/// A function object as a member: it is empty once it has been moved from, and assignable whatever its type.
template <class F>
class Callable {
 public:
  explicit Callable(F f) : f_(std::in_place, std::move(f)) {}
  Callable(const Callable&) = default;
  Callable(Callable&& other) noexcept(std::is_nothrow_move_constructible_v<F>) : f_(std::move(other.f_)) {
    other.f_.reset();
  }
  Callable& operator=(Callable other) noexcept(std::is_nothrow_move_constructible_v<F>) {
    f_.reset();
    if (other.f_) f_.emplace(std::move(*other.f_));
    return *this;
  }
  ~Callable() = default;

  /// The function; throws ValueError naming `what` where it has been moved away.
  const F& get(const char* what) const {
    if (!f_) throw_moved_from(what);
    return *f_;
  }

 private:
  std::optional<F> f_;
};

/// A member by which an object knows whether it has been moved from.
class Presence {
 public:
  Presence() = default;
  Presence(const Presence&) = default;
  Presence(Presence&& other) noexcept : here_(std::exchange(other.here_, false)) {}
  Presence& operator=(const Presence&) = default;
  Presence& operator=(Presence&& other) noexcept {
    here_ = std::exchange(other.here_, false);
    return *this;
  }
  ~Presence() = default;

  /// Throws ValueError naming `what` if it has been.
  void check(const char* what) const {
    if (!here_) throw_moved_from(what);
  }

 private:
  bool here_ = true;
};

}  // namespace copse::detail
