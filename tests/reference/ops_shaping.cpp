// Shapes, and elements chosen by position.
#include "copse/ops/shaping.hpp"

#include "copse/ops/indexing.hpp"
#include "registry.hpp"

namespace reference {
namespace {

std::vector<Array> parts(const Arguments& a) {
  auto all = a.numbered("x");
  if (a.options.has("axis") || all.empty()) return all;
  for (Array& x : all) x = copse::ravel(x);
  return all;
}

Results split(const Arguments& a) {
  const int axis = static_cast<int>(a.options.integer("axis", 0));
  const std::string name = "indices_or_sections";
  std::vector<Array> all;
  if (a.options.is_list(name))
    all = copse::split(a["x"], std::span<const std::int64_t>(a.options.integers(name)), axis);
  else
    all = copse::split(a["x"], static_cast<int>(a.options.integer(name)), axis);
  Results results;
  for (std::size_t i = 0; i < all.size(); ++i) results.emplace_back("y" + std::to_string(i), all[i]);
  return results;
}

// Shifts and axes broadcast; several shifts without an axis add up.
Array roll(const Arguments& a) {
  auto shift = a.options.integers("shift");
  if (!a.options.has("axis")) {
    std::int64_t total = 0;
    for (const std::int64_t one : shift) total += one;
    return copse::roll(a["x"], total);
  }
  auto axes = a.options.axes("axis");
  if (shift.size() == 1) shift.resize(axes.size(), shift[0]);
  if (axes.size() == 1) axes.resize(shift.size(), axes[0]);
  return copse::roll(a["x"], std::span<const std::int64_t>(shift), std::span<const int>(axes));
}

Array pad(const Arguments& a) {
  const Array filling = a.options.has("constant_values") ? a.options.scalar("constant_values") : Array(0);
  if (!a.options.is_list("pad_width")) return copse::pad(a["x"], a.options.integer("pad_width"), filling);
  return copse::pad(a["x"], std::span<const Pair>(a.options.pairs("pad_width")), filling);
}

Array take_along_axis(const Arguments& a) {
  if (const auto axis = a.options.axis("axis")) return copse::take_along_axis(a["x"], a["indices"], *axis);
  return copse::take_along_axis(copse::ravel(a["x"]), a["indices"], 0);
}

Array slice(const Arguments& a) {
  const std::vector<std::int64_t> stride =
      a.options.has("stride") ? a.options.integers("stride") : std::vector<std::int64_t>{};
  return copse::slice(a["x"], std::span<const std::int64_t>(a.options.integers("start")),
                      std::span<const std::int64_t>(a.options.integers("limit")),
                      std::span<const std::int64_t>(stride));
}

}  // namespace

void add_shaping(Group& ops) {
  ops.add_value("transpose", [](const Arguments& a) {
    const auto axes = a.options.has("axes") ? a.options.axes("axes") : std::vector<int>{};
    return copse::transpose(a["x"], std::span<const int>(axes));
  });
  ops.add_value("reshape", [](const Arguments& a) {
    return copse::reshape(a["x"], std::span<const std::int64_t>(a.options.integers("shape")));
  });
  ops.add_value("broadcast_to",
                [](const Arguments& a) { return copse::broadcast_to(a["x"], a.options.shape("shape")); });
  ops.add_value("expand_dims", [](const Arguments& a) {
    return copse::expand_dims(a["x"], std::span<const int>(a.options.axes("axis")));
  });
  ops.add_value("squeeze", [](const Arguments& a) {
    if (!a.options.has("axis")) return copse::squeeze(a["x"]);
    return copse::squeeze(a["x"], std::span<const int>(a.options.axes("axis")));
  });
  ops.add_value("concatenate", [](const Arguments& a) {
    const auto all = parts(a);
    return copse::concatenate(std::span<const Array>(all), a.options.axis("axis").value_or(0));
  });
  ops.add_value("stack", [](const Arguments& a) {
    return copse::stack(std::span<const Array>(a.numbered("x")),
                        static_cast<int>(a.options.integer("axis", 0)));
  });
  ops.add("split", split);
  ops.add_value("pad", pad);
  ops.add_value("flip", [](const Arguments& a) {
    if (!a.options.has("axis")) return copse::flip(a["x"]);
    const auto axes = a.options.axes("axis");
    return axes.empty() ? a["x"] : copse::flip(a["x"], std::span<const int>(axes));
  });
  ops.add_value("roll", roll);
  ops.add_value("tile", [](const Arguments& a) {
    return copse::tile(a["x"], std::span<const std::int64_t>(a.options.integers("reps")));
  });
  ops.add_value("repeat", [](const Arguments& a) {
    return copse::repeat(a["x"], a.options.integer("repeats"), a.options.axis("axis"));
  });
  ops.add_value("take",
                [](const Arguments& a) { return copse::take(a["x"], a["indices"], a.options.axis("axis")); });
  ops.add_value("take_along_axis", take_along_axis);
  ops.add_value("one_hot",
                [](const Arguments& a) { return copse::one_hot(a["x"], a.options.integer("num_classes")); });
  ops.add_value("slice", slice);
  ops.add_value("dynamic_slice", [](const Arguments& a) {
    return copse::dynamic_slice(a["x"], a["start"],
                                std::span<const std::int64_t>(a.options.integers("sizes")));
  });
  ops.add_value("dynamic_update_slice", [](const Arguments& a) {
    return copse::dynamic_update_slice(a["x"], a["update"], a["start"]);
  });
  ops.add_value("scatter_add",
                [](const Arguments& a) { return copse::scatter_add(a["x"], a["indices"], a["updates"]); });
  ops.add_value("scatter_set",
                [](const Arguments& a) { return copse::scatter_set(a["x"], a["indices"], a["updates"]); });
}

}  // namespace reference
