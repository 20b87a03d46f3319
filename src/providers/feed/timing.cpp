// Times in headers. A date is compared with the Date of the same answer, so that neither clock has to be right.
#include "providers/feed/timing.hpp"

#include "base/text.hpp"
#include "providers/feed/dates.hpp"

#include <algorithm>

namespace milkrun::feed {

namespace {

std::optional<Millis> seconds(std::string_view s) {
  const std::optional<std::int64_t> value = text::to_int(text::trim(s));
  if (!value || *value < 0) return std::nullopt;
  return std::chrono::seconds{std::min<std::int64_t>(*value, 86'400)};
}

std::optional<Millis> until(const http::Response& response, std::string_view date) {
  const std::optional<Time> end = parse_date(date);
  const std::optional<Time> now = parse_date(response.header("Date"));
  if (!end || !now || *end <= *now) return std::nullopt;
  return std::min<Millis>(*end - *now, longest_rest);
}

std::optional<Millis> max_age(std::string_view cache_control) {
  for (std::string_view directive : text::split(cache_control, ',')) {
    directive = text::trim(directive);
    if (!text::iequals(directive.substr(0, 8), "max-age=")) continue;
    std::string_view value = directive.substr(8);
    if (value.starts_with('"') && value.ends_with('"') && value.size() > 1) value = value.substr(1, value.size() - 2);
    return seconds(value);
  }
  return std::nullopt;
}

} // namespace

std::optional<Millis> not_before(const http::Response& response, Millis refresh) {
  // "Expires: 0" and friends are not dates and mean: no hint.
  const Millis longest = std::max({max_age(response.header("Cache-Control")).value_or(Millis{0}),
                                   until(response, response.header("Expires")).value_or(Millis{0}), refresh});
  if (longest <= Millis{0}) return std::nullopt;
  return std::min(longest, longest_rest);
}

} // namespace milkrun::feed
