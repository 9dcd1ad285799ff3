// Lengths and checksums that guard a format's contents, made right again after a mutation.
#pragma once

#include <string>

namespace fuzz {

void repair_npy(std::string& bytes);          ///< the length of the header
void repair_npz(std::string& bytes);          ///< checksums of members that are not compressed
void repair_safetensors(std::string& bytes);  ///< the length of the header
void repair_png(std::string& bytes);          ///< checksums of chunks

}  // namespace fuzz
