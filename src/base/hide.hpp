// Taking our own secrets out of what a stranger sent back.
#pragma once

#include "base/secret.hpp"

#include <string>
#include <vector>

namespace milkrun {

// Each secret, and each line of one that has several, becomes "***": plain, percent-encoded (any case), in hex (any
// case) and in base64 (both alphabets, wherever it stands in what was encoded). Shorter ones than 4 bytes are no
// secrets, and would cut up every sentence.
std::string hide(std::string text, const std::vector<Secret>& secrets);

} // namespace milkrun
