// Printing from inside of functions: an operation without results, of which the compiler knows that it has
// side effects.
#include "debug.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <mutex>

#include "copse/core/error.hpp"
#include "copse/core/primitive.hpp"
#include "copse/trace/debug.hpp"

namespace copse::debug {
namespace {

constinit thread_local bool silent = false;

// Where lines go to. The mutex is held while one is printed, so that lines are whole; a sink may print, too.
struct Output {
  std::recursive_mutex mutex;
  std::shared_ptr<const Sink> sink;
};

Output& output() {
  static Output& only = *new Output;  // never destroyed
  return only;
}

void print_line(const std::string& line) {
  if (silent) return;
  Output& out = output();
  const std::lock_guard lock(out.mutex);
  if (const std::shared_ptr<const Sink> sink = out.sink) {
    (*sink)(line);
    return;
  }
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

[[noreturn]] void refuse(std::string_view format, const std::string& problem) {
  throw ValueError(fmt::format("debug::print: \"{}\" {}", format, problem));
}

// The texts before, between and behind the places of values.
std::vector<std::string> parse(std::string_view format) {
  std::vector<std::string> texts(1);
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i], next = i + 1 < format.size() ? format[i + 1] : '\0';
    if (c != '{' && c != '}') {
      texts.back() += c;
    } else if (next == c) {
      texts.back() += c;
      ++i;
    } else if (c == '{' && next == '}') {
      texts.emplace_back();
      ++i;
    } else {
      refuse(format, fmt::format("has a {} at {} that is neither part of {{}} nor doubled; values take no "
                                 "further format: round or convert them before",
                                 c, i));
    }
  }
  return texts;
}

// One level of vmap around a print: how many elements, and which values have one for each.
struct MappedAxis {
  std::int64_t size;
  std::vector<std::uint8_t> batched;
  friend bool operator==(const MappedAxis&, const MappedAxis&) = default;
};

struct PrintParams {
  std::vector<std::string> texts;
  std::vector<MappedAxis> axes;  // from the outermost, whose dimension comes first
  friend bool operator==(const PrintParams&, const PrintParams&) = default;
};

// The values of one call, as types and addresses.
class Call {
 public:
  Call(const PrintParams& params, std::span<const ShapeDtype> types)
      : params_(params), types_(types.begin(), types.end()) {
    for (const MappedAxis& axis : params.axes)
      for (std::size_t v = 0; v < types_.size(); ++v)
        if (axis.batched[v]) types_[v].shape.erase(0);
  }

  void print(const void* const* values) const {
    std::vector<const std::byte*> at;
    for (std::size_t v = 0; v < types_.size(); ++v) at.push_back(static_cast<const std::byte*>(values[v]));
    print_axis(0, at);
  }

 private:
  // Elements of the mapped axes one after the other, then the line of one of them.
  void print_axis(std::size_t depth, std::vector<const std::byte*> at) const {
    if (depth == params_.axes.size()) {
      print_line(line(at));
      return;
    }
    const MappedAxis& axis = params_.axes[depth];
    for (std::int64_t i = 0; i < axis.size; ++i) {
      print_axis(depth + 1, at);
      for (std::size_t v = 0; v < at.size(); ++v)
        if (axis.batched[v]) at[v] += bytes_within(v, depth + 1);
    }
  }

  // Of a value, all elements of the axes from `depth` on.
  std::size_t bytes_within(std::size_t v, std::size_t depth) const {
    std::size_t bytes = types_[v].bytes();
    for (; depth < params_.axes.size(); ++depth)
      if (params_.axes[depth].batched[v]) bytes *= static_cast<std::size_t>(params_.axes[depth].size);
    return bytes;
  }

  std::string line(const std::vector<const std::byte*>& at) const {
    std::string text = params_.texts[0];
    for (std::size_t v = 0; v < types_.size(); ++v) {
      const Array value = detail::allocate(types_[v]);
      if (const std::size_t bytes = types_[v].bytes()) std::memcpy(detail::mutable_data(value), at[v], bytes);
      text += to_string(value) + params_.texts[v + 1];
    }
    return text;
  }

  PrintParams params_;
  std::vector<ShapeDtype> types_;  // of the values of one element
};

class Print final : public PrimitiveWith<Print, PrintParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "print"; }
  std::string parameters() const override {
    std::string text = params.texts[0];
    for (std::size_t n = 1; n < params.texts.size(); ++n) text += "{}" + params.texts[n];
    return "\"" + text + "\"";
  }
  int outputs() const override { return 0; }
  bool has_effect() const override { return true; }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype>) const override {
    if (in.size() + 1 != params.texts.size())
      throw InternalError(
          fmt::format("{} operands, the format has {} places", in.size(), params.texts.size() - 1));
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel(
        [call = Call(params, in)](const void* const* values, void* const*) { call.print(values); });
  }
  void eval(std::span<const Array> in, std::span<Array>) const override {
    std::vector<ShapeDtype> types;
    std::vector<const void*> data;
    for (const Array& a : in) {
      types.push_back(a.type());
      data.push_back(a.raw());
    }
    Call(params, types).print(data.data());
  }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }

  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {};
  }
  // The axis is in front of those that are mapped already.
  BatchResult batch(const BatchCall& call) const override {
    PrintParams mapped = params;
    mapped.axes.insert(mapped.axes.begin(),
                       {call.size, std::vector<std::uint8_t>(call.batched.begin(), call.batched.end())});
    bind(new_primitive<Print>(std::move(mapped)), call.inputs, std::span<Array>());
    return {std::vector<Array>(), std::vector<std::uint8_t>()};
  }
};

}  // namespace

Sink set_sink(Sink sink) try {
  Output& out = output();
  const std::lock_guard lock(out.mutex);
  std::shared_ptr<const Sink> before = std::move(out.sink);
  out.sink = sink ? std::make_shared<const Sink>(std::move(sink)) : nullptr;
  return before ? *before : Sink();
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("debug::set_sink");
}

Silence::Silence() noexcept : before_(silent) { silent = true; }
Silence::~Silence() { silent = before_; }

void print_values(std::string_view format, std::span<const Printed> values) {
  const std::vector<std::string> texts = parse(format);
  if (texts.size() != values.size() + 1)
    refuse(format, fmt::format("has {} places for values, got {}", texts.size() - 1, values.size()));
  PrintParams params{{texts[0]}, {}};
  std::vector<Array> arrays;
  for (std::size_t v = 0; v < values.size(); ++v) {
    if (const auto* text = std::get_if<std::string>(&values[v].value())) {
      params.texts.back() += *text;
    } else {
      arrays.push_back(std::get<Array>(values[v].value()));
      params.texts.emplace_back();
    }
    params.texts.back() += texts[v + 1];
  }
  bind(new_primitive<Print>(std::move(params)), arrays, std::span<Array>());
}

}  // namespace copse::debug
