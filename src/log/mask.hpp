// Replacing known secrets in text.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::log {

// The text with every form of every secret given to mask() replaced by ***. Time grows with the text's length and
// not with the number of secrets.
std::string masked(std::string_view text);

} // namespace milkrun::log
