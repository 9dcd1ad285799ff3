// NumPy's indexing expressions, read and changed.
#include "copse/ops/create.hpp"
#include "copse/ops/indexing.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> expression_rows() {
  const Input x = data({3, 4}), cube = data({2, 3, 4});
  const Input rows_of = integers({2}, -5, 5), columns = integers({2}, -6, 6);
  const Array mask = array({true, false, true});
  std::vector<Row> rows = {
      {.name = "index",
       .call = one([](const Arrays& in) { return index(in[0], 1); }),
       .inputs = {x},
       .jax = "x[1]"},
      {.name = "index",
       .variant = "slices",
       .call = one([](const Arrays& in) {
         return index(in[0], Slice{1, {}}, Slice{{}, {}, -2});
       }),
       .inputs = {x},
       .jax = "x[1:, ::-2]"},
      {.name = "index",
       .variant = "new axis",
       .call = one([](const Arrays& in) { return index(in[0], ellipsis, newaxis, -1); }),
       .inputs = {cube},
       .jax = "x[..., None, -1]"},
      {.name = "index",
       .variant = "array",
       .call = one([](const Arrays& in) { return index(in[0], in[1]); }),
       .inputs = {x, rows_of},
       .jax = "x[y]"},
      {.name = "index",
       .variant = "arrays",
       .call = one([](const Arrays& in) { return index(in[0], in[1], in[2]); }),
       .inputs = {x, rows_of, columns},
       .jax = "x[y, z]"},
      {.name = "index",
       .variant = "arrays apart",
       .call = one([](const Arrays& in) {
         return index(in[0], in[1], Slice{1, 3}, in[2]);
       }),
       .inputs = {cube, rows_of, columns},
       .jax = "x[y, 1:3, z]"},
      {.name = "index",
       .variant = "position and array",
       .call = one([](const Arrays& in) { return index(in[0], 0, Slice{}, in[1]); }),
       .inputs = {cube, rows_of},
       .jax = "x[0, :, y]"},
      {.name = "index",
       .variant = "mask",
       .call = one([=](const Arrays& in) {
         return index(in[0], mask, Slice{0, 2});
       }),
       .inputs = {x},
       .jax = "x[jnp.array([True, False, True]), 0:2]"},
      {.name = "at",
       .variant = "get",
       .call = one([](const Arrays& in) { return at(in[0], in[1], 2).get(); }),
       .inputs = {x, rows_of},
       .jax = "x[y, 2]"},
  };
  const struct {
    const char* method;
    Array (At::*f)(const Array&) const;
    double low = -3, high = 3;
    Types types = every;
  } changes[] = {{"set", &At::set},
                 {"add", &At::add},
                 {"subtract", &At::subtract, -3, 3, numbers},
                 {"multiply", &At::multiply},
                 {"divide", &At::divide, 0.5, 3},
                 {"min", &At::min},
                 {"max", &At::max}};
  for (const auto& c : changes) {
    const std::string end = std::string("].") + c.method;
    const std::string kept = end == "].divide" ? ".astype(x.dtype)" : "";
    const auto f = c.f;
    const auto add = [&](const char* variant, const Input& y, const std::string& jax, const Call& call,
                         const Shape& none, const Shape& none_y) {
      rows.push_back({.name = "at",
                      .variant = std::string(c.method) + variant,
                      .call = call,
                      .inputs = {x, y},
                      .jax = jax + kept,
                      .types = c.types,
                      .empty = {{none, none_y}},
                      .scalar = {{{3, 4}, {}}}});
    };
    add("", data({4}, c.low, c.high), "x.at[1" + end + "(y)",
        one([=](const Arrays& in) { return (at(in[0], 1).*f)(in[1]); }), {3, 0}, {0});
    add(" slices", data({2, 1}, c.low, c.high), "x.at[1:, ::2" + end + "(y)", one([=](const Arrays& in) {
          return (at(in[0], Slice{1, {}}, Slice{{}, {}, 2}).*f)(in[1]);
        }),
        {3, 0}, {2, 0});
    add(" arrays", data({2}, c.low, c.high), "x.at[jnp.array([2, 9]), jnp.array([-1, 0])" + end + "(y)",
        one([=](const Arrays& in) {
          return (at(in[0], array({2, 9}), array({-1, 0})).*f)(in[1]);
        }),
        {0, 4}, {2});
    add(" mask", data({1, 4}, c.low, c.high), "x.at[jnp.array([True, False, True])" + end + "(y)",
        one([=](const Arrays& in) { return (at(in[0], mask).*f)(in[1]); }), {3, 0}, {1, 0});
  }
  const auto sliced = [](const Arrays& in) {
    Arrays slices;
    for (const Array& slice : in[0]) slices.push_back(slice);
    return slices;
  };
  rows.push_back({.name = "begin", .call = sliced, .inputs = {x}, .jax = "list(x)"});
  rows.push_back({.name = "end", .call = sliced, .inputs = {data({2})}, .jax = "list(x)"});
  for (Row& row : rows)
    if (row.name == "index" || row.id() == "at/get") row.lenient = true;
  return rows;
}

}  // namespace tables
