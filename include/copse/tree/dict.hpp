// Trees as nested dictionaries of plain values, for reports and for what reads JSON-like data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/tree/print.hpp"

namespace copse {

class DictValue;

/// A leaf in a dictionary: the value itself and what is known of it.
struct DictLeaf {
  std::shared_ptr<const void> value;  ///< Null if the leaf is Nothing.
  const std::type_info* type = nullptr;
  std::string text;
  std::string kind;
  std::string dtype;
  std::string shape;

  /// The value; throws TreeError if it is Nothing or of another type.
  template <class L>
  const L& as() const {
    if (value == nullptr || *type != typeid(L)) {
      throw TreeError("DictLeaf: " + text + " is no " + std::string(reflect::type_name<L>()));
    }
    return *static_cast<const L*>(value.get());
  }
};

/// A dictionary that keeps the order of its entries.
class Dict {
 public:
  using Entry = std::pair<std::string, DictValue>;

  /// The value of a key; throws TreeError if there is none.
  const DictValue& at(std::string_view key) const;
  const DictValue& operator[](std::string_view key) const { return at(key); }
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  auto begin() const;
  auto end() const;

  /// Appends an entry; throws TreeError if its key is there already.
  void add(std::string key, DictValue value);

 private:
  const DictValue* find(std::string_view key) const;

  std::vector<Entry> entries_;
};

/// What stands in a dictionary: none, a plain value, a list, a dictionary or a leaf.
class DictValue {
 public:
  using List = std::vector<DictValue>;
  using Variant = std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Dict, DictLeaf>;

  DictValue() = default;
  explicit DictValue(Variant value) : value_(std::move(value)) {}

  const Variant& variant() const { return value_; }
  bool is_none() const { return value_.index() == 0; }

  /// Whether this is a `V`: bool, std::int64_t, double, std::string, DictValue::List, Dict or DictLeaf.
  template <class V>
  bool is() const {
    return std::holds_alternative<V>(value_);
  }
  /// The value as a `V`; throws TreeError if it is something else.
  template <class V>
  const V& as() const {
    if (const V* found = std::get_if<V>(&value_)) return *found;
    throw TreeError("DictValue: the value is no " + std::string(reflect::type_name<V>()));
  }

  const DictValue& operator[](std::string_view key) const { return as<Dict>().at(key); }
  const DictValue& operator[](std::size_t index) const {
    const auto& list = as<List>();
    if (index >= list.size())
      throw TreeError("DictValue: index " + std::to_string(index) + " is out of range");
    return list[index];
  }

 private:
  Variant value_;
};

inline const DictValue* Dict::find(std::string_view key) const {
  for (const auto& [name, value] : entries_) {
    if (name == key) return &value;
  }
  return nullptr;
}
inline const DictValue& Dict::at(std::string_view key) const {
  if (const auto* found = find(key)) return *found;
  throw TreeError("Dict: there is no " + tree_detail::in_quotes(key));
}
inline std::size_t Dict::size() const { return entries_.size(); }
inline auto Dict::begin() const { return entries_.begin(); }
inline auto Dict::end() const { return entries_.end(); }
inline void Dict::add(std::string key, DictValue value) {
  if (contains(key)) throw TreeError("Dict: " + tree_detail::in_quotes(key) + " is there twice");
  entries_.emplace_back(std::move(key), std::move(value));
}

/// What `to_dict` puts into a dictionary.
struct DictOptions {
  bool static_fields = true;    ///< What is static.
  bool private_fields = false;  ///< Members whose names begin or end with an underscore.
  bool type_info =
      false;  ///< The type of each struct under "__type__", of each sequence as its last element.
};

namespace tree_detail {

struct DictMaker {
  const DictOptions& options;

  template <class SlotType>
  [[gnu::cold, gnu::noinline]] DictValue leaf(const SlotType& slot) const {
    using Ops = leaf_ops<typename SlotType::value_type>;
    DictLeaf out;
    out.kind = slot.kind().name();
    out.text = "Nothing";
    if (!slot.is_nothing()) {
      using L = typename SlotType::value_type;
      out.value = std::make_shared<const L>(slot.value());
      out.type = &typeid(L);
      out.text = Ops::text(slot.value());
      out.dtype = Ops::dtype(slot.value());
      out.shape = Ops::shape(slot.value());
    }
    return DictValue(std::move(out));
  }

