// Axes with names, by which collectives find those that work together: elements under vmap, ranks under spmd.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "copse/comm/communicator.hpp"
#include "copse/core/array.hpp"

namespace copse::flat {

/// What makes a named axis this one and no other.
struct Axis {
  std::string name;
  std::int64_t size = 0;
  std::uint64_t id = 0;                ///< no two axes have the same, but those of one communicator and name
  comm::CommunicatorPtr communicator;  ///< of an axis of ranks; null for an axis that vmap maps
};
using AxisPtr = std::shared_ptr<const Axis>;

/// A new axis of elements.
AxisPtr mapped_axis(std::string name, std::int64_t size);
/// The axis of a communicator's ranks. Throws ValueError without a name or a communicator.
AxisPtr rank_axis(std::string name, comm::CommunicatorPtr communicator);

/// Makes an axis known to collectives of this thread until the scope ends; it hides another one of its name.
/// `index` gives the place along it, of an axis of elements.
class AxisScope {
 public:
  explicit AxisScope(AxisPtr axis, std::function<Array()> index = {});
  ~AxisScope();
  AxisScope(const AxisScope&) = delete;
  AxisScope& operator=(const AxisScope&) = delete;

  const AxisPtr& axis() const noexcept { return axis_; }
  /// int32.
  Array index() const;
  const AxisScope* outer() const noexcept { return outer_; }
  /// See ranks_around.
  std::uint64_t ranks() const noexcept { return ranks_; }

 private:
  AxisPtr axis_;
  std::function<Array()> index_;
  const AxisScope* outer_;
  std::uint64_t ranks_;
};

/// The innermost axis of that name. Throws ValueError, naming `function` and the axes that there are.
const AxisScope& find_axis(std::string_view name, std::string_view function);

/// A number for the axes of ranks that this thread is in, the same for the same ones alone; 0 for none. What
/// is compiled within them is compiled for them.
std::uint64_t ranks_around() noexcept;

/// While a batching rule runs: the axis that it is asked for, if that has a name.
class MappingScope {
 public:
  explicit MappingScope(AxisPtr axis) noexcept;
  ~MappingScope();
  MappingScope(const MappingScope&) = delete;
  MappingScope& operator=(const MappingScope&) = delete;

  const AxisPtr& axis() const noexcept { return axis_; }

 private:
  AxisPtr axis_;
  const MappingScope* outer_;
};

/// That of the innermost rule, or null.
AxisPtr current_mapping() noexcept;

}  // namespace copse::flat
