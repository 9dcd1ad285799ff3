// The calls that cases may name, by group.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "case.hpp"

namespace reference {

/// Runs a call on its arguments.
using Call = std::function<Results(const Arguments&)>;

/// The calls of one group, by name.
class Group {
 public:
  void add(const std::string& name, Call call) { calls_.insert_or_assign(name, std::move(call)); }
  /// A call with one result, `value`.
  void add_value(const std::string& name, std::function<Array(const Arguments&)> call) {
    add(name, [call = std::move(call)](const Arguments& a) { return value(call(a)); });
  }
  /// Null if there is none of that name.
  const Call* find(const std::string& name) const {
    const auto found = calls_.find(name);
    return found == calls_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Call> calls_;
};

/// What is derived from a call besides its results.
enum class Derivative {
  none,
  gradient,  ///< `d_<input>`, backwards from the cotangents `ct` or `ct_<result>`
  second,    ///< `grad` and `grad2`
  tangent,   ///< `jvp`, forwards from the tangents `t_<input>`
};

struct Job {
  Call call;
  Derivative derivative = Derivative::none;
};

/// The job that a case names; throws Unsupported if there is none.
Job find_job(const Case& c);

// One function a family; each adds its calls.
void add_elementwise(Group& ops);
void add_shaping(Group& ops);
void add_reductions(Group& ops);
void add_products(Group& ops);
void add_random(Group& group);
void add_layers(Group& group);
void add_recurrent(Group& group);
void add_initializers(Group& group);
void add_losses(Group& group);
void add_metrics(Group& group);
void add_optimizers(Group& group);
void add_schedules(Group& group);
void add_trainings(Group& group);

}  // namespace reference
