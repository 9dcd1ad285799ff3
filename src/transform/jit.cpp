#include "copse/transform/jit.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace copse::lift {

const JitVariant* JitProgram::variant(std::uint64_t mask) const {
  for (const auto& v : variants)
    if (v->mask == mask) return v.get();
  return nullptr;
}

std::unique_ptr<const JitVariant> JitProgram::compile(std::uint64_t mask) const {
  auto made = std::make_unique<JitVariant>();
  made->mask = mask;
  for (const std::uint8_t argument : arguments) made->donated.push_back((mask >> argument) & 1u);
  made->compiled = flat::compile(program, made->donated);
  return made;
}

void escaped() {
  throw ConcretizationError(
      "jit: the function uses an array that belongs to a transform which has ended; return arrays from "
      "transformed functions instead of storing them");
}

flat::Arrays& spare_inputs() {
  thread_local flat::Arrays list;
  return list;
}

flat::Arrays& spare_outputs() {
  thread_local flat::Arrays list;
  return list;
}

void given_twice(std::size_t argument) {
  throw ValueError(
      fmt::format("jit: argument {} was given away by std::move together with another one that it shares an "
                  "object with; give it away once, and pass a copy the other time",
                  argument));
}

void log_compile(const JitOptions& options, std::int64_t traces, const std::string& change) {
  const std::string line = fmt::format("jit: {} was compiled {} times; {}", options.name, traces, change);
  if (options.log)
    options.log(line);
  else
    fmt::print(stderr, "{}\n", line);
}

std::string type_change(const std::vector<std::pair<std::string, ShapeDtype>>& now,
                        const std::vector<ShapeDtype>& before) {
  for (std::size_t i = 0; i < now.size() && i < before.size(); ++i) {
    const auto& [place, type] = now[i];
    if (type.shape != before[i].shape || type.dtype != before[i].dtype)
      return fmt::format("{} is {}, it was {}", place, to_string(type), to_string(before[i]));
    if (type.weak != before[i].weak)
      return fmt::format("{} is {} a bare number, it was {}", place, type.weak ? "now" : "not",
                         before[i].weak ? "one" : "none");
  }
  return now.size() == before.size() ? std::string()
                                     : fmt::format("{} arrays, there were {}", now.size(), before.size());
}

}  // namespace copse::lift
