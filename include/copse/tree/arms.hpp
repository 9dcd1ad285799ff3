// One arm for each count of fields up to 64: it opens an aggregate with a structured binding.
//
// C++20 has no way to say this once for all counts; the table is the only place in the library that knows
// them.
#pragma once

#include "copse/core/config.hpp"

#include <cstddef>
#include <type_traits>

namespace copse::reflect::detail {

/// The largest aggregate that can be opened.
inline constexpr std::size_t max_fields = 64;

template <std::size_t N>
using Count = std::integral_constant<std::size_t, N>;

// clang-format off
template <class T, class F> constexpr decltype(auto) open(Count<0>, T&, F&& take) { return take(); }
template <class T, class F> constexpr decltype(auto) open(Count<1>, T& value, F&& take) {
  auto& [a] = value;
  return take(a); }
template <class T, class F> constexpr decltype(auto) open(Count<2>, T& value, F&& take) {
  auto& [a, b] = value;
  return take(a, b); }
template <class T, class F> constexpr decltype(auto) open(Count<3>, T& value, F&& take) {
  auto& [a, b, c] = value;
  return take(a, b, c); }
template <class T, class F> constexpr decltype(auto) open(Count<4>, T& value, F&& take) {
  auto& [a, b, c, d] = value;
  return take(a, b, c, d); }
template <class T, class F> constexpr decltype(auto) open(Count<5>, T& value, F&& take) {
  auto& [a, b, c, d, e] = value;
  return take(a, b, c, d, e); }
template <class T, class F> constexpr decltype(auto) open(Count<6>, T& value, F&& take) {
  auto& [a, b, c, d, e, f] = value;
  return take(a, b, c, d, e, f); }
template <class T, class F> constexpr decltype(auto) open(Count<7>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g] = value;
  return take(a, b, c, d, e, f, g); }
template <class T, class F> constexpr decltype(auto) open(Count<8>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h] = value;
  return take(a, b, c, d, e, f, g, h); }
template <class T, class F> constexpr decltype(auto) open(Count<9>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i] = value;
  return take(a, b, c, d, e, f, g, h, i); }
template <class T, class F> constexpr decltype(auto) open(Count<10>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j] = value;
  return take(a, b, c, d, e, f, g, h, i, j); }
template <class T, class F> constexpr decltype(auto) open(Count<11>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k); }
template <class T, class F> constexpr decltype(auto) open(Count<12>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l); }
template <class T, class F> constexpr decltype(auto) open(Count<13>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m); }
template <class T, class F> constexpr decltype(auto) open(Count<14>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n); }
template <class T, class F> constexpr decltype(auto) open(Count<15>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o); }
template <class T, class F> constexpr decltype(auto) open(Count<16>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p); }
template <class T, class F> constexpr decltype(auto) open(Count<17>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q); }
template <class T, class F> constexpr decltype(auto) open(Count<18>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r); }
template <class T, class F> constexpr decltype(auto) open(Count<19>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s); }
template <class T, class F> constexpr decltype(auto) open(Count<20>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t); }
template <class T, class F> constexpr decltype(auto) open(Count<21>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u); }
template <class T, class F> constexpr decltype(auto) open(Count<22>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v); }
template <class T, class F> constexpr decltype(auto) open(Count<23>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w); }
template <class T, class F> constexpr decltype(auto) open(Count<24>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x); }
template <class T, class F> constexpr decltype(auto) open(Count<25>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y); }
template <class T, class F> constexpr decltype(auto) open(Count<26>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z); }
template <class T, class F> constexpr decltype(auto) open(Count<27>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A); }
template <class T, class F> constexpr decltype(auto) open(Count<28>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B); }
template <class T, class F> constexpr decltype(auto) open(Count<29>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C); }
template <class T, class F> constexpr decltype(auto) open(Count<30>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D); }
template <class T, class F> constexpr decltype(auto) open(Count<31>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E); }
template <class T, class F> constexpr decltype(auto) open(Count<32>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E,
      G] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E,
      G); }
template <class T, class F> constexpr decltype(auto) open(Count<33>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H); }
template <class T, class F> constexpr decltype(auto) open(Count<34>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H,
      I] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I); }
template <class T, class F> constexpr decltype(auto) open(Count<35>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J); }
template <class T, class F> constexpr decltype(auto) open(Count<36>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K); }
template <class T, class F> constexpr decltype(auto) open(Count<37>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L); }
template <class T, class F> constexpr decltype(auto) open(Count<38>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M); }
template <class T, class F> constexpr decltype(auto) open(Count<39>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N); }
template <class T, class F> constexpr decltype(auto) open(Count<40>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O); }
template <class T, class F> constexpr decltype(auto) open(Count<41>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P); }
template <class T, class F> constexpr decltype(auto) open(Count<42>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q); }
template <class T, class F> constexpr decltype(auto) open(Count<43>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R); }
template <class T, class F> constexpr decltype(auto) open(Count<44>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S); }
template <class T, class F> constexpr decltype(auto) open(Count<45>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U); }
template <class T, class F> constexpr decltype(auto) open(Count<46>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V); }
template <class T, class F> constexpr decltype(auto) open(Count<47>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W); }
template <class T, class F> constexpr decltype(auto) open(Count<48>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X); }
template <class T, class F> constexpr decltype(auto) open(Count<49>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y); }
template <class T, class F> constexpr decltype(auto) open(Count<50>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z); }
template <class T, class F> constexpr decltype(auto) open(Count<51>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa); }
template <class T, class F> constexpr decltype(auto) open(Count<52>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab); }
template <class T, class F> constexpr decltype(auto) open(Count<53>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac); }
template <class T, class F> constexpr decltype(auto) open(Count<54>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad); }
template <class T, class F> constexpr decltype(auto) open(Count<55>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae); }
template <class T, class F> constexpr decltype(auto) open(Count<56>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af); }
template <class T, class F> constexpr decltype(auto) open(Count<57>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag); }
template <class T, class F> constexpr decltype(auto) open(Count<58>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah); }
template <class T, class F> constexpr decltype(auto) open(Count<59>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai); }
template <class T, class F> constexpr decltype(auto) open(Count<60>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj); }
template <class T, class F> constexpr decltype(auto) open(Count<61>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak); }
template <class T, class F> constexpr decltype(auto) open(Count<62>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al); }
template <class T, class F> constexpr decltype(auto) open(Count<63>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al,
      am] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al,
      am); }
template <class T, class F> constexpr decltype(auto) open(Count<64>, T& value, F&& take) {
  auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G, H, I,
      J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al, am,
      an] = value;
  return take(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, G,
      H, I, J, K, L, M, N, O, P, Q, R, S, U, V, W, X, Y, Z, aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al,
      am, an); }
// clang-format on

}  // namespace copse::reflect::detail
