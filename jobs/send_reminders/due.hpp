// When a rule reminds of an invoice, and what becomes of a reminder whose moment has come. Pure.
#pragma once

#include "base/clock.hpp"
#include "base/reason.hpp"
#include "db/db.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace milkrun::send_reminders {

struct Rule {
  std::int64_t offset_days = 0; // after the due date; negative: before it
  int at = 600;                 // minutes after local midnight
  bool business_days = false;
};

using Holidays = std::set<std::string, std::less<>>; // ISO dates

// The local date a rule reminds on. Off weekends and holidays, where the rule says so: earlier before the due date,
// later from it on. nullopt when due_on is no date, or nothing but holidays is there for a year.
std::optional<std::string> reminder_date(const std::string& due_on, const Rule& rule, const Holidays& holidays);
// That date's `at` in the zone: where clocks skip it the end of the gap, where it comes twice the first time.
std::optional<Time> reminder_moment(std::string_view zone, const std::string& due_on, const Rule& rule,
                                    const Holidays& holidays);

enum class Fate {
  tell,
  wait,   // until a moment
  skip,   // never: it would be wrong
  expire, // never: it is too late
};

struct Judged {
  Fate fate = Fate::tell;
  Reason reason = {};
  Time until = {}; // of wait
};

// When it is too late: 48 hours after its moment, or after the end of a hold. For the same rows.
Time too_late(const db::Row& row);

// What becomes of one reminder at `now`, by itself. For rows of plan_reminder.sql.
Judged judge(const db::Row& row, Time now);

// Later than this after its moment, or after the end of a hold, a reminder is not sent any more.
inline constexpr Millis patience{48 * 3'600'000};

} // namespace milkrun::send_reminders
