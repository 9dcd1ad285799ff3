#include "copse/nn/recurrent.hpp"

#include <fmt/format.h>

#include <array>

#include "check.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/loops.hpp"
#include "copse/tree/code.hpp"

namespace copse::nn {
namespace {

// A gate's kernel and bias by name, as messages say them.
struct NamedGate {
  Gate* gate;
  const char* kernel;
  const char* bias;  // null for a gate without
};

// Several gates as one: kernels side by side, biases too (or none if no gate has one).
struct Joined {
  Array kernel;
  Array bias;

  Array operator()(const Array& x) const {
    const Array y = matmul(x, kernel);
    return bias.has_value() ? y + bias : y;
  }
};

template <class Layer, std::size_t N>
Joined join(Scope& scope, const Layer& layer, const std::array<NamedGate, N>& gates, std::int64_t in,
            const initializers::Initializer& init) {
  std::vector<Array> kernels, biases;
  bool any_bias = false;
  for (const NamedGate& g : gates) {
    const Array& have = *g.gate->kernel;
    if (have.has_value() && have.ndim() == 2 && have.shape(0) != in)
      scope.fail(layer, fmt::format("input has {} features, {} wants {}", in, g.kernel, have.shape(0)));
    kernels.push_back(
        as_dtype(scope.parameter(layer, g.kernel, g.gate->kernel, init, {in, layer.features}), layer.dtype));
    if (g.bias) {
      any_bias = true;
      biases.push_back(as_dtype(
          scope.parameter(layer, g.bias, g.gate->bias, layer.bias_init, {layer.features}), layer.dtype));
    } else {
      biases.push_back(zeros({layer.features}, kernels.back().dtype()));
    }
  }
  if constexpr (N == 1) return {kernels[0], any_bias ? biases[0] : Array()};
  return {concatenate(kernels, -1), any_bias ? concatenate(biases, -1) : Array()};
}

// The i-th of the gates in what a Joined gave.
Array part(const Array& joined, std::int64_t i, std::int64_t features) {
  return slice_in_dim(joined, i * features, (i + 1) * features, 1, -1);
}

std::int64_t width(const Scope& scope, const nn_detail::Object& layer, const Array& x, int least) {
  if (x.ndim() < least)
    scope.fail(layer, fmt::format("input has shape {}, wanted {}", to_string(x.shape()),
                                  least == 2 ? "(..., time, features)" : "(..., features)"));
  return x.shape(-1);
}

template <class Layer>
void check_state(const Scope& scope, const Layer& layer, const char* name, const Array& state,
                 const Shape& wanted) {
  if (state.shape() != wanted)
    scope.fail(layer,
               fmt::format("{} has shape {}, wanted {}", name, to_string(state.shape()), to_string(wanted)));
}

// (..., features) of an input, with the width of the state.
Shape state_shape(const Array& x, std::int64_t features) {
  Shape shape = x.shape();
  shape[-1] = features;
  return shape;
}

template <class Layer>
Joined gru_input(Scope& scope, Layer& layer, std::int64_t in) {
  return join(
      scope, layer,
      std::array{NamedGate{&layer.ir, "ir.kernel", "ir.bias"}, NamedGate{&layer.iz, "iz.kernel", "iz.bias"},
                 NamedGate{&layer.in, "in.kernel", "in.bias"}},
      in, layer.kernel_init);
}

template <class Layer>
Joined gru_state(Scope& scope, Layer& layer) {
  return join(
      scope, layer,
      std::array{NamedGate{&layer.hr, "hr.kernel", nullptr}, NamedGate{&layer.hz, "hz.kernel", nullptr},
                 NamedGate{&layer.hn, "hn.kernel", "hn.bias"}},
      layer.features, layer.recurrent_kernel_init);
}

template <class Layer>
Array gru_step(const Layer& layer, const Array& from_input, const Joined& state, const Array& h) {
  const std::int64_t n = layer.features;
  const Array from_state = state(h);
  const Array r = layer.gate_fn(part(from_input, 0, n) + part(from_state, 0, n));
  const Array z = layer.gate_fn(part(from_input, 1, n) + part(from_state, 1, n));
  const Array next = layer.activation_fn(part(from_input, 2, n) + r * part(from_state, 2, n));
  return (1 - z) * next + z * h;
}

template <class Layer>
Joined lstm_input(Scope& scope, Layer& layer, std::int64_t in) {
  return join(
      scope, layer,
      std::array{NamedGate{&layer.ii, "ii.kernel", nullptr}, NamedGate{&layer.if_, "if_.kernel", nullptr},
                 NamedGate{&layer.ig, "ig.kernel", nullptr}, NamedGate{&layer.io, "io.kernel", nullptr}},
      in, layer.kernel_init);
}

template <class Layer>
Joined lstm_state(Scope& scope, Layer& layer) {
  return join(
      scope, layer,
      std::array{NamedGate{&layer.hi, "hi.kernel", "hi.bias"}, NamedGate{&layer.hf, "hf.kernel", "hf.bias"},
                 NamedGate{&layer.hg, "hg.kernel", "hg.bias"}, NamedGate{&layer.ho, "ho.kernel", "ho.bias"}},
      layer.features, layer.recurrent_kernel_init);
}

template <class Layer>
LSTMState lstm_step(const Layer& layer, const Array& from_input, const Joined& state,
                    const LSTMState& carry) {
  const std::int64_t n = layer.features;
  const Array gates = from_input + state(carry.second);
  const Array i = layer.gate_fn(part(gates, 0, n)), f = layer.gate_fn(part(gates, 1, n)),
              g = layer.activation_fn(part(gates, 2, n)), o = layer.gate_fn(part(gates, 3, n));
  Array c = f * carry.first + i * g;
  Array h = o * layer.activation_fn(c);
  return {std::move(c), std::move(h)};
}

// The input with time in front, in the order in which it is run through.
template <class Layer>
Array by_time(const Scope& scope, const Layer& layer, const Array& x) {
  const Array front = named(scope, layer, [&] { return moveaxis(x, layer.time_axis, 0); });
  return as_dtype(layer.go_backwards ? flip(front, 0) : front, layer.dtype);
}

// Steps over all times: `step(carry, input)` gives the next carry, `output(carry)` what is seen of it.
template <class Layer, class Carry, class Step, class Output>
std::pair<Array, Carry> run_steps(const Layer& layer, const Array& inputs, const Carry& first,
                                  const Step& step, const Output& output) {
  auto [last, all] = scan(
      [&](const Carry& carry, const Array& input) {
        Carry next = step(carry, input);
        Array seen = output(next);
        return std::pair(std::move(next), std::move(seen));
      },
      first, inputs);
  return {moveaxis(all, 0, layer.time_axis), std::move(last)};
}

// (..., features) of one step's state, for what the input gives to all steps.
Shape carry_shape(const Array& inputs, std::int64_t features) {
  Shape shape = state_shape(inputs, features);
  shape.erase(0);
  return shape;
}

// The dtype that a step gives its carry.
DType carry_dtype(const Array& inputs, const Joined& state, const Array& first) {
  return promote_types(promote_types(inputs.dtype(), state.kernel.dtype()), first.dtype());
}

// The state to begin with: what was given, what is remembered, or a new one.
template <class Layer>
Array initial(Scope& scope, const Layer& layer, const char* name, const Array& given,
              const Cache<Array>& last, const Shape& shape) {
  const Array* found = given.has_value() ? &given : layer.stateful && last->has_value() ? &*last : nullptr;
  if (!found) return as_dtype(layer.initial_state_init(random::key(0), shape), layer.dtype);
  check_state(scope, layer, given.has_value() ? "the initial state" : name, *found, shape);
  return as_dtype(*found, layer.dtype);
}

}  // namespace

std::pair<Array, Array> SimpleCell::operator()(Scope& scope, const Array& carry, const Array& x) {
  auto call = scope.enter(*this, carry, x);
  const std::int64_t n = width(scope, *this, x, 1);
  const Joined input = join(scope, *this, std::array{NamedGate{&i, "i.kernel", "i.bias"}}, n, kernel_init);
  const Joined state =
      join(scope, *this, std::array{NamedGate{&h, "h.kernel", nullptr}}, features, recurrent_kernel_init);
  check_state(scope, *this, "the carry", carry, state_shape(x, features));
  Array y = call(activation_fn(input(as_dtype(x, dtype)) + state(as_dtype(carry, dtype))));
  return {y, y};
}

std::pair<Array, Array> GRUCell::operator()(Scope& scope, const Array& carry, const Array& x) {
  auto call = scope.enter(*this, carry, x);
  const Joined input = gru_input(scope, *this, width(scope, *this, x, 1)), state = gru_state(scope, *this);
  check_state(scope, *this, "the carry", carry, state_shape(x, features));
  Array y = call(gru_step(*this, input(as_dtype(x, dtype)), state, as_dtype(carry, dtype)));
  return {y, y};
}

std::pair<LSTMState, Array> LSTMCell::operator()(Scope& scope, const LSTMState& carry, const Array& x) {
  auto call = scope.enter(*this, carry.first, carry.second, x);
  const Joined input = lstm_input(scope, *this, width(scope, *this, x, 1)), state = lstm_state(scope, *this);
  check_state(scope, *this, "the carry's cell", carry.first, state_shape(x, features));
  check_state(scope, *this, "the carry's output", carry.second, state_shape(x, features));
  LSTMState next = lstm_step(*this, input(as_dtype(x, dtype)), state,
                             {as_dtype(carry.first, dtype), as_dtype(carry.second, dtype)});
  Array y = call(next.second);
  return {std::move(next), std::move(y)};
}

std::pair<Array, Array> GRU::run(Scope& scope, const Array& x, const Array& initial_state) {
  const Joined input = gru_input(scope, *this, width(scope, *this, x, 2)), state = gru_state(scope, *this);
  const Array inputs = input(by_time(scope, *this, x));
  const Shape shape = carry_shape(inputs, features);
  const Array first = initial(scope, *this, "last_state", initial_state, last_state, shape);
  auto result = run_steps(
      *this, inputs, astype(first, carry_dtype(inputs, state, first)),
      [&](const Array& h, const Array& from_input) { return gru_step(*this, from_input, state, h); },
      [](const Array& h) { return h; });
  if (stateful && !scope.initializing()) last_state = result.second;
  return result;
}

Array GRU::operator()(Scope& scope, const Array& x, const Array& initial_state) {
  auto call = scope.enter(*this, x);
  const auto [sequences, state] = run(scope, x, initial_state);
  return call(return_sequences ? sequences : state);
}

std::pair<Array, LSTMState> LSTM::run(Scope& scope, const Array& x, const LSTMState& initial_state) {
  const Joined input = lstm_input(scope, *this, width(scope, *this, x, 2)), state = lstm_state(scope, *this);
  const Array inputs = input(by_time(scope, *this, x));
  const Shape shape = carry_shape(inputs, features);
  if (initial_state.first.has_value() != initial_state.second.has_value())
    scope.fail<ValueError>(*this, "the initial state has a value for one of cell and output only");
  const Array cell = initial(scope, *this, "last_cell", initial_state.first, last_cell, shape),
              last = initial(scope, *this, "last_state", initial_state.second, last_state, shape);
  const DType type = promote_types(cell.dtype(), carry_dtype(inputs, state, last));
  auto result = run_steps(
      *this, inputs, LSTMState(astype(cell, type), astype(last, type)),
      [&](const LSTMState& carry, const Array& from_input) {
        return lstm_step(*this, from_input, state, carry);
      },
      [](const LSTMState& carry) { return carry.second; });
  if (stateful && !scope.initializing()) {
    last_cell = result.second.first;
    last_state = result.second.second;
  }
  return result;
}

Array LSTM::operator()(Scope& scope, const Array& x, const LSTMState& initial_state) {
  auto call = scope.enter(*this, x);
  const auto [sequences, state] = run(scope, x, initial_state);
  return call(return_sequences ? sequences : state.second);
}

}  // namespace copse::nn

template struct copse::tree_detail::TreeCode<copse::nn::Gate>;
template struct copse::tree_detail::TreeCode<copse::nn::SimpleCell>;
template struct copse::tree_detail::TreeCode<copse::nn::GRUCell>;
template struct copse::tree_detail::TreeCode<copse::nn::LSTMCell>;
template struct copse::tree_detail::TreeCode<copse::nn::GRU>;
template struct copse::tree_detail::TreeCode<copse::nn::LSTM>;
