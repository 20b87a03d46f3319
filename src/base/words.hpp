// Lists of words as our own columns hold them.
#pragma once

#include <string>
#include <vector>

namespace milkrun {

// The texts of a JSON array; what is none is left out, and what is no array has none.
std::vector<std::string> words_in(const std::string& json);

} // namespace milkrun
