#include "rules.hpp"

#include <algorithm>

#include "../passes/facts.hpp"
#include "loops.hpp"

namespace copse::sharding {
namespace {

using traits::Combination;
using traits::DivisibleAxis;

// An axis of an instruction, and how that is computed in parts along it.
struct Candidate {
  DivisibleAxis axis;
  Step::Making making = Step::Making::same;
  std::optional<ViewAxes> view{};
};
using Candidates = std::vector<Candidate>;

// Axes of operands that are broadcast are those of the result, counted from the last.
void add_elementwise(const Site& site, Candidates& found) {
  const Shape& out = site.out[0].shape;
  for (int d = 0; d < out.rank(); ++d) {
    DivisibleAxis axis{{}, {d}};
    for (const ShapeDtype& type : site.in) {
      const int at = d - (out.rank() - type.shape.rank());
      axis.in.push_back(at >= 0 && type.shape[at] == out[d] ? at : DivisibleAxis::whole);
    }
    found.push_back({std::move(axis)});
  }
}

// (batch..., m, k) times (batch..., k, n), where one side may have no batch.
void add_product(const Site& site, const traits::Product& product, Candidates& found) {
  const int a = site.in[0].shape.rank(), b = site.in[1].shape.rank(), out = site.out[0].shape.rank();
  constexpr int whole = DivisibleAxis::whole;
  for (int d = 0; d < out - 2; ++d) found.push_back({{{a > 2 ? d : whole, b > 2 ? d : whole}, {d}}});
  const int m = product.transpose_a ? a - 1 : a - 2, k_of_a = product.transpose_a ? a - 2 : a - 1;
  const int n = product.transpose_b ? b - 2 : b - 1, k_of_b = product.transpose_b ? b - 1 : b - 2;
  found.push_back({{{m, whole}, {out - 2}}});
  found.push_back({{{whole, n}, {out - 1}}});
  found.push_back({{{k_of_a, k_of_b}, {whole}}});
}

void add_view(const Site& site, const traits::View& view, Candidates& found) {
  const auto axes = ViewAxes::of(view, site.in[0].shape, site.out[0].shape);
  if (!axes) return;
  for (int a = 0; a < site.in[0].shape.rank(); ++a)
    if (const int r = axes->whole_axis(a, site.in[0].shape, site.out[0].shape); r >= 0)
      found.push_back({{{a}, {r}}, Step::Making::view, axes});
}

// The axis of the result that begins where an axis of the operand does; its parts are looked at later.
void add_reshape(const Site& site, Candidates& found) {
  const Shape &in = site.in[0].shape, &out = site.out[0].shape;
  if (in == out) return add_elementwise(site, found);
  if (in.elements() == 0) return;
  std::int64_t before = 1;
  for (int a = 0; a < in.rank(); before *= in[a++]) {
    std::int64_t ahead = 1;
    int r = 0;
    while (r < out.rank() && (ahead < before || out[r] == 1)) ahead *= out[r++];
    if (r < out.rank() && ahead == before && in[a] != 1) found.push_back({{{a}, {r}}, Step::Making::reshape});
  }
}

Candidates candidates(const Site& site) {
  Candidates found;
  for (DivisibleAxis& axis : site.primitive().divisible_axes(site.in, site.out))
    found.push_back({std::move(axis)});
  if (passes::elementwise_of(site.program, site.instruction)) add_elementwise(site, found);
  if (const auto product = site.primitive().as_product(); product && product->matrix)
    add_product(site, *product, found);
  if (const auto view = passes::view_of(site.program, site.instruction)) add_view(site, *view, found);
  if (site.primitive().aliases()) add_reshape(site, found);
  return found;
}

// Where parts of `starts` along an axis of the operand begin in the result of a reshape, or nothing where
// they begin within an element of its axis.
std::optional<Starts> reshaped(const Starts& starts, const Shape& in, int in_axis, const Shape& out,
                               int out_axis) {
  std::int64_t inner = 1, outer = 1;
  for (int d = in_axis + 1; d < in.rank(); ++d) inner *= in[d];
  for (int d = out_axis + 1; d < out.rank(); ++d) outer *= out[d];
  Starts found;
  for (const std::int64_t start : starts) {
    if (start * inner % outer != 0) return std::nullopt;
    found.push_back(start * inner / outer);
  }
  return found;
}

// A step by a candidate, and how many bytes it makes the ranks exchange.
struct Offer {
  Step step;
  double bytes = 0;
};

double size_of_operand(const Site& site, std::size_t k) { return static_cast<double>(site.in[k].bytes()); }

// What it costs to have an operand whole.
double cost_of_whole(const Site& site, std::size_t k) {
  if (site.placed[k].is_divided()) return site.known_whole[k] ? 0 : size_of_operand(site, k);
  return site.placed[k].is_partial() ? 2 * size_of_operand(site, k) : 0;
}

// With the parts of one operand's axis for all.
std::optional<Offer> offer(const Site& site, const Candidate& candidate, const Starts& starts) {
  Offer made;
  made.step.making = candidate.making;
  made.step.view = candidate.view;
  const DivisibleAxis& axis = candidate.axis;
  for (std::size_t k = 0; k < site.in.size(); ++k) {
    Placement wanted;
    if (axis.in[k] >= 0) wanted = Placement::divided(axis.in[k], starts);
    if (axis.in[k] == DivisibleAxis::summed)
      wanted = site.placed[k].is_sum() ? site.placed[k] : Placement::partial(Combination::sum);
    if (wanted != site.placed[k]) made.bytes += cost_of_whole(site, k);
    made.step.operands.push_back(std::move(wanted));
  }
  for (std::size_t r = 0; r < site.out.size(); ++r) {
    const int at = axis.out[r];
    if (at < 0) {
      made.step.results.push_back(Placement::partial(axis.combination));
      made.bytes += 2 * static_cast<double>(site.out[r].bytes());
      continue;
    }
    std::optional<Starts> parts = starts;
    if (candidate.making == Step::Making::reshape)
      parts = reshaped(starts, site.in[0].shape, axis.in[0], site.out[0].shape, at);
    if (!parts) return std::nullopt;
    made.step.results.push_back(Placement::divided(at, std::move(*parts)));
  }
  return made;
}

// The cheapest way in parts, among those for which an operand is divided already.
std::optional<Offer> best_in_parts(const Site& site) {
  std::optional<Offer> best;
  if (std::ranges::none_of(site.placed, &Placement::is_divided)) return best;
  for (const Candidate& candidate : candidates(site))
    for (std::size_t k = 0; k < site.in.size(); ++k) {
      const Placement& placed = site.placed[k];
      if (!placed.is_divided() || candidate.axis.in[k] != placed.axis) continue;
      auto made = offer(site, candidate, placed.starts);
      if (made && (!best || made->bytes < best->bytes)) best = std::move(made);
    }
  return best;
}

std::size_t count_partial(const Site& site) {
  return static_cast<std::size_t>(std::ranges::count_if(site.placed, &Placement::is_partial));
}

// Whether an instruction of these operands, partial sums or whole, gives a partial sum: it is linear in them.
bool keeps_sums(const Site& site) {
  using traits::Linearity;
  const std::size_t partial = count_partial(site);
  if (site.primitive().aliases() || passes::view_of(site.program, site.instruction)) return true;
  const auto axes = site.primitive().divisible_axes(site.in, site.out);
  if (site.primitive().as_reduction(site.in[0]))
    return std::ranges::any_of(axes, [](const DivisibleAxis& axis) {
      return axis.out[0] < 0 && axis.combination == Combination::sum;
    });
  if (site.primitive().as_product()) return site.in.size() == 2 && partial == 1;
  switch (passes::algebra_of(site.program, site.instruction).linear) {
    case Linearity::first:
      return site.placed[0].is_partial() && partial == 1;
    case Linearity::each:
      return partial == 1;
    case Linearity::together:
      return partial == site.in.size();
    case Linearity::none:
      break;
  }
  return false;
}

// Sums that stay sums, so that they are added up later, unless they have become larger by then or are to be
// added up themselves.
std::optional<Step> partial_step(const Site& site) {
  if (site.adds_up || count_partial(site) == 0 || site.out.size() != 1 || !site.primitive().outputs())
    return std::nullopt;
  std::size_t bytes = 0;
  for (std::size_t k = 0; k < site.in.size(); ++k) {
    if (site.placed[k].is_divided() || (site.placed[k].is_partial() && !site.placed[k].is_sum()))
      return std::nullopt;
    if (site.placed[k].is_partial()) bytes = std::max(bytes, site.in[k].bytes());
  }
  if (site.out[0].bytes() > bytes || !keeps_sums(site)) return std::nullopt;
  return Step{.operands = site.placed, .results = {Placement::partial(Combination::sum)}};
}

Step on_whole(const Site& site) {
  Step step;
  step.operands.resize(site.in.size());
  step.results.resize(site.out.size());
  step.on_whole = true;
  if (site.primitive().has_effect()) step.making = Step::Making::effect;
  return step;
}

}  // namespace

Step step_of(const Site& site) {
  if (auto step = step_within(site)) return std::move(*step);
  if (site.primitive().has_effect()) return on_whole(site);
  if (auto step = partial_step(site)) return std::move(*step);
  if (auto made = best_in_parts(site)) return std::move(made->step);
  return on_whole(site);
}

}  // namespace copse::sharding
