#include "local.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../../ops/shaping/primitives.hpp"
#include "collectives.hpp"
#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/ops/create.hpp"
#include "loops.hpp"

namespace copse::sharding {
namespace {

// Writes the program of one rank, instruction by instruction. A value may be there in several placements;
// each is made once, when it is first asked for.
class Writer {
 public:
  Writer(const Plan& plan, const comm::CommunicatorPtr& communicator, Communication* listing,
         std::int64_t times)
      : plan_(plan),
        communicator_(communicator),
        rank_(communicator->rank()),
        listing_(listing),
        times_(times),
        forms_(plan.program) {}

  ir::Program run() {
    add_inputs();
    for (const ir::Constant& c : plan_.program.constants) add_form(c.id, {}, to_.add_constant(c.value));
    for (const std::size_t k : plan_.order) write(k);
    path_ = 0;
    std::vector<ir::Id> outputs;
    for (std::size_t o = 0; o < plan_.outputs.size(); ++o)
      outputs.push_back(in(plan_.program.outputs[o], plan_.outputs[o]));
    to_.outputs = std::move(outputs);
    return std::move(to_);
  }

 private:
  struct Form {
    Placement placement;
    ir::Id id;
  };

  const ShapeDtype& type(ir::Id id) const { return plan_.program.types[id]; }
  void add_form(ir::Id id, Placement placement, ir::Id local) {
    forms_[id].push_back({std::move(placement), local});
  }
  const ir::Id* find(ir::Id id, const Placement& placement) const {
    const auto& forms = forms_[id];
    const auto found = std::ranges::find(forms, placement, &Form::placement);
    return found == forms.end() ? nullptr : &found->id;
  }

  ir::Id add(const PrimitivePtr& primitive, std::span<const ir::Id> operands,
             std::span<const ShapeDtype> results) {
    to_.unverified.push_back(static_cast<std::uint32_t>(to_.instructions.size()));
    const ir::Id first = to_.add(primitive, operands, results);
    to_.instructions.back().path = path_;
    return first;
  }
  ir::Id add(const PrimitivePtr& primitive, ir::Id operand, const ShapeDtype& result) {
    return add(primitive, {&operand, 1}, {&result, 1});
  }

  void add_inputs() {
    for (std::size_t i = 0; i < plan_.inputs.size(); ++i) {
      const ir::Id id = plan_.program.inputs[i];
      const Placement given = plan_.given_whole[i] ? Placement{} : plan_.inputs[i];
      add_form(id, given, to_.add_input(local_type(type(id), given, rank_)));
      if (plan_.combined[id] == Plan::whole) waiting_.push_back(id);
    }
  }

  // The number of a value in a placement, which is made from another one if need be.
  ir::Id in(ir::Id id, const Placement& wanted) {
    if (const ir::Id* found = find(id, wanted)) return *found;
    const Placement& placed = plan_.values[id];
    if (wanted.is_whole()) {
      if (placed.is_partial())
        combine(id);
      else
        gather(id, placed);
      return *find(id, wanted);
    }
    if (wanted.is_divided() && placed.is_sum() && !find(id, {}) && !needed_whole(id))
      return scatter(id, wanted);
    const ir::Id whole = in(id, {});
    const ir::Id made = wanted.is_divided() ? part(id, whole, wanted) : summand(id, whole);
    add_form(id, wanted, made);
    return made;
  }

  bool needed_whole(ir::Id id) const { return plan_.combined[id] == Plan::whole; }

  ir::Id part(ir::Id id, ir::Id whole, const Placement& wanted) {
    const Shape& shape = type(id).shape;
    shaping::Extents start(shape.size(), 0), limit(shape.begin(), shape.end()), stride(shape.size(), 1);
    const auto axis = static_cast<std::size_t>(wanted.axis);
    start[axis] = wanted.starts[static_cast<std::size_t>(rank_)];
    limit[axis] = wanted.starts[static_cast<std::size_t>(rank_) + 1];
    return add(shaping::slice(std::move(start), std::move(limit), std::move(stride)), whole,
               local_type(type(id), wanted, rank_));
  }

  // The first rank has all of a sum.
  ir::Id summand(ir::Id id, ir::Id whole) {
    if (rank_ == 0) return whole;
    const ir::Id zero = to_.add_constant(zeros({}, type(id).dtype));
    ShapeDtype all = type(id);
    all.weak = false;
    return add(shaping::broadcast(all.shape), zero, all);
  }

  void gather(ir::Id id, const Placement& placed) {
    note("all_gather", 1, type(id).bytes());
    add_form(id, {}, add(all_gather(communicator_, placed, type(id)), *find(id, placed), type(id)));
  }

