// The parts of the checks against the database. Private to the import.
#pragma once

#include "cli/import/document.hpp"
#include "db/db.hpp"

namespace milkrun::cli {

// Credentials whose secret was left out, of an owner that is stored ("" = a new one): it must be there, for the same
// host.
void check_secrets(db::Transaction& tx, std::string_view scope, const std::string& owner,
                   const std::vector<CredentialEntry>& credentials, Problems& problems);

// Policies without an acknowledgement, campaigns that end before they start, messages with a {link} that is not there,
// new tasks without platform or action, claims of tasks or contacts that exist nowhere, codes of another person.
void check_campaigns(db::Transaction& tx, const TenantEntry& tenant, Problems& problems);

// Contacts whose keys are of different people or who would have no address, new rules, invoices and steps that lack
// something, steps of what is no drip, texts that need what is not there, and whatever belongs to people and campaigns
// that exist nowhere.
void check_outreach(db::Transaction& tx, const TenantEntry& tenant, Problems& problems);

// Campaigns, steps and rules of the document that would send texts through a WhatsApp account which takes only
// templates.
// The same of stored tenants that the document does not name, for an account of the platform that it changes.
void check_platform_templates(db::Transaction& tx, const Document& document, Problems& problems);
void check_templates(db::Transaction& tx, const Document& document, const TenantEntry& tenant, Problems& problems);

} // namespace milkrun::cli
