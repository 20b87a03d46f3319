// Small string and time helpers of the sandbox.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::sandbox {

std::string lower(std::string_view text);
std::string trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
// & < > " as entities.
std::string escape_markup(std::string_view text);
// Ignores what is not base64.
std::string decode_base64(std::string_view text);
// 16 hex digits; for ETags.
std::string fingerprint(std::string_view text);

// "2026-11-21T08:00:00" with optional "Z" or "+hh:mm" (none = UTC); nullopt for anything else.
std::optional<std::time_t> parse_iso(const std::string& text);
std::string iso(std::time_t t);       // 2026-11-21T08:00:00
std::string http_date(std::time_t t); // Sat, 21 Nov 2026 08:00:00 GMT
std::string rss_date(std::time_t t);  // Sat, 21 Nov 2026 08:00:00 +0000

} // namespace milkrun::sandbox
