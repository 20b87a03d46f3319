// What an import did, in words or as one line of JSON.
#pragma once

#include "cli/import/store.hpp"

#include <string>

namespace milkrun::cli {

std::string counts_text(const Counts& counts, bool json);

} // namespace milkrun::cli
