// The system's character set converters.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::feed {

// `bytes` in the charset `converter` (a name from converter_of) as UTF-8, U+FFFD for what has no meaning.
// nullopt: the system has no such converter.
std::optional<std::string> convert(std::string_view bytes, std::string_view converter);

} // namespace milkrun::feed
