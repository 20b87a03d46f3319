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

Counts store_document(db::Transaction& tx, const Document& document, const Vault& vault, Time now, bool people) {
  Storing s{.tx = tx, .vault = vault, .now = now, .people = people};
  for (const PlanEntry& entry : document.plans) store_plan(s, entry);
  for (const PortalEntry& entry : document.portals) store_portal(s, entry);
  for (const CredentialEntry& entry : document.platform)
    store_credential(s, "platform", operator_tenant, "platform", entry);
  store_test_mode(s, operator_tenant, document.test_mode);
  document.each_tenant([&](const TenantEntry& entry) { store_tenant(s, entry); });
  return s.counts;
}

namespace {

constexpr std::size_t step = 500;
constexpr Millis between{30}; // longer than a waiting job needs to ask for the lock again

// Fills one step after the other.
class Steps {
public:
  explicit Steps(const std::function<void(const Document&)>& each) : each_(each) {}

  // The entries of one list of a tenant.
  template <class Entry> void add(const TenantEntry& tenant, std::vector<Entry> TenantEntry::* list) {
    const std::vector<Entry>& entries = tenant.*list;
    for (std::size_t at = 0; at < entries.size();) {
      const std::size_t some = std::min(step - held_, entries.size() - at);
      TenantEntry& part = people_.tenants.emplace_back();
      part.where = tenant.where;
      part.slug = tenant.slug;
      const auto from = entries.begin() + static_cast<std::ptrdiff_t>(at);
      (part.*list).assign(from, from + static_cast<std::ptrdiff_t>(some));
      at += some;
      held_ += some;
      if (held_ == step) finish();
    }
  }
  void finish() {
    if (held_ == 0) return;
    each_(people_);
    people_ = {};
    held_ = 0;
  }

private:
  const std::function<void(const Document&)>& each_;
  Document people_;
  std::size_t held_ = 0;
};

void add(Tally& to, const Tally& more) {
  to.added += more.added;
  to.changed += more.changed;
  to.same += more.same;
}

} // namespace

void each_step(const Document& document, const std::function<void(const Document& people)>& each) {
  Steps steps(each);
  document.each_tenant([&](const TenantEntry& tenant) {
    // An entry of one list names one of a list before it.
    steps.add(tenant, &TenantEntry::contacts);
    steps.add(tenant, &TenantEntry::completions);
    steps.add(tenant, &TenantEntry::invoices);
    steps.add(tenant, &TenantEntry::enrollments);
  });
  steps.finish();
}

Counts store_in_steps(db::Database& database, const Document& document, const Vault& vault, Time now) {
  const bool at_once = document.people <= step;
  Counts counts;
  database.transact([&](db::Transaction& tx) { counts = store_document(tx, document, vault, now, at_once); });
  if (at_once) return counts;
  each_step(document, [&](const Document& people) {
    std::this_thread::sleep_for(between);
    Counts one;
    database.transact([&](db::Transaction& tx) { one = store_document(tx, people, vault, now); });
    add(counts.contacts, one.contacts);
    add(counts.completions, one.completions);
    add(counts.invoices, one.invoices);
    add(counts.enrollments, one.enrollments);
    add(counts.reminder_rules, one.reminder_rules); // an invoice's own, and those that ship
  });
  return counts;
}

} // namespace milkrun::cli