  template <class T>
  void add_parts(const T& value, LeafContext context, Dict& dict) const {
    each_part(value, [&](const auto& part, auto step) {
      using Part = std::remove_cvref_t<decltype(part)>;
      if (!is_node<Part> && !options.static_fields) return;
      if constexpr (form<T> == Form::record) {
        auto name = reflect::names<T>()[step];
        if (is_private(name) && !options.private_fields) return;
        dict.add(std::string(name), make(part, context));
      } else {
        std::string storage;
        dict.add(std::string(key_text(*step.key, storage)), make(part, context));
      }
    });
  }

  template <class T>
  DictValue keyed(const T& value, LeafContext context) const {
    Dict dict;
    if (options.type_info) dict.add("__type__", text(reflect::type_name<T>()));
    add_parts(value, context, dict);
    return DictValue(std::move(dict));
  }

  template <class T>
  DictValue listed(const T& value, LeafContext context) const {
    DictValue::List list;
    each_part(value, [&](const auto& part, auto) { list.push_back(make(part, context)); });
    if (options.type_info) list.push_back(text(reflect::type_name<T>()));
    return DictValue(std::move(list));
  }

  static DictValue text(std::string_view value) { return DictValue(std::string(value)); }

  template <class T>
  [[gnu::cold, gnu::noinline]] DictValue make(const T& value, LeafContext context) const {
    constexpr Form kind = form<T>;
    if constexpr (kind == Form::leaf) {
      return leaf(Slot<const T>(value, nullptr, context));
    } else if constexpr (is_leaf_field<T>) {
      return leaf(field_slot(value));
    } else if constexpr (kind == Form::field) {
      return make(FieldAccess::value(value), inside_field(value));
    } else if constexpr (kind == Form::erased) {
      return value.dict(*this, context);
    } else if constexpr (kind == Form::wrapped) {
      return make(value.get(), context);
    } else if constexpr (kind == Form::handle) {
      DictValue out = make(HandleAccess::read(value), context);
      if constexpr (form<typename T::extra_type> == Form::record &&
                    !std::same_as<typename T::extra_type, NoExtra>) {
        if (out.is<Dict>()) {
          Dict dict = out.as<Dict>();
          add_parts(value.extra(), context, dict);
          out = DictValue(std::move(dict));
        }
      }
      return out;
    } else if constexpr (kind == Form::record || kind == Form::map || kind == Form::unordered) {
      return keyed(value, context);
    } else if constexpr (kind == Form::sequence || kind == Form::tuple) {
      return listed(value, context);
    } else if constexpr (kind == Form::optional || kind == Form::shared || kind == Form::variant) {
      DictValue out;
      each_part(value, [&](const auto& part, auto) { out = make(part, context); });
      return out;
    } else if constexpr (std::same_as<T, bool>) {
      return DictValue(value);
    } else if constexpr (std::integral<T>) {
      return DictValue(static_cast<std::int64_t>(value));
    } else if constexpr (std::floating_point<T>) {
      return DictValue(static_cast<double>(value));
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      if constexpr (std::is_pointer_v<T>) {
        if (value == nullptr) return DictValue();
      }
      return text(value);
    } else {
      return text(value_text(value));
    }
  }
};

}  // namespace tree_detail

/// A tree as a nested dictionary: structs and maps become a Dict, sequences and tuples a list, leaves a
/// DictLeaf, what is static a plain value or its text. A tree that is no struct gives one entry with the
/// empty key.
template <Printable T>
[[nodiscard]] Dict to_dict(const T& tree, const DictOptions& options = {}) {
  DictValue value = tree_detail::DictMaker{options}.make(tree, LeafContext{});
  if (value.is<Dict>()) return value.as<Dict>();
  Dict out;
  out.add("", std::move(value));
  return out;
}

}  // namespace copse
