// Recurrent cells, and layers that run them over a sequence.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "copse/core/flag.hpp"
#include "copse/nn/initializers.hpp"
#include "copse/nn/linear.hpp"
#include "copse/nn/scope.hpp"

namespace copse::nn {

/// What a gate multiplies with: kernel (in, features) and, for some gates, bias (features,).
struct Gate {
  Parameter kernel = {};
  Parameter bias = {};
};

/// What an LSTM remembers: the cell and the output, (..., features) each.
using LSTMState = std::pair<Array, Array>;

/// One step of the simplest recurrence: `y = h' = tanh(i(x) + h(h))`. Cells take the carry and an input and
/// give the next carry and the output, so that they fit `scan`.
struct SimpleCell {
  std::int64_t features = 1;
  Activation activation_fn = tanh;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer recurrent_kernel_init = initializers::orthogonal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype = std::nullopt;
  Gate i = {};
  Gate h = {};

  std::pair<Array, Array> operator()(Scope& scope, const Array& carry, const Array& x);
};

/// One step of a GRU: `r, z = sigmoid(i(x) + h(h))`, `n = tanh(in(x) + r * hn(h))`, `y = h' = (1 - z) * n + z
/// * h`.
struct GRUCell {
  std::int64_t features = 1;
  Activation gate_fn = sigmoid;
  Activation activation_fn = tanh;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer recurrent_kernel_init = initializers::orthogonal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype = std::nullopt;
  Gate ir = {};
  Gate iz = {};
  Gate in = {};
  Gate hr = {};  ///< without bias
  Gate hz = {};  ///< without bias
  Gate hn = {};

  std::pair<Array, Array> operator()(Scope& scope, const Array& carry, const Array& x);
};

/// One step of an LSTM: `i, f, o = sigmoid(i*(x) + h*(h))`, `g = tanh(ig(x) + hg(h))`, `c' = f * c + i * g`,
/// `y = h' = o * tanh(c')`. The carry is (c, h).
struct LSTMCell {
  std::int64_t features = 1;
  Activation gate_fn = sigmoid;
  Activation activation_fn = tanh;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer recurrent_kernel_init = initializers::orthogonal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype = std::nullopt;
  Gate ii = {};  ///< the kernels of the input have no bias
  Gate if_ = {};
  Gate ig = {};
  Gate io = {};
  Gate hi = {};
  Gate hf = {};
  Gate hg = {};
  Gate ho = {};

  std::pair<LSTMState, Array> operator()(Scope& scope, const LSTMState& carry, const Array& x);
};

/// A GRU over a sequence (batch, time, in): the last state (batch, features), or all of them (batch, time,
/// features).
struct GRU {
  std::int64_t features = 1;
  Activation gate_fn = sigmoid;
  Activation activation_fn = tanh;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer recurrent_kernel_init = initializers::orthogonal();
  initializers::Initializer bias_init = initializers::zeros();
  initializers::Initializer initial_state_init = initializers::zeros();
  Flag return_sequences = false;
  Flag go_backwards = false;  ///< from the last input to the first; outputs are in that order
  Flag stateful = false;      ///< begin where the last call ended
  int time_axis = -2;
  std::optional<DType> dtype = std::nullopt;
  Gate ir = {};
  Gate iz = {};
  Gate in = {};
  Gate hr = {};
  Gate hz = {};
  Gate hn = {};
  Cache<Array> last_state = {};  ///< of the last call, if stateful

  /// A given initial state wins over what is remembered.
  Array operator()(Scope& scope, const Array& x, const Array& initial_state = {});
  /// All outputs and the last state.
  std::pair<Array, Array> run(Scope& scope, const Array& x, const Array& initial_state = {});
};

/// An LSTM over a sequence (batch, time, in): the last output (batch, features), or all of them (batch, time,
/// features).
struct LSTM {
  std::int64_t features = 1;
  Activation gate_fn = sigmoid;
  Activation activation_fn = tanh;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer recurrent_kernel_init = initializers::orthogonal();
  initializers::Initializer bias_init = initializers::zeros();
  initializers::Initializer initial_state_init = initializers::zeros();
  Flag return_sequences = false;
  Flag go_backwards = false;
  Flag stateful = false;
  int time_axis = -2;
  std::optional<DType> dtype = std::nullopt;
  Gate ii = {};
  Gate if_ = {};
  Gate ig = {};
  Gate io = {};
  Gate hi = {};
  Gate hf = {};
  Gate hg = {};
  Gate ho = {};
  Cache<Array> last_cell = {};
  Cache<Array> last_state = {};

  Array operator()(Scope& scope, const Array& x, const LSTMState& initial_state = {});
  /// All outputs and the last carry (c, h).
  std::pair<Array, LSTMState> run(Scope& scope, const Array& x, const LSTMState& initial_state = {});
};

}  // namespace copse::nn

extern template struct copse::tree_detail::TreeCode<copse::nn::Gate>;
extern template struct copse::tree_detail::TreeCode<copse::nn::SimpleCell>;
extern template struct copse::tree_detail::TreeCode<copse::nn::GRUCell>;
extern template struct copse::tree_detail::TreeCode<copse::nn::LSTMCell>;
extern template struct copse::tree_detail::TreeCode<copse::nn::GRU>;
extern template struct copse::tree_detail::TreeCode<copse::nn::LSTM>;
