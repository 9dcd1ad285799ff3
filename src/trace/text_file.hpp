// Files of text that the compiler writes for people and their tools.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace copse {

/// Writes a file anew. Throws IoError, which begins with the name of who writes it.
void write_text(const std::filesystem::path& path, const std::string& text, std::string_view who);

}  // namespace copse
