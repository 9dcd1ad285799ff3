// Loops of a known length: one step's program, run over the first axis of arrays.
#include <fmt/format.h>

#include <cstring>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/control.hpp"
#include "scan.hpp"

namespace copse {
namespace control {

ShapeDtype stacked(ShapeDtype type, std::int64_t length) {
  type.shape.insert(0, length);
  return type;
}

namespace {

class ScanKernel final : public Kernel {
 public:
  ScanKernel(const ScanParams& p, const CompileOptions& options)
      : compiled_(flat::compile(*p.step, {}, options, "scan")),
        constants_(p.constants),
        carries_(p.carries),
        xs_(p.xs()),
        ys_(p.ys()),
        length_(p.length),
        reverse_(p.reverse) {
    const auto in = input_types(*p.step), out = output_types(*p.step);
    for (std::size_t c = 0; c < carries_; ++c) {
      bytes_.push_back(in[constants_ + c].bytes());
      offsets_.push_back(scratch_);
      scratch_ += (bytes_.back() + 63) / 64 * 64;
    }
    for (std::size_t i = constants_ + carries_; i < in.size(); ++i) bytes_.push_back(in[i].bytes());
    for (std::size_t o = carries_; o < out.size(); ++o) bytes_.push_back(out[o].bytes());
    pointers_ = scratch_;
    scratch_ += ((in.size() + out.size()) * sizeof(void*) + 63) / 64 * 64;
  }
  std::size_t workspace() const override { return scratch_ + compiled_->workspace(); }

  void run(const void* const* inputs, void* const* outputs, void* workspace) const override {
    auto* scratch = static_cast<std::byte*>(workspace);
    auto** in = reinterpret_cast<const void**>(scratch + pointers_);
    auto** out = const_cast<void**>(in + constants_ + carries_ + xs_);
    std::copy_n(inputs, constants_ + carries_, in);
    if (length_ == 0)
      for (std::size_t c = 0; c < carries_; ++c) std::memcpy(outputs[c], inputs[constants_ + c], bytes_[c]);
    for (std::int64_t step = 0; step < length_; ++step) {
      const auto t = static_cast<std::size_t>(reverse_ ? length_ - 1 - step : step);
      // Carries go to and fro between two places so that the last ones end in the output.
      const bool here = (length_ - 1 - step) % 2 == 0;
      for (std::size_t c = 0; c < carries_; ++c) out[c] = here ? outputs[c] : scratch + offsets_[c];
      for (std::size_t x = 0; x < xs_; ++x)
        in[constants_ + carries_ + x] =
            static_cast<const std::byte*>(inputs[constants_ + carries_ + x]) + t * bytes_[carries_ + x];
      for (std::size_t y = 0; y < ys_; ++y)
        out[carries_ + y] = static_cast<std::byte*>(outputs[carries_ + y]) + t * bytes_[carries_ + xs_ + y];
      compiled_->run_raw(in, out, scratch + scratch_);
      for (std::size_t c = 0; c < carries_; ++c) in[constants_ + c] = out[c];
    }
  }

 private:
  std::shared_ptr<const flat::Compiled> compiled_;
  std::size_t constants_, carries_, xs_, ys_;
  std::int64_t length_;
  bool reverse_;
  std::vector<std::size_t> bytes_, offsets_;  // bytes of carries, of an element of each of xs and ys
  std::size_t pointers_ = 0, scratch_ = 0;
};

class Scan final : public OfPrograms {
 public:
  explicit Scan(ScanParams p) : OfPrograms({p.step}), params(std::move(p)) {}
  std::string_view name() const override { return "scan"; }
  std::string parameters() const override {
    return fmt::format("length={}, carries={}, instructions={}{}", params.length, params.carries,
                       params.step->instructions.size(), params.reverse ? ", reverse" : "");
  }
  int outputs() const override { return static_cast<int>(params.step->outputs.size()); }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    check_operands(*params.step, in, params.constants + params.carries, params.length);
    const std::vector<ShapeDtype> types = output_types(*params.step);
    for (std::size_t o = 0; o < out.size(); ++o)
      out[o] = o < params.carries ? types[o] : stacked(types[o], params.length);
  }
  std::unique_ptr<Kernel> prepare_within(std::span<const ShapeDtype>, std::span<const ShapeDtype>,
                                         const CompileOptions& options) const override {
    return std::make_unique<ScanKernel>(params, options);
  }
  PrimitivePtr without_effect() const override {
    ScanParams quiet = params;
    quiet.step = without_effects(params.step);
    return std::make_shared<const Scan>(std::move(quiet));
  }
  bool same(const Primitive& other) const override {
    if (typeid(*this) != typeid(other)) return false;
    const ScanParams& p = static_cast<const Scan&>(other).params;
    return params.constants == p.constants && params.carries == p.carries && params.length == p.length &&
           params.reverse == p.reverse && params.kept == p.kept && control::same(*params.step, *p.step);
  }
  bool keep_kernel() const override { return true; }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override {
    return static_cast<double>(params.length) * flops_of(*params.step);
  }

