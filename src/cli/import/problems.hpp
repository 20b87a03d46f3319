// The mistakes of an import as lines, at most 20 of a kind and 200 altogether.
#pragma once

#include "cli/import/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace milkrun::cli {

inline constexpr std::size_t most_of_a_kind = 20, most_lines = 200;
// How the complaint about a field nobody asked for begins: whatever its name, it is one kind.
inline constexpr std::string_view unknown_field = "is not a field of this object";

// "FILE: PLACE what is wrong". A kind is one mistake of one field, whatever the entry and the value: of each the first
// ones are told, and then how many more there are; the last line tells of kinds that found no place.
std::vector<std::string> told(const std::string& file, const Problems& problems);

} // namespace milkrun::cli
