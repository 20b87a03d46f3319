// Reading an answer.
#include "base/instant.hpp"
#include "base/text.hpp"
#include "http/client.hpp"

#include <algorithm>

namespace milkrun::http {

namespace {

constexpr Millis longest = std::chrono::hours(24);

bool is_number(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; });
}

// "120", and "1.5" as some write it.
std::optional<Millis> seconds_in(std::string_view s) {
  const std::size_t point = std::min(s.find('.'), s.size());
  const std::string_view whole = s.substr(0, point), part = point == s.size() ? "0" : s.substr(point + 1);
  if (!is_number(whole) || !is_number(part)) return std::nullopt;
  const auto millis = text::to_int((std::string(part.substr(0, 3)) + "00").substr(0, 3));
  constexpr std::int64_t most = longest / std::chrono::seconds(1); // more digits than fit are a long time
  return std::chrono::seconds(std::min(text::to_int(whole).value_or(most), most)) + Millis(*millis);
}

} // namespace

std::string_view Response::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const Header& h) { return text::iequals(h.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::optional<Millis> retry_after(const Response& response) {
  const std::string_view asked = text::trim(response.header("Retry-After"));
  if (const auto seconds = seconds_in(asked)) return std::min(longest, *seconds);
  const auto until = parse_http_date(asked), now = parse_http_date(text::trim(response.header("Date")));
  if (!until || !now || *until < *now) return std::nullopt;
  return std::min<Millis>(longest, *until - *now);
}

} // namespace milkrun::http
