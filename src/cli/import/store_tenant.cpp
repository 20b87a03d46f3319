// A tenant with its plan, grants and feeds; what waits for any of its settings is looked at again once all are stored.
#include "base/id.hpp"
#include "cli/import/store_parts.hpp"
#include "sql/import.hpp"

#include <algorithm>

namespace milkrun::cli {
namespace {

namespace q = sql::import;

bool update_tenant(Storing& s, const TenantId& id, const TenantEntry& entry) {
  s.tx.execute(q::other_slots,
               {{"id", id.value}, {"frequency", db::value(entry.frequency)}, {"timezone", db::value(entry.timezone)}});
  const bool settings = s.tx.execute(q::update_tenant, {{"id", id.value},
                                                        {"name", db::value(entry.name)},
                                                        {"timezone", db::value(entry.timezone)},
                                                        {"language", db::value(entry.language)},
                                                        {"tone", db::value(entry.tone)},
                                                        {"publish_mode", db::value(entry.publish_mode)},
                                                        {"frequency", db::value(entry.frequency)},
                                                        {"writer", db::value(entry.writer)},
                                                        {"max_items", db::value(entry.max_items)},
                                                        {"categories", optional_list(entry.categories)},
                                                        {"include", optional_list(entry.include)},
                                                        {"exclude", optional_list(entry.exclude)},
                                                        {"publish_from", db::value(entry.publish_from)},
                                                        {"publish_until", db::value(entry.publish_until)},
                                                        {"active", optional_flag(entry.active)}}) > 0;
  const bool messaging =
      s.tx.execute(q::update_messaging, {{"id", id.value},
                                         {"sender_interval_ms", optional_millis(entry.sender_interval)},
                                         {"day_given", entry.messages_per_day.given},
                                         {"day", db::value(entry.messages_per_day.value)},
                                         {"warmup_given", entry.warmup_start.given},
                                         {"warmup", db::value(entry.warmup_start.value)},
                                         {"contact_given", entry.contact_daily_cap.given},
                                         {"contact", db::value(entry.contact_daily_cap.value)}}) > 0;
  return settings || messaging;
}

std::int64_t sender_interval(Storing& s, const TenantId& id) {
  return s.tx.one(q::sender_interval, {{"tenant", id.value}})->integer("sender_interval_ms");
}

bool set_plan(Storing& s, const TenantId& id, const std::optional<std::string>& slug) {
  const auto row = slug ? s.tx.one(q::plan_by_slug, {{"slug", *slug}}) : std::nullopt;
  const db::Value plan = row ? db::Value(row->text("id")) : db::Value();
  return s.tx.execute(q::set_tenant_plan, {{"id", id.value}, {"plan", plan}}) > 0;
}

// The list given is the whole list.
bool set_grants(Storing& s, const TenantId& id, std::vector<std::string> wanted) {
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::vector<std::string> stored;
  for (const db::Row& row : s.tx.query(q::grants_of, {{"tenant", id.value}})) stored.push_back(row.text("service"));
  if (stored == wanted) return false;
  s.tx.execute(q::drop_grants, {{"tenant", id.value}});
  for (const std::string& service : wanted) s.tx.execute(q::add_grant, {{"tenant", id.value}, {"service", service}});
  s.tx.execute(q::bump_credentials);
  return true;
}

void store_feed(Storing& s, const TenantId& tenant, const FeedEntry& entry) {
  const auto row = s.tx.one(q::feed_by_url, {{"tenant", tenant.value}, {"url", entry.url}});
  const std::string id = row ? row->text("id") : new_id();
  if (!row) s.tx.execute(q::add_feed, {{"id", id}, {"tenant", tenant.value}, {"url", entry.url}});
  const bool changed = s.tx.execute(q::update_feed, {{"id", id},
                                                     {"first_poll", db::value(entry.first_poll)},
                                                     {"include", optional_list(entry.include)},
                                                     {"exclude", optional_list(entry.exclude)},
                                                     {"active", optional_flag(entry.active)}}) > 0;
  count(s.counts.feeds, !row, changed);
}

} // namespace

void store_tenant(Storing& s, const TenantEntry& entry) {
  const auto row = s.tx.one(q::tenant_by_slug, {{"slug", entry.slug}});
  const TenantId id{row ? row->text("id") : new_id()};
  if (!row) s.tx.execute(q::add_tenant, {{"id", id.value}, {"slug", entry.slug}, {"now", s.now}});
  const std::int64_t interval = sender_interval(s, id);
  bool changed = update_tenant(s, id, entry);
  if (sender_interval(s, id) != interval) {
    s.tx.execute(q::drop_places, {{"tenant", id.value}});
    s.tx.execute(q::begin_paces, {{"tenant", id.value}});
    s.tx.execute(q::drop_late_places, {{"tenant", id.value}});
  }
  if (entry.plan.given) changed |= set_plan(s, id, entry.plan.value);
  if (entry.grants) changed |= set_grants(s, id, *entry.grants);
  changed |= store_tenant_outreach(s, id, entry);
  const bool replan = row && changed; // another zone, other holidays
  count(s.counts.tenants, !row, changed);
  for (const CredentialEntry& one : entry.credentials) store_credential(s, "tenant", id, id.value, one);
  for (const FeedEntry& one : entry.feeds) store_feed(s, id, one);
  bool regroup = false;
  for (const CampaignEntry& one : entry.campaigns) regroup |= store_campaign(s, id, one);
  if (regroup) s.tx.execute(q::regroup, {{"tenant", id.value}});
  changed |= regroup;
  store_people(s, id, entry);
  store_reminders(s, id, entry, replan);
  store_enrollments(s, id, entry);
  store_receipts(s, id, entry);
  if (!row || !changed) return;
  for (const db::Statement& anew : {q::wake_tenant, q::find_walks_anew, q::find_invoices_anew, q::find_claims_anew})
    s.tx.execute(anew, {{"tenant", id.value}, {"now", s.now}});
}

} // namespace milkrun::cli
