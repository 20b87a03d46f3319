// What an import would do: the import itself, on copies of the rows it would change.
#pragma once

#include "cli/import/store.hpp"

#include <expected>

namespace milkrun::cli {

// Counts as an import's, or the mistakes that the database shows. Reads a snapshot, holds no lock, changes nothing.
std::expected<Counts, Problems> rehearse_import(db::Database& database, const Document& document, const Vault& vault,
                                                Time now);

} // namespace milkrun::cli
