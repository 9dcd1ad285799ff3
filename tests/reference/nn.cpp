// Layers: parameters are set as the case gives them, the layer is called once.
#include "copse/nn/attention.hpp"
#include "copse/nn/conv.hpp"
#include "copse/nn/dropout.hpp"
#include "copse/nn/linear.hpp"
#include "copse/nn/norm.hpp"
#include "copse/nn/pool.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "registry.hpp"
#include "windows.hpp"

namespace reference {
namespace {

namespace nn = copse::nn;
using copse::Scope;

Results output(Array y) { return {{"y", std::move(y)}}; }

// Options that count only with some of a layer's parameters.
bool with_bias(const Options& options) { return options.flag("use_bias", true); }
bool with_scale(const Options& options) { return options.flag("use_scale", true); }

template <class Layer>
void set_kernel_and_bias(Layer& layer, const Arguments& a) {
  layer.features = a.options.integer("features");
  layer.use_bias = with_bias(a.options);
  layer.kernel = a["kernel"];
  if (layer.use_bias) layer.bias = a["bias"];
}

template <class Layer>
void set_scale(Layer& layer, const Arguments& a) {
  if (a.options.has("epsilon")) layer.epsilon = a.options.number("epsilon");
  layer.use_scale = with_scale(a.options);
  if (layer.use_scale) layer.scale = a["scale"];
}
template <class Layer>
void set_scale_and_bias(Layer& layer, const Arguments& a) {
  set_scale(layer, a);
  layer.use_bias = with_bias(a.options);
  if (layer.use_bias) layer.bias = a["bias"];
}

template <class Layer>
Results call(Layer&& layer, const Array& x) {
  Scope scope;
  return output(layer(scope, x));
}

Results linear(const Arguments& a) {
  nn::Linear layer;
  set_kernel_and_bias(layer, a);
  return call(layer, a["x"]);
}

Results conv(const Arguments& a) {
  nn::Conv layer;
  set_kernel_and_bias(layer, a);
  layer.kernel_size = a.options.integers("kernel_size");
  layer.strides = extents_option(a.options, "strides", 0);
  layer.padding = padding_option(a.options, copse::Padding::same);
  layer.input_dilation = extents_option(a.options, "input_dilation", 0);
  layer.kernel_dilation = extents_option(a.options, "kernel_dilation", 0);
  layer.feature_group_count = a.options.integer("feature_group_count", 1);
  return call(layer, a["x"]);
}

Results conv_transpose(const Arguments& a) {
  nn::ConvTranspose layer;
  set_kernel_and_bias(layer, a);
  layer.kernel_size = a.options.integers("kernel_size");
  layer.strides = extents_option(a.options, "strides", 0);
  layer.padding = padding_option(a.options, copse::Padding::same);
  layer.kernel_dilation = extents_option(a.options, "kernel_dilation", 0);
  return call(layer, a["x"]);
}

Results embed(const Arguments& a) {
  nn::Embed layer;
  layer.num_embeddings = a.options.integer("num_embeddings");
  layer.features = a.options.integer("features");
  layer.embedding = a["embedding"];
  return call(layer, a["x"]);
}

Results layer_norm(const Arguments& a) {
  nn::LayerNorm layer;
  set_scale_and_bias(layer, a);
  return call(layer, a["x"]);
}

Results rms_norm(const Arguments& a) {
  nn::RMSNorm layer;
  set_scale(layer, a);
  return call(layer, a["x"]);
}

Results group_norm(const Arguments& a) {
  nn::GroupNorm layer;
  set_scale_and_bias(layer, a);
  layer.num_groups = a.options.integer("num_groups");
  return call(layer, a["x"]);
}

Results batch_norm(const Arguments& a) {
  nn::BatchNorm layer;
  set_scale_and_bias(layer, a);
  layer.momentum = a.options.number("momentum", layer.momentum);
  layer.mean = a["mean"];
  layer.var = a["var"];
  const bool training = a.options.flag("training");
  Scope scope({.training = training});
  Results results = output(layer(scope, a["x"]));
  if (training) {
    results.emplace_back("new_mean", *layer.mean);
    results.emplace_back("new_var", *layer.var);
  }
  return results;
}

nn::Projection projection(const Arguments& a, const std::string& name) {
  nn::Projection out;
  out.kernel = a[name + "_kernel"];
  if (with_bias(a.options)) out.bias = a[name + "_bias"];
  return out;
}

Results attention(const Arguments& a) {
  nn::MultiHeadAttention layer;
  layer.num_heads = a.options.integer("num_heads");
  if (a.options.has("qkv_features")) layer.qkv_features = a.options.integer("qkv_features");
  if (a.options.has("out_features")) layer.out_features = a.options.integer("out_features");
  layer.use_bias = with_bias(a.options);
  layer.causal = a.options.flag("causal", false);
  layer.query = projection(a, "query");
  layer.key = projection(a, "key");
  layer.value = projection(a, "value");
  layer.out = projection(a, "out");
  Scope scope;
  const Array keys = a.has("kv") ? a["kv"] : Array();
  return output(layer(scope, a["q"], keys, {}, a.has("mask") ? a["mask"] : Array()));
}

Results max_pool(const Arguments& a) {
  const auto options = pool_options(a.options, a["x"], false);
  return call(nn::MaxPool{options.window, options.strides, options.padding}, a["x"]);
}

Results avg_pool(const Arguments& a) {
  const auto options = pool_options(a.options, a["x"], true);
  return call(nn::AvgPool{options.window, options.strides, options.padding, options.count_include_pad},
              a["x"]);
}

Results dropout(const Arguments& a) {
  const double rate = a.options.number("rate");
  const copse::Key key{a["key"]};
  // What is kept shows where all elements are ones.
  const Array mask = copse::not_equal(nn::dropout(key, copse::ones_like(a["x"]), rate), 0);
  Results results = output(nn::dropout(key, a["x"], rate));
  results.emplace_back("mask", mask);
  return results;
}

}  // namespace

void add_layers(Group& group) {
  group.add("Linear", linear);
  group.add("Conv", conv);
  group.add("ConvTranspose", conv_transpose);
  group.add("Embed", embed);
  group.add("LayerNorm", layer_norm);
  group.add("RMSNorm", rms_norm);
  group.add("GroupNorm", group_norm);
  group.add("BatchNorm", batch_norm);
  group.add("MultiHeadAttention", attention);
  group.add("max_pool", max_pool);
  group.add("avg_pool", avg_pool);
  group.add("dropout", dropout);
}

}  // namespace reference
