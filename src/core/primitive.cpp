#include "copse/core/primitive.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <new>
#include <stdexcept>

#include "buffer.hpp"
#include "concrete.hpp"
#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/core/trace.hpp"
#include "kernel_cache.hpp"

namespace copse {
namespace {
thread_local Trace* innermost = nullptr;
// How many scopes there are. Within a rule there are traces deeper than the innermost one.
thread_local int depth = 0;
}  // namespace

Trace::Trace() = default;

TraceScope::TraceScope(Trace& trace) : trace_(trace), before_(innermost) {
  trace.level_ = ++depth;
  trace.outer_ = before_;
  innermost = &trace;
  detail::describe_errors();
}

TraceScope::~TraceScope() {
  trace_.finish();
  --depth;
  innermost = before_;
}

TraceContext::TraceContext(Trace* trace) noexcept : before_(innermost) { innermost = trace; }

TraceContext::~TraceContext() { innermost = before_; }

Trace* current_trace() noexcept { return innermost; }

namespace {

void bind_innermost(const PrimitivePtr& primitive, std::span<const Array> inputs, std::span<Array> outputs) {
  Trace* top = nullptr;
  for (const Array& input : inputs) {
    const detail::Tracer* tracer = input.tracer();
    if (!tracer) {
      (void)input.type();  // refuses arrays without a value
      continue;
    }
    if (!tracer->trace->alive()) detail::escaped(input, primitive->name());
    if (!top || tracer->trace->level() > top->level()) top = tracer->trace.get();
  }
  if (!top && inputs.empty() && innermost && innermost->takes_nullary()) top = innermost;
  // Side effects belong to the innermost function that is recorded, whatever their operands belong to.
  if (innermost && primitive->has_effect())
    for (Trace* trace = innermost; trace && (!top || trace->level() > top->level()); trace = trace->outer())
      if (trace->takes_nullary()) {
        top = trace;
        break;
      }
  const TraceContext around(top ? top->outer() : nullptr);
  if (top) {
    top->bind(primitive, inputs, outputs);
    return;
  }
  primitive->eval(inputs, outputs);
}

[[noreturn]] void out_of_memory(const Primitive& primitive, std::span<const Array> inputs,
                                const detail::OutOfMemory* error) {
  try {
    if (error) throw error->in(primitive.name(), inputs);
    throw detail::OutOfMemory(
        "out of memory: there is none for what the computation itself needs; make it "
        "smaller, or compute it in parts")
        .in(primitive.name(), inputs);
  } catch (const std::bad_alloc&) {
    throw MemoryError();
  }
}

}  // namespace

void bind(const PrimitivePtr& primitive, std::span<const Array> inputs, std::span<Array> outputs) {
  try {
    bind_innermost(primitive, inputs, outputs);
  } catch (const detail::OutOfMemory& error) {
    out_of_memory(*primitive, inputs, &error);
  } catch (const std::bad_alloc&) {
    out_of_memory(*primitive, inputs, nullptr);
  } catch (const std::length_error&) {
    out_of_memory(*primitive, inputs, nullptr);
  }
}

void Primitive::eval(std::span<const Array> in, std::span<Array> out) const {
  std::vector<ShapeDtype> in_types;
  in_types.reserve(in.size());
  for (const Array& a : in) in_types.push_back(a.type());
  std::vector<ShapeDtype> out_types(out.size());
  infer(in_types, out_types);
  const std::shared_ptr<const Kernel> kernel = detail::eager_kernel(*this, in_types, out_types);
  std::vector<const void*> in_data(in.size());
  std::vector<void*> out_data(out.size());
  for (std::size_t i = 0; i < in.size(); ++i) in_data[i] = in[i].raw();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = detail::allocate(out_types[i]);
    out_data[i] = detail::mutable_data(out[i]);
  }
  Array scratch;
  if (const std::size_t bytes = kernel->workspace())
    scratch = detail::allocate({Shape{static_cast<std::int64_t>(bytes)}, DType::uint8});
  kernel->run(in_data.data(), out_data.data(), scratch.has_value() ? detail::mutable_data(scratch) : nullptr);
}

bool Primitive::may_overwrite(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out,
                              std::size_t operand, std::size_t result) const {
  return in[operand].shape == out[result].shape && size_of(in[operand].dtype) == size_of(out[result].dtype) &&
         as_elementwise(in, out[result]).has_value();
}

double Primitive::flops(std::span<const ShapeDtype>, std::span<const ShapeDtype> out) const {
  double elements = 0;
  for (const ShapeDtype& type : out) elements += static_cast<double>(type.shape.elements());
  return elements;
}

std::vector<Array> Primitive::vjp(const VjpCall&) const {
  throw ValueError(fmt::format("{}: is not differentiable in reverse mode", name()));
}

}  // namespace copse
