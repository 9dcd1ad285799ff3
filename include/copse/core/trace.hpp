// The stack of traces: how a transform gets hold of the operations inside a function.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "copse/core/primitive.hpp"

namespace copse {

/// One active transform. Operations on arrays that belong to it come to `bind`.
class Trace : public std::enable_shared_from_this<Trace> {
 public:
  Trace();
  virtual ~Trace() = default;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  virtual void bind(const PrimitivePtr& primitive, std::span<const Array> in, std::span<Array> out) = 0;
  /// `jit`, `grad`, ... for messages.
  virtual const char* name() const = 0;
  /// Whether a tracer's `value` is the value itself (grad, jvp), not a batch of values.
  virtual bool knows_values() const { return false; }
  /// Whether operations without inputs (zeros, arange) belong here too.
  virtual bool takes_nullary() const { return false; }

  /// Depth in the stack of traces; deeper traces see an operation first. No two traces that live have the
  /// same.
  int level() const noexcept { return level_; }
  /// The trace around this one, where its rules run, or null.
  Trace* outer() const noexcept { return outer_; }
  /// False once the transformed function has returned.
  bool alive() const noexcept { return alive_; }
  void finish() noexcept { alive_ = false; }

 private:
  friend class TraceScope;
  int level_ = 0;
  Trace* outer_ = nullptr;
  bool alive_ = true;
};

/// Makes a trace the innermost one of this thread until the scope ends, also by an exception.
class TraceScope {
 public:
  explicit TraceScope(Trace& trace);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  Trace& trace_;
  Trace* before_;
};

/// Makes a trace that is there already the innermost one until the scope ends, or none: a rule runs around
/// the trace that asks for it, so that what it makes of nothing (zeros, arange) belongs where its operands
/// belong.
class TraceContext {
 public:
  explicit TraceContext(Trace* trace) noexcept;
  ~TraceContext();
  TraceContext(const TraceContext&) = delete;
  TraceContext& operator=(const TraceContext&) = delete;

 private:
  Trace* before_;
};

/// The innermost trace of this thread, or null.
Trace* current_trace() noexcept;

namespace detail {

/// An array's place in a trace.
struct Tracer {
  std::shared_ptr<Trace> trace;
  std::uint32_t node = 0;  ///< number within the trace
  Array value;             ///< the array one level below, where the trace keeps one
  Array tangent;           ///< jvp's tangent
};

/// An array that stands for a place in a trace.
Array make_tracer(const ShapeDtype& type, Tracer tracer);

}  // namespace detail
}  // namespace copse
