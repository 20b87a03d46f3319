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
  Tally plans, portals, tenants, credentials, feeds, campaigns, tasks, contacts, completions, suppressions;
};

// Upserts everything by natural keys: slug; (tenant, url) of feeds; (owner, service) of credentials; (tenant, slug) of
// campaigns; (campaign, slug) of tasks; (tenant, phone) of contacts and suppressions; (task, contact) of completions.
// Nothing is deleted. Whatever was put off under settings that changed is due now.
Counts store_document(db::Transaction& tx, const Document& document, const Vault& vault, Time now);

} // namespace milkrun::cli
