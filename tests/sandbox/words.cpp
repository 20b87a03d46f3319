// Small string and time helpers of the sandbox. ASCII only where letters matter; times are UTC seconds.
#include "words.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iomanip>
#include <sstream>

namespace milkrun::sandbox {

namespace {

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string formatted(std::time_t t, const char* format) {
  std::tm parts{};
  gmtime_r(&t, &parts);
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << std::put_time(&parts, format);
  return out.str();
}

// Seconds east of UTC, or nullopt if it is no zone at all.
std::optional<long> zone_offset(const std::string& zone) {
  if (zone.empty() || zone == "Z") return 0;
  int hours = 0;
  int minutes = 0;
  char sign = 0;
  if (std::sscanf(zone.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-'))
    return std::nullopt;
  const long seconds = hours * 3600L + minutes * 60L;
  return sign == '-' ? -seconds : seconds;
}

} // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower_char);
  return out;
}

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const auto end = text.find(separator);
    out.push_back(trim(text.substr(0, end)));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::string escape_markup(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string decode_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == alphabet.npos) continue;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>((bits >> have) & 0xff);
  }
  return out;
}

std::string fingerprint(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL; // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
  return hex;
}

std::optional<std::time_t> parse_iso(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  const auto offset = zone_offset(rest);
  if (!offset) return std::nullopt;
  return timegm(&parts) - *offset;
}

std::string iso(std::time_t t) { return formatted(t, "%Y-%m-%dT%H:%M:%S"); }
std::string http_date(std::time_t t) { return formatted(t, "%a, %d %b %Y %H:%M:%S GMT"); }
std::string rss_date(std::time_t t) { return formatted(t, "%a, %d %b %Y %H:%M:%S +0000"); }

} // namespace milkrun::sandbox
