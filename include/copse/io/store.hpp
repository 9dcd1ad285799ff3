// A small store of values by name: how what is no tree of arrays goes into files.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"

namespace copse::io {

/// Values by name: numbers, texts, arrays, lists of numbers, and stores within the store.
///
///     store.set("epochs", epochs);
///     epochs = store.get<int>("epochs");
///
/// Whole numbers are kept as int64, others as float64, both exactly.
class Store {
 public:
  /// Sets a value, or replaces the one of that name. An optional without a value sets none.
  template <Scalar V>
  void set(std::string_view name, V value) {
    if constexpr (std::same_as<V, bool>) {
      put(name, number(value));
    } else if constexpr (std::floating_point<V>) {
      put(name, number(static_cast<double>(value)));
    } else {
      put(name, number(static_cast<std::int64_t>(value)));
    }
  }
  void set(std::string_view name, std::string_view text);
  void set(std::string_view name, const char* text) { set(name, std::string_view(text)); }
  void set(std::string_view name, const Array& array) { put(name, array); }
  void set(std::string_view name, const std::vector<double>& values);
  void set(std::string_view name, const std::vector<std::int64_t>& values);
  void set(std::string_view name, const std::vector<std::string>& texts);
  /// What is in another store, as `name/...`.
  void set(std::string_view name, const Store& part);
  template <class V>
  void set(std::string_view name, const std::optional<V>& value) {
    if (value) set(name, *value);
  }

  /// The value of that name, as a number, bool, std::string, Array, std::vector of double, std::int64_t or
  /// std::string, or a std::optional of these. Throws ValueError, listing the names, if there is none or it
  /// is of another kind.
  template <class V>
  V get(std::string_view name) const {
    if constexpr (Scalar<V>) {
      return scalar(name, std::integral<V>).template item<V>();
    } else if constexpr (std::same_as<V, std::string>) {
      return text(name);
    } else if constexpr (std::same_as<V, Array>) {
      return array(name);
    } else if constexpr (std::same_as<V, std::vector<std::string>>) {
      return text_list(name);
    } else if constexpr (std::same_as<V, std::vector<double>> || std::same_as<V, std::vector<std::int64_t>>) {
      return array(name).to_vector<typename V::value_type>();
    } else {
      if (!contains(name)) return std::nullopt;
      return get<typename V::value_type>(name);
    }
  }
  /// The same, or another value if there is none of that name.
  template <class V>
  V get(std::string_view name, V otherwise) const {
    return contains(name) ? get<V>(name) : std::move(otherwise);
  }

  /// Whether there is a value of that name, or a store with values in it.
  bool contains(std::string_view name) const;
  /// The store within the store; empty if there is none.
  Store part(std::string_view name) const;
  std::vector<std::string> names() const;
  bool empty() const { return arrays_.empty() && texts_.empty(); }

  using Arrays = std::map<std::string, Array, std::less<>>;
  using Texts = std::map<std::string, std::string, std::less<>>;
  /// What it holds, by full names.
  const Arrays& arrays() const { return arrays_; }
  const Texts& texts() const { return texts_; }

 private:
  static Array number(bool value);
  static Array number(std::int64_t value);
  static Array number(double value);
  void put(std::string_view name, const Array& array);
  const Array& array(std::string_view name) const;
  const Array& scalar(std::string_view name, bool whole) const;
  const std::string& text(std::string_view name) const;
  std::vector<std::string> text_list(std::string_view name) const;

  Arrays arrays_;
  Texts texts_;
};

}  // namespace copse::io
