#include "call.hpp"

#include <string>

#include "copse/trace/compile.hpp"
#include "copse/trace/control.hpp"

namespace copse {
namespace control {
namespace {

class Call final : public ProgramPrimitive {
 public:
  Call(ProgramPtr program, const char* name) : ProgramPrimitive(std::move(program)), name_(name) {}
  std::string_view name() const override { return name_; }
  PrimitivePtr without_effect() const override { return call(without_effects(program), name_); }

  std::vector<Array> vjp(const VjpCall& c) const override {
    Flags given, wanted(c.wanted.begin(), c.wanted.end());
    for (const Array& cotangent : c.cotangents) given.push_back(cotangent.has_value());
    const flat::Arrays found =
        run(gradient_of(*program, given, wanted), joined(c.inputs, chosen<Array>(c.cotangents, given)));
    std::vector<Array> gradients(c.inputs.size());
    for (std::size_t i = 0, next = 0; i < gradients.size(); ++i)
      if (wanted[i]) gradients[i] = found[next++];
    return gradients;
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    Flags moving;
    for (const Array& t : tangents) moving.push_back(t.has_value());
    const flat::Arrays found = run(tangent_of(*program, moving), joined(in, chosen<Array>(tangents, moving)));
    std::vector<Array> moved(out.size());
    for (std::size_t o = 0, next = out.size(); o < out.size(); ++o)
      if (is_floating(out[o].dtype())) moved[o] = found[next++];
    return moved;
  }

  BatchResult batch(const BatchCall& c) const override {
    Batched batched = batched_of(*program, c, false);
    return {run(std::move(batched.recorded), c.inputs), batched.outputs};
  }
  Called called() const { return {program, name_}; }

 private:
  flat::Arrays run(flat::Recorded derived, std::span<const Array> inputs) const {
    return bind_all(call(shared(std::move(derived.program)), name_), joined(inputs, derived.captured));
  }

  const char* name_;
};

}  // namespace

PrimitivePtr call(ProgramPtr program, const char* name) {
  return std::make_shared<const Call>(std::move(program), name);
}

std::optional<Called> as_call(const Primitive& primitive) {
  const auto* found = dynamic_cast<const Call*>(&primitive);
  return found ? std::optional(found->called()) : std::nullopt;
}

std::unique_ptr<Kernel> program_kernel(const ir::Program& program, const CompileOptions& options,
                                       std::string_view name) {
  auto compiled = flat::compile(program, {}, options, name);
  const std::size_t workspace = compiled->workspace();
  return make_kernel(
      workspace, [compiled = std::move(compiled)](const void* const* in, void* const* out, void* scratch) {
        compiled->run_raw(in, out, scratch);
      });
}

}  // namespace control

flat::Arrays flat::checkpoint(Recorded body, std::span<const Array> arguments) {
  control::arrays_captured(body);
  auto program = std::make_shared<const ir::Program>(std::move(body.program));
  return control::bind_all(control::call(std::move(program), "checkpoint"),
                           control::joined(arguments, body.captured));
}

}  // namespace copse
