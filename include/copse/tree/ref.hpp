// A reference-counted pointer to a value that never changes while it is shared.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace copse {

/// Points at an immutable value. Copying is O(1) and safe from many threads. The one owner of a value may
/// change it
/// (`edit`), any other gets a copy of its own first.
template <class T>
class Ref {
 public:
  /// Points at nothing.
  Ref() = default;

  /// Points at a new value made from `args`.
  template <class... Args>
  static Ref make(Args&&... args) {
    Ref ref;
    ref.box_ = new Box(std::forward<Args>(args)...);
    return ref;
  }

  Ref(const Ref& other) noexcept : box_(other.box_) {
    if (box_ != nullptr) box_->count.fetch_add(1, std::memory_order_relaxed);
  }
  Ref(Ref&& other) noexcept : box_(std::exchange(other.box_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(box_, other.box_);
    return *this;
  }
  ~Ref() {
    if (box_ != nullptr && box_->count.fetch_sub(1, std::memory_order_acq_rel) == 1) delete box_;
  }

  explicit operator bool() const { return box_ != nullptr; }
  const T* get() const { return box_ == nullptr ? nullptr : &box_->value; }
  const T& operator*() const { return box_->value; }
  const T* operator->() const { return &box_->value; }

  /// Whether this is the only owner.
  bool unique() const { return box_ != nullptr && box_->count.load(std::memory_order_acquire) == 1; }

  /// The value, to be changed: its own if this is the only owner, else a fresh copy. Must point at a value.
  T& edit() {
    if (!unique()) *this = make(std::as_const(box_->value));
    return box_->value;
  }

  friend bool operator==(const Ref& a, const Ref& b) { return a.box_ == b.box_; }

 private:
  struct Box {
    template <class... Args>
    explicit Box(Args&&... args) : value(std::forward<Args>(args)...) {}

    std::atomic<std::uint32_t> count{1};
    T value;
  };

  Box* box_ = nullptr;
};

}  // namespace copse
