// Zones, hours and weekdays as the rows tell them; the import has checked them all.
#include "outreach/contact.hpp"

#include "base/memo.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace milkrun::outreach {
namespace {

using Weekdays = std::array<bool, 8>; // by ISO number, 1 = Monday

Weekdays weekdays_of(std::string_view json) {
  constexpr std::array<std::string_view, 8> names = {"", "mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto list = nlohmann::json::parse(json, nullptr, false);
  Weekdays out{};
  if (!list.is_array() || list.empty()) out.fill(true);
  for (std::size_t day = 1; day < names.size() && list.is_array(); ++day)
    out[day] = out[day] || std::ranges::any_of(list, [&](const auto& one) { return one == names[day]; });
  return out;
}

} // namespace

const std::string& zone_of_contact(const db::Row& row) {
  return row.text("contact_timezone").empty() ? row.text("tenant_timezone") : row.text("contact_timezone");
}

const std::string& zone_in_campaign(const db::Row& row) {
  if (row.text("contact_timezone").empty() && !row.text("campaign_zone").empty()) return row.text("campaign_zone");
  return zone_of_contact(row);
}

const std::string& language_of_contact(const db::Row& row) {
  return row.text("contact_language").empty() ? row.text("tenant_language") : row.text("contact_language");
}

std::optional<Time> next_opening(const db::Row& row, Time t) {
  const zone::Window hours{.from = zone::clock_minutes(row.text("window_start")).value_or(0),
                           .until = zone::clock_minutes(row.text("window_end")).value_or(0)};
  const std::string& zone_name = zone_in_campaign(row);
  thread_local Memo<Weekdays> memo;
  const Weekdays days = memo.of(row.text("weekdays"), weekdays_of);
  Time at = t;
  for (int tries = 0; tries < 16; ++tries) { // a week at most, and what clocks skip on the way
    if (const auto opens = zone::next_opening(zone_name, hours, at)) at = *opens;
    const std::string today = zone::local_date(zone_name, at);
    // In the part of a window that lies after midnight it is yesterday's.
    const bool late = hours.from > hours.until && at < zone::instant_at(zone_name, today, hours.until).value_or(at);
    const std::string day = late ? zone::plus_days(today, -1).value_or(today) : today;
    if (days.at(static_cast<std::size_t>(zone::weekday(day).value_or(1))))
      return at == t ? std::nullopt : std::optional(at);
    const std::string next = zone::plus_days(day, 1).value_or(day);
    at = std::max(at + Millis(1),
                  zone::instant_at(zone_name, next, hours.from == hours.until ? 0 : hours.from).value_or(at));
  }
  return at;
}

std::string first_name(std::string_view name) {
  const std::string whole = text::collapse_space(name);
  return whole.substr(0, whole.find(' '));
}

} // namespace milkrun::outreach
