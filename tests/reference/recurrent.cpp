// Recurrent cells and layers.
#include "gates.hpp"
#include "registry.hpp"

namespace reference {
namespace {

namespace nn = copse::nn;
using copse::Scope;

Results simple_cell(const Arguments& a) {
  nn::SimpleCell cell;
  cell.features = a.options.integer("features");
  cell.i = gate(a, "i", true);
  cell.h = gate(a, "h", false);
  Scope scope;
  return {{"y", cell(scope, a["h"], a["x"]).second}};
}

Results gru_cell(const Arguments& a) {
  nn::GRUCell cell;
  cell.features = a.options.integer("features");
  set_gru_gates(cell, a);
  Scope scope;
  return {{"y", cell(scope, a["h"], a["x"]).second}};
}

Results lstm_cell(const Arguments& a) {
  nn::LSTMCell cell;
  cell.features = a.options.integer("features");
  set_lstm_gates(cell, a);
  Scope scope;
  const auto [carry, y] = cell(scope, {a["c"], a["h"]}, a["x"]);
  return {{"y", y}, {"c", carry.first}};
}

Results gru(const Arguments& a) {
  nn::GRU layer;
  layer.features = a.options.integer("features");
  set_gru_gates(layer, a);
  Scope scope;
  const auto [y, h] = layer.run(scope, a["x"], a["h"]);
  return {{"y", y}, {"h", h}};
}

Results lstm(const Arguments& a) {
  nn::LSTM layer;
  layer.features = a.options.integer("features");
  set_lstm_gates(layer, a);
  Scope scope;
  const auto [y, carry] = layer.run(scope, a["x"], {a["c"], a["h"]});
  return {{"y", y}, {"c", carry.first}, {"h", carry.second}};
}

}  // namespace

void add_recurrent(Group& group) {
  group.add("SimpleCell", simple_cell);
  group.add("GRUCell", gru_cell);
  group.add("LSTMCell", lstm_cell);
  group.add("GRU", gru);
  group.add("LSTM", lstm);
}

}  // namespace reference
