#include "pieces.hpp"

namespace random_programs {
namespace {

bool fits_inside(const Shape& inner, const Shape& outer) {
  if (inner.rank() != outer.rank()) return false;
  for (int d = 0; d < inner.rank(); ++d)
    if (inner[d] > outer[d]) return false;
  return true;
}

bool broadcasts(const Shape& from, const Shape& to) {
  if (from.rank() > to.rank()) return false;
  for (int d = 1; d <= from.rank(); ++d)
    if (from[from.rank() - d] != to[to.rank() - d] && from[from.rank() - d] != 1) return false;
  return true;
}

Arrays floating(const Arrays& all) {
  Arrays some;
  for (const Array& x : all)
    if (x.has_value() && is_floating(x.dtype())) some.push_back(x);
  return some;
}

// The sum of all floating-point outputs, each element with a weight of its own.
Array weighted_sum(const Arrays& outputs, double step) {
  Array total = Array(0.0);
  for (const Array& y : floating(outputs))
    total = total + sum(astype(y, DType::float64) * pattern(y.shape(), DType::float64, step));
  return astype(total, DType::float64);
}

// An array with memory of its own.
Array copied(const Array& x) {
  return dispatch(x.dtype(), [&]<class T>() { return array(x.span<T>(), x.shape()); });
}

constexpr double cotangent_step = 0.7, tangent_step = 1.3;

Arrays directions(const Arrays& in) {
  Arrays all;
  for (const Array& x : in)
    all.push_back(is_floating(x.dtype()) ? pattern(x.shape(), x.dtype(), tangent_step) : Array());
  return all;
}

}  // namespace

Array pattern(const Shape& shape, DType dtype, double step) {
  return astype(reshape(cos(arange(shape.elements(), DType::float64) * step + 0.3), shape), dtype);
}

Array resized(const Array& x, const Shape& shape) {
  const Shape from = x.shape();
  if (from == shape) return x;
  if (from.elements() == shape.elements()) return reshape(x, shape);
  if (fits_inside(shape, from)) {
    const std::vector<std::int64_t> start(from.size(), 0), limit(shape.begin(), shape.end());
    return slice(x, start, limit);
  }
  if (broadcasts(from, shape)) return broadcast_to(x, shape);
  if (from.elements() == 0) return zeros(shape, x.dtype());
  const std::int64_t times = (shape.elements() + from.elements() - 1) / from.elements();
  const Array row = times > 1 ? tile(ravel(x), times) : ravel(x);
  return reshape(slice_in_dim(row, 0, shape.elements()), shape);
}

Array fit(const Array& x, const Shape& shape, DType dtype, double low, double high) {
  Array y = resized(x, shape);
  if (dtype == DType::bool_)
    return is_floating(y.dtype()) ? y > 0 : not_equal(mod(astype(y, DType::int32), 2), 0);
  if (is_floating(dtype)) {
    if (!is_floating(y.dtype())) y = astype(y, dtype);
    return astype((low + high) / 2 + sin(y) * ((high - low) / 2), dtype);
  }
  const double first = std::ceil(low), count = std::max(1.0, std::floor(high) - first + 1);
  if (is_floating(y.dtype())) {
    const Array place = floor((sin(astype(y, DType::float64)) * 0.4999 + 0.5) * count);
    return astype(place + first, dtype);
  }
  return astype(
      mod(astype(y, DType::int64), static_cast<std::int64_t>(count)) + static_cast<std::int64_t>(first),
      dtype);
}

Arrays part(const Arrays& all, std::size_t first, std::size_t last) {
  return Arrays(all.begin() + static_cast<std::ptrdiff_t>(first),
                all.begin() + static_cast<std::ptrdiff_t>(last));
}

Arrays joined(Arrays a, const Arrays& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Arrays scanned(const Call& step, const Arrays& carries, const Arrays& xs, const ScanOptions& options) {
  const auto f = [&](const Arrays& carry, const Arrays& x) {
    const Arrays out = step(joined(carry, x));
    return std::pair(part(out, 0, carries.size()), part(out, carries.size(), out.size()));
  };
  const auto [last, ys] = scan(f, carries, xs, options);
  return joined(last, ys);
}

Arrays repeated(const Call& condition, const Call& step, const Arrays& carries, std::int64_t most) {
  const auto ask = [&](const Arrays& state) { return logical_and(state[0] < most, condition(state)[0]); };
  const auto next = [&](const Arrays& state) { return joined({state[0] + 1}, step(state)); };
  const Arrays last = while_loop(ask, next, joined({zeros({}, DType::int32)}, carries));
  return part(last, 1, last.size());
}

Arrays mapped(const Call& f, const Arrays& over, const Arrays& shared) {
  const auto both = [&](const Arrays& x, const Arrays& y) { return f(joined(x, y)); };
  return vmap(both, {.in_axes = {0, std::nullopt}})(over, shared);
}

Call with_gradient_rule(Call f) {
  return [f = std::move(f)](const Arrays& in) {
    const auto forward = [f](const Arrays& x) { return std::pair(f(x), x); };
    const auto backward = [f](const Arrays& kept, const Arrays& cotangents) {
      return vjp(f, kept).second(cotangents);
    };
    return custom_vjp(f, forward, backward)(in);
  };
}

Call with_tangent_rule(Call f) {
  return [f = std::move(f)](const Arrays& in) {
    const auto rule = [f](const std::tuple<Arrays>& at, const std::tuple<Arrays>& along) {
      return jvp(f, at, along);
    };
    return custom_jvp(f, rule)(in);
  };
}

Call jitted(Call f) {
  return [compiled = jit(std::move(f))](const Arrays& in) { return compiled(in); };
}

Call divided(Call f, int ranks, std::size_t choice) {
  // Which of four lists an input is in.
  const auto list_of = [choice](std::size_t input) { return (input * 7 + choice * 5 + 1) % 11 % 4; };
  const auto joined_again = [f = std::move(f), list_of](const Arrays& whole, const Arrays& first,
                                                        const Arrays& second, const Arrays& last) {
    const Arrays* lists[] = {&whole, &first, &second, &last};
    std::size_t taken[4] = {};
    Arrays in;
    for (std::size_t n = 0; n < whole.size() + first.size() + second.size() + last.size(); ++n)
      in.push_back((*lists[list_of(n)])[taken[list_of(n)]++]);
    return f(in);
  };
  const auto compiled = jit(
      joined_again, {.shard = {.in_axes = {std::nullopt, 0, 1, -1}, .communicator = comm::threads(ranks)}});
  return [=](const Arrays& in) {
    Arrays lists[4];
    for (std::size_t n = 0; n < in.size(); ++n) lists[list_of(n)].push_back(in[n]);
    return compiled(lists[0], lists[1], lists[2], lists[3]);
  };
}

Call jitted_donating(Call f) {
  return [compiled = jit(std::move(f))](const Arrays& in) {
    Arrays out;
    for (int again = 0; again < 2; ++again) {
      Arrays own;
      for (const Array& x : in) own.push_back(copied(x));
      out = compiled(std::move(own));
    }
    return out;
  };
}

Call after(Call f, Arrays first) {
  return [f = std::move(f), first = std::move(first)](const Arrays& in) {
    (void)f(first);
    return f(in);
  };
}

Call with_threads(Call f, int count) {
  return [f = std::move(f), count](const Arrays& in) {
    set_num_threads(count);
    Arrays out = f(in);
    set_num_threads(1);
    return out;
  };
}

Call gradients(Call f) {
  return [f = std::move(f)](const Arrays& in) {
    return floating(grad([&](const Arrays& x) { return weighted_sum(f(x), cotangent_step); })(in));
  };
}

Call tangents(Call f) {
  return [f = std::move(f)](const Arrays& in) {
    return floating(jvp(f, std::tuple(in), std::tuple(directions(in))).second);
  };
}

Call gradients_of_product(Call f) {
  return [g = gradients(std::move(f))](const Arrays& in) {
    return floating(grad([&](const Arrays& x) { return weighted_sum(g(x), tangent_step); })(in));
  };
}

Call slope(Call f) {
  return
      [t = tangents(std::move(f))](const Arrays& in) { return Arrays{weighted_sum(t(in), cotangent_step)}; };
}

Call slope_by_gradients(Call f) {
  return
      [g = gradients(std::move(f))](const Arrays& in) { return Arrays{weighted_sum(g(in), tangent_step)}; };
}

double slope_size(const Call& f, const Arrays& in) {
  double size = 0;
  for (const Call& way : {gradients(f), tangents(f)})
    for (const Array& x : way(in)) size += sum(abs(astype(x, DType::float64))).item<double>();
  return size;
}

Call vmapped(Call f) {
  return [f = std::move(f)](const Arrays& in) { return vmap(f)(in); };
}

Call looped(Call f) {
  return [f = std::move(f)](const Arrays& in) {
    std::vector<Arrays> columns;
    for (int i = 0; i < static_cast<int>(in.at(0).shape(0)); ++i) {
      Arrays one;
      for (const Array& x : in) one.push_back(take(x, i, 0));
      const Arrays out = f(one);
      columns.resize(out.size());
      for (std::size_t o = 0; o < out.size(); ++o) columns[o].push_back(out[o]);
    }
    Arrays all;
    for (const Arrays& column : columns) all.push_back(stack(column));
    return all;
  };
}

Arrays stacked(const Arrays& a, const Arrays& b) {
  Arrays all;
  for (std::size_t i = 0; i < a.size(); ++i) all.push_back(stack({a[i], b[i]}));
  return all;
}

Call jitted_without(Call f, const std::string& pass) {
  return [compiled = jit(std::move(f), {.compile = {.without = {pass}}})](const Arrays& in) {
    return compiled(in);
  };
}

}  // namespace random_programs
