#include "checks.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "transforms.hpp"

namespace tables {
namespace {

// An array laid out otherwise in memory, and how it is read back.
struct Detour {
  const char* name;
  Array (*there)(const Array&);
  Array (*back)(const Array&);
};

const Detour detours[] = {
    {"transposed", [](const Array& x) { return transpose(x); }, [](const Array& x) { return transpose(x); }},
    {"reversed", [](const Array& x) { return flip(x); }, [](const Array& x) { return flip(x); }},
    {"sliced",
     [](const Array& x) {
       const std::vector<std::pair<std::int64_t, std::int64_t>> widths(x.shape().size(), {1, 2});
       return pad(x, widths);
     },
     [](const Array& x) {
       std::vector<std::int64_t> start(x.shape().size(), 1), limit;
       for (const std::int64_t n : x.shape()) limit.push_back(n - 2);
       return slice(x, start, limit);
     }},
    {"strided", [](const Array& x) { return repeat(x, 2, -1); },
     [](const Array& x) { return slice_in_dim(x, 0, x.shape(-1), 2, -1); }},
    {"broadcast", [](const Array& x) { return expand_dims(x, 0); },
     [](const Array& x) {
       Shape shape = x.shape();
       shape[0] = 2;
       return squeeze(slice_in_dim(broadcast_to(x, shape), 1, 2), 0);
     }},
};

void check_sample(const Row& row, const Sample& sample, DType dtype, Report& report) {
  const Arrays inputs = make(sample.inputs, dtype);
  const std::string where = sample.label + " " + std::string(name_of(dtype));
  Arrays wanted;
  try {
    wanted = row.call(inputs);
  } catch (const std::exception&) {
    return;  // what has no value is check_golden's subject
  }
  report.run("jit, " + where, [&] {
    report.add("jit, " + where, difference(compiled(row.call, inputs), wanted, row.tolerance));
  });
  if (sample.label != "main") return;
  for (const Detour& detour : detours) {
    const auto through = [&](const Array& x, Array (*f)(const Array&)) { return x.ndim() > 0 ? f(x) : x; };
    Arrays stored;
    for (const Array& x : inputs) stored.push_back(through(x, detour.there));
    const Call f = [&](const Arrays& in) {
      Arrays read;
      for (const Array& x : in) read.push_back(through(x, detour.back));
      return row.call(read);
    };
    const std::string what = std::string("jit, ") + detour.name + ", " + where;
    report.run(what, [&] { report.add(what, difference(compiled(f, stored), wanted, row.tolerance)); });
  }
  // Between other operations, which the compiler may join with it.
  const Call between = [&](const Arrays& in) {
    Arrays doubled;
    for (std::size_t i = 0; i < in.size(); ++i)
      doubled.push_back(sample.inputs[i].typed && is_floating(in[i].dtype()) ? in[i] * 2 : in[i]);
    Arrays out;
    for (const Array& y : row.call(doubled)) out.push_back(is_floating(y.dtype()) ? y + y : y);
    return out;
  };
  Arrays halves;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    halves.push_back(sample.inputs[i].typed && is_floating(inputs[i].dtype()) ? inputs[i] * 0.5 : inputs[i]);
  report.run("jit, between others, " + where, [&] {
    report.add("jit, between others, " + where,
               difference(compiled(between, halves), between(halves), row.tolerance));
  });
}

}  // namespace

void check_jit(const Row& row, Report& report) {
  if (row.needs_values) return;
  for (const Sample& sample : row.samples())
    for (int d = 0; d < dtype_count; ++d) {
      const auto dtype = static_cast<DType>(d);
      if (!contains(row.types & sample.types, dtype) || (!row.is_typed() && dtype != DType::float32))
        continue;
      check_sample(row, sample, dtype, report);
    }
}

}  // namespace tables
