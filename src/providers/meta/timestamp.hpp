// Times as the Graph API writes them. Private to this folder.
#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace milkrun::meta {

// "2026-11-20T10:11:12+0000": an offset without a colon, which RFC 3339 refuses; also "+00:00" and "Z".
// nullopt for anything else, and for days and hours that do not exist.
std::optional<Time> parse_timestamp(std::string_view s);

} // namespace milkrun::meta
