#include "copse/nn/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "copse/tree/print.hpp"

namespace copse::nn_detail {
namespace {

struct Amount {
  std::int64_t elements = 0;
  std::size_t bytes = 0;
  std::size_t leaves = 0;

  void add(const TableLeaf& leaf) {
    elements += leaf.elements;
    bytes += leaf.bytes;
    ++leaves;
  }
};

std::string thousands(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string text(const Amount& amount) {
  if (amount.leaves == 0) return {};
  return thousands(amount.elements) + "  " + tree_detail::size_text(amount.bytes);
}

// Whether a path is that of a part or of something in it.
bool is_within(std::string_view path, std::string_view part) {
  return path.starts_with(part) &&
         (part.empty() || path.size() == part.size() || path[part.size()] == '.' || path[part.size()] == '[');
}

std::string relative(std::string_view path, std::string_view part) {
  path.remove_prefix(part.size());
  if (path.starts_with('.')) path.remove_prefix(1);
  return std::string(path);
}

using Cell = std::vector<std::string>;  // lines

struct Row {
  const TablePart* part = nullptr;
  std::vector<const TableLeaf*> leaves;
  const Scope::Record* call = nullptr;
};

// One row a part that holds leaves or has been called; what lies deeper than wanted goes to the row above it.
std::vector<Row> make_rows(const Table& table, int depth) {
  std::vector<Row> rows;
  std::vector<std::string_view> path;  // of the rows around the current one
  for (const TablePart& part : table.parts) {
    const auto call = std::find_if(table.calls.begin(), table.calls.end(), [&](const Scope::Record& record) {
      return record.path == part.path && record.name == part.name;
    });
    const bool has_leaf = std::any_of(table.leaves.begin(), table.leaves.end(),
                                      [&](const TableLeaf& leaf) { return is_within(leaf.path, part.path); });
    const bool called = call != table.calls.end();
    if (!part.path.empty() && !has_leaf && !called) continue;
    while (!path.empty() && !(part.path.size() > path.back().size() && is_within(part.path, path.back())))
      path.pop_back();
    const int level = static_cast<int>(path.size());
    path.push_back(part.path);
    if (depth >= 0 && level > depth) continue;
    rows.push_back({&part, {}, called ? &*call : nullptr});
  }
  for (const TableLeaf& leaf : table.leaves) {
    // The innermost of the parts around a leaf comes last.
    const auto row = std::find_if(rows.rbegin(), rows.rend(), [&](const Row& candidate) {
      return is_within(leaf.path, candidate.part->path);
    });
    if (row != rows.rend()) row->leaves.push_back(&leaf);
  }
  return rows;
}

Cell types(const std::vector<ShapeDtype>& all) {
  Cell cell;
  for (const ShapeDtype& type : all) cell.push_back(to_string(type));
  return cell;
}

std::string kind_column(const TableLeaf& leaf) {
  if (leaf.parameter) return leaf.trainable ? leaf.kind : leaf.kind + " (frozen)";
  return leaf.kind.empty() ? "other" : leaf.kind;
}

std::string draw(const std::vector<std::vector<Cell>>& rows, std::size_t header_rows,
                 std::size_t footer_rows) {
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c)
      for (const std::string& line : row[c]) widths[c] = std::max(widths[c], line.size());
  std::size_t total = 0;
  for (const std::size_t width : widths) total += width + 2;
  const std::string rule(total > 2 ? total - 2 : total, '-');
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == header_rows || r + footer_rows == rows.size()) out += rule + "\n";
    std::size_t height = 1;
    for (const Cell& cell : rows[r]) height = std::max(height, cell.size());
    for (std::size_t i = 0; i < height; ++i) {
      std::string line;
      for (std::size_t c = 0; c < rows[r].size(); ++c)
        line += fmt::format("{:<{}}  ", i < rows[r][c].size() ? rows[r][c][i] : std::string(), widths[c]);
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
  }
  return out;
}

std::string summary(const char* label, const Amount& amount) {
  return fmt::format("{:<26}{}\n", label, amount.leaves == 0 ? "0" : text(amount));
}

}  // namespace

std::string format_table(const Table& table, const TableOptions& options) {
  std::vector<std::string> kinds;
  for (const TableLeaf& leaf : table.leaves)
    if (std::find(kinds.begin(), kinds.end(), kind_column(leaf)) == kinds.end())
      kinds.push_back(kind_column(leaf));

  std::vector<std::vector<Cell>> cells;
  std::vector<Cell> header{{"path"}, {"module"}, {"params"}};
  const bool called = !table.calls.empty();
  if (called) header.insert(header.end(), {Cell{"inputs"}, Cell{"outputs"}});
  for (const std::string& kind : kinds) header.push_back({kind});
  cells.push_back(std::move(header));

  for (const Row& row : make_rows(table, options.depth)) {
    std::vector<Cell> line{{row.part->path.empty() ? "*" : row.part->path}, {row.part->name}, {}};
    if (options.signatures && !row.part->signature.empty()) line[1][0] += "(" + row.part->signature + ")";
    std::map<std::string, Amount> amounts;
    for (const TableLeaf* leaf : row.leaves) {
      std::string name = relative(leaf->path, row.part->path);
      if (options.param_types) name += ": " + (leaf->kind.empty() ? std::string() : leaf->kind) + leaf->type;
      line[2].push_back(std::move(name));
      amounts[kind_column(*leaf)].add(*leaf);
    }
    if (called) {
      line.push_back(row.call ? types(row.call->inputs) : Cell{});
      line.push_back(row.call ? types(row.call->outputs) : Cell{});
    }
    for (const std::string& kind : kinds) line.push_back({text(amounts[kind])});
    cells.push_back(std::move(line));
  }

  std::map<std::string, Amount> totals;
  Amount trainable, frozen, parameters, others;
  for (const TableLeaf& leaf : table.leaves) {
    totals[kind_column(leaf)].add(leaf);
    if (leaf.parameter) {
      (leaf.trainable ? trainable : frozen).add(leaf);
      parameters.add(leaf);
    } else {
      others.add(leaf);
    }
  }
  std::vector<Cell> footer{{}, {}, {"Total:"}};
  if (called) {
    footer[2].clear();
    footer.insert(footer.end(), {Cell{}, Cell{"Total:"}});
  }
  for (const std::string& kind : kinds) footer.push_back({text(totals[kind])});
  cells.push_back(std::move(footer));

  std::string out = draw(cells, 1, 1) + "\n";
  out += summary("Trainable parameters:", trainable);
  out += summary("Non-trainable parameters:", frozen);
  out += summary("Total parameters:", parameters);
  if (others.leaves > 0) out += summary("Other values:", others);
  return out;
}

}  // namespace copse::nn_detail
