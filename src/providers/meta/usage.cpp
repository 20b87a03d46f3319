// Percentages in three headers, each of another limit. Promise: a header nobody can read never throttles, and a
// hostile one never for longer than the longest window Meta has, a day.
#include "providers/meta/usage.hpp"

#include "providers/meta/json.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace milkrun::meta {
namespace {

using std::chrono::minutes;

constexpr Millis slow_rest = std::chrono::seconds(30);
constexpr minutes by_the_hour{15}, by_the_day{60}, longest{24 * 60};

double number_of(const Json& value) { return value.is_number() ? value.get<double>() : 0; }

double percent_of(const Json& row) {
  return std::max({number_of(member(row, "call_count")), number_of(member(row, "total_time")),
                   number_of(member(row, "total_cputime"))});
}

minutes regain_in(const Json& row) {
  const double said = number_of(member(row, "estimated_time_to_regain_access"));
  return minutes(std::lround(std::clamp(said, 0.0, static_cast<double>(longest.count()))));
}

Json header_json(const http::Response& response, std::string_view name) {
  const std::string_view value = response.header(name);
  return value.size() > 64 * 1024 ? Json() : parse_json(value);
}

// Rows of one type: those of the account, or all when the header does not know it by the id we have.
std::vector<Json> rows_of(const Json& usage, std::string_view type, const std::string& account) {
  std::vector<Json> rows;
  if (!usage.is_object()) return rows;
  const bool known = !account.empty() && usage.contains(account);
  for (const auto& [id, list] : usage.items()) {
    if ((known && id != account) || !list.is_array()) continue;
    std::ranges::copy_if(list, std::back_inserter(rows),
                         [&](const Json& row) { return text_of(member(row, "type")) == type; });
  }
  return rows;
}

void weigh(Usage& usage, ParkScope scope, const std::string& id, const Json& row, Millis least) {
  const double percent = percent_of(row);
  if (percent < 75) return;
  const bool full = percent >= 100;
  usage.exhausted = usage.exhausted || full;
  add_park(usage.parks, {.scope = scope,
                         .id = id,
                         .rest = full ? std::max<Millis>(least, regain_in(row)) : slow_rest,
                         .reason = full ? at_its_limit : ReasonCode("meta.usage_high")});
}

} // namespace

Usage usage_of(const http::Response& response, const Quarters& quarters) {
  Usage usage;
  weigh(usage, ParkScope::app, quarters.app, header_json(response, "X-App-Usage"), by_the_hour);
  weigh(usage, ParkScope::page, quarters.account, header_json(response, "X-Page-Usage"), by_the_hour);
  const Json business = header_json(response, "X-Business-Use-Case-Usage");
  const ParkScope scope = quarters.instagram ? ParkScope::account : ParkScope::page;
  for (const Json& row : rows_of(business, quarters.instagram ? "instagram" : "pages", quarters.account))
    weigh(usage, scope, quarters.account, row, by_the_day);
  return usage;
}

Millis regain_of(const http::Response& response, std::string_view type, const std::string& account) {
  if (type.empty()) return regain_in(header_json(response, "X-App-Usage"));
  minutes most{0};
  for (const Json& row : rows_of(header_json(response, "X-Business-Use-Case-Usage"), type, account))
    most = std::max(most, regain_in(row));
  return most;
}

void add_park(std::vector<Park>& parks, Park park) {
  const auto same =
      std::ranges::find_if(parks, [&](const Park& p) { return p.scope == park.scope && p.id == park.id; });
  if (same == parks.end()) {
    parks.push_back(std::move(park));
  } else if (park.rest > same->rest) {
    *same = std::move(park);
  }
}

} // namespace milkrun::meta
