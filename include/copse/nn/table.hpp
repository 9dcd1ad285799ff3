// Tables of modules: what they consist of, how large it is, and what goes in and out.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "copse/nn/init.hpp"
#include "copse/tree/path.hpp"

namespace copse {

/// How `tabulate` prints a module.
struct TableOptions {
  int depth = -1;  ///< How many levels of parts get a row of their own; all if negative, only the root for 0.
  bool param_types = true;  ///< With kind, shape and dtype of each leaf.
  bool signatures = false;  ///< With the parts' static members.
};

namespace nn_detail {

struct TableLeaf {
  std::string path;
  std::string kind;
  std::string type;  // `(20, 32) float32`
  std::int64_t elements = 0;
  std::size_t bytes = 0;
  bool parameter = false;
  bool trainable = false;
};

struct TablePart {
  std::string path;
  std::string name;
  std::string signature;
};

struct Table {
  std::vector<TablePart> parts;  // outer before inner
  std::vector<TableLeaf> leaves;
  std::vector<Scope::Record> calls;
};

std::string format_table(const Table& table, const TableOptions& options);

// Every struct in a tree that holds a leaf or has been called.
struct PartLister {
  Table& table;
  bool signatures;

  template <class T>
  [[gnu::cold, gnu::noinline]] void list(const T& value, const tree_detail::PathLink* at) const {
    using tree_detail::Form;
    constexpr Form kind = tree_detail::form<T>;
    if constexpr (kind == Form::record && !tree_detail::is_plain_value<T>) {
      std::string signature;
      if (signatures) {
        std::size_t i = 0;
        tree_detail::each_part(value, [&](const auto& part, auto) {
          using Part = std::remove_cvref_t<decltype(part)>;
          const auto name = reflect::names<T>()[i++];
          if constexpr (!tree_detail::is_node<Part>) {
            if (!signature.empty()) signature += ", ";
            signature += std::string(name) + "=" + tree_detail::value_text(part);
          }
        });
      }
      table.parts.push_back(
          {tree_detail::path_text(at), std::string(reflect::type_name<T>()), std::move(signature)});
    }
    if constexpr (kind == Form::handle) {
      if (value.empty()) return;
    }
    if constexpr (kind != Form::leaf && kind != Form::opaque && kind != Form::wrapped &&
                  !tree_detail::is_plain_value<T> && !tree_detail::is_leaf_field<T>) {
      tree_detail::each_part(value, [&](const auto& part, auto step) {
        tree_detail::with_link(step, at, tree_detail::member_names<T>(),
                               [&](const tree_detail::PathLink* link) { list(part, link); });
      });
    }
  }
};

template <class T>
void list_module(const T& value, const TableOptions& options, Table& table) {
  PartLister{table, options.signatures}.list(value, nullptr);
  auto visit = [&](auto slot, const tree_detail::PathLink* at) {
    using L = typename decltype(slot)::value_type;
    if (slot.is_nothing()) return;
    FieldInfo info = tree_detail::make_info(slot, at);
    TableLeaf leaf{info.path,
                   std::string(info.kind.name()),
                   info.shape + " " + info.dtype,
                   1,
                   info.bytes,
                   info.is<ParameterKind>(),
                   info.trainable};
    if constexpr (std::same_as<L, Array>) leaf.elements = slot.value().size();
    table.leaves.push_back(std::move(leaf));
  };
  tree_detail::visit_paths(value, visit);
}

template <class A>
void add_type(std::vector<ShapeDtype>& types, const A& value) {
  if constexpr (std::same_as<A, ShapeDtype>) {
    types.push_back(value);
  } else if constexpr (tree_detail::is_node<A>) {
    visit_leaves(value, [&]<class L>(const L& leaf) {
      if constexpr (std::same_as<L, Array>) types.push_back(leaf.type());
    });
  }
}

template <class M, class... Args>
[[gnu::cold]] std::string tabulate_module(const M& module, const TableOptions& options, const Args&... args) {
  Table table;
  if constexpr (sizeof...(Args) == 0) {
    list_module(*module, options, table);
  } else {
    // Everything is recorded and nothing computed; what initialisation would create is in the table, too.
    (void)flat::record(
        [&](const flat::Arrays&) {
          M copy = module;
          auto& value = tree_detail::HandleAccess::edit(copy);
          Scope scope({.key = random::key(0), .training = false, .initializing = true});
          scope.record_calls(&table.calls);
          const auto root = scope.root(value, "");
          auto call = scope.enter(value);
          (add_type(table.calls[0].inputs, args), ...);
          const auto output = nn_detail::invoke(CallOperator{}, value, scope, materialize(args)...);
          add_type(table.calls[0].outputs, output);
          list_module(value, options, table);
          return flat::Arrays{};
        },
        {});
  }
  return format_table(table, options);
}

}  // namespace nn_detail
}  // namespace copse
