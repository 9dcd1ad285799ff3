// A trace that is used by one owner.
#pragma once

#include <memory>
#include <utility>

namespace copse::flat {

/// Owns a trace, which may be held by its arrays, too. Operations that it remembers may hold such arrays:
/// when the owner goes, the trace forgets them, so that nothing keeps itself alive.
template <class T>
class OwnedTrace {
 public:
  template <class... Args>
  explicit OwnedTrace(Args&&... args) : trace_(std::make_shared<T>(std::forward<Args>(args)...)) {}
  ~OwnedTrace() { trace_->forget(); }
  OwnedTrace(const OwnedTrace&) = delete;
  OwnedTrace& operator=(const OwnedTrace&) = delete;
  T* operator->() const noexcept { return trace_.get(); }
  T& operator*() const noexcept { return *trace_; }

 private:
  std::shared_ptr<T> trace_;
};

}  // namespace copse::flat
