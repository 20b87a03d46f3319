// Windows of local time: what the clock on the wall says decides, whatever clocks do; and an opening is always the
// very first instant at which a window is open again.
#include "base/zone.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <array>
#include <initializer_list>
#include <stdexcept>
#include <string>

using namespace milkrun;
using zone::next_opening;
using zone::Window;

namespace {

// "2026-11-21T12:05:07Z", also without the seconds.
Time instant(std::string_view text) {
  const auto digits = [&](std::size_t from, std::size_t size) {
    return std::stoi(std::string(text.substr(from, size)));
  };
  const std::chrono::year_month_day date{std::chrono::year(digits(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(digits(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(digits(8, 2)))};
  return std::chrono::sys_days(date) + std::chrono::hours(digits(11, 2)) + std::chrono::minutes(digits(14, 2)) +
         std::chrono::seconds(text.size() > 17 ? digits(17, 2) : 0);
}

Window window(const char* from, const char* until) {
  return {.from = zone::clock_minutes(from).value(), .until = zone::clock_minutes(until).value()};
}

std::string opening(const char* name, Window w, Time t) {
  const auto opens = next_opening(name, w, t);
  return opens ? zone::utc(*opens) : "open";
}

} // namespace

TEST_CASE("a clock time is two digits, a colon, two digits") {
  struct Row {
    const char* text;
    int minutes;
  };
  for (const Row& row :
       std::initializer_list<Row>{{"00:00", 0}, {"00:01", 1}, {"09:00", 540}, {"12:30", 750}, {"23:59", 1439}}) {
    CAPTURE(row.text);
    CHECK(zone::clock_minutes(row.text) == row.minutes);
  }
  for (const char* bad : {"", "9:00", "24:00", "23:60", "12-30", "12:3", "12:300", " 9:00", "+9:00", "-1:00", "ab:cd",
                          "12:30 ", "0x:10", "１2:30", "99:99", "12:3a"}) {
    CAPTURE(bad);
    CHECK_FALSE(zone::clock_minutes(bad));
  }
}

TEST_CASE("a window is open from its first second and closed from the first second after it") {
  struct Row {
    const char *zone, *from, *until, *now, *answer;
  };
  const Row rows[] = {{"UTC", "09:00", "21:00", "2026-11-21T08:59:59Z", "2026-11-21T09:00:00Z"},
                      {"UTC", "09:00", "21:00", "2026-11-21T09:00:00Z", "open"},
                      {"UTC", "09:00", "21:00", "2026-11-21T20:59:59Z", "open"},
                      {"UTC", "09:00", "21:00", "2026-11-21T21:00:00Z", "2026-11-22T09:00:00Z"},
                      {"Europe/Berlin", "09:00", "21:00", "2026-11-21T19:59:59Z", "open"},
                      {"Europe/Berlin", "09:00", "21:00", "2026-11-21T20:00:00Z", "2026-11-22T08:00:00Z"},
                      // across midnight
                      {"UTC", "21:00", "03:00", "2026-11-21T20:59:59Z", "2026-11-21T21:00:00Z"},
                      {"UTC", "21:00", "03:00", "2026-11-21T23:59:59Z", "open"},
                      {"UTC", "21:00", "03:00", "2026-11-22T02:59:59Z", "open"},
                      {"UTC", "21:00", "03:00", "2026-11-22T03:00:00Z", "2026-11-22T21:00:00Z"},
                      {"America/New_York", "22:00", "06:00", "2026-11-21T11:00:00Z", "2026-11-22T03:00:00Z"},
                      // until midnight, from midnight, one minute, all but one minute
                      {"UTC", "18:00", "00:00", "2026-11-21T23:59:59Z", "open"},
                      {"UTC", "18:00", "00:00", "2026-11-22T00:00:00Z", "2026-11-22T18:00:00Z"},
                      {"UTC", "00:00", "06:00", "2026-11-21T06:00:00Z", "2026-11-22T00:00:00Z"},
                      {"UTC", "12:00", "12:01", "2026-11-21T12:00:59Z", "open"},
                      {"UTC", "12:00", "12:01", "2026-11-21T12:01:00Z", "2026-11-22T12:00:00Z"},
                      {"UTC", "12:01", "12:00", "2026-11-21T12:00:30Z", "2026-11-21T12:01:00Z"},
                      // equal ends
                      {"Europe/Berlin", "00:00", "00:00", "2026-11-21T03:00:00Z", "open"},
                      {"Europe/Berlin", "09:00", "09:00", "2027-03-28T01:00:00Z", "open"},
                      // far from UTC, and not by whole hours
                      {"Pacific/Kiritimati", "09:00", "21:00", "2026-12-31T07:00:00Z", "2026-12-31T19:00:00Z"},
                      {"Pacific/Pago_Pago", "09:00", "21:00", "2026-12-31T08:00:00Z", "2026-12-31T20:00:00Z"},
                      {"Asia/Kolkata", "09:00", "21:00", "2026-11-21T15:30:00Z", "2026-11-22T03:30:00Z"},
                      {"Asia/Kathmandu", "09:00", "21:00", "2026-11-21T15:15:00Z", "2026-11-22T03:15:00Z"},
                      {"Pacific/Chatham", "09:00", "21:00", "2026-07-01T08:15:00Z", "2026-07-01T20:15:00Z"},
                      {"America/St_Johns", "09:00", "21:00", "2026-12-01T00:30:00Z", "2026-12-01T12:30:00Z"},
                      // before 1970, and in years that no table of changes reaches
                      {"UTC", "09:00", "21:00", "1969-12-31T21:00:00Z", "1970-01-01T09:00:00Z"},
                      {"Europe/Berlin", "09:00", "21:00", "2036-07-01T19:00:00Z", "2036-07-02T07:00:00Z"},
                      {"Asia/Kolkata", "09:00", "21:00", "2250-01-01T15:30:00Z", "2250-01-02T03:30:00Z"},
                      {"UTC", "09:00", "21:00", "9999-12-31T20:59:59Z", "open"}};
  for (const Row& row : rows) {
    INFO(row.zone, " ", row.from, "-", row.until, " at ", row.now);
    CHECK(opening(row.zone, window(row.from, row.until), instant(row.now)) == row.answer);
  }
  CHECK(next_opening("UTC", window("09:00", "21:00"), instant("2026-11-21T21:00:00Z") - Millis(1)) == std::nullopt);
  CHECK(
      zone::utc(next_opening("UTC", window("09:00", "21:00"), instant("2026-11-21T21:00:00Z") + Millis(999)).value()) ==
      "2026-11-22T09:00:00Z");
  CHECK_THROWS_AS(next_opening("Mars/Olympus", window("09:00", "21:00"), instant("2026-11-21T12:00")),
                  std::runtime_error);
}

TEST_CASE("an opening that clocks skip is the end of the gap") {
  struct Row {
    const char *zone, *from, *until, *now, *answer;
  };
  const Row rows[] = {{"Europe/Berlin", "02:30", "10:00", "2027-03-28T00:59:59Z", "2027-03-28T01:00:00Z"},
                      {"Europe/Berlin", "02:00", "10:00", "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z"},
                      {"America/New_York", "02:30", "10:00", "2027-03-14T06:00:00Z", "2027-03-14T07:00:00Z"},
                      {"Europe/Dublin", "01:15", "10:00", "2027-03-28T00:59:00Z", "2027-03-28T01:00:00Z"},
                      {"Australia/Lord_Howe", "02:15", "10:00", "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z"},
                      {"Antarctica/Troll", "02:00", "10:00", "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z"},
                      // days without a midnight
                      {"Africa/Cairo", "00:00", "06:00", "2027-04-29T12:00:00Z", "2027-04-29T22:00:00Z"},
                      {"Africa/Cairo", "00:30", "06:00", "2027-04-29T12:00:00Z", "2027-04-29T22:00:00Z"},
                      {"Asia/Beirut", "00:00", "06:00", "2027-03-27T12:00:00Z", "2027-03-27T22:00:00Z"},
                      {"America/Havana", "00:00", "06:00", "2027-03-13T20:00:00Z", "2027-03-14T05:00:00Z"},
                      {"America/Santiago", "00:00", "06:00", "2026-09-05T20:00:00Z", "2026-09-06T04:00:00Z"},
                      {"America/Santiago", "00:00", "06:00", "2027-09-04T20:00:00Z", "2027-09-05T04:00:00Z"},
                      {"Atlantic/Azores", "00:00", "06:00", "2027-03-27T20:00:00Z", "2027-03-28T01:00:00Z"},
                      // a month of one hour less
                      {"Africa/Casablanca", "02:30", "10:00", "2027-03-14T01:30:00Z", "2027-03-14T02:00:00Z"},
                      // a whole day: the 30th was not there
                      {"Pacific/Apia", "09:00", "21:00", "2011-12-30T07:00:00Z", "2011-12-30T19:00:00Z"},
                      // a window that is skipped whole comes the day after
                      {"Europe/Berlin", "02:00", "03:00", "2027-03-28T00:30:00Z", "2027-03-29T00:00:00Z"},
                      {"Europe/Berlin", "02:15", "02:45", "2027-03-28T00:30:00Z", "2027-03-29T00:15:00Z"},
                      {"Africa/Cairo", "00:00", "00:30", "2027-04-29T12:00:00Z", "2027-04-30T21:00:00Z"},
                      // and one whose end is skipped ends with the gap's beginning
                      {"Europe/Berlin", "01:00", "02:30", "2027-03-28T00:59:59Z", "open"},
                      {"Europe/Berlin", "01:00", "02:30", "2027-03-28T01:00:00Z", "2027-03-28T23:00:00Z"}};
  for (const Row& row : rows) {
    INFO(row.zone, " ", row.from, "-", row.until, " at ", row.now);
    CHECK(opening(row.zone, window(row.from, row.until), instant(row.now)) == row.answer);
  }
}

TEST_CASE("in a doubled hour the clock on the wall decides, both times") {
  struct Row {
    const char *zone, *from, *until, *now, *answer;
  };
  const Row rows[] = {// 02:00 to 03:00 comes twice: the first opening is the answer from before it
                      {"Europe/Berlin", "02:30", "10:00", "2026-10-24T20:00:00Z", "2026-10-25T00:30:00Z"},
                      {"Europe/Berlin", "02:30", "10:00", "2026-10-25T00:59:59Z", "open"},
                      {"Europe/Berlin", "02:30", "10:00", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"},
                      {"Europe/Berlin", "02:30", "10:00", "2027-10-31T00:10:00Z", "2027-10-31T00:30:00Z"},
                      // closed at 02:30, then clocks go back into the window
                      {"Europe/Berlin", "01:00", "02:30", "2026-10-25T00:29:59Z", "open"},
                      {"Europe/Berlin", "01:00", "02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"},
                      {"Europe/Berlin", "01:00", "02:30", "2026-10-25T01:30:00Z", "2026-10-26T00:00:00Z"},
                      {"America/New_York", "01:30", "03:00", "2026-11-01T05:00:00Z", "2026-11-01T05:30:00Z"},
                      {"America/New_York", "01:30", "03:00", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z"},
                      // midnights that come twice
                      {"Africa/Cairo", "23:30", "06:00", "2026-10-29T20:00:00Z", "2026-10-29T20:30:00Z"},
                      {"Africa/Cairo", "23:30", "06:00", "2026-10-29T21:00:00Z", "2026-10-29T21:30:00Z"},
                      {"Asia/Beirut", "23:00", "23:30", "2026-10-24T20:30:00Z", "2026-10-24T21:00:00Z"},
                      {"America/Havana", "00:00", "00:30", "2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z"},
                      {"America/Havana", "00:00", "00:30", "2026-11-01T04:30:00Z", "2026-11-01T05:00:00Z"},
                      {"America/Havana", "00:00", "00:30", "2026-11-01T05:30:00Z", "2026-11-02T05:00:00Z"},
                      // half an hour, two hours
                      {"Australia/Lord_Howe", "01:45", "09:00", "2027-04-03T14:45:00Z", "open"},
                      {"Australia/Lord_Howe", "01:45", "09:00", "2027-04-03T15:00:00Z", "2027-04-03T15:15:00Z"},
                      {"Antarctica/Troll", "01:30", "09:00", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"}};
  for (const Row& row : rows) {
    INFO(row.zone, " ", row.from, "-", row.until, " at ", row.now);
    CHECK(opening(row.zone, window(row.from, row.until), instant(row.now)) == row.answer);
  }
}

namespace {

// Walks by `step`; "" or the breach in words.
std::string broken_promise(const char* name, Window w, Time from, Time to, std::chrono::minutes step) {
  std::optional<Time> promised; // by every closed instant since the window closed
  for (Time t = from; t < to; t += step) {
    const auto answer = next_opening(name, w, t);
    const std::string at = zone::utc(t);
    if (promised && t < *promised && !answer) return at + ": open, but promised for " + zone::utc(*promised);
    if (promised && t < *promised && answer != promised) return at + ": the promise moved to " + zone::utc(*answer);
    if (!answer || (promised && t < *promised)) continue;
    if (*answer <= t) return at + ": an opening that is not after now";
    if (next_opening(name, w, *answer)) return at + ": closed at its opening";
    if (!next_opening(name, w, *answer - std::chrono::seconds(1))) return at + ": open before its opening";
    promised = answer;
  }
  return "";
}

} // namespace

TEST_CASE("the answer is the first instant at which the window is open, through a year of every kind of zone") {
  constexpr std::array zones = {"UTC",
                                "Europe/Berlin",
                                "Europe/Dublin",
                                "America/New_York",
                                "America/Havana",
                                "America/Santiago",
                                "America/St_Johns",
                                "Africa/Cairo",
                                "Africa/Casablanca",
                                "Asia/Beirut",
                                "Asia/Kolkata",
                                "Asia/Kathmandu",
                                "Atlantic/Azores",
                                "Antarctica/Troll",
                                "Australia/Lord_Howe",
                                "Pacific/Chatham",
                                "Pacific/Kiritimati",
                                "Pacific/Pago_Pago"};
  // Where the clocks of these zones change: walked by the quarter of an hour, on which all changes and windows lie.
  constexpr std::array changes = {"2026-09-04", "2026-09-26", "2026-10-03", "2026-10-23", "2026-10-28", "2026-10-31",
                                  "2027-02-06", "2027-03-13", "2027-03-27", "2027-04-03", "2027-04-29"};
  for (const char* name : zones) {
    CAPTURE(name);
    CHECK(broken_promise(name, window("09:00", "21:00"), instant("2026-08-01T00:00"), instant("2027-08-01T00:00"),
                         std::chrono::hours(1)) == "");
    for (const Window w : {window("00:00", "06:00"), window("02:15", "02:45"), window("01:00", "02:30"),
                           window("23:30", "01:30"), window("22:00", "00:00"), window("03:00", "02:45")})
      for (const char* day : changes) {
        CAPTURE(w.from);
        const Time midnight = instant(std::string(day) + "T00:00");
        CHECK(broken_promise(name, w, midnight, midnight + std::chrono::hours(72), std::chrono::minutes(15)) == "");
      }
  }
  CHECK(broken_promise("Pacific/Apia", window("09:00", "21:00"), instant("2011-12-27T00:00"),
                       instant("2012-01-02T00:00"), std::chrono::minutes(15)) == "");
  CHECK(broken_promise("Europe/Berlin", window("09:00", "21:00"), instant("2120-01-01T00:00"),
                       instant("2120-03-01T00:00"), std::chrono::hours(1)) == "");
}

TEST_CASE("days from one date to another") {
  struct Row {
    const char *from, *to;
    std::optional<std::int64_t> days;
  };
  const Row rows[] = {{"2026-11-21", "2026-11-21", 0},  {"2026-11-21", "2026-11-22", 1},
                      {"2026-11-22", "2026-11-21", -1}, {"2026-12-31", "2027-01-01", 1},
                      {"2028-02-28", "2028-03-01", 2},  {"2027-02-28", "2027-03-01", 1},
                      {"1969-12-31", "1970-01-01", 1},  {"2000-01-01", "2100-01-01", 36'525},
                      {"2026-02-29", "2026-03-01", {}}, {"2026-11-21", "2026-13-01", {}},
                      {"2026-11-21", "2026-00-10", {}}, {"2026-11-31", "2026-12-01", {}},
                      {"", "2026-11-21", {}},           {"2026-11-21", "", {}},
                      {"2026-1-021", "2026-11-21", {}}, {"21-11-2026", "2026-11-21", {}},
                      {"2026/11/21", "2026-11-21", {}}, {"2026-11-21T", "2026-11-21", {}},
                      {"-026-11-21", "2026-11-21", {}}, {"2026--1-21", "2026-11-21", {}},
                      {"0000-01-01", "2026-11-21", {}}, {"2026-11-2x", "2026-11-21", {}},
                      {"+026-11-21", "2026-11-21", {}}, {"2026-11- 1", "2026-11-21", {}}};
  for (const Row& row : rows) {
    INFO(row.from, " to ", row.to);
    CHECK(zone::days_between(row.from, row.to) == row.days);
  }
}
