// Loss: any loss as a value, called with named arguments; what lists of losses consist of.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/losses/arguments.hpp"
#include "copse/losses/call.hpp"
#include "copse/losses/reduction.hpp"
#include "copse/tree/count.hpp"
#include "copse/tree/type_name.hpp"

namespace copse::losses {

class Loss;

/// Anything that can be called with one to four arrays (or with named arguments) and gives an array.
template <class T>
concept LossLike = !std::same_as<T, Loss> && !std::derived_from<T, reflect::ProbeBase> &&
                   (std::is_invocable_r_v<Array, const T&, const Arguments&> ||
                    detail::arity<const T&, detail::NamedType<const T&>>().least > 0);

/// A loss of any type: a value, copied in O(1). Calling one that has been moved from throws ValueError.
///
/// The names of what it reads are those that the struct lists as `static constexpr std::array
/// arguments{"preds", "inputs"}`, or else `preds` and `target` for two arrays, `parameters` for one list of
/// arrays, `preds` for one array; one more may be the `sample_weight`. Where a struct without a member
/// `reduction` gives more than one number, their mean is taken, with weights if there are.
class Loss {
 public:
  template <LossLike T>
  Loss(T loss)
      : rule_(std::make_shared<const RuleOf<T>>(std::move(loss))),
        name_(snake_case(reflect::type_name<T>())) {}
  // Compiled once, and not in each program: copies of what a trainer keeps are much of its code.
  Loss(const Loss&);
  Loss(Loss&&) noexcept;
  Loss& operator=(const Loss&);
  Loss& operator=(Loss&&) noexcept;
  ~Loss();

  /// The loss's value. Throws ValueError if an argument is missing.
  Array operator()(const Arguments& arguments) const;

  /// snake_case of the struct's name, unless set.
  const std::string& name() const { return name_; }
  [[nodiscard]] Loss named(std::string name) const;
  /// The same loss with an argument read from elsewhere: `on("preds", {"outputs", 0})`, `on("target",
  /// "inputs")`.
  [[nodiscard]] Loss on(std::string argument, ArgumentPath source) const;

  /// Equal if the names and renamings are, and the structs are of one type and equal (or the same object).
  friend bool operator==(const Loss& a, const Loss& b);

 private:
  struct Rule {
    virtual ~Rule() = default;
    virtual Array call(const Arguments& arguments, std::string_view name) const = 0;
    virtual bool equal(const Rule& other) const = 0;
  };

  const Rule& rule() const;
  static Array reduced(const Array& value, const Arguments& arguments);

  template <class T>
  struct RuleOf final : Rule {
    explicit RuleOf(T l) : loss(std::move(l)) {}

    Array call(const Arguments& arguments, std::string_view name) const override {
      if constexpr (std::is_invocable_r_v<Array, const T&, const Arguments&>) {
        return loss(arguments);
      } else {
        decltype(auto) result = detail::call_named<T, const T&>(loss, arguments, name, "preds");
        static_assert(
            !std::is_arithmetic_v<std::remove_cvref_t<decltype(result)>>,
            "copse: a loss must return an Array: a C++ number (from .item<float>(), say) has no gradient, so "
            "that nothing would be trained");
        const Array value = std::forward<decltype(result)>(result);
        if constexpr (requires { static_cast<Reduction>(loss.reduction); })
          return value;
        else
          return reduced(value, arguments);
      }
    }

    bool equal(const Rule& other) const override {
      if constexpr (std::equality_comparable<T>) {
        const auto* same = dynamic_cast<const RuleOf*>(&other);
        return same && static_cast<bool>(loss == same->loss);
      } else {
        return this == &other;
      }
    }

    T loss;
  };

  std::shared_ptr<const Rule> rule_;
  std::string name_;
  std::vector<Renaming> renamings_{};
};

}  // namespace copse::losses
