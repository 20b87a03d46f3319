// When to come back, as an answer's headers say it. Internal to the feed room.
#pragma once

#include "base/clock.hpp"
#include "http/client.hpp"

#include <optional>

namespace milkrun::feed {

// Nobody may make a feed rest longer than this.
inline constexpr Millis longest_rest = std::chrono::hours{24};

// Retry-After (RFC 9110 10.2.3): seconds, or a date, which is read against the answer's own Date. At most 24 h;
// nullopt when absent or unreadable.
std::optional<Millis> retry_after(const http::Response&);

// The longest of Cache-Control max-age, Expires (against Date) and `refresh` (what the document asks for), at
// most 24 h; nullopt when none is given.
std::optional<Millis> not_before(const http::Response&, Millis refresh);

} // namespace milkrun::feed
