// Which kind of date it is, and the instant its fields name.
#include "providers/feed/dates.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"

#include <algorithm>
#include <string>

namespace milkrun::feed {

namespace {

// Unix time by its number of digits: seconds, milliseconds or microseconds; the ISO forms of 8 and 14 digits
// are not taken.
std::optional<Time> unix_time(std::string_view s) {
  const std::string_view whole = s.substr(0, s.find('.'));
  const std::optional<std::int64_t> value = text::to_int(whole);
  if (!value || *value < 0) return std::nullopt;
  if (whole.size() >= 9 && whole.size() <= 10) return from_ms(*value * 1'000);
  if (whole.size() >= 12 && whole.size() <= 13) return from_ms(*value);
  if (whole.size() == 16) return from_ms(*value / 1'000);
  return std::nullopt;
}

// "/Date(1772721000000)/", as Microsoft's JSON has it: milliseconds, whatever zone stands behind them.
std::optional<Time> wrapped_time(std::string_view s) {
  constexpr std::string_view start = "/Date(";
  constexpr std::int64_t longest = 253'402'300'800'000; // the year 10,000
  if (!s.starts_with(start)) return std::nullopt;
  s.remove_prefix(start.size());
  const std::optional<std::int64_t> value = text::to_int(s.substr(0, s.find_first_not_of("0123456789")));
  if (!value || *value >= longest) return std::nullopt;
  return from_ms(*value);
}

// The whole ISO date behind a weekday: "Sat, 2026-11-21T12:00:00Z".
std::string_view behind_words(std::string_view s) {
  const std::string_view rest = s.substr(std::min(s.find_first_of("0123456789"), s.size()));
  return rest.size() >= 10 && (rest[4] == '-' || rest[4] == '/') ? rest : std::string_view{};
}

// "2026. 3. 5. 14:30", as Koreans and Hungarians write it, in ISO's form; "" when it is none.
std::string from_dotted(std::string_view s) {
  std::string digits[3];
  for (std::string& part : digits) {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    const std::size_t size = std::min(s.find_first_not_of("0123456789"), s.size());
    part = s.substr(0, size);
    s.remove_prefix(size);
    if (s.starts_with('.'))
      s.remove_prefix(1);
    else if (&part != &digits[2])
      return {};
  }
  if (digits[0].size() != 4 || digits[1].size() > 2 || digits[2].size() > 2 || digits[1].empty() || digits[2].empty())
    return {};
  for (std::string& part : digits)
    if (part.size() == 1) part.insert(0, "0");
  return digits[0] + "-" + digits[1] + "-" + digits[2] + " " + std::string(text::trim(s));
}

} // namespace

std::optional<Time> to_time(const DateFields& fields) {
  DateFields f = fields;
  if (f.afternoon && f.hour <= 12) f.hour = f.hour % 12 + (*f.afternoon ? 12 : 0);
  using namespace std::chrono;
  const year_month_day date{year{f.year}, month{static_cast<unsigned>(f.month)}, day{static_cast<unsigned>(f.day)}};
  if (f.year < 1900 || f.year > 9999 || f.month < 1 || f.day < 1 || !date.ok()) return std::nullopt;
  if (f.hour > 24 || f.minute > 59 || f.second > 60) return std::nullopt;
  if (f.hour == 24 && (f.minute > 0 || f.second > 0)) return std::nullopt;
  const Time shown =
      Time(sys_days{date}) + hours{f.hour} + minutes{f.minute} + seconds{f.second} + Millis{f.millisecond};
  return f.zone.empty() ? shown - minutes{f.offset_minutes} : zone::at_local(f.zone, shown);
}

std::optional<Time> parse_date(std::string_view raw) {
  constexpr std::size_t longest = 128;
  std::string s = with_plain_signs(text::collapse_space(raw.substr(0, longest)));
  if (const std::optional<Time> t = wrapped_time(s)) return t;
  if (std::string iso = from_dotted(s); !iso.empty()) s = text::collapse_space(iso);
  if (s.find_first_not_of("0123456789.") == std::string::npos) {
    if (const std::optional<Time> t = unix_time(s)) return t;
  }
  if (const std::optional<Time> t = parse_east_asian_date(s)) return t;
  if (const std::optional<Time> t = parse_iso_date(s)) return t;
  if (const std::optional<Time> t = parse_worded_date(s)) return t;
  return parse_iso_date(behind_words(s));
}

} // namespace milkrun::feed
