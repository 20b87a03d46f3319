// Reading an answer.
#include "base/instant.hpp"
#include "base/text.hpp"
#include "http/client.hpp"

#include <algorithm>

namespace milkrun::http {

std::string_view Response::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const Header& h) { return text::iequals(h.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::optional<Millis> retry_after(const Response& response) {
  constexpr Millis longest = std::chrono::hours(24);
  const std::string_view asked = text::trim(response.header("Retry-After"));
  const bool digits = !asked.empty() && std::ranges::all_of(asked, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) // more digits than fit are a long time
    return std::min<Millis>(longest,
                            std::chrono::seconds(std::min<std::int64_t>(text::to_int(asked).value_or(86'400), 86'400)));
  const auto until = parse_http_date(asked), now = parse_http_date(text::trim(response.header("Date")));
  if (!until || !now || *until < *now) return std::nullopt;
  return std::min<Millis>(longest, *until - *now);
}

} // namespace milkrun::http
