#include "epilogue.hpp"

#include "copse/core/error.hpp"

namespace copse {
namespace {

using traits::Activation;
using traits::Epilogue;

class WithEpilogue final : public Primitive {
 public:
  WithEpilogue(PrimitivePtr product, const Epilogue& epilogue, PrepareProduct prepare)
      : product_(std::move(product)), epilogue_(epilogue), prepare_(std::move(prepare)) {}
  std::string_view name() const override { return product_->name(); }
  std::string parameters() const override {
    return product_->parameters() + (epilogue_.bias ? " bias" : "") +
           (epilogue_.activation == Activation::relu ? " relu" : "");
  }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    product_->infer(in.first(2), out);
    if (in.size() != (epilogue_.bias ? 3u : 2u) ||
        (epilogue_.bias && (in[2].shape != Shape{out[0].shape[-1]} || in[2].dtype != out[0].dtype)))
      throw InternalError("the bias does not fit the product");
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return prepare_(in[0], in[1], epilogue_);
  }
  double flops(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const override {
    return product_->flops(in.first(2), out);
  }
  BatchResult batch(const BatchCall& call) const override { return product_->batch(call); }
  bool same(const Primitive& other) const override { return this == &other; }

 private:
  PrimitivePtr product_;
  Epilogue epilogue_;
  PrepareProduct prepare_;
};

}  // namespace

PrimitivePtr with_epilogue(PrimitivePtr product, const Epilogue& epilogue, PrepareProduct prepare) {
  return new_primitive<WithEpilogue>(std::move(product), epilogue, std::move(prepare));
}

}  // namespace copse
