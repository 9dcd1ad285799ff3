// Golden values: what JAX gives for the samples of the table. `golden.py` writes them; see there.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "checks.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"

namespace tables {
namespace {

using Json = nlohmann::json;

const Json& golden() {
  static const Json all = [] {
    std::ifstream file(COPSE_TESTS_DIR "/tables/golden.json");
    return Json::parse(file);
  }();
  return all;
}

// JSON has no nan and no infinities: those are texts.
double number(const Json& j) {
  return j.is_string() ? std::strtod(j.get<std::string>().c_str(), nullptr) : j.get<double>();
}

Array from_json(const Json& j) {
  const DType dtype = dtype_from_name(j.at("dtype").get<std::string>());
  const Shape shape(j.at("shape").get<std::vector<std::int64_t>>());
  if (is_floating(dtype)) {
    std::vector<double> values;
    for (const Json& x : j.at("data")) values.push_back(number(x));
    return astype(array(std::span<const double>(values), shape), dtype);
  }
  const auto values = j.at("data").get<std::vector<std::int64_t>>();
  return astype(array(std::span<const std::int64_t>(values), shape), dtype);
}

Json to_json(const Array& x) {
  Json data = Json::array();
  if (is_floating(x.dtype())) {
    for (const double v : x.to_vector<double>())
      data.push_back(std::isfinite(v) ? Json(v) : Json(fmt::format("{}", v)));
  } else {
    for (const std::int64_t v : x.to_vector<std::int64_t>()) data.push_back(v);
  }
  return {{"dtype", std::string(name_of(x.dtype()))}, {"shape", x.shape().to_vector()}, {"data", data}};
}

// Which dtypes a sample is tried with; one without a typed input once. Long ones are for the compiler: their
// values would fill the file.
bool tried(const Row& row, const Sample& sample, DType dtype) {
  if (sample.label == "long") return false;
  return row.is_typed() ? contains(sample.types, dtype) : dtype == DType::float32;
}

void check_values(const Row& row, const Sample& sample, DType dtype, const Json& wanted, Report& report) {
  const std::string where = "values, " + sample.label + " " + std::string(name_of(dtype));
  const Arrays inputs = make(sample.inputs, dtype);
  if (!contains(row.types, dtype)) {
    try {
      (void)row.call(inputs);
      report.add(where, "worked, but the row says that the dtype is not taken");
    } catch (const DTypeError&) {
    } catch (const std::exception& error) {
      report.add(where, std::string("wanted a DTypeError, got ") + error.what());
    }
    return;
  }
  if (wanted.is_string()) {
    // JAX refuses an edge case, so there must be an error; a dtype may well be taken here and not there.
    if (sample.label == "main") return report.run(where, [&] { (void)row.call(inputs); });
    try {
      (void)row.call(inputs);
      if (!row.lenient) report.add(where, "worked, but JAX says: " + wanted.get<std::string>());
    } catch (const Error&) {
    }
    return;
  }
  report.run(where, [&] {
    const Arrays got = row.call(inputs);
    if (got.size() != wanted.size())
      return report.add(where, fmt::format("got {} results, wanted {}", got.size(), wanted.size()));
    for (std::size_t i = 0; i < got.size(); ++i)
      report.add(fmt::format("{} result {}", where, i),
                 difference(got[i], from_json(wanted[i]), row.tolerance));
  });
}

}  // namespace

void check_golden(const Row& row, Report& report) {
  if (!golden().contains(row.id())) return report.add("values", "golden.json has none");
  const Json& of_row = golden().at(row.id());
  for (const Sample& sample : row.samples())
    for (int d = 0; d < dtype_count; ++d) {
      const auto dtype = static_cast<DType>(d);
      if (!tried(row, sample, dtype)) continue;
      const std::string name(name_of(dtype));
      if (!of_row.contains(sample.label) || !of_row.at(sample.label).contains(name))
        report.add("values, " + sample.label + " " + name, "golden.json has none");
      else
        check_values(row, sample, dtype, of_row.at(sample.label).at(name), report);
    }
}

std::string samples_as_json() {
  Json all = Json::array();
  for (const Row& row : rows())
    for (const Sample& sample : row.samples())
      for (int d = 0; d < dtype_count; ++d) {
        const auto dtype = static_cast<DType>(d);
        if (!tried(row, sample, dtype)) continue;
        Json inputs = Json::array();
        for (const Array& x : make(sample.inputs, dtype)) inputs.push_back(to_json(x));
        all.push_back({{"row", row.id()},
                       {"sample", sample.label},
                       {"dtype", std::string(name_of(dtype))},
                       {"jax", row.jax},
                       {"inputs", inputs}});
      }
  return all.dump();
}

}  // namespace tables
