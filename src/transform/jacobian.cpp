#include "copse/transform/jacobian.hpp"

#include <fmt/format.h>

namespace copse::lift {

flat::Arrays jacobian(const flat::Function& f, const flat::Arrays& inputs) {
  const flat::Vjp found = flat::vjp(f, inputs, std::vector<std::uint8_t>(inputs.size(), 1));
  const Array& value = found.outputs[0];
  if (!is_floating(value.dtype()))
    throw DTypeError(fmt::format("jacobian: the function must return floating-point numbers, got {}",
                                 to_string(value.type())));
  Shape basis_shape = value.shape();
  basis_shape.insert(0, value.size());
  const Array basis = reshape(eye(value.size(), std::nullopt, 0, value.dtype()), basis_shape);
  std::vector<std::uint8_t> there;
  const std::optional<int> axes[] = {0};
  const flat::Arrays rows = flat::vmap(
      [&](const flat::Arrays& cotangent) {
        flat::Arrays gradients = found.pullback(cotangent), present;
        for (const Array& g : gradients) {
          there.push_back(g.has_value());
          if (g.has_value()) present.push_back(g);
        }
        return present;
      },
      {basis}, axes, [](std::size_t n) { return std::vector<std::optional<int>>(n, 0); });
  flat::Arrays result(inputs.size());
  for (std::size_t i = 0, next = 0; i < inputs.size(); ++i) {
    if (!is_floating(inputs[i].dtype())) continue;
    Shape shape = value.shape();
    for (int d = 0; d < inputs[i].ndim(); ++d) shape.insert(shape.rank(), inputs[i].shape(d));
    result[i] = there[i] ? reshape(rows[next++], shape) : zeros(shape, inputs[i].dtype());
  }
  return result;
}

}  // namespace copse::lift
