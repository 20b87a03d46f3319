// The part of the import's checks that needs the database.
#pragma once

#include "cli/import/document.hpp"
#include "db/db.hpp"

namespace milkrun::cli {

// Every mistake of a document that read_document() found good: plans that exist nowhere, new portals without address
// or token, portals' tenants that no list has brought, tokens that would not follow a portal to its new host, feeds of
// the tenant's own site, campaigns that could not work as they would be stored, and claims of what exists nowhere.
Problems check_stored(db::Transaction& tx, const Document& document);

} // namespace milkrun::cli
