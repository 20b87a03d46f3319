// IANA time zones and local calendars (Howard Hinnant's date over the system's tzdata).
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace milkrun::zone {

// Of a row that another program wrote, or of a system whose tzdata is older: no bug of a stage.
struct Unknown : std::runtime_error {
  explicit Unknown(std::string_view zone);
  Reason reason;

private:
  explicit Unknown(const Reason& why);
};

// A zone of the system's tzdata, spelled as there ("Europe/Berlin"). Never throws; everything below that takes a
// zone throws Unknown for one that does not exist: check when it comes in.
bool exists(std::string_view zone);
// Local date "YYYY-MM-DD" of an instant.
std::string local_date(std::string_view zone, Time t);
// Days from one ISO date to another; nullopt when one is no date.
std::optional<std::int64_t> days_between(std::string_view from, std::string_view to);
// The instant at which a clock in the zone shows what a clock in UTC shows at `shown`: the first of two, the end of a
// gap that skips it.
Time at_local(std::string_view zone, Time shown);
// The date so many days later, or earlier; nullopt when it is no date or its year would not have four digits.
std::optional<std::string> plus_days(std::string_view date, std::int64_t days);
// 1 = Monday … 7 = Sunday; nullopt when it is no date.
std::optional<int> weekday(std::string_view date);
// The instant at which a clock on the wall first shows `minutes` after midnight of a local date. A time that clocks
// skip is the end of that gap; one that comes twice is its first. nullopt when `date` is no date.
std::optional<Time> instant_at(std::string_view zone, std::string_view date, int minutes);
// UTC "YYYY-MM-DDTHH:MM:SSZ".
std::string utc(Time t);
// UTC month "YYYY-MM": the period of monthly quotas.
std::string utc_month(Time t);
// First instant of the next UTC month.
Time next_utc_month(Time t);
// "YYYY-MM-DD HH:MM TZ" in the zone, for people.
std::string local(std::string_view zone, Time t);

// A slot of recurring work in local calendar days: its name is part of the ledger key.
struct Slot {
  std::string name; // daily "2026-11-21" · 3x_week "2026-W47.2" · weekly "2026-W47"
  Time start, end;  // [start, end): local midnights; where midnight does not exist, the next existing instant
};
enum class Frequency { daily, three_a_week, weekly }; // 3x_week thirds: Mon-Tue, Wed-Thu, Fri-Sun
Slot slot_at(std::string_view zone, Frequency frequency, Time t);

// A daily window of local wall-clock time in minutes since midnight, [from, until); from > until lies across
// midnight, from == until is always open.
struct Window {
  int from = 0, until = 0;
};
// "HH:MM", 00:00 to 23:59 -> minutes; nullopt otherwise.
std::optional<int> clock_minutes(std::string_view text);
// nullopt while the window is open at t; else the next instant it is. Open or not is what the clock on the wall says:
// an opening that clocks skip is the end of the gap, a window that they skip whole is not there on that day, and in a
// doubled hour one may open twice.
std::optional<Time> next_opening(std::string_view zone, Window window, Time t);

// "daily" | "3x_week" | "weekly"; "" = daily. nullopt otherwise.
std::optional<Frequency> frequency(std::string_view word);

} // namespace milkrun::zone