  // The carries at the beginning of each step are kept; what a step computes from them is computed again.
  bool has_gradient_form() const override { return !params.kept && params.carries > 0; }
  PrimitivePtr for_gradient(std::span<const ShapeDtype>) const override {
    ScanParams more = params;
    auto step = std::make_shared<ir::Program>(*params.step);
    for (std::size_t c = 0; c < params.carries; ++c)
      step->outputs.push_back(step->inputs[params.constants + c]);
    more.step = std::move(step);
    more.kept = true;
    return std::make_shared<const Scan>(std::move(more));
  }

  // What a step makes of its carries it makes of the next step's, too.
  Flags depends(const Flags& inputs) const override {
    Flags in = inputs;
    for (;;) {
      const Flags out = control::depends(*params.step, in);
      bool more = false;
      for (std::size_t c = 0; c < params.carries; ++c) {
        std::uint8_t& carry = in[params.constants + c];
        more = more || (out[c] && !carry);
        carry |= out[c];
      }
      if (more) continue;
      // Without a step the carries come out as they went in.
      Flags found = out;
      for (std::size_t c = 0; c < params.carries; ++c) found[c] |= in[params.constants + c];
      return found;
    }
  }

  std::vector<Array> vjp(const VjpCall& call) const override;
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override;
  BatchResult batch(const BatchCall& call) const override;

  const ScanParams params;
};

flat::Arrays run(ScanParams params, std::span<const Array> inputs) {
  return bind_all(scan(std::move(params)), inputs);
}

// The backward scan: over the steps from the last to the first. Carried are the cotangents of the carries and
// the sums of the constants' gradients; xs are the kept carries, the xs and the cotangents of the ys.
class Backward {
 public:
  Backward(const ScanParams& params, const VjpCall& call)
      : params_(params), call_(call), in_(input_types(*params.step)), out_(output_types(*params.step)) {
    choose();
    collect();
  }

  std::vector<Array> gradients() const {
    const flat::Recorded gradient = gradient_of(*params_.step, given_, wanted_);
    flat::Recorded back =
        flat::record([&](const flat::Arrays& a) { return step(gradient, a); }, types(), "scan");
    captured_in_front(back);
    const flat::Arrays found =
        control::run({shared(std::move(back.program)), back.captured.size() + params_.constants, carried_,
                      params_.length, !params_.reverse},
                     joined(back.captured, inputs_));
    return in_order(found);
  }

 private:
  std::size_t outputs() const { return out_.size(); }

  // Carries have cotangents in any case; constants and xs where they are wanted, ys where they are given.
  void choose() {
    for (std::size_t i = 0; i < in_.size(); ++i) {
      const bool carry = i >= params_.constants && i < params_.constants + params_.carries;
      wanted_.push_back(is_floating(in_[i].dtype) && (carry || call_.wanted[i]));
      if (carry) carry_flags_.push_back(wanted_[i]);
    }
    for (std::size_t o = 0; o < outputs(); ++o)
      given_.push_back(o < params_.carries ? carry_flags_[o]
                                           : is_floating(out_[o].dtype) && call_.cotangents[o].has_value());
  }

  void collect() {
    const std::size_t carries = params_.carries, constants = params_.constants;
    inputs_.assign(call_.inputs.begin(), call_.inputs.begin() + static_cast<std::ptrdiff_t>(constants));
    for (std::size_t c = 0; c < carries; ++c)
      if (carry_flags_[c])
        inputs_.push_back(call_.cotangents[c].has_value() ? call_.cotangents[c]
                                                          : zeros(out_[c].shape, out_[c].dtype));
    for (std::size_t i = 0; i < constants; ++i)
      if (wanted_[i]) inputs_.push_back(zeros(in_[i].shape, in_[i].dtype)), ++sums_;
    carried_ = inputs_.size() - constants;
    for (std::size_t c = 0; c < carries; ++c) inputs_.push_back(call_.outputs[outputs() - carries + c]);
    for (std::size_t i = constants + carries; i < in_.size(); ++i) inputs_.push_back(call_.inputs[i]);
    for (std::size_t o = carries; o < outputs(); ++o)
      if (given_[o]) inputs_.push_back(call_.cotangents[o]);
  }