  ir::Id scatter(ir::Id id, const Placement& wanted) {
    note("reduce_scatter", 1, type(id).bytes());
    const ir::Id made = add(reduce_scatter(communicator_, wanted), *find(id, plan_.values[id]),
                            local_type(type(id), wanted, rank_));
    add_form(id, wanted, made);
    return made;
  }

  // Adds up a value, and in the same exchange all that are there by now and will be needed.
  void combine(ir::Id id) {
    const Placement& placed = plan_.values[id];
    std::vector<ir::Id> values, operands;
    std::vector<ShapeDtype> types;
    std::size_t bytes = 0;
    for (const ir::Id v : waiting_) {
      if (plan_.values[v] != placed || type(v).dtype != type(id).dtype || find(v, {})) continue;
      values.push_back(v);
      operands.push_back(*find(v, placed));
      types.push_back(to_.types[operands.back()]);
      bytes += types.back().bytes();
    }
    note("all_reduce", values.size(), bytes);
    const ir::Id first = add(all_reduce(communicator_, placed.combination, values.size()), operands, types);
    for (std::size_t n = 0; n < values.size(); ++n) add_form(values[n], {}, first + static_cast<ir::Id>(n));
    std::erase_if(waiting_, [&](ir::Id v) { return find(v, {}) != nullptr; });
  }

  void write(std::size_t k) {
    const ir::Instruction& i = plan_.program.instructions[k];
    const Step& step = plan_.steps[k];
    path_ = i.path;
    if (step.on_whole) note_gathered(i);
    const auto given = plan_.program.operands(i);
    std::vector<ir::Id> operands;
    for (std::size_t n = 0; n < given.size(); ++n) operands.push_back(in(given[n], step.operands[n]));
    std::vector<ShapeDtype> results;
    for (std::uint32_t r = 0; r < i.results; ++r)
      results.push_back(local_type(type(i.first_result + r), step.results[r], rank_));
    const PrimitivePtr primitive = local(i, step, results);
    if (!primitive) return;
    const ir::Id first = add(primitive, operands, results);
    for (std::uint32_t r = 0; r < i.results; ++r) {
      const ir::Id id = i.first_result + r;
      add_form(id, step.results[r], first + r);
      if (plan_.combined[id] == Plan::whole) waiting_.push_back(id);
    }
  }

  PrimitivePtr local(const ir::Instruction& i, const Step& step, std::span<const ShapeDtype> results) {
    switch (step.making) {
      case Step::Making::same:
        return i.primitive;
      case Step::Making::view:
        return view(*step.view, results[0]);
      case Step::Making::reshape:
        return shaping::reshape(results[0].shape);
      case Step::Making::effect:
        return rank_ == 0 ? i.primitive : i.primitive->without_effect();
      case Step::Making::within:
        break;
    }
    std::vector<ir::Program> inside;
    for (const auto& within : step.inside)
      inside.push_back(Writer(*within, communicator_, listing_, times_ * steps_of(*i.primitive)).run());
    return local_primitive(*i.primitive, std::move(inside));
  }

  void note(const char* what, std::size_t arrays, std::size_t bytes) {
    if (!listing_) return;
    listing_->exchanges.push_back({what, static_cast<std::int64_t>(arrays), static_cast<std::int64_t>(bytes),
                                   times_, detail::path_text(path_)});
  }
  void note_gathered(const ir::Instruction& i) {
    const auto operands = plan_.program.operands(i);
    if (!listing_ || std::ranges::none_of(operands, [&](ir::Id id) { return plan_.values[id].is_divided(); }))
      return;
    std::string text = std::string(i.primitive->name()) + "(";
    for (const ir::Id id : operands)
      text += fmt::format("{}{} {}", text.back() == '(' ? "" : ", ", copse::to_string(type(id)),
                          to_string(plan_.values[id]));
    listing_->gathered.push_back({text + ")",
                                  i.primitive->has_effect()
                                      ? "it has side effects, which the first rank has with all of them"
                                      : "it says of no such axis that it may be computed in parts",
                                  detail::path_text(i.path)});
  }

  const Plan& plan_;
  const comm::CommunicatorPtr& communicator_;
  const int rank_;
  Communication* listing_;
  const std::int64_t times_;  // that the program runs in one run of all
  ir::Program to_;
  passes::PerValue<std::vector<Form>> forms_;
  std::vector<ir::Id> waiting_;  // partial values that will be needed whole
  std::uint32_t path_ = 0;
};

}  // namespace

ir::Program local_program(const Plan& plan, const comm::CommunicatorPtr& communicator,
                          Communication* listing) {
  return Writer(plan, communicator, listing, 1).run();
}

}  // namespace copse::sharding
