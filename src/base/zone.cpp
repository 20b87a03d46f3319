// IANA zones and local days. The zone database is first read when a zone is first asked for: it costs
// milliseconds that an empty run need not pay. UTC functions never read it.
#include "base/zone.hpp"

#include "base/text.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace milkrun::zone {

namespace {

using LocalDay = date::local_days;
using Days = date::days;

// nullptr: no such zone.
const date::time_zone* locate(std::string_view zone) {
  // "localtime" is whatever this machine is set to: the same row would mean different times elsewhere.
  if (zone.empty() || zone == "localtime") return nullptr;
  try {
    const date::time_zone* found = date::locate_zone(zone);
    (void)found->get_info(date::sys_seconds{}); // the zone's own file is read only now
    return found;
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

const date::time_zone& find(std::string_view zone) {
  const date::time_zone* found = locate(zone);
  if (!found) throw Unknown(zone);
  return *found;
}

LocalDay day_of(const date::time_zone& zone, Time t) { return date::floor<Days>(zone.to_local(t)); }

std::string text_of(date::year_month_day day) { // "YYYY-MM-DD"
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

// The first instant of a local day: its midnight, the first of two, or the end of the gap that swallowed it.
Time start_of(const date::time_zone& zone, LocalDay day) {
  const auto info = zone.get_info(day);
  if (info.result == date::local_info::nonexistent) return Time(info.first.end);
  return Time(day.time_since_epoch() - info.first.offset);
}

// The day whose first instant is the last one not after t. Nearly always the local date; it differs where clocks
// went back over midnight, so that a day seems to come twice.
LocalDay slot_day(const date::time_zone& zone, Time t) {
  LocalDay day = day_of(zone, t);
  while (t < start_of(zone, day)) day -= Days(1);
  while (t >= start_of(zone, day + Days(1))) day += Days(1);
  return day;
}

std::optional<date::sys_days> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = text::to_int(text.substr(0, 4)), month = text::to_int(text.substr(5, 2)),
             day = text::to_int(text.substr(8, 2));
  if (!year || !month || !day || *year < 1 || *month < 1 || *day < 1) return std::nullopt;
  const date::year_month_day date{date::year(static_cast<int>(*year)), date::month(static_cast<unsigned>(*month)),
                                  date::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional<date::sys_days>(date) : std::nullopt;
}

unsigned iso_weekday(LocalDay day) { return date::weekday(day).iso_encoding(); } // 1 = Monday … 7

// "2026-W47": a week belongs to the year of its Thursday (ISO 8601).
std::string iso_week(LocalDay monday) {
  const date::year_month_day thursday(monday + Days(3));
  const auto first = LocalDay(thursday.year() / date::January / 1);
  return fmt::format("{:04}-W{:02}", static_cast<int>(thursday.year()), (LocalDay(thursday) - first).count() / 7 + 1);
}

bool is_open(Window window, Millis since_midnight) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(since_midnight).count();
  const bool begun = minute >= window.from, over = minute >= window.until;
  return window.from > window.until ? begun || !over : begun && !over;
}

Slot days(const date::time_zone& zone, std::string name, LocalDay first, LocalDay after) {
  return {.name = std::move(name), .start = start_of(zone, first), .end = start_of(zone, after)};
}

} // namespace

Unknown::Unknown(std::string_view zone) : Unknown(Reason("zone.unknown", {text::one_line(zone, 80)})) {}

Unknown::Unknown(const Reason& why) : std::runtime_error(why.text()), reason(why) {}

bool exists(std::string_view zone) { return locate(zone) != nullptr; }

Time at_local(std::string_view zone, Time shown) {
  const date::time_zone& found = find(zone);
  const auto info = found.get_info(date::local_time<Millis>(shown.time_since_epoch()));
  if (info.result == date::local_info::nonexistent) return Time(info.first.end);
  return shown - info.first.offset;
}

std::string local_date(std::string_view zone, Time t) { return text_of(date::year_month_day(day_of(find(zone), t))); }

std::optional<std::int64_t> days_between(std::string_view from, std::string_view to) {
  const auto a = parse_date(from), b = parse_date(to);
  if (!a || !b) return std::nullopt;
  return (*b - *a).count();
}

std::optional<std::string> plus_days(std::string_view date, std::int64_t days) {
  constexpr std::int64_t most = 4'000'000; // beyond it no year has four digits
  const auto day = parse_date(date);
  if (!day || days < -most || days > most) return std::nullopt;
  const date::year_month_day other(*day + Days(static_cast<int>(days)));
  if (other.year() < date::year(1) || other.year() > date::year(9999)) return std::nullopt;
  return text_of(other);
}

std::optional<int> weekday(std::string_view date) {
  const auto day = parse_date(date);
  if (!day) return std::nullopt;
  return static_cast<int>(date::weekday(*day).iso_encoding());
}

std::optional<Time> instant_at(std::string_view zone, std::string_view date, int minutes) {
  const auto day = parse_date(date);
  if (!day) return std::nullopt;
  const date::local_time<Millis> local(day->time_since_epoch() + std::chrono::minutes(minutes));
  const auto info = find(zone).get_info(local);
  if (info.result == date::local_info::nonexistent) return Time(info.first.end);
  return Time(local.time_since_epoch() - info.first.offset);
}

std::string utc(Time t) {
  const auto day = date::floor<Days>(t);
  const date::hh_mm_ss time(date::floor<std::chrono::seconds>(t - day));
  return fmt::format("{}T{:02}:{:02}:{:02}Z", text_of(day), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string utc_month(Time t) { return text_of(date::floor<Days>(t)).substr(0, 7); }

Time next_utc_month(Time t) {
  const date::year_month_day day(date::floor<Days>(t));
  return date::sys_days((day.year() / day.month() + date::months(1)) / 1);
}

std::string local(std::string_view zone, Time t) {
  const auto& found = find(zone);
  const auto local = found.to_local(t);
  const auto day = date::floor<Days>(local);
  const date::hh_mm_ss time(date::floor<std::chrono::minutes>(local - day));
  return fmt::format("{} {:02}:{:02} {}", text_of(date::year_month_day(day)), time.hours().count(),
                     time.minutes().count(), found.get_info(t).abbrev);
}

Slot slot_at(std::string_view zone, Frequency frequency, Time t) {
  const auto& found = find(zone);
  const LocalDay day = slot_day(found, t);
  if (frequency == Frequency::daily) return days(found, text_of(date::year_month_day(day)), day, day + Days(1));
  const LocalDay monday = day - Days(iso_weekday(day) - 1);
  if (frequency == Frequency::weekly) return days(found, iso_week(monday), monday, monday + Days(7));
  constexpr std::array<int, 4> thirds = {0, 2, 4, 7};
  std::size_t third = 0;
  while (day >= monday + Days(thirds[third + 1])) ++third;
  return days(found, fmt::format("{}.{}", iso_week(monday), third + 1), monday + Days(thirds[third]),
              monday + Days(thirds[third + 1]));
}

std::optional<int> clock_minutes(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
  return hours < 24 && minutes < 60 ? std::optional(hours * 60 + minutes) : std::nullopt;
}

std::optional<Time> next_opening(std::string_view zone, Window window, Time t) {
  if (window.from == window.until) return std::nullopt;
  const auto& found = find(zone);
  // Between two changes of the clocks local time runs evenly: the window opens there, or with a change, or later.
  for (Time from = t;;) {
    const auto info = found.get_info(from);
    const auto local = (from + info.offset).time_since_epoch();
    const auto since_midnight = local - std::chrono::floor<Days>(local);
    if (is_open(window, since_midnight)) return from == t ? std::nullopt : std::optional(from);
    const Millis opens_at = std::chrono::minutes(window.from);
    const Time opening = from + opens_at - since_midnight + (opens_at > since_midnight ? Days(0) : Days(1));
    if (opening < info.end) return opening;
    from = info.end;
  }
}

std::optional<Frequency> frequency(std::string_view word) {
  if (word == "daily" || word.empty()) return Frequency::daily;
  if (word == "3x_week") return Frequency::three_a_week;
  if (word == "weekly") return Frequency::weekly;
  return std::nullopt;
}

} // namespace milkrun::zone
