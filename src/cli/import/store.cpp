// Stores an import document. The caller's transaction makes it all or nothing.
#include "cli/import/store.hpp"

#include "base/id.hpp"
#include "cli/import/store_parts.hpp"
#include "sql/import.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::cli {
namespace {

namespace q = sql::import;

void store_plan(Storing& s, const PlanEntry& entry) {
  const auto row = s.tx.one(q::plan_by_slug, {{"slug", entry.slug}});
  const std::string id = row ? row->text("id") : new_id();
  if (!row) s.tx.execute(q::add_plan, {{"id", id}, {"slug", entry.slug}});
  const bool changed = s.tx.execute(q::set_plan_limits, {{"id", id},
                                                         {"posts_given", entry.posts_per_month.given},
                                                         {"posts", db::value(entry.posts_per_month.value)},
                                                         {"messages_given", entry.messages_per_month.given},
                                                         {"messages", db::value(entry.messages_per_month.value)}}) > 0;
  if (row && changed) s.tx.execute(q::wake_plan, {{"id", id}, {"now", s.now}});
  count(s.counts.plans, !row, changed);
}

// A secret that is not given follows the portal to another address of the same host.
void store_portal_secret(Storing& s, const std::string& id, const std::string& base_url, std::string_view service,
                         const std::optional<Secret>& secret) {
  if (!secret && !s.tx.one(q::credential_at, {{"scope", "portal"}, {"owner_key", id}, {"service", service}})) return;
  store_credential(s, "portal", operator_tenant, id,
                   {.where = "",
                    .service = std::string(service),
                    .base_url = base_url,
                    .account = "",
                    .secret = secret.value_or(Secret()),
                    .keep_secret = !secret});
}

void store_portal(Storing& s, const PortalEntry& entry) {
  const auto row = s.tx.one(q::portal_by_slug, {{"slug", entry.slug}});
  const std::string id = row ? row->text("id") : new_id();
  const std::string base_url =
      entry.base_url ? *entry.base_url : row->text("base_url"); // check_stored: one of the two is there
  if (!row) s.tx.execute(q::add_portal, {{"id", id}, {"slug", entry.slug}, {"base_url", base_url}});
  const bool changed = s.tx.execute(q::update_portal, {{"id", id},
                                                       {"base_url", db::value(entry.base_url)},
                                                       {"timezone", db::value(entry.timezone)},
                                                       {"writer", db::value(entry.writer)},
                                                       {"max_items", db::value(entry.max_items)},
                                                       {"max_tenants", db::value(entry.max_tenants)},
                                                       {"sync_interval_ms", optional_millis(entry.sync_interval)},
                                                       {"grants", optional_list(entry.grants)},
                                                       {"active", optional_flag(entry.active)}}) > 0;
  count(s.counts.portals, !row, changed);
  if (entry.token || entry.base_url) store_portal_secret(s, id, base_url, "portal", entry.token);
  if (entry.api_key || entry.base_url) store_portal_secret(s, id, base_url, "portal-callback", entry.api_key);
}

} // namespace

void count(Tally& tally, bool added, bool changed) { ++(added ? tally.added : changed ? tally.changed : tally.same); }

db::Value optional_flag(const std::optional<bool>& flag) {
  return flag ? db::Value(std::int64_t{*flag ? 1 : 0}) : db::Value();
}

db::Value optional_list(const std::optional<std::vector<std::string>>& list) {
  return list ? db::Value(nlohmann::json(*list).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
              : db::Value();
}

db::Value optional_millis(const std::optional<Millis>& duration) {
  return duration ? db::Value(std::int64_t{duration->count()}) : db::Value();
}

db::Value optional_real(const std::optional<double>& number) { return number ? db::Value(*number) : db::Value(); }

bool store_credential(Storing& s, std::string scope, const TenantId& tenant, const std::string& owner_key,
                      const CredentialEntry& entry) {
  const auto row = s.tx.one(q::credential_at, {{"scope", scope}, {"owner_key", owner_key}, {"service", entry.service}});
  const bool changed = s.vault.store(s.tx,
                                     {.scope = std::move(scope),
                                      .tenant = tenant,
                                      .owner_key = owner_key,
                                      .service = entry.service,
                                      .base_url = entry.base_url,
                                      .account = entry.account,
                                      .settings = entry.settings,
                                      .secret = entry.secret,
                                      .keep_secret = entry.keep_secret},
                                     s.now);
  count(s.counts.credentials, !row, changed);
  return changed;
}

Counts store_document(db::Transaction& tx, const Document& document, const Vault& vault, Time now) {
  Storing s{.tx = tx, .vault = vault, .now = now};
  for (const PlanEntry& entry : document.plans) store_plan(s, entry);
  for (const PortalEntry& entry : document.portals) store_portal(s, entry);
  for (const CredentialEntry& entry : document.platform)
    store_credential(s, "platform", operator_tenant, "platform", entry);
  store_test_mode(s, operator_tenant, document.test_mode);
  for (const TenantEntry& entry : document.tenants) store_tenant(s, entry);
  return s.counts;
}

} // namespace milkrun::cli
