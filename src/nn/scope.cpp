#include "copse/nn/scope.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace copse {
namespace {

void add_named(NamedArrays& all, std::string_view name, const Array& value) {
  const auto taken = [&](std::string_view candidate) {
    return std::any_of(all.begin(), all.end(), [&](const auto& entry) { return entry.first == candidate; });
  };
  std::string unique(name);
  for (int i = 2; taken(unique); ++i) unique = fmt::format("{}_{}", name, i);
  all.emplace_back(std::move(unique), value);
}

std::string joined(std::string_view root, const std::string& path) {
  if (root.empty()) return path;
  if (path.empty() || path.front() == '[') return fmt::format("{}{}", root, path);
  return fmt::format("{}.{}", root, path);
}

}  // namespace

Scope::Scope(ScopeOptions options)
    : key_(options.key ? *std::move(options.key) : Key{}),
      training_(options.training),
      initializing_(options.initializing) {}

Scope::~Scope() = default;

Key Scope::key() { return key(innermost_); }

Key Scope::key(const Object& object) {
  if (!has_key()) {
    throw KeyError(fmt::format(
        "{}: needs a random key and none was given{}; pass one as the first argument of apply or init{}",
        object.known() ? object.name : "Scope", whereabouts(object),
        training_ ? ", or call the module in evaluation mode: model.eval()" : ""));
  }
  auto [next, rest] = random::split<2>(key_);
  key_ = std::move(rest);
  return next;
}

void Scope::add_loss(std::string_view name, const Array& value) { add_named(losses_, name, value); }

void Scope::add_metric(std::string_view name, const Array& value) { add_named(metrics_, name, value); }

void Scope::provide_value(Provided value) {
  std::erase_if(provided_, [&](const Provided& p) { return p.name == value.name; });
  provided_.push_back(std::move(value));
}

void Scope::add_metric_of(std::string_view name, std::shared_ptr<const metrics::AnyMetric> metric,
                          std::function<void(metrics::AnyMetric&)> update) {
  std::string unique(name);
  const auto taken = [&] {
    return std::any_of(added_.begin(), added_.end(), [&](const AddedMetric& m) { return m.name == unique; });
  };
  for (int i = 2; taken(); ++i) unique = fmt::format("{}_{}", name, i);
  added_.push_back({std::move(unique), std::move(metric), std::move(update)});
}

std::string Scope::path() const {
  std::string found = path(innermost_);
  return found.empty() && root_ ? std::string(root_->name_) : found;
}

std::string Scope::path(const Object& object) const {
  if (!object.known()) return root_ ? std::string(root_->name_) : std::string();
  // A root may lie within another: the outermost that has the object knows the whole path.
  std::string best;
  for (const Root* root = root_; root; root = root->outer_) {
    tree_detail::ObjectSearch search{object.address, object.type};
    if (root->locate_(root->object_.address, search)) best = joined(root->name_, search.path);
  }
  return best;
}

// An object that is not in the tree itself, such as a layer made on the spot, is somewhere in the root.
std::string Scope::whereabouts(const Object& object) const {
  std::string where = path(object);
  if (where.empty() && root_) where = root_->name_;
  return where.empty() ? where : ", in " + where;
}

std::string Scope::message(const Object& object, const std::string& problem) const {
  return fmt::format("{}: {}{}", object.name, problem, whereabouts(object));
}

void Scope::require_initializing(const Object& object, const char* parameter) const {
  if (initializing_) return;
  throw ValueError(fmt::format("{}: {} has no value{}; call init first: model = model.init(key, x)",
                               object.name, parameter, whereabouts(object)));
}

void Scope::wrong_shape(const Object& object, const char* parameter, const Shape& got,
                        const Shape& wanted) const {
  fail<ShapeError>(object,
                   fmt::format("{} has shape {}, wanted {}", parameter, to_string(got), to_string(wanted)));
}

// An object that is not in the tree itself belongs to what is around it.
std::string Scope::Layer::path() const {
  const std::string here = scope_.path(object_);
  if (here.empty()) return outer() ? outer()->path() : std::string();
  const Root* outermost = scope_.root_;
  while (outermost->outer_) outermost = outermost->outer_;
  const detail::PathScope* around = outermost->layer_.outer();
  const std::string before = around ? around->path() : std::string();
  return before.empty() ? here : fmt::format("{}/{}", before, here);
}

Scope::Root::Root(Scope& scope, const Object& object, nn_detail::Locate locate, std::string_view name)
    : scope_(scope),
      object_(object),
      locate_(locate),
      name_(name),
      outer_(scope.root_),
      innermost_(scope.innermost_),
      layer_(scope, object) {
  scope_.root_ = this;
  scope_.innermost_ = object;
}

Scope::Root::~Root() {
  scope_.root_ = outer_;
  scope_.innermost_ = innermost_;
}

void Scope::Call::start(std::initializer_list<const Array*> inputs) {
  Record record{scope_.path(scope_.innermost_), std::string(scope_.innermost_.name), {}, {}};
  for (const Array* input : inputs) record.inputs.push_back(input->type());
  record_ = scope_.records_->size();
  scope_.records_->push_back(std::move(record));
}

void Scope::Call::note(const Array& output) { (*scope_.records_)[record_].outputs.push_back(output.type()); }

}  // namespace copse
