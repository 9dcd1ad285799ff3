// Loop fission: what one step of a scan does not need of the step before leaves the loop. Products of the xs
// with a matrix are one product before the loop, over all steps. Products that only make ys, and sums of
// products over the steps (the gradient of a matrix that every step uses), are one product after it. What
// depends on constants alone is computed once.
#include <algorithm>

#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "loops.hpp"

namespace copse::passes {
namespace {

using control::ScanParams;
using Ids = std::vector<ir::Id>;
using Flags = std::vector<Flag>;

// A product of this many rows is efficient where it is.
constexpr std::int64_t most_rows = 256;

bool contains(std::span<const ir::Id> ids, ir::Id id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}
Ids operator+(std::span<const ir::Id> a, std::span<const ir::Id> b) {
  Ids all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

// Which values of a step leave the loop, and where to.
class Split {
 public:
  explicit Split(const ScanParams& s)
      : scan(s),
        step(*s.step),
        maker_(producers(step)),
        uses_(use_counts(step)),
        varies_(depending_on(step, std::span(step.inputs).subspan(scan.constants))),
        carried_(depending_on(step, carries())) {
    find_before();
    find_sums();
    find_after();
    find_other_sums();
    find_once();
  }

  struct Sum {
    std::size_t carry;
    ir::Id term;
    bool product;
  };

  const ScanParams& scan;
  const ir::Program& step;
  Ids once;               ///< depend on constants alone; the loop takes them as further constants
  Ids before;             ///< depend on the xs; the loop takes them as further xs
  std::vector<Sum> sums;  ///< carries to which a step only adds a term
  Ids after;              ///< outputs that are computed from what the loop emits
  Ids emitted;            ///< further ys for `sums` and `after`

  bool any() const { return !once.empty() || !before.empty() || !sums.empty() || !after.empty(); }
  std::span<const ir::Id> constants() const { return std::span(step.inputs).first(scan.constants); }
  std::span<const ir::Id> carries() const {
    return std::span(step.inputs).subspan(scan.constants, scan.carries);
  }
  std::span<const ir::Id> elements() const {
    return std::span(step.inputs).subspan(scan.constants + scan.carries);
  }
  bool is_sum(std::size_t carry) const {
    return std::any_of(sums.begin(), sums.end(), [&](const Sum& s) { return s.carry == carry; });
  }
  const ir::Instruction* maker(ir::Id id) const {
    return maker_[id] < 0 ? nullptr : &step.instructions[static_cast<std::size_t>(maker_[id])];
  }

 private:
  // What kind of matrix product a value is, if it is one.
  std::optional<traits::Product> product(ir::Id id) const {
    const ir::Instruction* i = maker(id);
    const auto found = i ? i->primitive->as_product() : std::nullopt;
    return found && found->matrix ? found : std::nullopt;
  }
  // Whether a value is known outside of the loop: for all steps, or for each.
  bool outside(ir::Id id) const { return !varies_[id] || contains(elements(), id) || contains(before, id); }

  // A product of few rows with a matrix that is the same in all steps.
  bool shares_a_matrix(ir::Id id) const {
    const auto p = product(id);
    if (!p || p->transpose_a) return false;
    const auto operands = step.operands(*maker(id));
    return varies_[operands[0]] && !varies_[operands[1]] && step.types[operands[1]].shape.rank() == 2 &&
           step.types[id].shape.elements() <= most_rows * step.types[id].shape[-1];
  }

  void find_before() {
    for (const ir::Instruction& i : step.instructions)
      if (!carried_[i.first_result] && shares_a_matrix(i.first_result))
        before.push_back(with_bias(i.first_result));
  }

  // What follows a value and only adds what is the same in all steps.
  ir::Id with_bias(ir::Id id) const {
    for (const ir::Instruction& i : step.instructions) {
      const auto operands = step.operands(i);
      if (!contains(operands, id) || uses_[id] != 1) continue;
      if (i.results != 1 || !cheap_arithmetic(step, i) || step.types[i.first_result] != step.types[id])
        continue;
      if (std::all_of(operands.begin(), operands.end(), [&](ir::Id o) { return o == id || !varies_[o]; }))
        id = i.first_result;
    }
    return id;
  }

  // The term that a step adds to a carry it does nothing else with.
  std::optional<ir::Id> term_of(std::size_t c) const {
    const ir::Id in = carries()[c], out = step.outputs[c];
    const ir::Instruction* i = maker(out);
    if (!i || !algebra_of(step, *i).sum || uses_[in] != 1 || uses_[out] != 1) return std::nullopt;
    const auto operands = step.operands(*i);
    if (!contains(operands, in)) return std::nullopt;
    const ir::Id term = operands[operands[0] == in ? 1 : 0];
    const bool like = step.types[term].shape == step.types[in].shape && uses_[term] == 1 &&
                      is_floating(step.types[term].dtype) && varies_[term];
    return like ? std::optional(term) : std::nullopt;
  }

  // Of products a' b with few rows: it takes less to keep the rows than to add up the results.
  void find_sums() {
    for (std::size_t c = 0; c < scan.carries; ++c) {
      const auto term = term_of(c);
      const auto p = term ? product(*term) : std::nullopt;
      if (!p || !p->transpose_a || p->transpose_b) continue;
      const auto operands = step.operands(*maker(*term));
      const Shape &a = step.types[operands[0]].shape, &b = step.types[operands[1]].shape;
      if (a.rank() != 2 || b.rank() != 2 || a[0] * (a[1] + b[1]) > 2 * step.types[*term].shape.elements())
        continue;
      sums.push_back({c, *term, true});
      for (const ir::Id id : operands) emit(id);
    }
  }

  void emit(ir::Id id) {
    if (!outside(id) && !contains(emitted, id)) emitted.push_back(id);
  }

  // What only makes ys, from the first product on.
  void find_after() {
    PerValue<Flag> needed(step);
    for (std::size_t c = 0; c < scan.carries; ++c)
      if (!is_sum(c)) needed[step.outputs[c]] = 1;
    for (const ir::Id id : emitted) needed[id] = 1;
    needed = liveness(step, std::move(needed)).values;
    Ids products;
    for (const ir::Instruction& i : step.instructions)
      if (!needed[i.first_result] && carried_[i.first_result] && shares_a_matrix(i.first_result))
        products.push_back(i.first_result);
    if (products.empty()) return;
    const PerValue<Flag> behind = depending_on(step, products);
    for (std::size_t o = scan.carries; o < step.outputs.size(); ++o)
      if (behind[step.outputs[o]]) after.push_back(step.outputs[o]);
    PerValue<Flag> wanted(step);
    for (const ir::Id id : after) wanted[id] = 1;
    (void)liveness(step, std::move(wanted), [&](std::size_t k, PerValue<Flag>& live) {
      for (const ir::Id id : step.operands(step.instructions[k])) {
        if (behind[id])
          live[id] = 1;
        else
          emit(id);
      }
    });
  }

  // Sums of what can be made from values that are outside of the loop by now.
  void find_other_sums() {
    for (std::size_t c = 0; c < scan.carries; ++c) {
      if (is_sum(c)) continue;
      if (const auto term = term_of(c); term && maker(*term) && made_outside(*term))
        sums.push_back({c, *term, false});
    }
  }
  bool made_outside(ir::Id id) const {
    if (outside(id) || contains(emitted, id)) return true;
    const ir::Instruction* made = maker(id);
    if (!made) return false;  // a carry
    const ir::Instruction& i = *made;
    if (i.results != 1) return false;
    const auto operands = step.operands(i);
    if (operands.empty()) return false;
    const bool small = i.primitive->as_reduction(step.types[operands[0]]) || i.primitive->aliases();
    return small && std::all_of(operands.begin(), operands.end(), [&](ir::Id o) { return made_outside(o); });
  }

  // Values that are the same in all steps, where something reads them that is not.
  void find_once() {
    for (const ir::Instruction& i : step.instructions)
      if (varies_[i.first_result])
        for (const ir::Id id : step.operands(i)) compute_once(id);
  }
  void compute_once(ir::Id id) {
    const ir::Instruction* i = maker(id);
    if (!i || varies_[id] || contains(once, id)) return;
    const auto operands = step.operands(*i);
    if (operands.empty()) return;
    const ShapeDtype &in = step.types[operands[0]], &out = step.types[id];
    const bool repeats = i->results == 1 && operands.size() == 1 && in.bytes() <= out.bytes() &&
                         (i->primitive->aliases() || i->primitive->as_view(in, out));
    if (!repeats)
      once.push_back(id);
    else
      compute_once(operands[0]);
  }

  PerValue<std::int32_t> maker_;
  PerValue<std::uint32_t> uses_;
  PerValue<Flag> varies_, carried_;
};

// Computes what a scan does in the parts of a split.
class FissionedLoop {
 public:
  FissionedLoop(const Split& split, const flat::Arrays& operands)
      : split_(split), length_(split.scan.length) {
    const std::size_t constants = split.scan.constants, carries = split.scan.carries;
    for (std::size_t n = 0; n < constants; ++n) know(split.step.inputs[n], operands[n], false);
    for (std::size_t n = constants + carries; n < operands.size(); ++n)
      know(split.step.inputs[n], operands[n], true);
    first_.assign(operands.begin() + static_cast<std::ptrdiff_t>(constants),
                  operands.begin() + static_cast<std::ptrdiff_t>(constants + carries));
  }

  flat::Arrays results() {
    find(split_.once);
    find(split_.before);
    loop();
    find(split_.after);
    flat::Arrays all;
    for (std::size_t o = 0; o < split_.step.outputs.size(); ++o)
      all.push_back(o >= split_.scan.carries ? arrays_[known(split_.step.outputs[o])] : last(o));
    return all;
  }

 private:
  void know(ir::Id id, Array array, bool mapped) {
    if (contains(ids_, id)) return;
    ids_.push_back(id);
    arrays_.push_back(std::move(array));
    mapped_.push_back(mapped);
  }
  std::size_t known(ir::Id id) const {
    return static_cast<std::size_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
  }

  // Values for all steps at once, from what is known.
  flat::Arrays all_steps(std::span<const ir::Id> wanted, Flags& mapped) const {
    const ir::Program part = part_of(split_.step, ids_, wanted);
    std::vector<std::optional<int>> axes;
    for (const auto m : mapped_) axes.push_back(m ? std::optional<int>(0) : std::nullopt);
    flat::Mapped found = flat::vmap_where_needed([&](const flat::Arrays& a) { return ir::evaluate(part, a); },
                                                 arrays_, axes, length_);
    mapped = found.mapped;
    return std::move(found.outputs);
  }
  void find(std::span<const ir::Id> wanted) {
    if (wanted.empty()) return;
    Flags mapped;
    flat::Arrays found = all_steps(wanted, mapped);
    for (std::size_t n = 0; n < wanted.size(); ++n) know(wanted[n], std::move(found[n]), mapped[n] != 0);
  }

  // What is left of the loop.
  void loop() {
    const Split& s = split_;
    ScanParams left{nullptr, 0, 0, length_, s.scan.reverse, false};
    Ids inputs, outputs, elements;
    flat::Arrays operands, xs;
    for (std::size_t n = 0; n < ids_.size(); ++n) {
      (mapped_[n] ? elements : inputs).push_back(ids_[n]);
      (mapped_[n] ? xs : operands).push_back(arrays_[n]);
    }
    left.constants = inputs.size();
    for (std::size_t c = 0; c < s.scan.carries; ++c) {
      if (s.is_sum(c)) continue;
      inputs.push_back(s.carries()[c]);
      operands.push_back(first_[c]);
      outputs.push_back(s.step.outputs[c]);
      ++left.carries;
    }
    inputs = inputs + elements;
    const std::size_t carries = outputs.size();
    for (std::size_t o = s.scan.carries; o < s.step.outputs.size(); ++o) {
      const ir::Id id = s.step.outputs[o];
      const std::size_t at = known(id);
      if (!contains(s.after, id) && !(at < ids_.size() && mapped_[at])) outputs.push_back(id);
    }
    for (const ir::Id id : s.emitted)
      if (!contains(std::span(outputs).subspan(carries), id)) outputs.push_back(id);
    left.step = control::shared(part_of(s.step, inputs, outputs));
    const flat::Arrays found =
        control::bind_all(control::scan(std::move(left)), control::joined(operands, xs));
    last_.assign(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(carries));
    for (std::size_t o = carries; o < outputs.size(); ++o) know_each(outputs[o], found[o]);
  }
  // A ys of the loop; it takes the place of a value that is the same in all steps.
  void know_each(ir::Id id, const Array& ys) {
    const std::size_t at = known(id);
    if (at == ids_.size())
      know(id, ys, true);
    else
      arrays_[at] = ys, mapped_[at] = 1;
  }

  Array last(std::size_t carry) const {
    std::size_t place = 0;
    for (const Split::Sum& sum : split_.sums) {
      if (sum.carry == carry) return first_[carry] + total(sum);
      place += sum.carry < carry;
    }
    return last_[carry - place];
  }

  Array total(const Split::Sum& sum) const {
    if (!sum.product) {
      Flags mapped;
      const Array terms = all_steps({&sum.term, 1}, mapped)[0];
      const int steps = 0;
      return copse::sum(terms, steps);
    }
    const auto operands = split_.step.operands(*split_.maker(sum.term));
    return matmul(transpose(rows(operands[0])), rows(operands[1]));
  }
  // The rows of all steps.
  Array rows(ir::Id id) const {
    const std::size_t at = known(id);
    const Array all = mapped_[at] ? arrays_[at] : flat::broadcast_in_front(arrays_[at], length_);
    return reshape(all, {all.shape(0) * all.shape(1), all.shape(2)});
  }

  const Split& split_;
  std::int64_t length_;
  Ids ids_;  // of the step, known outside of the loop: `mapped_` ones for each step
  flat::Arrays arrays_, first_, last_;
  Flags mapped_;
};

// A scan in parts, as a program of its operands; nothing if it stays whole.
std::optional<ir::Program> split(const ir::Program& program, const ir::Instruction& i, const ScanParams& scan,
                                 SimplifiedSteps& steps) {
  if (scan.length == 0) return std::nullopt;
  ScanParams simple = scan;
  simple.step = steps[scan.step];
  const Split split(simple);
  if (!split.any()) return std::nullopt;
  return simplified(flat::record([&](const flat::Arrays& in) { return FissionedLoop(split, in).results(); },
                                 operand_types(program, i), "compile")
                        .program);
}

}  // namespace

Result loop_fission(const ir::Program& program, SimplifiedSteps& steps) {
  bool changed = false;
  Rewriter rewriter(program);
  for (const ir::Instruction& i : program.instructions) {
    // Side effects of a step come in the order of the steps.
    const ScanParams* scan = i.primitive->has_effect() ? nullptr : control::as_scan(*i.primitive);
    const auto parts = scan ? split(program, i, *scan, steps) : std::nullopt;
    if (!parts) {
      rewriter.copy(i);
      continue;
    }
    changed = true;
    const Ids results = rewriter.splice(*parts, rewriter[program.operands(i)]);
    for (std::uint32_t r = 0; r < i.results; ++r) rewriter.set(i.first_result + r, results[r]);
  }
  if (!changed) return std::nullopt;
  return rewriter.finish();
}

}  // namespace copse::passes
