// Zones and slots: days without midnight, days with two, weeks over the year's end; and the law that slots tile time.
#include "base/zone.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <vector>

using namespace milkrun;
using zone::Frequency;

namespace {

Time at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute);
}

} // namespace

TEST_CASE("only real IANA names are zones") {
  for (const char* good : {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Asia/Calcutta"}) {
    CAPTURE(good);
    CHECK(zone::exists(good));
  }
  for (const char* bad : {"", " ", "Mars/Olympus", "europe/berlin", "Europe", "Europe/", "Europe/Berlin ", "../UTC",
                          "/usr/share/zoneinfo/UTC", "posix/UTC", "right/UTC", "posixrules", "localtime", "Factory",
                          "zone.tab", "tzdata.zi", "leapseconds", "+02:00", "CEST"}) {
    CAPTURE(bad);
    CHECK_FALSE(zone::exists(bad));
  }
  CHECK_FALSE(zone::exists(std::string_view("UTC\0x", 5)));
  CHECK_FALSE(zone::exists(std::string(100'000, 'x')));
  CHECK_THROWS_WITH_AS(zone::local_date("Mars/Olympus", at(2026, 1, 1)), doctest::Contains("\"Mars/Olympus\""),
                       zone::Unknown);
  CHECK_THROWS_AS(zone::slot_at("", Frequency::daily, at(2026, 1, 1)), zone::Unknown);
}

TEST_CASE("UTC texts and months") {
  CHECK(zone::utc(at(2026, 11, 21, 12, 5) + Millis(7'999)) == "2026-11-21T12:05:07Z");
  CHECK(zone::utc(from_ms(-1)) == "1969-12-31T23:59:59Z");
  CHECK(zone::utc_month(at(2026, 2, 28, 23, 59)) == "2026-02");
  CHECK(zone::next_utc_month(at(2026, 11, 1)) == at(2026, 12, 1));
  CHECK(zone::next_utc_month(at(2026, 12, 31, 23, 59)) == at(2027, 1, 1));
}

TEST_CASE("local texts are the zone's") {
  CHECK(zone::local_date("Asia/Kolkata", at(2026, 11, 21, 18, 29)) == "2026-11-21");
  CHECK(zone::local_date("Asia/Kolkata", at(2026, 11, 21, 18, 30)) == "2026-11-22");
  CHECK(zone::local_date("Pacific/Kiritimati", at(2026, 12, 31, 10)) == "2027-01-01");
  CHECK(zone::local("Europe/Berlin", at(2026, 7, 1, 22, 30)) == "2026-07-02 00:30 CEST");
  CHECK(zone::local("America/New_York", at(2026, 1, 1, 4, 59)) == "2025-12-31 23:59 EST");
}

TEST_CASE("the installed zone database reaches ten years ahead") {
  // A "slim" build of tzdata states the rule of far years in a form that the library does not read.
  CHECK(zone::local("Europe/Berlin", at(2036, 7, 1)) == "2036-07-01 02:00 CEST");
}

TEST_CASE("a day starts at its first midnight, or where the clock goes on when it has none") {
  struct Row {
    const char* zone;
    Time inside;
    const char* name;
    Time start, end;
  };
  const Row rows[] = {
      {"Africa/Cairo", at(2027, 4, 30, 8), "2027-04-30", at(2027, 4, 29, 22), at(2027, 4, 30, 21)},
      {"Africa/Cairo", at(2026, 10, 29, 20, 30), "2026-10-29", at(2026, 10, 28, 21), at(2026, 10, 29, 22)},
      {"Africa/Cairo", at(2026, 10, 29, 21, 30), "2026-10-29", at(2026, 10, 28, 21), at(2026, 10, 29, 22)},
      {"Africa/Cairo", at(2026, 10, 29, 22), "2026-10-30", at(2026, 10, 29, 22), at(2026, 10, 30, 22)},
      {"Asia/Beirut", at(2027, 3, 28, 8), "2027-03-28", at(2027, 3, 27, 22), at(2027, 3, 28, 21)},
      {"America/Havana", at(2027, 3, 14, 8), "2027-03-14", at(2027, 3, 14, 5), at(2027, 3, 15, 4)},
      {"America/Havana", at(2026, 11, 1, 4), "2026-11-01", at(2026, 11, 1, 4), at(2026, 11, 2, 5)},
      {"America/Havana", at(2026, 11, 1, 5, 30), "2026-11-01", at(2026, 11, 1, 4), at(2026, 11, 2, 5)},
      {"America/Santiago", at(2026, 9, 6, 8), "2026-09-06", at(2026, 9, 6, 4), at(2026, 9, 7, 3)},
      {"America/Santiago", at(2026, 4, 5, 3, 30), "2026-04-04", at(2026, 4, 4, 3), at(2026, 4, 5, 4)},
      {"Atlantic/Azores", at(2027, 3, 28, 8), "2027-03-28", at(2027, 3, 28, 1), at(2027, 3, 29, 0)},
      {"Atlantic/Azores", at(2026, 10, 25, 1, 30), "2026-10-25", at(2026, 10, 25, 0), at(2026, 10, 26, 1)},
      {"Australia/Lord_Howe", at(2026, 10, 4, 2), "2026-10-04", at(2026, 10, 3, 13, 30), at(2026, 10, 4, 13)},
      {"Australia/Lord_Howe", at(2027, 4, 4, 2), "2027-04-04", at(2027, 4, 3, 13), at(2027, 4, 4, 13, 30)},
      {"Asia/Kolkata", at(2026, 11, 21, 18, 30), "2026-11-22", at(2026, 11, 21, 18, 30), at(2026, 11, 22, 18, 30)},
      {"Pacific/Kiritimati", at(2026, 12, 31, 10), "2027-01-01", at(2026, 12, 31, 10), at(2027, 1, 1, 10)},
      {"Pacific/Apia", at(2011, 12, 30, 9, 59), "2011-12-29", at(2011, 12, 29, 10), at(2011, 12, 30, 10)},
      {"Pacific/Apia", at(2011, 12, 30, 10), "2011-12-31", at(2011, 12, 30, 10), at(2011, 12, 31, 10)},
      {"Africa/Casablanca", at(2026, 2, 15, 8), "2026-02-15", at(2026, 2, 14, 23), at(2026, 2, 16, 0)},
      {"Africa/Casablanca", at(2026, 3, 22, 8), "2026-03-22", at(2026, 3, 22, 0), at(2026, 3, 22, 23)},
      // Clocks went back from 00:01 to 23:01: the 7th came, went and came again. It is one day, from its first
      // midnight.
      {"America/St_Johns", at(2010, 11, 7, 2, 45), "2010-11-07", at(2010, 11, 7, 2, 30), at(2010, 11, 8, 3, 30)}};
  for (const Row& row : rows) {
    CAPTURE(row.zone);
    CAPTURE(row.name);
    const zone::Slot slot = zone::slot_at(row.zone, Frequency::daily, row.inside);
    CHECK(slot.name == row.name);
    CHECK(zone::utc(slot.start) == zone::utc(row.start));
    CHECK(zone::utc(slot.end) == zone::utc(row.end));
  }
}

TEST_CASE("weeks and their thirds are ISO 8601's, also over the year's end") {
  struct Row {
    Time t;
    const char *week, *third;
    Time third_start, third_end;
  };
  const Row rows[] = {{at(2026, 11, 21, 12), "2026-W47", "2026-W47.3", at(2026, 11, 20), at(2026, 11, 23)},
                      {at(2026, 11, 16), "2026-W47", "2026-W47.1", at(2026, 11, 16), at(2026, 11, 18)},
                      {at(2026, 11, 18), "2026-W47", "2026-W47.2", at(2026, 11, 18), at(2026, 11, 20)},
                      {at(2026, 12, 31), "2026-W53", "2026-W53.2", at(2026, 12, 30), at(2027, 1, 1)},
                      {at(2027, 1, 1), "2026-W53", "2026-W53.3", at(2027, 1, 1), at(2027, 1, 4)},
                      {at(2027, 1, 3, 23, 59), "2026-W53", "2026-W53.3", at(2027, 1, 1), at(2027, 1, 4)},
                      {at(2027, 1, 4), "2027-W01", "2027-W01.1", at(2027, 1, 4), at(2027, 1, 6)},
                      {at(2024, 12, 30), "2025-W01", "2025-W01.1", at(2024, 12, 30), at(2025, 1, 1)}};
  for (const Row& row : rows) {
    CAPTURE(zone::utc(row.t));
    const auto week = zone::slot_at("UTC", Frequency::weekly, row.t);
    CHECK(week.name == row.week);
    CHECK(week.end - week.start == std::chrono::hours(7 * 24));
    const auto third = zone::slot_at("UTC", Frequency::three_a_week, row.t);
    CHECK(third.name == row.third);
    CHECK(third.start == row.third_start);
    CHECK(third.end == row.third_end);
  }
  CHECK(zone::slot_at("Pacific/Kiritimati", Frequency::weekly, at(2027, 1, 3, 10)).name == "2027-W01");
}

TEST_CASE("the words for a frequency") {
  CHECK(zone::frequency("daily") == Frequency::daily);
  CHECK(zone::frequency("") == Frequency::daily);
  CHECK(zone::frequency("3x_week") == Frequency::three_a_week);
  CHECK(zone::frequency("weekly") == Frequency::weekly);
  CHECK(zone::frequency("Daily") == std::nullopt);
  CHECK(zone::frequency("hourly") == std::nullopt);
}

namespace {

// Walks hour by hour and returns the first breach of the law in words, or "".
std::string breach(const char* name, Frequency frequency, Time from, Time to) {
  zone::Slot last = zone::slot_at(name, frequency, from);
  for (Time t = from; t < to; t += std::chrono::hours(1)) {
    const zone::Slot slot = zone::slot_at(name, frequency, t);
    if (t < slot.start || t >= slot.end) return zone::utc(t) + " is outside its slot " + slot.name;
    const bool same = slot.start == last.start && slot.end == last.end;
    if (same != (slot.name == last.name)) return zone::utc(t) + ": name and slot differ at " + slot.name;
    if (!same && slot.start != last.end) return zone::utc(t) + ": gap or overlap before " + slot.name;
    // The name of a later day is greater, so no name can come back.
    if (!same && slot.name <= last.name) return zone::utc(t) + ": " + slot.name + " after " + last.name;
    last = slot;
  }
  return "";
}

TEST_CASE("a wall clock's reading is an instant: by season, the first of two, the end of a gap") {
  const auto at = [](std::string_view zone, std::int64_t shown) { return to_ms(zone::at_local(zone, from_ms(shown))); };
  constexpr std::int64_t hour = 3'600'000;
  constexpr std::int64_t winter = 1'795'262'400'000, summer = 1'782'043'200'000; // 2026-11-21 and 2026-06-21, noon
  CHECK(at("America/New_York", winter) == winter + 5 * hour);
  CHECK(at("America/New_York", summer) == summer + 4 * hour);
  constexpr std::int64_t doubled = 1'792'886'400'000 + 2 * hour; // 2026-10-25 02:00 UTC: 02:00 comes twice in Berlin
  CHECK(at("Europe/Berlin", doubled) == doubled - 2 * hour);
  constexpr std::int64_t skipped = 1'774'751'400'000; // 2026-03-29 02:30 is skipped in Berlin
  CHECK(at("Europe/Berlin", skipped) == 1'774'746'000'000);
}

} // namespace

TEST_CASE("slots tile time: no gap, no overlap, one name each") {
  constexpr std::array zones = {"UTC",
                                "Europe/Berlin",
                                "America/New_York",
                                "Africa/Cairo",
                                "Asia/Beirut",
                                "America/Havana",
                                "America/Santiago",
                                "Atlantic/Azores",
                                "Australia/Lord_Howe",
                                "Asia/Kolkata",
                                "Pacific/Kiritimati",
                                "Pacific/Chatham",
                                "Africa/Casablanca",
                                "America/Nuuk",
                                "Antarctica/Troll"};
  for (const char* name : zones) {
    CAPTURE(name);
    for (auto frequency : {Frequency::daily, Frequency::three_a_week, Frequency::weekly})
      CHECK(breach(name, frequency, at(2026, 1, 1), at(2028, 1, 1)) == "");
  }
  CHECK(breach("Pacific/Apia", Frequency::daily, at(2011, 12, 1), at(2012, 2, 1)) == "");
  CHECK(breach("America/St_Johns", Frequency::daily, at(2009, 1, 1), at(2011, 1, 1)) == "");
}

TEST_CASE("a date moves by days over months, years and leap days, and stays a date") {
  CHECK(zone::plus_days("2026-11-27", 0) == "2026-11-27");
  CHECK(zone::plus_days("2026-11-27", 7) == "2026-12-04");
  CHECK(zone::plus_days("2027-01-01", -3) == "2026-12-29");
  CHECK(zone::plus_days("2028-02-28", 1) == "2028-02-29");
  CHECK(zone::plus_days("2026-12-31", 365) == "2027-12-31");
  for (const auto& [date, days] : {std::pair("2026-02-29", 1), std::pair("soon", 0), std::pair("9999-12-31", 1),
                                   std::pair("0001-01-01", -1), std::pair("2026-01-01", 5'000'000)})
    CHECK(!zone::plus_days(date, days));
  CHECK(zone::weekday("2026-11-27") == 5);
  CHECK(zone::weekday("2026-11-29") == 7);
  CHECK(!zone::weekday("2026-11-31"));
}

TEST_CASE("a local time is one instant: the first of two, or the end of the gap that swallows it") {
  struct Row {
    const char *zone, *date;
    int minutes;
    const char* utc;
  };
  const Row rows[] = {
      {"UTC", "2026-11-27", 600, "2026-11-27T10:00:00Z"},
      {"Europe/Berlin", "2026-12-24", 600, "2026-12-24T09:00:00Z"},
      {"Europe/Berlin", "2027-03-28", 150, "2027-03-28T01:00:00Z"},       // 02:30 is skipped: 03:00
      {"Europe/Berlin", "2026-10-25", 150, "2026-10-25T00:30:00Z"},       // 02:30 comes twice
      {"Africa/Cairo", "2027-04-30", 0, "2027-04-29T22:00:00Z"},          // midnight is skipped: 01:00
      {"Africa/Cairo", "2026-10-29", 1430, "2026-10-29T20:50:00Z"},       // 23:50 comes twice
      {"America/Havana", "2026-11-01", 30, "2026-11-01T04:30:00Z"},       // so does 00:30
      {"Australia/Lord_Howe", "2026-10-04", 135, "2026-10-03T15:30:00Z"}, // half an hour is skipped
      {"Antarctica/Troll", "2027-03-28", 90, "2027-03-28T01:00:00Z"},     // two hours are
      {"Pacific/Chatham", "2026-12-01", 600, "2026-11-30T20:15:00Z"},
      {"Pacific/Apia", "2011-12-30", 600, "2011-12-30T10:00:00Z"}, // the day is not there: the next begins
      {"Pacific/Kiritimati", "2026-12-01", 0, "2026-11-30T10:00:00Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.zone);
    CAPTURE(row.date);
    const auto at = zone::instant_at(row.zone, row.date, row.minutes);
    REQUIRE(at);
    CHECK(zone::utc(*at) == row.utc);
  }
  CHECK(!zone::instant_at("UTC", "2026-02-30", 0));
}
