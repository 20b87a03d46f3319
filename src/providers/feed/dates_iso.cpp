// RFC 3339 / W3CDTF and what is nearly that: no colon in the offset, blank for T, missing seconds or offset,
// year-day-month, compact digits.
#include "providers/feed/dates.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace milkrun::feed {

namespace {

struct Cursor {
  std::string_view rest;

  bool eat(std::string_view any_of) {
    if (rest.empty() || any_of.find(rest[0]) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }
  // A number of min to max digits; nullopt leaves the cursor where it was.
  std::optional<int> number(std::size_t min, std::size_t max) {
    const std::size_t size = std::min({rest.find_first_not_of("0123456789"), rest.size(), max});
    if (size < min) return std::nullopt;
    const auto value = static_cast<int>(*text::to_int(rest.substr(0, size)));
    rest.remove_prefix(size);
    return value;
  }
};

void set_date(DateFields& f, std::chrono::sys_days days) {
  const std::chrono::year_month_day date(days);
  f.year = static_cast<int>(date.year());
  f.month = static_cast<int>(static_cast<unsigned>(date.month()));
  f.day = static_cast<int>(static_cast<unsigned>(date.day()));
}

// "-W47-6", "W476", "-W47" behind the year: the week of its first Thursday is week 1. False = no week here.
bool read_week(Cursor at, DateFields& f, Cursor& behind) {
  using namespace std::chrono;
  at.eat("-");
  if (!at.eat("Ww")) return false;
  const std::optional<int> week = at.number(2, 2);
  if (!week || *week < 1 || *week > 53) return false;
  at.eat("-");
  const int day = at.number(1, 1).value_or(1);
  if (day < 1 || day > 7) return false;
  const sys_days fourth = sys_days{year{f.year} / January / 4};
  set_date(f, fourth - (weekday{fourth} - Monday) + weeks{*week - 1} + days{day - 1});
  behind = at;
  return true;
}

// "-325" behind the year: the day of the year. False = no such day here.
bool read_day_of_year(Cursor at, DateFields& f, Cursor& behind) {
  using namespace std::chrono;
  if (!at.eat("-")) return false;
  const std::optional<int> day = at.number(3, 3);
  if (!day || *day < 1 || *day > (year{f.year}.is_leap() ? 366 : 365)) return false;
  if (!at.rest.empty() && std::string_view("0123456789-").find(at.rest[0]) != std::string_view::npos) return false;
  set_date(f, sys_days{year{f.year} / January / 1} + days{*day - 1});
  behind = at;
  return true;
}

// Whole date; false = no date here. A month or day that is not given is 1.
bool read_day(Cursor& at, DateFields& f) {
  const std::optional<int> year = at.number(4, 4);
  if (!year) return false;
  f.year = *year;
  f.month = f.day = 1;
  if (at.rest.empty()) return true;
  if (read_week(at, f, at) || read_day_of_year(at, f, at)) return true;
  const bool separated = at.eat("-/.");
  const std::size_t least = separated ? 1 : 2;
  const std::optional<int> month = at.number(least, 2);
  if (!month) return false;
  f.month = *month;
  if (separated && !at.eat("-/.")) return at.rest.empty();
  const std::optional<int> day = at.number(least, 2);
  if (!day) return false;
  f.day = *day;
  if (f.month > 12 && f.day <= 12) std::swap(f.month, f.day);
  return true;
}

int read_fraction(Cursor& at) {
  int milliseconds = 0, digits = 0;
  while (!at.rest.empty() && at.rest[0] >= '0' && at.rest[0] <= '9') {
    if (digits++ < 3) milliseconds = milliseconds * 10 + (at.rest[0] - '0');
    at.rest.remove_prefix(1);
  }
  for (; digits < 3; ++digits) milliseconds *= 10;
  return milliseconds;
}

bool read_time(Cursor& at, DateFields& f) {
  const std::optional<int> hour = at.number(1, 2);
  if (!hour) return false;
  f.hour = *hour;
  const auto is_digit = [&](std::size_t i) { return i < at.rest.size() && at.rest[i] >= '0' && at.rest[i] <= '9'; };
  // "14.30.00", as Finns and Indonesians write it.
  const bool dotted = at.rest.starts_with('.') && is_digit(1) && is_digit(2) && !is_digit(3);
  const std::string_view separator = dotted ? "." : ":";
  const bool separated = at.eat(separator);
  const std::optional<int> minute = at.number(2, 2);
  if (!minute) return !separated;
  f.minute = *minute;
  if (!separated || (at.rest.starts_with(separator) && is_digit(1) && at.eat(separator)))
    f.second = at.number(2, 2).value_or(0);
  if (at.eat(".,")) f.millisecond = read_fraction(at);
  return true;
}

// Steps over what stands between day and time ("at", a weekday); true = a time follows.
bool find_time(Cursor& at, DateFields& f) {
  while (true) {
    at.rest = text::trim(at.rest);
    if (at.rest.empty() || at.rest[0] == '+') return false;
    if (at.rest[0] >= '0' && at.rest[0] <= '9') return true;
    const std::string_view word = at.rest.substr(0, at.rest.find(' '));
    if (const std::optional<bool> afternoon = afternoon_of(word))
      f.afternoon = afternoon;
    else if (is_zone_name(word))
      return false;
    at.rest.remove_prefix(word.size());
  }
}

void read_behind_time(Cursor& at, DateFields& f) {
  at.rest = text::trim(at.rest);
  const std::string_view word = at.rest.substr(0, at.rest.find_first_of(" ,"));
  if (const std::optional<bool> afternoon = afternoon_of(word)) {
    f.afternoon = afternoon;
    at.rest.remove_prefix(word.size());
  }
  set_zone(f, at.rest);
}

} // namespace

std::optional<Time> parse_iso_date(std::string_view s) {
  Cursor at{text::trim(s)};
  DateFields fields;
  if (!read_day(at, fields)) return std::nullopt;
  if (at.rest.empty()) return to_time(fields);
  if (at.eat("Tt ,")) {
    if (find_time(at, fields) && !read_time(at, fields)) return std::nullopt;
  } else if (!at.eat("Zz") && !at.rest.starts_with('+')) {
    if (at.rest[0] >= '0' && at.rest[0] <= '9' && !read_time(at, fields)) return std::nullopt; // 20261121120000
  }
  read_behind_time(at, fields);
  return to_time(fields);
}

} // namespace milkrun::feed
