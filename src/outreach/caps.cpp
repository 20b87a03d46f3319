// Caps and paces of the sender; the amounts are taken in begin, from rows all runs share.
#include "outreach/caps.hpp"

#include "base/zone.hpp"
#include "outreach/channel.hpp"
#include "outreach/contact.hpp"
#include "outreach/test_mode.hpp"

#include <algorithm>
#include <array>

namespace milkrun::outreach {
namespace {

// Local midnight after `now` in the zone.
Time tomorrow(const std::string& zone_name, Time now) {
  return zone::slot_at(zone_name, zone::Frequency::daily, now).end;
}

bool is_a_cap(const Reason& why) {
  return why.is("quota.used_up") || why.is("message.day_used_up") || why.is("message.marketing_used_up");
}

bool is_owed(const db::Row& row) { return row.text("class") == "transactional"; }

// The other class wants places before then.
bool others_want(const db::Row& row, Time end) {
  const auto wanted_by = [&](std::string_view column) {
    const auto at = row.maybe_time(column);
    return at && *at < end;
  };
  return is_owed(row) ? wanted_by("marketing_at") : wanted_by("planned_at") || wanted_by("owed_at");
}

// Where what is owed and marketing both want places of a day, three of four are for what is owed and one for marketing:
// else whoever's hour comes first would have the whole day.
Quota share_of_day(const db::Row& row, std::int64_t cap, const std::string& today, Time again) {
  const bool owed = is_owed(row), shared = others_want(row, again);
  const std::int64_t of_marketing = cap / 4;
  return {.meter = owed ? "owed messages a day" : "marketing messages a day",
          .period = today,
          .amount = 1,
          .limit = !shared ? std::nullopt : std::optional(owed ? cap - of_marketing : of_marketing),
          .again = again};
}

// What a message leaves of the month: of the other class's share, three of four for what is owed and one for marketing,
// as much as it has not had and wants. A month is long: nobody keeps more than that from the other. A hundred who want
// some stand for all.
std::int64_t left_to_others(const db::Row& row, std::int64_t cap, const std::string& month, Time end) {
  constexpr std::int64_t all = 100;
  if (!others_want(row, end)) return 0;
  const std::int64_t share = is_owed(row) ? cap / 4 : cap - cap / 4;
  const std::int64_t had = row.text_or_empty("others_period") == month ? row.integer("others_had") : 0;
  const std::int64_t want = row.integer("others_want");
  return std::max<std::int64_t>(0, std::min(want < all ? want : share, share - had));
}

// The plan's messages of a month. What is left to others is asked about again the next day: it may not be wanted then.
void add_month(std::vector<Quota>& quota, const db::Row& row, const std::string& tenant_zone, Time now) {
  const std::string month = zone::utc_month(now);
  Quota all{.meter = "messages",
            .period = month,
            .amount = 1,
            .limit = row.maybe_integer("messages_per_month"),
            .again = zone::next_utc_month(now)};
  if (!all.limit) return quota.push_back(std::move(all));
  const std::int64_t left = left_to_others(row, *all.limit, month, all.again);
  *all.limit -= left;
  if (left > 0) all.again = std::min(all.again, tomorrow(tenant_zone, now));
  const Time again = all.again;
  quota.push_back(std::move(all));
  quota.push_back({.meter = is_owed(row) ? "owed messages" : "marketing messages",
                   .period = month,
                   .amount = 1,
                   .limit = std::nullopt,
                   .again = again});
}

bool opens(const db::Row& row) {
  return std::ranges::none_of(
      std::array{"messages_per_month", "messages_per_day", "contact_daily_cap", "marketing_per_day"},
      [&](const char* cap) { return row.maybe_integer(cap) == 0; });
}

} // namespace

std::optional<std::int64_t> daily_cap(const std::optional<std::int64_t>& cap,
                                      const std::optional<std::string>& warmup_start, const std::string& today) {
  static constexpr std::array<std::int64_t, 13> steps{20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 900, 1000};
  if (!warmup_start) return cap;
  const std::int64_t day = zone::days_between(*warmup_start, today).value_or(0);
  const std::int64_t warm = day < 0 ? 0 : steps.at(static_cast<std::size_t>(std::min<std::int64_t>(day, 12)));
  return cap ? std::min(*cap, warm) : warm;
}

std::vector<Quota> quota_of(const db::Row& row, Time now) {
  const std::string& tenant_zone = row.text("tenant_timezone");
  const std::string today = zone::local_date(tenant_zone, now);
  std::vector<Quota> quota;
  add_month(quota, row, tenant_zone, now);
  if (const auto cap = daily_cap(row.maybe_integer("messages_per_day"), row.maybe_text("warmup_start"), today)) {
    const Time again = tomorrow(tenant_zone, now);
    quota.push_back({.meter = "messages a day", .period = today, .amount = 1, .limit = cap, .again = again});
    quota.push_back(share_of_day(row, *cap, today, again));
  }
  if (const auto cap = row.maybe_integer("contact_daily_cap"))
    quota.push_back({.meter = "messages to contact " + row.text("contact_id"),
                     .period = zone::local_date(zone_of_contact(row), now),
                     .amount = 1,
                     .limit = cap,
                     .again = tomorrow(zone_of_contact(row), now),
                     .reason = "message.day_used_up"});
  // A drip may wait a day for another; what somebody earned or owes does not.
  if (const auto cap = row.maybe_integer("marketing_per_day"); cap && row.text("campaign_kind") == "drip")
    quota.push_back({.meter = "marketing to contact " + row.text("contact_id"),
                     .period = zone::local_date(zone_of_contact(row), now),
                     .amount = 1,
                     .limit = cap,
                     .again = tomorrow(zone_of_contact(row), now),
                     .reason = "message.marketing_used_up"});
  return quota;
}

std::vector<Pace> pace_of(const Item& item) {
  const Channel& by = channel(item.row.text("channel"));
  std::vector<Pace> pace;
  if (by.pair_interval > Millis(0))
    pace.push_back(
        {.key = recipient_of(item.row, by).value_or(""), .interval = by.pair_interval, .reason = by.pair_reason});
  if (const std::int64_t interval = item.row.integer("sender_interval_ms"); interval > 0)
    pace.push_back({.key = "",
                    .interval = Millis(interval),
                    .reason = "pace.sender",
                    .rank = is_owed(item.row) ? Rank::first : Rank::behind});
  return pace;
}

std::optional<Time> fresh_until(const db::Row& row, const Reason& why, Time again) {
  const bool in_turn = why.is("pace.sender") || why.is("message.in_order");
  if (!(in_turn || is_a_cap(why)) || !opens(row)) return std::nullopt;
  const Time open = next_opening(row, again).value_or(again);
  const Millis ttl(row.integer("message_ttl_ms"));
  // Its place may be moments away, and it has half of its life yet: no write for that.
  if (open + (in_turn ? ttl / 2 : ttl) <= row.time("expires_at")) return std::nullopt;
  return open + ttl;
}

} // namespace milkrun::outreach
