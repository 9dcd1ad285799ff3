// Forward mode: each operation also carries a tangent along.
#include "copse/ops/elementwise.hpp"
#include "copse/trace/flat.hpp"

namespace copse {
namespace flat {
namespace {

class ForwardTrace final : public Trace {
 public:
  const char* name() const override { return "jvp"; }
  bool knows_values() const override { return true; }

  void bind(const PrimitivePtr& primitive, std::span<const Array> in, std::span<Array> out) override {
    Arrays primals, tangents;
    for (const Array& a : in) {
      const detail::Tracer* t = mine(a);
      primals.push_back(t ? t->value : a);
      tangents.push_back(t ? t->tangent : Array());
    }
    copse::bind(primitive, primals, out);
    const Arrays moved = primitive->jvp(primals, out, tangents);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (moved[i].has_value()) out[i] = tracer(out[i], moved[i]);
  }

  Array tracer(const Array& value, const Array& tangent) {
    return detail::make_tracer(value.type(), {shared_from_this(), 0, value, tangent});
  }
  const detail::Tracer* mine(const Array& a) const {
    const detail::Tracer* t = a.tracer();
    return t && t->trace.get() == this ? t : nullptr;
  }
};

}  // namespace

Jvp jvp(const Function& f, const Arrays& inputs, std::span<const Array> tangents) try {
  const auto trace = std::make_shared<ForwardTrace>();
  const TraceScope scope(*trace);
  Arrays arguments = inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (tangents[i].has_value()) arguments[i] = trace->tracer(inputs[i], tangents[i]);
  Jvp result;
  for (const Array& out : f(arguments)) {
    const detail::Tracer* t = trace->mine(out);
    result.outputs.push_back(t ? t->value : out);
    result.tangents.push_back(t ? t->tangent : Array());
  }
  return result;
} catch (const std::bad_alloc&) {
  detail::out_of_memory("jvp");
}

}  // namespace flat

// The vjp rule is linear in the cotangents; its own transpose at the tangents is the forward derivative.
std::vector<Array> Primitive::jvp(std::span<const Array> in, std::span<const Array> out,
                                  std::span<const Array> tangents) const {
  std::vector<std::uint8_t> moving, wanted;
  bool any = false;
  for (const Array& t : tangents) {
    moving.push_back(t.has_value());
    any = any || t.has_value();
  }
  std::vector<Array> result(out.size());
  if (!any) return result;
  flat::Arrays cotangents;
  for (const Array& o : out) {
    cotangents.push_back(zeros_like(o));
    wanted.push_back(is_floating(o.dtype()));
  }
  std::vector<std::uint8_t> present(in.size());
  const flat::Vjp back = flat::vjp(
      [&](const flat::Arrays& cts) {
        flat::Arrays seen = cts;
        for (std::size_t i = 0; i < seen.size(); ++i)
          if (!wanted[i]) seen[i] = Array();
        flat::Arrays gradients = vjp({in, out, seen, moving}), found;
        for (std::size_t i = 0; i < in.size(); ++i) {
          present[i] = moving[i] && gradients[i].has_value();
          if (present[i]) found.push_back(gradients[i]);
        }
        return found;
      },
      cotangents, wanted);
  flat::Arrays seeds;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (present[i]) seeds.push_back(tangents[i]);
  return back.pullback(seeds);
}

}  // namespace copse
