// A look at JSON text before it is parsed: hostile nesting costs memory long before a parser gives up.
#pragma once

#include <cstddef>
#include <string_view>

namespace milkrun {

// Whether arrays and objects nest at most `levels` deep. Brackets in strings do not count; says nothing about
// whether the text is JSON at all.
bool json_depth_within(std::string_view text, std::size_t levels);

} // namespace milkrun
