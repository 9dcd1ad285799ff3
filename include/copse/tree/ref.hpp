// Reference-counted pointers to values that never change while they are shared.
#pragma once

#include "copse/core/config.hpp"

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace copse {

namespace tree_detail {

// Counts its owners.
struct Counted {
  std::atomic<std::uint32_t> owners{1};
};

// Shares a `Box` that derives from Counted.
template <class Box>
class CountedPtr {
 public:
  CountedPtr() = default;
  // Takes over a box that nobody else has seen.
  explicit CountedPtr(Box* box) noexcept : box_(box) {}
  CountedPtr(const CountedPtr& other) noexcept : box_(other.box_) {
    if (box_ != nullptr) box_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  CountedPtr(CountedPtr&& other) noexcept : box_(std::exchange(other.box_, nullptr)) {}
  CountedPtr& operator=(CountedPtr other) noexcept {
    std::swap(box_, other.box_);
    return *this;
  }
  ~CountedPtr() {
    if (box_ != nullptr && box_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete box_;
  }

  Box* get() const { return box_; }
  Box* operator->() const { return box_; }
  explicit operator bool() const { return box_ != nullptr; }
  bool unique() const { return box_ != nullptr && box_->owners.load(std::memory_order_acquire) == 1; }

  friend bool operator==(const CountedPtr&, const CountedPtr&) = default;

 private:
  Box* box_ = nullptr;
};

}  // namespace tree_detail

/// Points at an immutable value. Copying is O(1) and safe from many threads. The one owner of a value may
/// change it (`edit`), any other gets a copy of its own first.
template <class T>
class Ref {
 public:
  /// Points at nothing.
  Ref() = default;

  /// Points at a new value made from `args`.
  template <class... Args>
  static Ref make(Args&&... args) {
    Ref ref;
    ref.box_ = Pointer(new Box(std::forward<Args>(args)...));
    return ref;
  }

  explicit operator bool() const { return static_cast<bool>(box_); }
  const T* get() const { return box_ ? &box_->value : nullptr; }
  const T& operator*() const { return box_->value; }
  const T* operator->() const { return &box_->value; }

  /// Whether this is the only owner.
  bool unique() const { return box_.unique(); }

  /// The value, to be changed: its own if this is the only owner, else a fresh copy. Must point at a value.
  T& edit() {
    static_assert(
        std::is_copy_constructible_v<T>,
        "copse: a value in a tree cannot be copied, which is how a shared one is changed: hold what "
        "cannot be copied in a std::shared_ptr");
    if (!unique()) *this = make(std::as_const(box_->value));
    return box_->value;
  }

  // Compared by hand: a defaulted operator would ask for the whole of T where Ref<T> is only named.
  friend bool operator==(const Ref& a, const Ref& b) { return a.box_.get() == b.box_.get(); }

 private:
  struct Box : tree_detail::Counted {
    template <class... Args>
    explicit Box(Args&&... args) : value(std::forward<Args>(args)...) {}

    T value;
  };
  using Pointer = tree_detail::CountedPtr<Box>;

  Pointer box_;
};

}  // namespace copse
