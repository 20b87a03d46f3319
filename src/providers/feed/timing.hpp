// When to come back, as an answer's headers say it. Internal to the feed room.
#pragma once

#include "base/clock.hpp"
#include "http/client.hpp"

#include <optional>

namespace milkrun::feed {

// Nobody may make a feed rest longer than this.
inline constexpr Millis longest_rest = std::chrono::hours{24};

// The longest of Cache-Control max-age, Expires (against Date) and `refresh` (what the document asks for), at
// most 24 h; nullopt when none is given.
std::optional<Millis> not_before(const http::Response&, Millis refresh);

} // namespace milkrun::feed
