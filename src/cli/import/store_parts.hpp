// What the parts of the store share. Private to the import.
#pragma once

#include "cli/import/store.hpp"

#include <chrono>
#include <string>

namespace milkrun::cli {

struct Storing {
  db::Transaction& tx;
  const Vault& vault;
  Time now;
  bool people = true; // false: contacts, completions, invoices and enrolments are not stored
  Counts counts = {};
};

// The one place that decides how a row counts.
void count(Tally& tally, bool added, bool changed);

// NULL where nothing was given.
db::Value optional_flag(const std::optional<bool>& flag);
db::Value optional_list(const std::optional<std::vector<std::string>>& list); // JSON
db::Value optional_millis(const std::optional<Millis>& duration);
db::Value optional_real(const std::optional<double>& number);

// True when it is new or changed.
bool store_credential(Storing& s, std::string scope, const TenantId& tenant, const std::string& owner_key,
                      const CredentialEntry& entry);
void store_tenant(Storing& s, const TenantEntry& entry);
// True when what was stored already, the campaign, a task of it or whose credential serves them, is another now.
bool store_campaign(Storing& s, const TenantId& tenant, const CampaignEntry& entry);
// The waits of a drip that is to run again grow by its pause; before the campaign itself is stored.
void resume_drip(Storing& s, const TenantId& tenant, const CampaignEntry& entry);
// What a stored campaign has as a drip. True when its settings changed.
bool store_drip(Storing& s, const TenantId& tenant, const CampaignEntry& entry);
// Who waits for a step of the drip gets a moment by the campaign as it is now.
void date_anew(Storing& s, const std::string& campaign);
void store_contact(Storing& s, const TenantId& tenant, const ContactEntry& entry);
// True when it changed.
bool store_test_mode(Storing& s, const TenantId& tenant, const Given& given);
bool store_tenant_outreach(Storing& s, const TenantId& tenant, const TenantEntry& entry);
// Rules and invoices. The tenant's contacts are stored already. `replan`: the tenant itself changed.
void store_reminders(Storing& s, const TenantId& tenant, const TenantEntry& entry, bool replan);
void store_enrollments(Storing& s, const TenantId& tenant, const TenantEntry& entry);
void store_receipts(Storing& s, const TenantId& tenant, const TenantEntry& entry);
// Contacts, their claims, suppressions. The tenant's campaigns are stored already.
void store_people(Storing& s, const TenantId& tenant, const TenantEntry& entry);

} // namespace milkrun::cli
