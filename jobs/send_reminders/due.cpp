// Dates are civil dates of the tenant until the last step: a due date has no zone, and no hour to be wrong by.
#include "jobs/send_reminders/due.hpp"

#include "base/zone.hpp"
#include "outreach/letters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::send_reminders {
namespace {

// Planned anew it comes under a key of its own, at once: this one is only looked at in case it does not.
constexpr Millis rest{3'600'000};

bool is_business_day(const std::string& date, const Holidays& holidays) {
  return zone::weekday(date).value_or(1) < 6 && !holidays.contains(date);
}

// The end of a hold of the invoice or of its contact: at the rule's hour of that day.
std::optional<Time> hold_end(const db::Row& row) {
  const std::string until = std::max(row.text_or_empty("hold_until"), row.text_or_empty("contact_hold_until"));
  if (until.empty()) return std::nullopt;
  return zone::instant_at(row.text("tenant_timezone"), until, zone::clock_minutes(row.text("at")).value_or(0));
}

// What is not more than this is not asked for.
std::int64_t least(const db::Row& row) {
  if (const auto minimum = row.maybe_integer("min_reminder_minor")) return *minimum;
  std::int64_t unit = 1;
  for (std::int64_t i = row.integer("exponent"); i > 0; --i) unit *= 10;
  return unit;
}

// What it waited for until it was too late: by its own row of the ledger, or by that of the message it was in.
Reason expired(const db::Row& row) {
  const Reason late("reminder.expired");
  const Reason own = Reason::stored(row.text_or_empty("waited_for"), row.text_or_empty("waited_args"));
  if (!own.empty() && !own.is("reminder.not_yet")) return late.about(own);
  const Reason earlier = Reason::stored(late.code(), row.text("reminder_args"));
  return earlier.args().empty() ? late : earlier;
}

} // namespace

std::optional<std::string> reminder_date(const std::string& due_on, const Rule& rule, const Holidays& holidays) {
  auto date = zone::plus_days(due_on, rule.offset_days);
  if (!rule.business_days) return date;
  const int step = rule.offset_days < 0 ? -1 : 1;
  for (int tries = 0; date && tries < 366; ++tries) {
    if (is_business_day(*date, holidays)) return date;
    date = zone::plus_days(*date, step);
  }
  return std::nullopt;
}

std::optional<Time> reminder_moment(std::string_view zone, const std::string& due_on, const Rule& rule,
                                    const Holidays& holidays) {
  const auto date = reminder_date(due_on, rule, holidays);
  return date ? zone::instant_at(zone, *date, rule.at) : std::nullopt;
}

Time too_late(const db::Row& row) {
  const Time due = row.time("due_at");
  return std::max(due, hold_end(row).value_or(due)) + patience;
}

Judged judge(const db::Row& row, Time now) {
  if (row.text("invoice_status") != "open")
    return {Fate::skip, Reason("reminder.closed", {row.text("invoice_status")})};
  if (!row.flag("planned")) return {Fate::wait, "reminder.invoice_changed", now + rest};
  if (!row.flag("rule_applies")) return {Fate::skip, "reminder.rule_off"};
  if (outreach::outstanding(row) <= least(row)) return {Fate::skip, "reminder.too_little"};
  if (row.flag("newer_told")) return {Fate::skip, "reminder.newer"};
  if (const auto end = hold_end(row); end && now < *end) return {Fate::wait, "reminder.on_hold", *end};
  if (now >= too_late(row)) return {Fate::expire, expired(row)};
  return {};
}

} // namespace milkrun::send_reminders
