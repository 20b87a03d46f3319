// The system's character set converters.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun::feed {

// `bytes` in the charset `converter` (a name from converter_of) as UTF-8, U+FFFD for what has no meaning.
// At most about `most` bytes of it. nullopt: the system has no such converter.
std::optional<std::string> convert(std::string_view bytes, std::string_view converter, std::size_t most);

} // namespace milkrun::feed
