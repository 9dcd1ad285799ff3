// What a program's results depend on.
#pragma once

#include "derive.hpp"

namespace copse::control {

/// For operations made of programs: what depends on what inside, where others' outputs depend on all inputs.
class Depends {
 public:
  virtual ~Depends() = default;
  /// Which outputs depend on the inputs chosen.
  virtual Flags depends(const Flags& inputs) const = 0;
};

/// Which outputs of a program depend on the inputs chosen.
Flags depends(const ir::Program& program, const Flags& inputs);

}  // namespace copse::control
