// How much memory there is.
#pragma once

#include <cstdint>

namespace copse::detail {

/// Bytes that this process may use: the machine's memory and swap, or less where a control group (a
/// container) says so. Where memory is overcommitted, a request beyond it would succeed, and whoever writes
/// to it be killed.
std::int64_t memory_limit() noexcept;

}  // namespace copse::detail
