// Instants as other people's programs write them.
#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace milkrun {

// "2026-11-27T12:00:00", with ".123" or without, and "Z", "+0000" or "+01:00": no other shape, and no time without a
// zone: read wrongly it would move a deadline. nullopt: no such instant.
std::optional<Time> parse_instant(std::string_view s);

// The three forms of RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" (years of two
// digits: 1970 to 2069), "Sun Nov  6 08:49:37 1994"; in the first also "UTC" or "+0000", as programs that write mails
// have it. nullopt for anything else.
std::optional<Time> parse_http_date(std::string_view s);

} // namespace milkrun
