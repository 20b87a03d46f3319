// One strict shape: the API writes no other, and a time read wrongly would move a claim across its deadline.
#include "providers/meta/timestamp.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::meta {
namespace {

// Whether `s` looks like `shape`, whose zeros stand for any digit.
bool has_shape(std::string_view s, std::string_view shape) {
  return s.size() == shape.size() &&
         std::ranges::equal(s, shape, [](char c, char like) { return like == '0' ? c >= '0' && c <= '9' : c == like; });
}

int number_at(std::string_view s, std::size_t at, std::size_t size) {
  return static_cast<int>(text::to_int(s.substr(at, size)).value_or(0));
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

} // namespace

std::optional<Time> parse_timestamp(std::string_view s) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  if (s.size() <= shape.size() || !has_shape(s.substr(0, shape.size()), shape)) return std::nullopt;
  const auto offset = offset_of(s.substr(shape.size()));
  const std::chrono::year_month_day day(std::chrono::year(number_at(s, 0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number_at(s, 5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number_at(s, 8, 2))));
  const int hour = number_at(s, 11, 2), minute = number_at(s, 14, 2), second = number_at(s, 17, 2);
  if (!offset || !day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - *offset;
}

} // namespace milkrun::meta
