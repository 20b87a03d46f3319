// Dates as feeds write them.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace milkrun::feed {

// RFC 3339 and its near misses, RFC 822 in the wild, asctime, Unix timestamps, the words and digits of other languages.
// A missing, unknown or impossible zone is UTC. nullopt: no date in it (also: before 1900, no such day).
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

// 1-12 for a month's name or abbreviation, without regard to case, accents and dots; 0 = none. Only whole words count
// ("ma" is a Dutch Monday, not May).
int month_of(std::string_view word);
// The same where a Croat means another month than a Pole or a Czech ("listopad"); 0 = he does not.
int croatian_month_of(std::string_view word);
// 1 = Monday ... 7; 0 = no weekday's name.
unsigned weekday_of(std::string_view word);
// Number by name, from rows of names: a row for each language, its names from the first to the last.
using NamesByWord = std::unordered_map<std::string, int>;
NamesByWord names_by_word(std::span<const std::string_view> rows);
// A word as these tables know it: small letters without accents, dots and apostrophes.
std::string folded_word(std::string_view word);
// With the digits 0-9 for those of other scripts, and without marks of direction.
std::string with_plain_signs(std::string s);
// With one word for names of several: "tháng ba" and "tháng 3" -> "mar", "thứ năm" -> "thu", "كانون الثاني" -> "jan".
std::string with_single_words(std::string s);
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