  // Of what one step of the backward scan is given.
  std::vector<ShapeDtype> types() const {
    std::vector<ShapeDtype> types;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      types.push_back(inputs_[i].type());
      types.back().weak = false;
      if (i >= params_.constants + carried_) types.back().shape.erase(0);
    }
    return types;
  }

  flat::Arrays step(const flat::Recorded& gradient, const flat::Arrays& a) const {
    const auto at = [&](std::size_t first, std::size_t n) {
      return std::span<const Array>(a).subspan(first, n);
    };
    const std::size_t live = carried_ - sums_, tail = params_.constants + carried_,
                      read = params_.carries + params_.xs();
    flat::Arrays arguments = joined(at(0, params_.constants), at(tail, read));
    arguments = joined(arguments, at(params_.constants, live));
    arguments = joined(arguments, at(tail + read, a.size() - tail - read));
    // Of constants, carries, xs.
    const flat::Arrays found = ir::evaluate(gradient.program, joined(arguments, gradient.captured));
    const auto carries = found.begin() + static_cast<std::ptrdiff_t>(sums_),
               xs = carries + static_cast<std::ptrdiff_t>(live);
    flat::Arrays result(carries, xs);
    for (std::size_t s = 0; s < sums_; ++s) result.push_back(a[params_.constants + live + s] + found[s]);
    result.insert(result.end(), xs, found.end());
    return result;
  }

  // What the backward scan gives, by the inputs of the scan.
  std::vector<Array> in_order(const flat::Arrays& found) const {
    std::vector<Array> gradients(in_.size());
    std::size_t carry = 0, sum = carried_ - sums_, x = carried_;
    for (std::size_t i = 0; i < in_.size(); ++i) {
      if (!wanted_[i]) continue;
      gradients[i] = found[i < params_.constants                     ? sum++
                           : i < params_.constants + params_.carries ? carry++
                                                                     : x++];
    }
    return gradients;
  }

