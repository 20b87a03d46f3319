// Draws moments, and counts the posts of a day.
#include "jobs/publish_feeds/hours.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"
#include "jobs/publish_feeds/rules.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace milkrun::publish_feeds {
namespace {

struct Hours {
  Time from, until;
};

// Of a local date.
Hours hours_of(const db::Row& row, const std::string& date) {
  const std::string& where = row.text("timezone");
  const int from = zone::clock_minutes(row.text("publish_from")).value_or(0);
  const int until = zone::clock_minutes(row.text("publish_until")).value_or(0);
  return {zone::instant_at(where, date, from).value(), zone::instant_at(where, date, until).value()};
}

// In [0, 1), the same for ever.
double drawn(std::string_view text) {
  const std::string hash = text::sha256_hex(text).substr(0, 8);
  return static_cast<double>(std::stoul(hash, nullptr, 16)) / 4294967296.0;
}

Time within(const Hours& hours, Time least, double part) {
  const Time from = std::max(hours.from, least);
  if (from >= hours.until) return from;
  return from + Millis(static_cast<std::int64_t>(part * static_cast<double>((hours.until - from).count())));
}

bool is_late(const db::Row& row, Time now) {
  const std::string& slot = row.text("slot");
  return slot != slot_by_hand && slot != tenant_slot(row, now).name;
}

} // namespace

Time drawn_moment(const db::Row& row, std::string_view whose, Time now) {
  const std::string today = zone::local_date(row.text("timezone"), now);
  const Hours hours = hours_of(row, today);
  if (now >= hours.until) {
    const std::string tomorrow = zone::plus_days(today, 1).value();
    const Hours next = hours_of(row, tomorrow);
    if (next.from >= tenant_slot(row, now).end) return now;
    return within(next, next.from, drawn(fmt::format("{}\n{}", whose, tomorrow)));
  }
  return within(hours, now, drawn(fmt::format("{}\n{}", whose, today)));
}

Verdict day_is_chosen(const Item& item, Time now) {
  const db::Row& row = item.row;
  if (!is_late(row, now) || row.null("first_tried")) return Go{};
  const std::string slot = tenant_slot(row, now).name;
  if (row.text("first_tried") == slot && row.text("last_tried") == slot) return Go{};
  constexpr Millis soon{3'600'000};
  return Snooze{now + soon, "article.late", std::string(days_choice)};
}

Quota place_of_day(const db::Row& row, std::string_view meter, Time now) {
  const std::string today = zone::local_date(row.text("timezone"), now);
  // Under another frequency a slot is another one, and may have its posts on the same day.
  Quota quota{.meter = fmt::format("{} ({})", meter, row.text("frequency")),
              .period = today,
              .amount = 1,
              .limit = std::nullopt,
              .again = now,
              .reason = "article.late"};
  if (!is_late(row, now)) return quota;
  quota.limit = std::max<std::int64_t>(0, row.integer("max_items") - row.integer("newer"));
  const std::string tomorrow = zone::plus_days(today, 1).value();
  const Hours hours = hours_of(row, tomorrow);
  quota.again = within(hours, hours.from, drawn(fmt::format("{}\n{}", row.text("article_id"), tomorrow)));
  return quota;
}

} // namespace milkrun::publish_feeds
