// The program's name and version, and what it was built from.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::cli {

std::string_view version(); // "0.1.0"
// Several lines: version, compiler, libraries as they are loaded now.
std::string version_text();

} // namespace milkrun::cli