  const ScanParams& params_;
  const VjpCall& call_;
  std::vector<ShapeDtype> in_, out_;  // of the scan's own step
  Flags wanted_, given_, carry_flags_;
  flat::Arrays inputs_;
  std::size_t carried_ = 0, sums_ = 0;
};

std::vector<Array> Scan::vjp(const VjpCall& call) const {
  if (has_gradient_form()) {
    auto kept = std::static_pointer_cast<const Scan>(for_gradient({}));
    if (kept->has_effect()) kept = std::static_pointer_cast<const Scan>(kept->without_effect());
    const flat::Arrays all = bind_all(kept, call.inputs);
    flat::Arrays cotangents(call.cotangents.begin(), call.cotangents.end());
    cotangents.resize(all.size());
    return kept->vjp({call.inputs, all, cotangents, call.wanted});
  }
  return Backward(params, call).gradients();
}

std::vector<Array> Scan::jvp(std::span<const Array> in, std::span<const Array> out,
                             std::span<const Array> tangents) const {
  const std::size_t carries = params.carries, constants = params.constants;
  const std::vector<ShapeDtype> types = input_types(*params.step), results = output_types(*params.step);
  Flags moving;
  std::size_t moving_constants = 0, moving_carries = 0;
  flat::Arrays still(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(constants)),
      carried(in.begin() + static_cast<std::ptrdiff_t>(constants),
              in.begin() + static_cast<std::ptrdiff_t>(constants + carries)),
      xs(in.begin() + static_cast<std::ptrdiff_t>(constants + carries), in.end());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool carry = i >= constants && i < constants + carries;
    moving.push_back(is_floating(types[i].dtype) && (carry || tangents[i].has_value()));
    if (!moving[i]) continue;
    const Array tangent = tangents[i].has_value() ? tangents[i] : zeros_like(in[i]);
    if (i < constants)
      still.push_back(tangent), ++moving_constants;
    else if (carry)
      carried.push_back(tangent), ++moving_carries;
    else
      xs.push_back(tangent);
  }
  const flat::Recorded tangent = tangent_of(*params.step, moving);
  const std::vector<ir::Id>&given = tangent.program.inputs, &made = tangent.program.outputs;
  // The same order of operands as scan wants: constants, carries, xs, each with their tangents.
  ir::Program step = tangent.program;
  const std::size_t n = types.size(), plain_xs = params.xs(), captured = tangent.captured.size();
  std::vector<ir::Id> order;
  const auto take = [&](std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) order.push_back(given[first + i]);
  };
  take(given.size() - captured, captured);
  take(0, constants), take(n, moving_constants);
  take(constants, carries), take(n + moving_constants, moving_carries);
  take(constants + carries, plain_xs);
  take(n + moving_constants + moving_carries,
       given.size() - captured - n - moving_constants - moving_carries);
  step.inputs = order;
  order.clear();
  const std::size_t plain = results.size();
  order.insert(order.end(), made.begin(), made.begin() + static_cast<std::ptrdiff_t>(carries));
  order.insert(order.end(), made.begin() + static_cast<std::ptrdiff_t>(plain),
               made.begin() + static_cast<std::ptrdiff_t>(plain + moving_carries));
  order.insert(order.end(), made.begin() + static_cast<std::ptrdiff_t>(carries),
               made.begin() + static_cast<std::ptrdiff_t>(plain));
  order.insert(order.end(), made.begin() + static_cast<std::ptrdiff_t>(plain + moving_carries), made.end());
  step.outputs = order;
  const flat::Arrays found = run({shared(std::move(step)), captured + constants + moving_constants,
                                  carries + moving_carries, params.length, params.reverse},
                                 joined(tangent.captured, joined(joined(still, carried), xs)));
  std::vector<Array> moved(out.size());
  std::size_t carry = carries, y = plain + moving_carries;
  for (std::size_t o = 0; o < out.size(); ++o)
    if (is_floating(results[o].dtype)) moved[o] = found[o < carries ? carry++ : y++];
  return moved;
}

BatchResult Scan::batch(const BatchCall& call) const {
  const std::size_t carries = params.carries, constants = params.constants;
  flat::Arrays inputs(call.inputs.begin(), call.inputs.end());
  Flags batched(call.batched.begin(), call.batched.end());
  for (std::size_t i = constants + carries; i < inputs.size(); ++i)
    if (batched[i]) inputs[i] = moveaxis(inputs[i], 0, 1);  // time stays in front
  // A carry that a step makes depend on the mapped axis does so from the beginning.
  Batched step;
  for (;;) {
    Flags forced(params.step->outputs.size(), 0);
    std::copy_n(batched.begin() + static_cast<std::ptrdiff_t>(constants), carries, forced.begin());
    step = batched_of(*params.step, batched, call.size, forced);
    bool changed = false;
    for (std::size_t c = 0; c < carries; ++c) {
      if (!step.outputs[c] || batched[constants + c]) continue;
      batched[constants + c] = 1;
      inputs[constants + c] = flat::broadcast_in_front(inputs[constants + c], call.size);
      changed = true;
    }
    if (!changed) break;
  }
  captured_in_front(step.recorded);
  ScanParams more = params;
  more.step = shared(std::move(step.recorded.program));
  more.constants += step.recorded.captured.size();
  flat::Arrays found = run(std::move(more), joined(step.recorded.captured, inputs));
  for (std::size_t o = carries; o < found.size(); ++o)
    if (step.outputs[o]) found[o] = moveaxis(found[o], 1, 0);
  return {std::move(found), std::move(step.outputs)};
}

}  // namespace

const ScanParams* as_scan(const Primitive& primitive) {
  const auto* scan = dynamic_cast<const Scan*>(&primitive);
  return scan ? &scan->params : nullptr;
}

PrimitivePtr scan(ScanParams params) { return std::make_shared<const Scan>(std::move(params)); }

}  // namespace control

flat::Arrays flat::scan(Recorded step, std::span<const Array> carries, std::span<const Array> xs,
                        std::int64_t length, bool reverse) {
  control::arrays_captured(step);
  control::captured_in_front(step);
  return control::run(
      {control::shared(std::move(step.program)), step.captured.size(), carries.size(), length, reverse},
      control::joined(control::joined(step.captured, carries), xs));
}

}  // namespace copse
