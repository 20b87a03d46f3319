// The mistakes of an import as lines, at most 20 of a kind.
#pragma once

#include "cli/import/document.hpp"

#include <string>
#include <vector>

namespace milkrun::cli {

inline constexpr std::size_t most_of_a_kind = 20;

// "FILE: PLACE what is wrong". A kind is one mistake of one field, whatever the entry and the value: of each the first
// ones are told, and then how many more there are.
std::vector<std::string> told(const std::string& file, const Problems& problems);

} // namespace milkrun::cli
