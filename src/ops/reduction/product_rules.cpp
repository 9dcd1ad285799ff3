#include "product_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../shaping/primitives.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "product_kernels.hpp"

namespace copse::reduction {
namespace {

struct ProductParams {
  Products products;
  bool gradient;
  int directions;
  friend bool operator==(const ProductParams&, const ProductParams&) = default;
};

bool any_value(std::span<const Array> arrays) {
  return std::any_of(arrays.begin(), arrays.end(), [](const Array& a) { return a.has_value(); });
}

// Zeros where there is no value.
Group filled(std::span<const Array> values, std::span<const Array> like) {
  Group out;
  for (std::size_t i = 0; i < like.size(); ++i)
    out.push_back(values[i].has_value() ? values[i] : zeros_like(like[i]));
  return out;
}

// The family is closed: a derivative is a product with one direction more, or with one direction in place of
// another; and so is a gradient, its cotangent being the direction.
class Product final : public PrimitiveWith<Product, ProductParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override {
    return params.gradient ? "product_gradient" : "product_derivative";
  }
  std::string parameters() const override {
    return fmt::format("axis={}, directions={}{}{}", params.products.place.axis, params.directions,
                       params.products.scattered ? ", scattered" : "",
                       params.products.reverse ? ", reverse" : "");
  }
  int outputs() const override { return params.gradient ? static_cast<int>(width()) : 1; }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = {in[lead() + i].shape, in[lead()].dtype, false};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return product_kernel(params.products, params.gradient, params.directions, in);
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    std::vector<Array> out(call.inputs.size());
    if (!any_value(call.cotangents)) return out;
    std::vector<Group> groups = groups_of(call.inputs);
    const std::size_t count = groups.size();
    const Array c = params.gradient ? call.inputs[lead() - 1] : call.cotangents[0];
    if (params.gradient) groups.push_back(filled(call.cotangents, groups[0]));
    const auto wanted = [&](std::size_t g) {
      const auto* first = call.wanted.data() + lead() + g * width();
      return std::any_of(first, first + width(), [](std::uint8_t w) { return w != 0; });
    };
    for (std::size_t g = 0; g < count; ++g) {
      if (!wanted(g)) continue;
      std::vector<Group> others = groups;
      if (g > 0) others.erase(others.begin() + static_cast<std::ptrdiff_t>(g));
      const Group found = product_gradient(params.products, indices(call.inputs), c, others);
      std::copy(found.begin(), found.end(), out.begin() + static_cast<std::ptrdiff_t>(lead() + g * width()));
    }
    if (params.gradient && call.wanted[lead() - 1])
      out[lead() - 1] = product_derivative(params.products, indices(call.inputs), groups);
    return out;
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    const std::vector<Group> groups = groups_of(in);
    Group total(static_cast<std::size_t>(outputs()));
    const auto add = [&](const Array& c, const std::vector<Group>& direction) {
      const Group part = call(indices(in), c, direction);
      for (std::size_t i = 0; i < total.size(); ++i)
        total[i] = total[i].has_value() ? total[i] + part[i] : part[i];
    };
    const Array c = params.gradient ? in[lead() - 1] : Array();
    if (params.gradient && tangents[lead() - 1].has_value()) add(tangents[lead() - 1], groups);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto own = tangents.subspan(lead() + g * width(), width());
      if (!any_value(own)) continue;
      std::vector<Group> moved = groups;
      const Group direction = filled(own, groups[g]);
      if (g == 0)
        moved.push_back(direction);
      else
        moved[g] = direction;
      add(c, moved);
    }
    return total;
  }

  BatchResult batch(const BatchCall& call) const override {
    std::vector<Array> in;
    const bool shared =
        params.products.scattered && !call.batched[0] && params.products.place.batch_dims == 0;
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
      in.push_back(i == 0 && shared ? call.inputs[0]
                                    : shaping::with_batch(call.inputs[i], call.batched[i] != 0, call.size));
    ProductParams mapped = params;
    ++mapped.products.place.axis;
    if (params.products.scattered && !shared) ++mapped.products.place.batch_dims;
    std::vector<Array> out(static_cast<std::size_t>(outputs()));
    copse::bind(new_primitive<Product>(mapped), in, std::span<Array>(out));
    const std::vector<std::uint8_t> flags(out.size(), 1);
    return {std::move(out), flags};
  }

 private:
  std::size_t width() const { return params.products.scattered ? 2 : 1; }
  // Inputs in front of the groups.
  std::size_t lead() const { return (params.products.scattered ? 1u : 0u) + (params.gradient ? 1u : 0u); }
  Array indices(std::span<const Array> in) const { return params.products.scattered ? in[0] : Array(); }

  std::vector<Group> groups_of(std::span<const Array> in) const {
    std::vector<Group> groups;
    for (std::size_t i = lead(); i < in.size(); i += width())
      groups.emplace_back(in.begin() + static_cast<std::ptrdiff_t>(i),
                          in.begin() + static_cast<std::ptrdiff_t>(i + width()));
    return groups;
  }
  Group call(const Array& indices, const Array& c, const std::vector<Group>& groups) const {
    if (params.gradient) return product_gradient(params.products, indices, c, groups);
    return {product_derivative(params.products, indices, groups)};
  }
};

std::vector<Array> applied(ProductParams params, const Array& indices, const Array& c,
                           const std::vector<Group>& groups) {
  params.directions = static_cast<int>(groups.size()) - 1;
  std::vector<Array> in;
  if (params.products.scattered) in.push_back(indices);
  if (params.gradient) in.push_back(c);
  for (const Group& group : groups) in.insert(in.end(), group.begin(), group.end());
  const auto primitive = new_primitive<Product>(params);
  std::vector<Array> out(static_cast<std::size_t>(primitive->outputs()));
  copse::bind(primitive, in, std::span<Array>(out));
  return out;
}

}  // namespace

Array product_derivative(const Products& products, const Array& indices, const std::vector<Group>& groups) {
  return applied({products, false, 0}, indices, {}, groups)[0];
}

Group product_gradient(const Products& products, const Array& indices, const Array& c,
                       const std::vector<Group>& groups) {
  return applied({products, true, 0}, indices, c, groups);
}

}  // namespace copse::reduction
