#include "view_axes.hpp"

#include <algorithm>
#include <cstdlib>

namespace copse::sharding {

std::vector<std::int64_t> dense_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (int d = shape.rank() - 2; d >= 0; --d)
    strides[static_cast<std::size_t>(d)] = strides[static_cast<std::size_t>(d) + 1] * shape[d + 1];
  return strides;
}

std::optional<ViewAxes> ViewAxes::of(const traits::View& view, const Shape& in, const Shape& out) {
  if (in.elements() == 0 || out.elements() == 0) return std::nullopt;
  const std::vector<std::int64_t> dense = dense_strides(in);
  ViewAxes found{std::vector<int>(out.size(), -1), std::vector<std::int64_t>(out.size(), 0),
                 std::vector<std::int64_t>(in.size(), 0)};
  std::int64_t rest = view.offset;
  for (std::size_t a = 0; a < dense.size(); ++a) {
    found.start[a] = rest / dense[a];
    rest %= dense[a];
  }
  std::vector<std::int64_t> least = found.start, most = found.start;
  for (int r = 0; r < out.rank(); ++r) {
    const auto at = static_cast<std::size_t>(r);
    const std::int64_t stride = view.strides[at];
    if (stride == 0 || out[r] == 1) continue;
    std::size_t a = 0;
    while (a < dense.size() && dense[a] > std::abs(stride)) ++a;
    if (a == dense.size() || stride % dense[a] != 0) return std::nullopt;
    found.axis[at] = static_cast<int>(a);
    found.step[at] = stride / dense[a];
    (stride > 0 ? most : least)[a] += found.step[at] * (out[r] - 1);
  }
  for (int a = 0; a < in.rank(); ++a)
    if (least[static_cast<std::size_t>(a)] < 0 || most[static_cast<std::size_t>(a)] >= in[a])
      return std::nullopt;
  return found;
}

int ViewAxes::whole_axis(int operand_axis, const Shape& in, const Shape& out) const {
  if (start[static_cast<std::size_t>(operand_axis)] != 0) return -1;
  int found = -1;
  for (std::size_t r = 0; r < axis.size(); ++r) {
    if (axis[r] != operand_axis) continue;
    if (found >= 0 || step[r] != 1 || out[static_cast<int>(r)] != in[operand_axis]) return -1;
    found = static_cast<int>(r);
  }
  return found;
}

traits::View ViewAxes::strides(const Shape& in) const {
  const std::vector<std::int64_t> dense = dense_strides(in);
  traits::View view;
  for (std::size_t r = 0; r < axis.size(); ++r)
    view.strides.push_back(axis[r] < 0 ? 0 : step[r] * dense[static_cast<std::size_t>(axis[r])]);
  for (std::size_t a = 0; a < dense.size(); ++a) view.offset += start[a] * dense[a];
  return view;
}

}  // namespace copse::sharding
