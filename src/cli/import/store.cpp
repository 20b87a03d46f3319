// Stores an import document, in the caller's transaction or in steps of its own.
#include "cli/import/store.hpp"

#include "base/id.hpp"
#include "cli/import/store_parts.hpp"
#include "sql/import.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <thread>

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

// A secret that is not given follows the portal to another address of the same host. True: it is new or another.
bool store_portal_secret(Storing& s, const std::string& id, const std::string& base_url, std::string_view service,
                         const std::optional<Secret>& secret) {
  if (!secret && !s.tx.one(q::credential_at, {{"scope", "portal"}, {"owner_key", id}, {"service", service}}))
    return false;
  return store_credential(s, "portal", operator_tenant, id,
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
  // Its list is refused as a portal's trouble, which the credential alone does not wake.
  if ((entry.token || entry.base_url) && store_portal_secret(s, id, base_url, "portal", entry.token)) {
    s.tx.execute(q::unpark_portal, {{"id", id}, {"now", s.now}});
    s.tx.execute(q::wake_portal, {{"id", id}, {"now", s.now}});
  }
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

namespace {

constexpr std::size_t step = 500;
constexpr Millis between{30}; // longer than a waiting job needs to ask for the lock again

// Adds the entries of one list of all tenants to the steps, at most `step` a step.
template <class Entry>
void cut(const Document& document, std::vector<Entry> TenantEntry::* list, std::vector<Document>& steps) {
  std::size_t room = 0; // in the last step
  for (const TenantEntry& tenant : document.tenants) {
    const std::vector<Entry>& entries = tenant.*list;
    for (std::size_t at = 0; at < entries.size();) {
      if (room == 0) {
        steps.emplace_back();
        room = step;
      }
      const std::size_t some = std::min(room, entries.size() - at);
      TenantEntry& part = steps.back().tenants.emplace_back();
      part.where = tenant.where;
      part.slug = tenant.slug;
      const auto from = entries.begin() + static_cast<std::ptrdiff_t>(at);
      (part.*list).assign(from, from + static_cast<std::ptrdiff_t>(some));
      at += some;
      room -= some;
    }
  }
}

std::size_t people_of(const Document& document) {
  std::size_t n = 0;
  for (const TenantEntry& t : document.tenants)
    n += t.contacts.size() + t.completions.size() + t.invoices.size() + t.enrollments.size();
  return n;
}

void add(Tally& to, const Tally& more) {
  to.added += more.added;
  to.changed += more.changed;
  to.same += more.same;
}

} // namespace

std::vector<Document> in_steps(const Document& document) {
  std::vector<Document> steps{document};
  if (people_of(document) <= step) return steps;
  for (TenantEntry& tenant : steps.front().tenants) {
    tenant.contacts.clear();
    tenant.completions.clear();
    tenant.invoices.clear();
    tenant.enrollments.clear();
  }
  // An entry of one list names one of a list before it.
  cut(document, &TenantEntry::contacts, steps);
  cut(document, &TenantEntry::completions, steps);
  cut(document, &TenantEntry::invoices, steps);
  cut(document, &TenantEntry::enrollments, steps);
  return steps;
}

Counts store_in_steps(db::Database& database, const Document& document, const Vault& vault, Time now) {
  Counts counts;
  bool first = true;
  for (const Document& part : in_steps(document)) {
    if (!first) std::this_thread::sleep_for(between);
    Counts one;
    database.transact([&](db::Transaction& tx) { one = store_document(tx, part, vault, now); });
    if (first) {
      counts = one;
    } else {
      add(counts.contacts, one.contacts);
      add(counts.completions, one.completions);
      add(counts.invoices, one.invoices);
      add(counts.enrollments, one.enrollments);
      add(counts.reminder_rules, one.reminder_rules); // an invoice's own, and those that ship
    }
    first = false;
  }
  return counts;
}

} // namespace milkrun::cli
