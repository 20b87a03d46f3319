// Gates and ends that several stages of publish-feeds share.
#include "jobs/publish_feeds/rules.hpp"

#include "jobs/publish_feeds/told.hpp"
#include "sql/publish_feeds_rules.hpp"

namespace milkrun::publish_feeds {

Time portal_slot_end(std::int64_t interval_ms, Time now) {
  return from_ms((to_ms(now) / interval_ms + 1) * interval_ms);
}

Verdict tenant_gate(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (!row.flag("tenant_active"))
    return Snooze{zone::next_utc_month(now),
                  row.flag("tenant_stopped") ? ReasonCode("tenant.switched_off") : tenant_inactive, "tenant"};
  if (row.null("tenant_portal_id")) return Go{};
  const std::int64_t interval = row.integer("sync_interval_ms");
  const Time slot_end = portal_slot_end(interval, now);
  const auto synced = row.maybe_time("synced_at");
  if (!synced || *synced < slot_end - Millis(interval)) return Snooze{slot_end, portal_unread, "portal"};
  if (Reason says = Reason::stored(row.text("portal_says"), row.text("portal_args")); !says.empty())
    return Snooze{zone::next_utc_month(now), std::move(says), "portal says go"};
  return Go{};
}

Verdict in_patience(const Item& item, Time now) {
  if (now < item.row.time("patient_until")) return Go{};
  return Cancel{Reason("deadline.passed").about("article.patience")};
}

bool waited_for_extras(const Item& item, const Outside& outside) {
  constexpr Millis longest = std::chrono::hours(6);
  const auto first = item.row.maybe_time("tried_since"); // it may have been planned for long
  return first && outside.clock.now() - *first >= std::min(longest, outside.settings.article_patience / 2);
}

void revive(Settling& s, const Item& item) {
  s.tx.execute(sql::publish_feeds_rules::revive, {{"tenant", item.tenant.value},
                                                  {"article", item.row.text("article_id")},
                                                  {"slot", tenant_slot(item.row, s.now).name},
                                                  {"until", s.now + s.settings->article_patience}});
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

void give_up(Settling& s, const Item& item) {
  const std::string& article = item.row.text("article_id");
  if (s.tx.execute(sql::publish_feeds_rules::give_up, {{"tenant", item.tenant.value},
                                                       {"article", article},
                                                       {"reason", s.reason.code()},
                                                       {"args", s.reason.args_json()},
                                                       {"now", s.now}}) == 1)
    tell_end(s, item.tenant, article, {s.reason, s.detail}, tries_of(s.tx, item.stage, item.key).times);
}

} // namespace milkrun::publish_feeds
