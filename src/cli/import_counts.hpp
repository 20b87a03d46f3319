// What an import did, in words and as JSON.
#pragma once

#include "cli/import/store.hpp"
#include "cli/show.hpp"

#include <string>

namespace milkrun::cli {

std::string counts_text(const Counts& counts);
Json counts_json(const Counts& counts); // {"plans": {"added": 1, "changed": 0, "same": 0}, ...}

} // namespace milkrun::cli
