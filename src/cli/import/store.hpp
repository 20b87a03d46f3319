// Writing a checked import document.
#pragma once

#include "cli/import/document.hpp"
#include "credentials/vault.hpp"
#include "db/db.hpp"

#include <functional>

namespace milkrun::cli {

struct Tally {
  std::int64_t added = 0, changed = 0, same = 0;
};

struct Counts {
  Tally plans, portals, tenants, credentials, feeds, campaigns, tasks, steps, contacts, completions, suppressions,
      reminder_rules, invoices, enrollments, receipts;
};

// Upserts everything by natural keys: slug; (tenant, url) of feeds; (owner, service) of credentials; (tenant, slug) of
// campaigns; (campaign, slug) of tasks; phone, email or ref of contacts; the address of
// suppressions; (task, contact) of completions; (tenant, slug) of rules; (tenant, number) of invoices; (campaign, slug)
// of steps; (campaign, contact) of enrollments. Nothing is deleted. Whatever was put off under settings that changed is
// due now.
Counts store_document(db::Transaction& tx, const Document& document, const Vault& vault, Time now, bool people = true);

// The same in transactions of at most 500 people, invoices or enrolments each, so that a big import keeps no running
// job from its work; settings and suppressions are stored with the first. Killed in the middle, it is repeated whole.
Counts store_in_steps(db::Database& database, const Document& document, const Vault& vault, Time now);
// The people of its steps behind the first, in their order.
void each_step(const Document& document, const std::function<void(const Document& people)>& each);

} // namespace milkrun::cli
