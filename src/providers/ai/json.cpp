// Lenient where models and gateways are sloppy (broken UTF-8, half a surrogate pair), strict about everything else.
// Promises that no input throws.
#include "providers/ai/json.hpp"

namespace milkrun::ai {
namespace {

// The 16-bit unit of the escape \uXXXX at `i`, or nullopt when there is none.
std::optional<unsigned> unit_at(std::string_view s, std::size_t i) {
  if (i + 6 > s.size() || s[i] != '\\' || s[i + 1] != 'u') return std::nullopt;
  unsigned value = 0;
  for (const char c : s.substr(i + 2, 4)) {
    const auto digit = std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return value;
}

constexpr JsonLimits limits{.levels = 64, .values = 50'000}; // an answer is one text and a page of figures

bool is_high(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// Escapes that name half a character become \ufffd; the parser would refuse the whole text for them.
std::string mend_surrogates(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t i = 0; i < s.size();) {
    std::size_t size = s[i] == '\\' ? 2 : 1;
    if (const auto unit = unit_at(s, i)) {
      size = 6;
      const auto next = is_high(*unit) ? unit_at(s, i + 6) : std::nullopt;
      if (next && is_low(*next)) {
        size = 12;
      } else if (is_high(*unit) || is_low(*unit)) {
        out += "\\ufffd";
        i += size;
        continue;
      }
    }
    out += s.substr(i, size);
    i += size;
  }
  return out;
}

} // namespace

std::optional<Json> parse_json(std::string_view text) { return milkrun::parse_json(mend_surrogates(text), limits); }

std::optional<Json> parse_answer(std::string_view text) {
  auto found = milkrun::parse_noisy_json(mend_surrogates(text), limits);
  if (!found) return std::nullopt;
  Json& value = found->value;
  if (value.is_array() && value.size() == 1) return Json(std::move(value[0]));
  return std::move(value);
}

std::int64_t count_of(const Json& value) {
  constexpr std::int64_t most = 1'000'000'000'000;
  if (!value.is_number_integer()) return 0;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > most) return 0;
  const auto count = value.get<std::int64_t>();
  return count < 0 || count > most ? 0 : count;
}

} // namespace milkrun::ai
