// Reading cases: arrays from JSON, exactly.
#include "case.hpp"

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "copse/core/error.hpp"

namespace reference {
namespace {

const Json& member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) throw Malformed(std::string("there is no \"") + name + "\"");
  return *found;
}

template <class E>
E element(const Json& value) {
  if constexpr (std::same_as<E, bool>) {
    if (!value.is_boolean()) throw Malformed("not a bool: " + value.dump());
    return value.get<bool>();
  } else if constexpr (std::integral<E>) {
    if (!value.is_number_integer() || value.get<std::int64_t>() < std::numeric_limits<E>::min() ||
        value.get<std::int64_t>() > static_cast<std::int64_t>(std::numeric_limits<E>::max()))
      throw Malformed("not an integer of this dtype: " + value.dump());
    return value.get<E>();
  } else {
    // float32 numbers are the shortest decimals that read back as such: rounding them twice changes nothing.
    double number = std::numeric_limits<double>::quiet_NaN();
    if (value.is_number())
      number = value.get<double>();
    else if (value == "inf" || value == "-inf")
      number =
          value == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
    else if (value != "nan")
      throw Malformed("not a number: " + value.dump());
    if constexpr (std::same_as<E, copse::bfloat16>)
      return copse::bfloat16(static_cast<float>(number));
    else
      return static_cast<E>(number);
  }
}

Array to_array(const Json& json) {
  copse::DType dtype;
  const auto name = member(json, "dtype").get<std::string>();
  try {
    dtype = copse::dtype_from_name(name);
  } catch (const copse::DTypeError&) {
    throw Unsupported("there is no dtype " + name);
  }
  const copse::ShapeDtype type{copse::Shape(member(json, "shape").get<std::vector<std::int64_t>>()), dtype};
  const Json& data = member(json, "data");
  if (!data.is_array() || data.size() != static_cast<std::size_t>(type.shape.elements()))
    throw Malformed("data of " + std::to_string(data.size()) + " elements for " + to_string(type));
  const Array out = copse::detail::allocate(type);
  copse::dispatch(dtype, [&]<class E>() {
    E* to = static_cast<E*>(copse::detail::mutable_data(out));
    for (const Json& item : data) *to++ = element<E>(item);
  });
  return out;
}

Arrays to_arrays(const Json& object) {
  if (!object.is_object()) throw Malformed("inputs and expected must be objects");
  Arrays out;
  for (const auto& [name, array] : object.items()) {
    try {
      out.emplace(name, to_array(array));
    } catch (const Malformed& e) {
      throw Malformed(name + ": " + e.what());
    }
  }
  return out;
}

Case to_case(const Json& json, const std::string& group) {
  Case out;
  out.group = group;
  out.name = member(json, "name").get<std::string>();
  out.call = member(json, "call").get<std::string>();
  try {
    out.options = std::make_shared<Json>(json.value("options", Json::object()));
    if (!out.options->is_object()) throw Malformed("options must be an object");
    out.rtol = json.value("rtol", 0.0);
    out.atol = json.value("atol", 0.0);
    out.inputs = to_arrays(json.value("inputs", Json::object()));
    out.expected = to_arrays(member(json, "expected"));
    if (out.expected.empty()) throw Malformed("nothing is expected");
  } catch (const Unsupported& e) {
    out.problem = e.what();
    out.problem_is_support = true;
  } catch (const std::exception& e) {
    out.problem = e.what();
  }
  return out;
}

}  // namespace

bool Arguments::has(const std::string& name) const {
  read_->insert(name);
  return inputs_.contains(name);
}

const Array& Arguments::operator[](const std::string& name) const {
  if (!has(name)) throw Unsupported("input " + name + " is missing");
  return inputs_.at(name);
}

std::vector<Array> Arguments::numbered(const std::string& prefix) const {
  std::vector<Array> out;
  while (has(prefix + std::to_string(out.size())))
    out.push_back(inputs_.at(prefix + std::to_string(out.size())));
  return out;
}

const Arrays& Arguments::all() const {
  for (const auto& input : inputs_) read_->insert(input.first);
  return inputs_;
}

Arguments Arguments::with(const std::vector<std::string>& names, const std::vector<Array>& arrays) const {
  Arguments out = *this;
  for (std::size_t i = 0; i < names.size(); ++i) out.inputs_[names[i]] = arrays[i];
  return out;
}

std::vector<Case> read_cases(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw Malformed("cannot be opened");
  try {
    const Json json = Json::parse(in);
    const auto group = member(json, "group").get<std::string>();
    std::vector<Case> out;
    for (const Json& item : member(json, "cases")) out.push_back(to_case(item, group));
    return out;
  } catch (const Json::exception& e) {
    throw Malformed(e.what());
  }
}

}  // namespace reference
