// Compile-time reflection: the members of a struct, and their names, without a macro or a registration.
//
// An aggregate is opened by a structured binding. Any other class lists its members itself:
//
//   class Linear {
//     Array kernel_;
//    public:
//     static constexpr auto fields() { return std::tuple{std::pair{"kernel", &Linear::kernel_}}; }
//   };
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "copse/tree/count.hpp"
#include "copse/tree/type_name.hpp"

namespace copse::reflect {

/// A list of types.
template <class... Ts>
struct Types {};

namespace detail {

template <class T>
concept HasFields = requires { T::fields(); };

template <class T>
concept HasFieldsMember = requires { &T::fields; };

template <class T>
concept MemberFunctionFields =
    HasFieldsMember<T> && requires { requires std::is_member_function_pointer_v<decltype(&T::fields)>; };

template <class T>
inline constexpr bool is_field_list = false;
template <class... Names, class... Owners, class... Members>
inline constexpr bool is_field_list<std::tuple<std::pair<Names, Members Owners::*>...>> =
    ((std::is_same_v<Names, const char*> || std::is_same_v<Names, std::string_view>)&&...);

// What fields() returns, as a tuple of pairs. Deduction makes of std::tuple{std::pair{...}} a tuple of the
// pair's two parts, so a class with one member looks different.
template <class Name, class Owner, class Member>
constexpr auto as_pairs(const std::tuple<Name, Member Owner::*>& one) {
  return std::tuple<std::pair<Name, Member Owner::*>>{{std::get<0>(one), std::get<1>(one)}};
}
template <class... Pairs>
constexpr const std::tuple<Pairs...>& as_pairs(const std::tuple<Pairs...>& pairs) {
  return pairs;
}

template <class T>
constexpr auto field_list() {
  return as_pairs(T::fields());
}

// A class whose fields() is no constant expression still works; only its names are not checked.
template <class T>
concept ConstantFields = requires { typename std::bool_constant<(T::fields(), true)>; };

template <class T>
consteval bool names_differ() {
  constexpr auto fields = field_list<T>();
  return std::apply(
      [](const auto&... field) {
        std::array<std::string_view, sizeof...(field)> names{std::string_view{field.first}...};
        for (std::size_t i = 0; i < names.size(); ++i) {
          for (std::size_t j = 0; j < i; ++j) {
            if (names[i] == names[j]) return false;
          }
        }
        return true;
      },
      fields);
}

// Whether a class has members of its own beside those that a fields() lists that it only inherits.
template <class T, class Owner>
consteval bool inherits_fields() {
  if constexpr (std::is_base_of_v<Owner, T> && sizeof(Owner) < sizeof(T)) {
    if constexpr (requires { requires std::is_same_v<decltype(&T::fields), decltype(&Owner::fields)>; }) {
      return &T::fields == &Owner::fields;
    }
  }
  return false;
}

template <class T, class... Names, class... Owners, class... Members>
consteval bool lists_a_part(Types<std::tuple<std::pair<Names, Members Owners::*>...>>) {
  return (inherits_fields<T, Owners>() || ...);
}

template <class T>
consteval std::size_t size_of_record() {
  if constexpr (MemberFunctionFields<T>) {
    static_assert(!MemberFunctionFields<T>, "copse: fields() must be a static member function");
    return 0;
  } else if constexpr (HasFields<T>) {
    using List = std::remove_cvref_t<decltype(field_list<T>())>;
    static_assert(is_field_list<List>,
                  "copse: fields() must return a std::tuple of std::pair{\"name\", &Class::member}");
    static_assert(
        !lists_a_part<T>(Types<List>{}),
        "copse: a class inherits fields() and has members of its own, which are not listed: give it a "
        "static fields() with all members");
    if constexpr (ConstantFields<T>) {
      static_assert(names_differ<T>(), "copse: two entries of fields() have the same name");
    }
    return std::tuple_size_v<List>;
  } else {
    return count_fields<T>();
  }
}

}  // namespace detail

/// A class whose members can be seen: an aggregate, or one with a static `fields()`.
template <class T>
concept Record =
    std::is_class_v<T> && (std::is_aggregate_v<T> || detail::HasFields<T> || detail::MemberFunctionFields<T>);

/// How many members a record has.
template <Record T>
inline constexpr std::size_t size = detail::size_of_record<T>();

/// Calls `take(members...)` with references to all members, as constant as `value` is.
template <class T, class F>
constexpr decltype(auto) open(T& value, F&& take) {
  using Class = std::remove_const_t<T>;
  if constexpr (detail::HasFields<Class>) {
    static_assert(size<Class> != static_cast<std::size_t>(-1));
    return std::apply([&](const auto&... field) -> decltype(auto) { return take(value.*field.second...); },
                      detail::field_list<Class>());
  } else {
    return detail::open(detail::Count<size<Class>>{}, value, take);
  }
}

namespace detail {

struct ListTypes {
  template <class... Members>
  constexpr Types<Members...> operator()(Members&...) const {
    return {};
  }
};

// Declared and never defined: only the addresses of its members are formed, at compile time, because the
// compiler's text for such an address contains the member's name. Nothing of it reaches the program, and
// clang need not warn of that.
template <class T>
struct Holder {
  T value;
};
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <class T>
extern const Holder<T> unread;

template <class Pointer>
struct PointerTo {
  Pointer pointer;
};
template <class Pointer>
PointerTo(Pointer) -> PointerTo<Pointer>;

template <std::size_t I, class Pointer>
struct IndexedPointer {
  Pointer pointer;
};

template <class Indices, class... Pointers>
struct PointerList;
template <std::size_t... I, class... Pointers>
struct PointerList<std::index_sequence<I...>, Pointers...> : IndexedPointer<I, Pointers>... {};

template <std::size_t I, class Pointer>
consteval Pointer pointer_at(const IndexedPointer<I, Pointer>& entry) {
  return entry.pointer;
}

struct ListPointers {
  template <class... Members>
  constexpr auto operator()(Members&... members) const {
    return PointerList<std::index_sequence_for<Members...>, Members*...>{{std::addressof(members)}...};
  }
};

template <class T, std::size_t... I>
consteval auto aggregate_names(std::index_sequence<I...>) {
  [[maybe_unused]] constexpr auto pointers = open(Count<sizeof...(I)>{}, unread<T>.value, ListPointers{});
  return std::array<std::string_view, sizeof...(I)>{value_name<PointerTo{pointer_at<I>(pointers)}>...};
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

template <class T>
constexpr auto record_names() {
  if constexpr (HasFields<T>) {
    return std::apply(
        [](const auto&... field) {
          return std::array<std::string_view, sizeof...(field)>{std::string_view{field.first}...};
        },
        field_list<T>());
  } else {
    return aggregate_names<T>(std::make_index_sequence<size<T>>{});
  }
}

template <class T>
struct Names {
  static constexpr auto value = record_names<T>();
};
template <class T>
  requires(HasFields<T> && !ConstantFields<T>)
struct Names<T> {
  static inline const auto value = record_names<T>();
};

}  // namespace detail

/// The types of a record's members, in order.
template <Record T>
using Members = decltype(open(std::declval<T&>(), detail::ListTypes{}));

/// The names of a record's members, in order.
template <Record T>
constexpr const std::array<std::string_view, size<T>>& names() {
  return detail::Names<T>::value;
}

}  // namespace copse::reflect
