#include "check_nan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"

namespace copse::flat {
namespace {

// The number of the first element that is a nan.
std::optional<std::int64_t> first_nan(const ShapeDtype& type, const void* data) {
  if (!is_floating(type.dtype)) return std::nullopt;
  return dispatch(type.dtype, [&]<class T>() -> std::optional<std::int64_t> {
    const T* elements = static_cast<const T*>(data);
    for (std::int64_t i = 0; i < type.shape.elements(); ++i)
      if (std::isnan(static_cast<double>(elements[i]))) return i;
    return std::nullopt;
  });
}

// "[1, 0]" for the number of an element.
std::string index_text(const Shape& shape, std::int64_t number) {
  std::string text;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    text = fmt::format("{}{}{}", number % shape[d], text.empty() ? "" : ", ", text);
    number /= shape[d];
  }
  return "[" + text + "]";
}

class Checked final : public Kernel {
 public:
  Checked(std::unique_ptr<Kernel> kernel, const ir::Instruction& i, std::span<const ShapeDtype> in,
          std::span<const ShapeDtype> out)
      : kernel_(std::move(kernel)),
        primitive_(i.primitive),
        path_(i.path),
        in_(in.begin(), in.end()),
        out_(out.begin(), out.end()) {}

  std::size_t workspace() const override { return kernel_->workspace(); }

  void run(const void* const* inputs, void* const* outputs, void* workspace) const override {
    // Before the run: a result may lie where an operand lay.
    bool had_nan = false;
    for (std::size_t n = 0; n < in_.size(); ++n) had_nan = had_nan || first_nan(in_[n], inputs[n]);
    kernel_->run(inputs, outputs, workspace);
    if (had_nan) return;
    for (std::size_t n = 0; n < out_.size(); ++n)
      if (const auto at = first_nan(out_[n], outputs[n])) fail(n, *at);
  }

 private:
  [[noreturn]] void fail(std::size_t result, std::int64_t element) const {
    std::string operands;
    for (const ShapeDtype& type : in_) operands += (operands.empty() ? "" : ", ") + to_string(type);
    const std::string& path = detail::path_text(path_);
    const Shape& shape = out_[result].shape;
    throw ValueError(fmt::format(
        "check_nan: {}({}) gives a nan{} in its result of type {}, and its operands have none{}{}; print the "
        "operands before it with debug::print",
        primitive_->name(), operands, shape.empty() ? "" : " at " + index_text(shape, element),
        to_string(out_[result]), path.empty() ? "" : ", in ", path));
  }

  std::unique_ptr<Kernel> kernel_;
  PrimitivePtr primitive_;
  std::uint32_t path_;
  std::vector<ShapeDtype> in_, out_;
};

}  // namespace

std::unique_ptr<Kernel> check_nan(std::unique_ptr<Kernel> kernel, const ir::Instruction& instruction,
                                  std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) {
  const auto floating = [](const ShapeDtype& type) { return is_floating(type.dtype); };
  if (std::none_of(out.begin(), out.end(), floating)) return kernel;
  return std::make_unique<Checked>(std::move(kernel), instruction, in, out);
}

}  // namespace copse::flat
