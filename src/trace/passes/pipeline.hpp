// The compiler's passes, one after the other.
#pragma once

#include <exception>
#include <string_view>

#include "passes.hpp"

namespace copse::passes {

/// Takes a program through all passes that are switched on. Each is verified; what a faulty one has made is
/// left out.
ir::Program optimize(const ir::Program& recorded, const Passes& on, std::span<const std::uint8_t> donated);

/// A fault of the compiler's own: throws InternalError where the compiler is strict, else says so once.
void report_fault(std::string_view where, const std::exception& error);

}  // namespace copse::passes
