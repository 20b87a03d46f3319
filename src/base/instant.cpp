// Strict shapes: the digits stand where they must, the day exists, and nothing depends on a locale.
#include "base/instant.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace milkrun {
namespace {

// Whether `s` looks like `shape`: 0 stands for a digit, a for a letter, _ for a digit or a blank.
bool has_shape(std::string_view s, std::string_view shape) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::ranges::equal(s, shape, [&](char c, char like) {
    if (like == '0') return is_digit(c);
    if (like == 'a') return text::is_letter(c);
    if (like == '_') return c == ' ' || is_digit(c);
    return c == like;
  });
}

int number_at(std::string_view s, std::size_t at, std::size_t size) {
  return static_cast<int>(text::to_int(text::trim(s.substr(at, size))).value_or(-1));
}

unsigned month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return static_cast<unsigned>(std::ranges::find(months, name) - months.begin()) + 1; // 13: none
}

// `clock`: "12:34:56".
std::optional<Time> instant(int year, unsigned month, int day, std::string_view clock, int most_second) {
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(static_cast<unsigned>(std::max(day, 0))));
  const int hour = number_at(clock, 0, 2), minute = number_at(clock, 3, 2), second = number_at(clock, 6, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > most_second) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

// East of UTC.
std::optional<std::chrono::minutes> offset_of(std::string_view s) {
  if (s == "Z") return std::chrono::minutes(0);
  if (s.empty() || (s[0] != '+' && s[0] != '-')) return std::nullopt;
  const int sign = s[0] == '-' ? -1 : 1;
  s.remove_prefix(1);
  if (!has_shape(s, "0000") && !has_shape(s, "00:00")) return std::nullopt;
  const int hours = number_at(s, 0, 2), minutes = number_at(s, s.size() - 2, 2);
  if (hours > 14 || minutes > 59) return std::nullopt;
  return std::chrono::minutes(sign * (hours * 60 + minutes));
}

// Takes ".123" off the front of `rest`; nullopt when there is a point and no digit.
std::optional<Millis> take_fraction(std::string_view& rest) {
  if (!rest.starts_with('.')) return Millis(0);
  rest.remove_prefix(1);
  const std::size_t size = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (size == 0 || size > 9) return std::nullopt;
  const auto millis = text::to_int((std::string(rest.substr(0, size)) + "00").substr(0, 3));
  rest.remove_prefix(size);
  return Millis(*millis);
}

} // namespace

std::optional<Time> parse_instant(std::string_view s) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  if (s.size() <= shape.size() || !has_shape(s.substr(0, shape.size()), shape)) return std::nullopt;
  std::string_view rest = s.substr(shape.size());
  const auto fraction = take_fraction(rest);
  const auto offset = offset_of(rest);
  const auto at =
      instant(number_at(s, 0, 4), static_cast<unsigned>(number_at(s, 5, 2)), number_at(s, 8, 2), s.substr(11, 8), 59);
  if (!fraction || !offset || !at) return std::nullopt;
  return *at + *fraction - *offset;
}

std::optional<Time> parse_http_date(std::string_view s) {
  constexpr int leap = 60; // a leap second is written as one
  constexpr std::string_view fixed = "aaa, 00 aaa 0000 00:00:00 ";
  if (has_shape(s.substr(0, fixed.size()), fixed)) {
    const std::string_view zone = s.substr(fixed.size());
    const auto offset = offset_of(zone == "GMT" || zone == "UTC" ? "Z" : zone);
    const auto at = instant(number_at(s, 12, 4), month_of(s.substr(8, 3)), number_at(s, 5, 2), s.substr(17, 8), leap);
    return at && offset ? std::optional<Time>(*at - *offset) : std::nullopt;
  }
  if (has_shape(s, "aaa aaa _0 00:00:00 0000"))
    return instant(number_at(s, 20, 4), month_of(s.substr(4, 3)), number_at(s, 8, 2), s.substr(11, 8), leap);
  const std::size_t comma = s.find(',');
  if (comma == s.npos || comma < 6 || !has_shape(s.substr(comma), ", 00-aaa-00 00:00:00 GMT")) return std::nullopt;
  s.remove_prefix(comma);
  const int year = number_at(s, 9, 2);
  return instant(year < 70 ? 2000 + year : 1900 + year, month_of(s.substr(5, 3)), number_at(s, 2, 2), s.substr(12, 8),
                 leap);
}

} // namespace milkrun
