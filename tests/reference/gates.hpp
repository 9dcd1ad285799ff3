// The gates of recurrent layers, which cases name alike everywhere.
#pragma once

#include "case.hpp"
#include "copse/nn/recurrent.hpp"

namespace reference {

/// `<name>_kernel`, and `<name>_bias` where the gate has one.
inline copse::nn::Gate gate(const Arguments& a, const std::string& name, bool bias) {
  copse::nn::Gate out;
  out.kernel = a[name + "_kernel"];
  if (bias) out.bias = a[name + "_bias"];
  return out;
}

template <class Layer>
void set_gru_gates(Layer& layer, const Arguments& a) {
  layer.ir = gate(a, "ir", true);
  layer.iz = gate(a, "iz", true);
  layer.in = gate(a, "in", true);
  layer.hr = gate(a, "hr", false);
  layer.hz = gate(a, "hz", false);
  layer.hn = gate(a, "hn", true);
}

template <class Layer>
void set_lstm_gates(Layer& layer, const Arguments& a) {
  layer.ii = gate(a, "ii", false);
  layer.if_ = gate(a, "if", false);
  layer.ig = gate(a, "ig", false);
  layer.io = gate(a, "io", false);
  layer.hi = gate(a, "hi", true);
  layer.hf = gate(a, "hf", true);
  layer.hg = gate(a, "hg", true);
  layer.ho = gate(a, "ho", true);
}

}  // namespace reference
