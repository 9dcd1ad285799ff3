#include "transforms.hpp"

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

namespace tables {

Arrays compiled(const Call& f, Arrays inputs) {
  std::vector<ShapeDtype> types;
  for (const Array& x : inputs) types.push_back(x.type());
  return flat::compile(flat::record(f, types).program)->run(inputs);
}

bool has_floats(const Row& row) {
  if (!row.is_typed() || !contains(row.types, DType::float64) || row.needs_values) return false;
  for (const Array& y : row.call(make(row.inputs, DType::float64)))
    if (is_floating(y.dtype())) return true;
  return false;
}

Arrays cotangents_for(const Arrays& results) {
  Arrays cotangents;
  for (const Array& y : results) {
    const Array angles = reshape(arange(y.size(), DType::float64), y.shape());
    cotangents.push_back(is_floating(y.dtype()) ? astype(cos(angles), y.dtype()) : Array());
  }
  return cotangents;
}

Arrays gradients_of(const Call& f, const Arrays& inputs) {
  const std::vector<std::uint8_t> wanted(inputs.size(), 1);
  const flat::Vjp back = flat::vjp(f, inputs, wanted);
  const Arrays cotangents = cotangents_for(back.outputs);
  Arrays gradients = back.pullback(cotangents);
  // Zeros may be left out, which differs between transforms that are compared.
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_floating(inputs[i].dtype()) && !gradients[i].has_value()) gradients[i] = zeros_like(inputs[i]);
  return gradients;
}

}  // namespace tables
