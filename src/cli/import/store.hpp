// Writing a checked import document.
#pragma once

#include "cli/import/document.hpp"
#include "credentials/vault.hpp"
#include "db/db.hpp"

namespace milkrun::cli {

struct Tally {
  std::int64_t added = 0, changed = 0, same = 0;
};

struct Counts {
  Tally plans, portals, tenants, credentials, feeds;
};

// Upserts everything by natural keys: slug; (tenant, url) of feeds; (owner, service) of credentials. Nothing is
// deleted.
Counts store_document(db::Transaction& tx, const Document& document, const Vault& vault, Time now);

} // namespace milkrun::cli
