// Gates and ends that several stages of publish-feeds share.
#include "jobs/publish_feeds/rules.hpp"

#include "base/text.hpp"
#include "providers/portal/portal.hpp"
#include "sql/publish_feeds_rules.hpp"

#include <fmt/format.h>

namespace milkrun::publish_feeds {

Time portal_slot_end(std::int64_t interval_ms, Time now) {
  return from_ms((to_ms(now) / interval_ms + 1) * interval_ms);
}

Verdict tenant_gate(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (!row.flag("tenant_active")) return Snooze{zone::next_utc_month(now), tenant_inactive, "tenant"};
  if (row.null("tenant_portal_id")) return Go{};
  const std::int64_t interval = row.integer("sync_interval_ms");
  const Time slot_end = portal_slot_end(interval, now);
  const auto synced = row.maybe_time("synced_at");
  if (!synced || *synced < slot_end - Millis(interval)) return Snooze{slot_end, portal_unread, "portal"};
  if (row.flag("skip")) return Snooze{zone::next_utc_month(now), portal_skips, "portal says go"};
  return Go{};
}

Verdict in_patience(const Item& item, Time now) {
  if (now - item.row.time("waits_since") < article_patience) return Go{};
  return Cancel{Reason("deadline.passed", {"an article waits for seven days"})};
}

void revive(Settling& s, const TenantId& tenant, const std::string& article) {
  s.tx.execute(sql::publish_feeds_rules::revive, {{"tenant", tenant.value}, {"article", article}, {"now", s.now}});
}

Reason quota_reason(Time now) { return Reason("quota.used_up", {"posts", zone::utc_month(now)}); }

std::optional<std::int64_t> post_limit(const db::Row& row, Time now) {
  if (row.null("tenant_portal_id")) return row.maybe_integer("posts_per_month");
  return row.text_or_empty("post_period") == zone::utc_month(now) ? row.maybe_integer("post_limit").value_or(0) : 0;
}

zone::Slot tenant_slot(const db::Row& row, Time now) {
  return zone::slot_at(row.text("timezone"), zone::frequency(row.text("frequency")).value_or(zone::Frequency::daily),
                       now);
}

void report(Settling& s, const TenantId& tenant, const std::string& article, std::string_view status,
            const std::string& error) {
  const auto row = s.tx.one(sql::publish_feeds_rules::portal_of, {{"tenant", tenant.value}, {"article", article}});
  if (!row || row->null("portal_id")) return;
  // Derived from what it reports, so that telling it twice is telling it once.
  const std::string hash = text::sha256_hex(row->text("feed_id") + "\n" + row->text("identity")).substr(0, 32);
  const std::string execution =
      portal::execution_id(row->text("portal_ref"), hash, status == "success" ? "ok" : "fail");
  s.tx.execute(sql::publish_feeds_rules::add_callback, {{"execution", execution},
                                                        {"tenant", tenant.value},
                                                        {"article", article},
                                                        {"portal", row->text("portal_id")},
                                                        {"status", status},
                                                        {"error", text::one_line(error, 400)},
                                                        {"now", s.now}});
  s.enqueue("report-run", Key{"callback", execution}, tenant, s.now);
}

void give_up(Settling& s, const TenantId& tenant, const std::string& article, const Reason& reason) {
  const std::string why = reason.empty() ? "given up" : reason.text(); // people and the portal read it
  if (s.tx.execute(sql::publish_feeds_rules::give_up,
                   {{"tenant", tenant.value}, {"article", article}, {"reason", why}, {"now", s.now}}) == 1)
    report(s, tenant, article, "failed", why);
}

} // namespace milkrun::publish_feeds
