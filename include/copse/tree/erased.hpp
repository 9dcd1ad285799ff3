// The boxes of AnyTree: what every tree in one can do, behind virtual functions.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "copse/tree/dict.hpp"
#include "copse/tree/difference.hpp"
#include "copse/tree/filter.hpp"
#include "copse/tree/locate.hpp"
#include "copse/tree/map.hpp"
#include "copse/tree/print.hpp"
#include "copse/tree/replace.hpp"

namespace copse::tree_detail {

// A reference to a function object, for calls through virtual functions.
template <class Signature>
class FunctionRef;
template <class Result, class... Args>
class FunctionRef<Result(Args...)> {
 public:
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, FunctionRef>)
  FunctionRef(F& f)
      : object_(&f), call_([](const void* object, Args... args) -> Result {
          return (*static_cast<F*>(const_cast<void*>(object)))(static_cast<Args>(args)...);
        }) {}
  Result operator()(Args... args) const { return call_(object_, static_cast<Args>(args)...); }

 private:
  const void* object_;
  Result (*call_)(const void*, Args...);
};

// What every AnyTree of leaves L can do with its value.
template <class L, class Behavior>
struct ErasedBox : Counted, Behavior::Interface {
  using LeafEqual = FunctionRef<bool(Slot<const L>, Slot<const L>)>;
  using LeafHash = FunctionRef<std::size_t(Slot<const L>)>;
  using VisitObject = FunctionRef<void(void*, const std::type_info&)>;
  using ConstVisitObject = FunctionRef<void(const void*, const std::type_info&)>;

  virtual ErasedBox* clone() const = 0;
  virtual const std::type_info& type() const = 0;
  virtual std::string_view name() const = 0;
  virtual const void* address() const = 0;

  virtual void walk(const SlotVisitor& f, LeafContext context, const PathLink* at) = 0;
  virtual void walk(const SlotVisitor& f, LeafContext context, const PathLink* at) const = 0;
  virtual void walk_objects(VisitObject f) = 0;
  virtual void walk_objects(ConstVisitObject f) const = 0;
  virtual bool compare(const ErasedBox& other, const Comparison<const LeafEqual>& how) const = 0;
  virtual std::size_t hash(LeafHash leaf_hash) const = 0;
  virtual bool same(const ErasedBox& other, const Differ& how, const PathLink* at) const = 0;
  virtual void print(Printer& printer, std::string_view name, std::string_view comma, int level,
                     LeafContext context) const = 0;
  virtual DictValue dict(const DictMaker& maker, LeafContext context) const = 0;
  virtual std::string describe() const = 0;
  virtual bool locate(ObjectSearch& search, const PathLink* at) const = 0;
  virtual bool assign(NamedAssignment<L>& assignment, std::string_view rest, const PathLink* at) = 0;
  virtual bool assign(NamedAssignment<Nothing>& assignment, std::string_view rest, const PathLink* at) = 0;
  virtual bool assign(NamedAssignment<Scalar>& assignment, std::string_view rest, const PathLink* at) = 0;
  virtual void set_trainable(const TrainableSetter& setter) = 0;
};

// The objects in a box, for what knows them by their types alone.
template <class VisitObject>
struct ErasedObjects {
  VisitObject visit;

  template <class V>
  void operator()(V& object) const {
    visit(&object, typeid(V));
  }
  template <class Address>
  void erased(Address object, const std::type_info& type) const {
    visit(object, type);
  }
};

// A box with a value in it, still without the behavior.
template <class T, class Base>
struct ErasedValue : Base {
  explicit ErasedValue(T v) : value(std::move(v)) {}

  T value;
};

template <class T, class L, class Behavior>
struct ErasedModel final : Behavior::template Of<ErasedValue<T, ErasedBox<L, Behavior>>> {
  using Box = ErasedBox<L, Behavior>;
  using Behavior::template Of<ErasedValue<T, Box>>::Of;

  // The other value, which is known to have the same type.
  static const T& value_of(const Box& box) { return *static_cast<const T*>(box.address()); }

  Box* clone() const override { return new ErasedModel(std::as_const(this->value)); }
  const std::type_info& type() const override { return typeid(T); }
  std::string_view name() const override { return reflect::type_name<T>(); }
  const void* address() const override { return &this->value; }

  void walk(const SlotVisitor& f, LeafContext context, const PathLink* at) override {
    TreeCode<T>::walk_paths(this->value, f, context, at);
  }
  void walk(const SlotVisitor& f, LeafContext context, const PathLink* at) const override {
    TreeCode<T>::walk_paths(this->value, f, context, at);
  }
  void walk_objects(typename Box::VisitObject f) override {
    ErasedObjects<typename Box::VisitObject> visit{f};
    tree_detail::walk_objects(this->value, visit);
  }
  void walk_objects(typename Box::ConstVisitObject f) const override {
    ErasedObjects<typename Box::ConstVisitObject> visit{f};
    tree_detail::walk_objects(this->value, visit);
  }
  bool compare(const Box& other, const Comparison<const typename Box::LeafEqual>& how) const override {
    return how.compare(this->value, value_of(other));
  }
  std::size_t hash(typename Box::LeafHash leaf_hash) const override {
    return hash_tree(this->value, leaf_hash);
  }
  bool same(const Box& other, const Differ& how, const PathLink* at) const override {
    return how.same(this->value, value_of(other), at);
  }
  void print(Printer& printer, std::string_view name, std::string_view comma, int level,
             LeafContext context) const override {
    printer.value(this->value, name, comma, level, context);
  }
  DictValue dict(const DictMaker& maker, LeafContext context) const override {
    return maker.make(this->value, context);
  }
  std::string describe() const override { return tree_detail::describe(this->value); }
  bool locate(ObjectSearch& search, const PathLink* at) const override {
    return tree_detail::locate(this->value, search, at);
  }
  bool assign(NamedAssignment<L>& assignment, std::string_view rest, const PathLink* at) override {
    return assignment.assign(this->value, rest, at);
  }
  bool assign(NamedAssignment<Nothing>& assignment, std::string_view rest, const PathLink* at) override {
    return assignment.assign(this->value, rest, at);
  }
  bool assign(NamedAssignment<Scalar>& assignment, std::string_view rest, const PathLink* at) override {
    return assignment.assign(this->value, rest, at);
  }
  void set_trainable(const TrainableSetter& setter) override { setter(this->value, Through{}); }
};

}  // namespace copse::tree_detail
