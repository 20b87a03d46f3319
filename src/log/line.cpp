// Formats events as key=value, JSON or for the journal. Promise: whatever the values hold, the result is valid UTF-8
// without line ends or control characters, and cannot be mistaken for two events or for other keys.
#include "log/line.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"
#include "log/mask.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace milkrun::log {

namespace {

constexpr std::size_t max_value = 2000;

int journal_priority(Level level) {
  switch (level) { // sd-daemon(3)
  case Level::debug: return 7;
  case Level::info: return 6;
  case Level::warn: return 4;
  case Level::error: break;
  }
  return 3;
}

// "2026-11-21T12:00:00.123Z"
std::string timestamp(Time t) {
  std::string out = zone::utc(t);
  out.pop_back();
  return fmt::format("{}.{:03}Z", out, (to_ms(t) % 1000 + 1000) % 1000);
}

// Fields whose values we or the operator chose. No stranger's word stands in them, and a tenant whose password is
// "publish-post" may not make them unreadable.
bool is_ours(std::string_view key) {
  static constexpr std::array keys{"job", "stage", "key", "tenant", "service", "outcome"};
  return std::ranges::find(keys, key) != keys.end();
}

std::string shown(const Field& field) { return is_ours(field.key) ? field.value : masked(field.value); }

// A bare word stays; anything else is quoted. Backslashes and quotes of the value itself are escaped first, so that
// neither can end the quotes or pose as an escape of ours.
std::string token(std::string_view value) {
  std::string escaped = text::replace_all(text::replace_all(std::string(value), "\\", "\\\\"), "\"", "\\\"");
  escaped = text::one_line(escaped, max_value);
  if (!escaped.empty() && escaped.find_first_of(" =\\") == std::string::npos) return escaped;
  return '"' + escaped + '"';
}

std::string keyvalue(std::string_view event, Fields fields) {
  std::string out = token(event);
  for (const Field& field : fields) ((out += ' ') += token(field.key) += '=') += token(shown(field));
  return out;
}

std::string json(Level level, Time t, std::string_view event, Fields fields) {
  const auto clean = [](std::string_view value) { return text::clip(text::to_valid_utf8(value), max_value); };
  const auto encode = [](const std::string& value) { return nlohmann::json(value).dump(-1, ' ', true); };
  std::string out =
      fmt::format(R"({{"time":"{}","level":"{}","event":{})", timestamp(t), word(level), encode(clean(event)));
  for (const Field& field : fields)
    out += fmt::format(",{}:{}", encode(clean(field.key)), field.bare ? field.value : encode(clean(shown(field))));
  return out += '}';
}

} // namespace

std::string_view word(Level level) {
  switch (level) {
  case Level::debug: return "debug";
  case Level::info: return "info";
  case Level::warn: return "warn";
  case Level::error: break;
  }
  return "error";
}

std::string line(Level level, Format format, Time t, std::string_view event, Fields fields) {
  if (format == Format::json) return json(level, t, event, fields);
  if (format == Format::journald) return fmt::format("<{}>{}", journal_priority(level), keyvalue(event, fields));
  return fmt::format("{} {} {}", timestamp(t), word(level), keyvalue(event, fields));
}

} // namespace milkrun::log
