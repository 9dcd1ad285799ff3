// Einstein's summation: operands are contracted two at a time, each pair by a matrix product.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "matmul.hpp"

namespace copse {
namespace {

// An operand and a label for each of its dimensions. The dimensions of `...` get digits, counted from the
// right.
struct Term {
  Array array;
  std::string labels;

  std::int64_t extent(char label) const { return array.shape(static_cast<int>(labels.find(label))); }
  bool has(char label) const { return labels.find(label) != std::string::npos; }
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char ellipsis = '.';

[[noreturn]] void malformed(std::string_view subscripts, const std::string& why) {
  throw ValueError(fmt::format("einsum: \"{}\": {}", subscripts, why));
}

// The labels of one operand or of the result; `...` becomes one dot.
std::string parse_labels(std::string_view subscripts, std::string_view part) {
  std::string labels;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    if (c == ' ') continue;
    if (c == '.') {
      if (part.substr(i, 3) != "..." || labels.find(ellipsis) != std::string::npos)
        malformed(subscripts, "dots are only for one \"...\" an operand");
      labels += ellipsis;
      i += 2;
    } else if (is_letter(c)) {
      labels += c;
    } else {
      malformed(subscripts, fmt::format("'{}' is no label; labels are letters", c));
    }
  }
  return labels;
}

// Writes the digits of an ellipsis of so many dimensions in its place.
void expand(std::string& labels, int dimensions) {
  const std::size_t at = labels.find(ellipsis);
  if (at == std::string::npos) return;
  std::string digits;
  for (int i = dimensions; i-- > 0;) digits += static_cast<char>('0' + i);
  labels.replace(at, 1, digits);
}

Term reordered(const Term& t, const std::string& labels) {
  if (t.labels == labels) return t;
  std::vector<int> axes;
  for (const char c : labels) axes.push_back(static_cast<int>(t.labels.find(c)));
  return {transpose(t.array, std::span<const int>(axes)), labels};
}

// Equal labels within an operand: only elements of equal index count.
Term with_diagonals(Term t) {
  for (std::size_t i = 0; i < t.labels.size(); ++i) {
    const std::size_t j = t.labels.find(t.labels[i], i + 1);
    if (j == std::string::npos) continue;
    std::string rest = t.labels;
    rest.erase(j, 1);
    rest.erase(i, 1);
    return with_diagonals(
        {diagonal(t.array, 0, static_cast<int>(i), static_cast<int>(j)), rest + t.labels[i]});
  }
  return t;
}

Term summed(const Term& t, const std::string& keep) {
  std::vector<int> axes;
  std::string labels;
  for (std::size_t i = 0; i < t.labels.size(); ++i) {
    if (keep.find(t.labels[i]) == std::string::npos)
      axes.push_back(static_cast<int>(i));
    else
      labels += t.labels[i];
  }
  if (axes.empty()) return t;
  // Of the operand's dtype, where a sum of bool or uint8 would be wider.
  return {astype(sum(t.array, Axes(std::move(axes))), t.array.dtype()), labels};
}

std::int64_t extent_of(const Term& t, const std::string& labels) {
  std::int64_t n = 1;
  for (const char c : labels) n *= t.extent(c);
  return n;
}

// A side of a product as (batch, rows, columns), or with rows and columns swapped where that needs no copy.
Array side(const Term& t, const std::string& batch, const std::string& rows, const std::string& columns,
           bool& swapped) {
  swapped = t.labels != batch + rows + columns && t.labels == batch + columns + rows;
  const std::string &first = swapped ? columns : rows, &second = swapped ? rows : columns;
  Shape shape;
  if (!batch.empty()) shape.push_back(extent_of(t, batch));
  shape.push_back(extent_of(t, first));
  shape.push_back(extent_of(t, second));
  return reshape(reordered(t, batch + first + second).array, shape);
}

// The product of two operands, summed over labels that neither the others nor the result need.
Term contract(const Term& a, const Term& b, const std::string& keep) {
  std::string batch, rows, columns, sums;
  for (const char c : a.labels) {
    if (!b.has(c))
      rows += c;
    else
      (keep.find(c) == std::string::npos ? sums : batch) += c;
  }
  for (const char c : b.labels)
    if (!a.has(c)) columns += c;
  if (!batch.empty() && rows.empty() && columns.empty()) {
    // Products of single elements: no matrix is in sight.
    const Array all = reordered(a, batch + sums).array * reordered(b, batch + sums).array;
    return summed({all, batch + sums}, batch);
  }
  bool turned_a = false, turned_b = false;
  const Array x = side(a, batch, rows, sums, turned_a), y = side(b, batch, sums, columns, turned_b);
  Shape shape;
  for (const char c : batch + rows) shape.push_back(a.extent(c));
  for (const char c : columns) shape.push_back(b.extent(c));
  return {reshape(product(x, y, turned_a, turned_b), shape), batch + rows + columns};
}

// The result's labels where none were given: those that occur once, in order, after those of the ellipsis.
std::string implicit_result(const std::vector<std::string>& inputs) {
  std::string all, result;
  for (const std::string& labels : inputs) all += labels;
  std::sort(all.begin(), all.end());
  for (const char c : all) {
    if (c == ellipsis && result.find(c) == std::string::npos) result += c;
    if (c != ellipsis && std::count(all.begin(), all.end(), c) == 1) result += c;
  }
  return result;
}

std::vector<std::string> parse(std::string_view subscripts, std::size_t operands, std::string& result) {
  const std::size_t arrow = subscripts.find("->");
  const std::string_view left = subscripts.substr(0, arrow);
  std::vector<std::string> inputs;
  for (std::size_t at = 0; at <= left.size();) {
    const std::size_t comma = std::min(left.find(',', at), left.size());
    inputs.push_back(parse_labels(subscripts, left.substr(at, comma - at)));
    at = comma + 1;
  }
  if (inputs.size() != operands)
    malformed(subscripts,
              fmt::format("there are labels for {} operands, but {} were given", inputs.size(), operands));
  if (arrow == std::string_view::npos) {
    result = implicit_result(inputs);
    return inputs;
  }
  result = parse_labels(subscripts, subscripts.substr(arrow + 2));
  for (const char c : result) {
    if (std::count(result.begin(), result.end(), c) != 1)
      malformed(subscripts, fmt::format("the result has the label '{}' twice", c));
    if (c != ellipsis && std::none_of(inputs.begin(), inputs.end(), [c](const std::string& labels) {
          return labels.find(c) != std::string::npos;
        }))
      malformed(subscripts, fmt::format("the result has the label '{}', but no operand", c));
  }
  return inputs;
}

// Operands with their labels checked: equal labels mean equal extents, but for those of the ellipsis, which
// broadcast.
std::vector<Term> label(std::string_view subscripts, std::span<const Array> operands, std::string& result) {
  std::vector<std::string> inputs = parse(subscripts, operands.size(), result);
  PromotionType type = operands[0].type().type();
  for (const Array& x : operands) type = promote(type, x.type().type());
  std::vector<Term> terms;
  int widest = 0;
  bool dotted = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::string& labels = inputs[i];
    const bool dots = labels.find(ellipsis) != std::string::npos;
    const int named = static_cast<int>(labels.size()) - (dots ? 1 : 0), rank = operands[i].ndim();
    if (dots ? named > rank : named != rank)
      throw ShapeError(fmt::format("einsum: operand {} of \"{}\" has shape {}, wanted {}{} dimensions", i,
                                   subscripts, to_string(operands[i].shape()), dots ? "at least " : "",
                                   named));
    if (dots) {
      if (rank - named > 10) malformed(subscripts, "an ellipsis stands for more than 10 dimensions");
      widest = std::max(widest, rank - named);
      dotted = true;
      expand(labels, rank - named);
    }
    terms.push_back({elementwise::convert(operands[i], type.dtype, operands[i].weak_type()), labels});
  }
  if (dotted && widest > 0 && result.find(ellipsis) == std::string::npos)
    malformed(subscripts, "the result lacks the operands' \"...\"");
  expand(result, widest);
  std::int64_t extents[128];
  std::fill(std::begin(extents), std::end(extents), std::int64_t{-1});
  for (const Term& t : terms) {
    for (std::size_t d = 0; d < t.labels.size(); ++d) {
      std::int64_t& known = extents[static_cast<std::size_t>(t.labels[d])];
      const std::int64_t here = t.array.shape(static_cast<int>(d));
      const bool digit = !is_letter(t.labels[d]);
      if (known == -1 || (digit && known == 1)) {
        known = here;
      } else if (known != here && !(digit && here == 1)) {
        throw ShapeError(fmt::format("einsum: \"{}\": {} has extent {} and {}", subscripts,
                                     digit ? "a dimension of \"...\"" : fmt::format("'{}'", t.labels[d]),
                                     known, here));
      }
    }
  }
  for (Term& t : terms) {
    // Dimensions of extent 1 that broadcast are left out, unless nobody has more there.
    std::vector<int> gone;
    std::string labels;
    for (std::size_t d = 0; d < t.labels.size(); ++d) {
      if (t.array.shape(static_cast<int>(d)) == 1 && extents[static_cast<std::size_t>(t.labels[d])] != 1)
        gone.push_back(static_cast<int>(d));
      else
        labels += t.labels[d];
    }
    if (gone.empty()) continue;
    t.array = squeeze(t.array, std::span<const int>(gone));
    t.labels = labels;
  }
  return terms;
}

}  // namespace

Array einsum(std::string_view subscripts, std::span<const Array> operands) try {
  if (operands.empty()) throw ValueError("einsum: no operands were given");
  std::string result;
  std::vector<Term> terms = label(subscripts, operands, result);
  // What a step must keep: the labels of the result and of the operands yet to come.
  std::vector<std::string> keep(terms.size(), result);
  for (std::size_t i = terms.size(); i-- > 1;) keep[i - 1] = keep[i] + terms[i].labels;
  Term total = summed(with_diagonals(terms[0]), keep[0]);
  for (std::size_t i = 1; i < terms.size(); ++i) {
    const Term next = summed(with_diagonals(terms[i]), keep[i] + total.labels);
    total = contract(summed(total, keep[i] + next.labels), next, keep[i]);
  }
  return reordered(total, result).array;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("einsum");
}

Array einsum(std::string_view subscripts, std::initializer_list<Array> operands) {
  return einsum(subscripts, std::span<const Array>(operands.begin(), operands.size()));
}

}  // namespace copse
