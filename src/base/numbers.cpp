// Whole numbers, durations and telephone numbers out of text: the whole text must fit, and nothing overflows.
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace milkrun::text {

bool is_e164(std::string_view s) {
  if (s.size() < 9 || s.size() > 16 || s[0] != '+' || s[1] == '0') return false;
  return std::ranges::all_of(s.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> to_int(std::string_view s) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc{} || end != s.data() + s.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> to_millis(std::string_view s) {
  // "ms" before "m" and "s": the first ending that fits wins.
  constexpr std::pair<std::string_view, std::int64_t> units[] = {{"ms", 1},        {"s", 1000},       {"m", 60'000},
                                                                 {"h", 3'600'000}, {"d", 86'400'000}, {"", 1000}};
  for (const auto& [ending, factor] : units) {
    if (!s.ends_with(ending)) continue;
    const auto count = to_int(s.substr(0, s.size() - ending.size()));
    std::int64_t millis = 0;
    if (!count || *count < 0 || __builtin_mul_overflow(*count, factor, &millis)) return std::nullopt;
    return millis;
  }
  return std::nullopt;
}

} // namespace milkrun::text
