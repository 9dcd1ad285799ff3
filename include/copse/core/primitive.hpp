// Primitives: what the transforms know of an operation. And kernels: what runs it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"
#include "copse/core/traits.hpp"

namespace copse {

namespace ir {
struct Program;
}
struct CompileOptions;

/// A computation prepared for fixed shapes: it knows pointers and nothing else.
class Kernel {
 public:
  virtual ~Kernel() = default;
  /// Bytes of scratch memory that `run` needs.
  virtual std::size_t workspace() const { return 0; }
  /// Reads the inputs and fills the outputs. May be called from several threads at once.
  virtual void run(const void* const* inputs, void* const* outputs, void* workspace) const = 0;
};

/// What a vjp rule is given. A cotangent without a value stands for zero.
struct VjpCall {
  std::span<const Array> inputs;
  std::span<const Array> outputs;
  std::span<const Array> cotangents;
  std::span<const std::uint8_t> wanted;  ///< which inputs need a gradient
};

/// What a batching rule is given: batched inputs have the mapped axis in front.
struct BatchCall {
  std::span<const Array> inputs;
  std::span<const std::uint8_t> batched;
  std::int64_t size;  ///< extent of the mapped axis
};

/// Outputs of a batching rule: with the mapped axis in front where `batched` says so.
struct BatchResult {
  std::vector<Array> outputs;
  std::vector<std::uint8_t> batched;

  /// One output, mapped.
  BatchResult(Array output) : outputs{std::move(output)}, batched{1} {}
  BatchResult(std::vector<Array> all, std::vector<std::uint8_t> flags)
      : outputs(std::move(all)), batched(std::move(flags)) {}
};

/// An operation with its rules. Rules are written in public functions on arrays, so they can be transformed
/// again.
class Primitive : public std::enable_shared_from_this<Primitive> {
 public:
  virtual ~Primitive() = default;
  virtual std::string_view name() const = 0;
  /// The parameters as text, for printing alone.
  virtual std::string parameters() const { return {}; }
  virtual int outputs() const { return 1; }

  /// Types of the outputs. The op has checked the inputs already.
  virtual void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const = 0;
  virtual std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                          std::span<const ShapeDtype> out) const = 0;
  /// The same within a compiled program, for operations that hold programs, which are compiled with the
  /// options of the one around them.
  virtual std::unique_ptr<Kernel> prepare_within(std::span<const ShapeDtype> in,
                                                 std::span<const ShapeDtype> out,
                                                 const CompileOptions& /*options*/) const {
    return prepare(in, out);
  }
  /// Runs at once. By default: infer, allocate, prepare, run.
  virtual void eval(std::span<const Array> in, std::span<Array> out) const;

  /// Gradients with respect to the wanted inputs; one without a value stands for zero. By default throws.
  virtual std::vector<Array> vjp(const VjpCall& call) const;
  /// Whether `for_gradient` gives another form.
  virtual bool has_gradient_form() const { return false; }
  /// The same operation with further outputs behind its own, which its vjp rule wants to see.
  virtual std::shared_ptr<const Primitive> for_gradient(std::span<const ShapeDtype> /*in*/) const {
    return nullptr;
  }
  /// Tangents of the outputs; by default the transpose of the vjp rule. Tangents without a value are zero.
  virtual std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                                 std::span<const Array> tangents) const;
  virtual BatchResult batch(const BatchCall& call) const = 0;

  /// Whether the other is the same operation with the same parameters.
  virtual bool same(const Primitive& other) const { return typeid(*this) == typeid(other); }

  // What the compiler may know (core/traits.hpp). By default nothing: such an operation runs as it is.

  /// For elementwise operations, with operands and a result of these types.
  virtual std::optional<traits::Elementwise> as_elementwise(std::span<const ShapeDtype> /*in*/,
                                                            const ShapeDtype& /*out*/) const {
    return std::nullopt;
  }
  /// For operations that only choose elements of their one operand: which.
  virtual std::optional<traits::View> as_view(const ShapeDtype& /*in*/, const ShapeDtype& /*out*/) const {
    return std::nullopt;
  }
  /// Whether the result is the one operand's memory under another shape.
  virtual bool aliases() const { return false; }
  /// For reductions of an operand of this type.
  virtual std::optional<traits::Reduction> as_reduction(const ShapeDtype& /*in*/) const {
    return std::nullopt;
  }
  /// For sums of products. `with_transposes` gives the same matrix product of operands that are transposed as
  /// said, `with_epilogue` the same product with an epilogue, or null if it takes none.
  virtual std::optional<traits::Product> as_product() const { return std::nullopt; }
  virtual std::shared_ptr<const Primitive> with_transposes(bool /*a*/, bool /*b*/) const { return nullptr; }
  virtual std::shared_ptr<const Primitive> with_epilogue(const traits::Epilogue& /*epilogue*/) const {
    return nullptr;
  }
  /// For operations that fill their result with one value.
  virtual std::optional<traits::Fill> as_fill() const { return std::nullopt; }
  /// For operations that pad their first operand with their second.
  virtual std::optional<traits::Pad> as_pad() const { return std::nullopt; }
  /// For operations whose result consists of their operands, for a result of this type.
  virtual std::optional<traits::Concatenation> as_concatenation(const ShapeDtype& /*out*/) const {
    return std::nullopt;
  }
  /// The axes along which the operation, as it is, may be applied to parts of operands of these types. Of
  /// elementwise operations, views and matrix products the compiler knows without being told.
  virtual std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> /*in*/,
                                                            std::span<const ShapeDtype> /*out*/) const {
    return {};
  }
  /// Whether a result may be written over an operand: each element is read before it is written. By default
  /// so for elementwise operations, where both have elements of one size.
  virtual bool may_overwrite(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out,
                             std::size_t operand, std::size_t result) const;
  /// For programs with derivative rules of their own: the program, which the compiler puts in their place.
  virtual const ir::Program* definition() const { return nullptr; }
  /// Whether the operation is composed of others and is a primitive only for its derivatives' sake: `compose`
  /// gives its outputs in public operations, which the compiler puts in its place.
  virtual bool composed() const { return false; }
  virtual std::vector<Array> compose(std::span<const Array> /*in*/) const { return {}; }
  /// Whether a run has side effects, as `debug::print` has: such an operation is recorded also where its
  /// operands are known, and the compiler keeps it, once, in the order of all that have side effects.
  virtual bool has_effect() const { return false; }
  /// The same operation without its side effects, asked only where it has some. Null where nothing is left,
  /// which is for operations without results.
  virtual std::shared_ptr<const Primitive> without_effect() const { return nullptr; }

  /// Floating-point operations of one run: an element of the result is one by default.
  virtual double flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const;
  /// Whether preparing costs enough for eager calls to keep the kernel.
  virtual bool keep_kernel() const { return false; }
  std::shared_ptr<const Primitive> share() const { return weak_from_this().lock(); }
};

