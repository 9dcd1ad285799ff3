// Names of temporary files, and the removal of those that dead processes have left.
#pragma once

#include <string>

namespace copse::io {

/// A name that no other call has given, in this process or another, on this machine or another.
std::string temporary_name();

/// Removes the temporaries in a folder whose writers have ended. What it costs is bounded: a folder is listed
/// at the first call for it, and then once every so many calls as it has files to list.
void sweep_temporaries(int folder) noexcept;

}  // namespace copse::io
