// Stores an import document. The caller's transaction makes it all or nothing.
#include "cli/import/store.hpp"

#include "base/id.hpp"
#include "sql/import.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::cli {
namespace {

namespace q = sql::import;

db::Value optional_flag(const std::optional<bool>& flag) {
  return flag ? db::Value(std::int64_t{*flag ? 1 : 0}) : db::Value();
}

db::Value optional_list(const std::optional<std::vector<std::string>>& list) {
  return list ? db::Value(nlohmann::json(*list).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
              : db::Value();
}

// The one place that decides how a row counts.
void count(Tally& tally, bool added, bool changed) { ++(added ? tally.added : changed ? tally.changed : tally.same); }

class Store {
public:
  Store(db::Transaction& tx, const Vault& vault, Time now) : tx_(tx), vault_(vault), now_(now) {}

  Counts all(const Document& document) {
    for (const PlanEntry& entry : document.plans) plan(entry);
    for (const PortalEntry& entry : document.portals) portal(entry);
    for (const CredentialEntry& entry : document.platform) credential("platform", operator_tenant, "platform", entry);
    for (const TenantEntry& entry : document.tenants) tenant(entry);
    return counts_;
  }

private:
  void plan(const PlanEntry& entry) {
    const auto row = tx_.one(q::plan_by_slug, {{"slug", entry.slug}});
    const std::string id = row ? row->text("id") : new_id();
    if (!row) tx_.execute(q::add_plan, {{"id", id}, {"slug", entry.slug}});
    const bool changed =
        entry.limit_given &&
        tx_.execute(q::set_plan_limit, {{"id", id}, {"posts_per_month", db::value(entry.posts_per_month)}}) > 0;
    if (row && changed) tx_.execute(q::wake_plan, {{"id", id}, {"now", now_}});
    count(counts_.plans, !row, changed);
  }

  void portal(const PortalEntry& entry) {
    const auto row = tx_.one(q::portal_by_slug, {{"slug", entry.slug}});
    const std::string id = row ? row->text("id") : new_id();
    const std::string base_url =
        entry.base_url ? *entry.base_url : row->text("base_url"); // check_stored: one of the two is there
    if (!row) tx_.execute(q::add_portal, {{"id", id}, {"slug", entry.slug}, {"base_url", base_url}});
    const auto interval =
        entry.sync_interval ? std::optional<std::int64_t>(entry.sync_interval->count()) : std::nullopt;
    const bool changed = tx_.execute(q::update_portal, {{"id", id},
                                                        {"base_url", db::value(entry.base_url)},
                                                        {"timezone", db::value(entry.timezone)},
                                                        {"writer", db::value(entry.writer)},
                                                        {"max_items", db::value(entry.max_items)},
                                                        {"sync_interval_ms", db::value(interval)},
                                                        {"grants", optional_list(entry.grants)},
                                                        {"active", optional_flag(entry.active)}}) > 0;
    count(counts_.portals, !row, changed);
    if (entry.token) portal_secret(id, base_url, "portal", *entry.token);
    if (entry.api_key) portal_secret(id, base_url, "portal-callback", *entry.api_key);
  }

  void portal_secret(const std::string& id, const std::string& base_url, std::string_view service,
                     const Secret& secret) {
    CredentialEntry entry{
        .where = "", .service = std::string(service), .base_url = base_url, .account = "", .secret = secret};
    credential("portal", operator_tenant, id, entry);
  }

  void credential(std::string scope, const TenantId& tenant, const std::string& owner_key,
                  const CredentialEntry& entry) {
    const auto row =
        tx_.one(q::credential_at, {{"scope", scope}, {"owner_key", owner_key}, {"service", entry.service}});
    const bool changed = vault_.store(tx_,
                                      {.scope = std::move(scope),
                                       .tenant = tenant,
                                       .owner_key = owner_key,
                                       .service = entry.service,
                                       .base_url = entry.base_url,
                                       .account = entry.account,
                                       .settings = entry.settings,
                                       .secret = entry.secret},
                                      now_);
    count(counts_.credentials, !row, changed);
  }

  void tenant(const TenantEntry& entry) {
    const auto row = tx_.one(q::tenant_by_slug, {{"slug", entry.slug}});
    const TenantId id{row ? row->text("id") : new_id()};
    if (!row) tx_.execute(q::add_tenant, {{"id", id.value}, {"slug", entry.slug}, {"now", now_}});
    bool changed = update(id, entry);
    if (entry.plan_given) changed |= set_plan(id, entry.plan);
    if (entry.grants) changed |= set_grants(id, *entry.grants);
    if (row && changed) tx_.execute(q::wake_tenant, {{"tenant", id.value}, {"now", now_}});
    count(counts_.tenants, !row, changed);
    for (const CredentialEntry& one : entry.credentials) credential("tenant", id, id.value, one);
    for (const FeedEntry& one : entry.feeds) feed(id, one);
  }

  bool update(const TenantId& id, const TenantEntry& entry) {
    return tx_.execute(q::update_tenant, {{"id", id.value},
                                          {"name", db::value(entry.name)},
                                          {"timezone", db::value(entry.timezone)},
                                          {"language", db::value(entry.language)},
                                          {"tone", db::value(entry.tone)},
                                          {"publish_mode", db::value(entry.publish_mode)},
                                          {"frequency", db::value(entry.frequency)},
                                          {"writer", db::value(entry.writer)},
                                          {"max_items", db::value(entry.max_items)},
                                          {"categories", optional_list(entry.categories)},
                                          {"active", optional_flag(entry.active)}}) > 0;
  }

  bool set_plan(const TenantId& id, const std::optional<std::string>& slug) {
    const auto row = slug ? tx_.one(q::plan_by_slug, {{"slug", *slug}}) : std::nullopt;
    const db::Value plan = row ? db::Value(row->text("id")) : db::Value();
    return tx_.execute(q::set_tenant_plan, {{"id", id.value}, {"plan", plan}}) > 0;
  }

  // The list given is the whole list.
  bool set_grants(const TenantId& id, std::vector<std::string> wanted) {
    std::ranges::sort(wanted);
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    std::vector<std::string> stored;
    for (const db::Row& row : tx_.query(q::grants_of, {{"tenant", id.value}})) stored.push_back(row.text("service"));
    if (stored == wanted) return false;
    tx_.execute(q::drop_grants, {{"tenant", id.value}});
    for (const std::string& service : wanted) tx_.execute(q::add_grant, {{"tenant", id.value}, {"service", service}});
    return true;
  }

  void feed(const TenantId& tenant, const FeedEntry& entry) {
    const auto row = tx_.one(q::feed_by_url, {{"tenant", tenant.value}, {"url", entry.url}});
    const std::string id = row ? row->text("id") : new_id();
    if (!row) tx_.execute(q::add_feed, {{"id", id}, {"tenant", tenant.value}, {"url", entry.url}});
    const bool changed = tx_.execute(q::update_feed, {{"id", id},
                                                      {"first_poll", db::value(entry.first_poll)},
                                                      {"active", optional_flag(entry.active)}}) > 0;
    count(counts_.feeds, !row, changed);
  }

  db::Transaction& tx_;
  const Vault& vault_;
  Time now_;
  Counts counts_;
};

} // namespace

Counts store_document(db::Transaction& tx, const Document& document, const Vault& vault, Time now) {
  return Store(tx, vault, now).all(document);
}

} // namespace milkrun::cli
