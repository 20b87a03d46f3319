// The parts of the checks against the database. Private to the import.
#pragma once

#include "cli/import/document.hpp"
#include "db/db.hpp"

namespace milkrun::cli {

// Policies without an acknowledgement, campaigns that end before they start, messages with a {link} that is not there,
// new tasks without platform or action, claims of tasks or contacts that exist nowhere, codes of another person.
void check_campaigns(db::Transaction& tx, const TenantEntry& tenant, Problems& problems);

} // namespace milkrun::cli
