// Lenient where models and gateways are sloppy: broken UTF-8, half a surrogate pair, a comma too many, a bare line
// break, JSON within JSON. Promises that no input throws, and mends nothing that was cut off: that would be half an
// article.
#include "providers/ai/json.hpp"

#include "base/json_repair.hpp"
#include "base/text.hpp"

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

constexpr std::size_t most_mended = std::size_t{256} * 1024;
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

// What a gateway made with its own hands, or packed up twice, at the end of the text. Of a web page nothing is read: a
// script in it may hold something that looks like an answer.
std::optional<Json> slipped_answer(std::string_view text) {
  text = text::trim(text);
  const std::size_t begin = text.find('{');
  if (begin == text.npos || text.starts_with('<')) return std::nullopt;
  if (const auto inner = written_twice(text)) return parse_json(*inner);
  const std::string_view object = balanced(text.substr(begin)), behind = text::trim(text.substr(begin + object.size()));
  return behind.empty() || behind == "```" ? parse_mended_json(object) : std::nullopt;
}

} // namespace

std::optional<Json> parse_json(std::string_view text) { return milkrun::parse_json(mend_surrogates(text), limits); }

std::optional<Json> parse_mended_json(std::string_view text) {
  if (text.size() > most_mended) return std::nullopt;
  const RepairedJson mended = repaired_json(text, limits.string);
  if (mended.broke_off) return std::nullopt;
  return milkrun::parse_json(mended.text, limits);
}

std::optional<std::string> written_twice(std::string_view text) {
  const std::size_t begin = text.find('{'), end = text.rfind('}');
  if (begin == text.npos || end == text.npos || end < begin) return std::nullopt;
  std::string_view first = text.substr(begin + 1, end - begin - 1); // what stands in it
  for (first = text::trim(first); first.starts_with("\\n") || first.starts_with("\\r") || first.starts_with("\\t");)
    first = text::trim(first.substr(2));
  if (!first.starts_with("\\\"")) return std::nullopt;
  const auto said = parse_mended_json('"' + std::string(text.substr(begin, end - begin + 1)) + '"');
  if (!said || !said->is_string()) return std::nullopt;
  return said->get<std::string>();
}

std::string_view balanced(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text.substr(0, i + 1);
    }
  }
  return text;
}

std::optional<Json> parse_answer(std::string_view text) {
  // The slip before the noise: in a broken answer the noise would be stepped over to a part of it.
  std::optional<Json> value = parse_json(text);
  if (!value || !value->is_structured()) value = slipped_answer(text);
  if (!value)
    if (auto found = milkrun::parse_noisy_json(mend_surrogates(text), limits)) value = std::move(found->value);
  if (value && value->is_array() && value->size() == 1) return Json(std::move((*value)[0]));
  return value;
}

std::int64_t count_of(const Json& value) {
  constexpr std::int64_t most = 1'000'000'000'000;
  if (!value.is_number_integer()) return 0;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > most) return 0;
  const auto count = value.get<std::int64_t>();
  return count < 0 || count > most ? 0 : count;
}

} // namespace milkrun::ai