using PrimitivePtr = std::shared_ptr<const Primitive>;

/// A primitive whose parameters are one comparable struct.
template <class Derived, class Params>
class PrimitiveWith : public Primitive {
 public:
  explicit PrimitiveWith(Params p) : params(std::move(p)) {}
  bool same(const Primitive& other) const override {
    return typeid(*this) == typeid(other) && static_cast<const PrimitiveWith&>(other).params == params;
  }
  const Params params;
};

/// A primitive for one call. Throws MemoryError.
template <class P, class... Args>
std::shared_ptr<const P> new_primitive(Args&&... args) {
  return detail::guard_memory("new_primitive",
                              [&] { return std::make_shared<const P>(std::forward<Args>(args)...); });
}

/// A kernel made of a function object `f(inputs, outputs)`.
template <class F>
std::unique_ptr<Kernel> make_kernel(F f) {
  struct Function final : Kernel {
    explicit Function(F g) : f(std::move(g)) {}
    void run(const void* const* in, void* const* out, void*) const override { f(in, out); }
    F f;
  };
  return std::make_unique<Function>(std::move(f));
}

/// The same with scratch memory: `f(inputs, outputs, workspace)`.
template <class F>
std::unique_ptr<Kernel> make_kernel(std::size_t workspace, F f) {
  struct Function final : Kernel {
    Function(std::size_t n, F g) : bytes(n), f(std::move(g)) {}
    std::size_t workspace() const override { return bytes; }
    void run(const void* const* in, void* const* out, void* scratch) const override { f(in, out, scratch); }
    std::size_t bytes;
    F f;
  };
  return std::make_unique<Function>(workspace, std::move(f));
}

/// Applies a primitive: runs it, or hands it to the innermost trace that an input belongs to.
void bind(const PrimitivePtr& primitive, std::span<const Array> inputs, std::span<Array> outputs);

namespace detail {
template <class T>
inline constexpr bool points_to_primitive = false;
template <std::derived_from<Primitive> P>
inline constexpr bool points_to_primitive<std::shared_ptr<P>> = true;
}  // namespace detail

/// A shared pointer to a primitive of any type.
template <class T>
concept PrimitivePointer = detail::points_to_primitive<std::remove_cvref_t<T>>;

// The overloads below take their arguments as std::bind does, which argument-dependent lookup finds for a
// std::shared_ptr, too: being more constrained, they are chosen.

/// The same for lists of any type and a pointer to a primitive of one's own.
template <PrimitivePointer Pointer, class Inputs, class Outputs>
  requires(std::convertible_to<Inputs, std::span<const Array>> &&
           std::convertible_to<Outputs, std::span<Array>>)
void bind(Pointer&& primitive, Inputs&& inputs, Outputs&& outputs) {
  const PrimitivePtr& pointer = primitive;
  bind(pointer, std::span<const Array>(inputs), std::span<Array>(outputs));
}

/// The same for a primitive with one output.
template <PrimitivePointer Pointer, class... Inputs>
  requires(std::convertible_to<Inputs, const Array&> && ...)
Array bind(Pointer&& pointer, Inputs&&... inputs) {
  const PrimitivePtr& primitive = pointer;
  Array out;
  if constexpr (sizeof...(Inputs) == 0) {
    bind(primitive, std::span<const Array>{}, std::span<Array>(&out, 1));
  } else {
    const Array in[] = {static_cast<const Array&>(inputs)...};
    bind(primitive, std::span<const Array>(in), std::span<Array>(&out, 1));
  }
  return out;
}

}  // namespace copse
