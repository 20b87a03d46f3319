// Dates as feeds write them.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace milkrun::feed {

// RFC 3339 and its near misses, RFC 822 in the wild, asctime, Unix timestamps, localised month names. A missing,
// unknown or impossible zone is UTC. nullopt: no date in it (also: before 1900, no such day).
std::optional<Time> parse_date(std::string_view s);

// Parts of the parser, in files of their own.

struct DateFields {
  int year = 0, month = 0, day = 0;
  int hour = 0, minute = 0, second = 0, millisecond = 0; // 24:00 and second 60 are allowed
  int offset_minutes = 0;                                // east of UTC
  std::string zone = {};                                 // IANA name; counts instead of the offset unless ""
  std::optional<bool> afternoon = {};                    // "pm", "am"
};
// nullopt unless the fields name an instant between 1900 and 9999.
std::optional<Time> to_time(const DateFields&);

// "2026-11-21T12:00:00+01:00", "2026-11-21", "2026-11", "20261121T120000Z", "2026-W47-6", "2026-325", ...
std::optional<Time> parse_iso_date(std::string_view s);
// "2026년 11월 21일 오후 1:30", "2026年11月21日 13時30分". Korean without a zone is Korea's time.
std::optional<Time> parse_east_asian_date(std::string_view s);
// "Sat, 21 Nov 2026 12:00 GMT", "Nov 21 12:00:00 2026", "21.11.2026", "21 novembre 2026", ...
std::optional<Time> parse_worded_date(std::string_view s);

// Minutes east of UTC: "Z", "+02:00", "+2", "--0700", "-0700 (PDT)", "GMT+0200", "EST"; 0 when unknown or
// outside -12..+14 hours.
int parse_zone(std::string_view s);

// 1-12 for a month's name or abbreviation in en, de, fr, es, it, pt, nl, pl, hu, el, ru, uk or tr, without regard to
// case and accents; 0 = none.
int month_of(std::string_view word);
bool is_zone_name(std::string_view word);
// The IANA zone of a word: "America/New_York" itself, New York's for "ET"; "" = none.
std::string place_zone(std::string_view word);
// "14:30 Central European Summer Time" -> "14:30 +0200": the long names that browsers print, but for the American ones.
std::string with_short_zone(std::string_view s);
// Sets the zone that a text begins with: an IANA name or ET, CT, MT, PT, else as parse_zone.
void set_zone(DateFields&, std::string_view s);
// "pm", "p.m.", "오후" -> true, "am", ... -> false
std::optional<bool> afternoon_of(std::string_view word);
// 26 -> 2026, 97 -> 1997
int full_year(int two_digits);

} // namespace milkrun::feed
