// Reading one character reference. Only a closed one ("&name;") counts: "?a=1&copy=2" is an address.
#include "providers/feed/entities.hpp"

#include "base/text.hpp"
#include "providers/feed/charset.hpp"

#include <charconv>
#include <unordered_map>

namespace milkrun::feed {

namespace {

constexpr std::size_t longest_name = 32;
constexpr char32_t replacement = 0xFFFD;

using Table = std::unordered_map<std::string_view, char32_t>;

Table read_table() {
  Table table;
  table.reserve(2'048);
  const std::vector<std::string_view> words = text::split(text::trim(entity_names), ' ');
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    std::uint32_t value = 0;
    std::from_chars(words[i + 1].data(), words[i + 1].data() + words[i + 1].size(), value, 16);
    table.emplace(words[i], static_cast<char32_t>(value));
  }
  return table;
}

// A number as written; more than any code point when it does not fit.
struct Number {
  std::uint64_t value = 0;
  std::size_t size = 0;
};

std::optional<Number> read_number(std::string_view s) {
  if (!s.starts_with("&#")) return std::nullopt;
  const bool is_hex = s.size() > 2 && (s[2] == 'x' || s[2] == 'X');
  const std::size_t start = is_hex ? 3 : 2;
  const std::size_t end = s.substr(0, start + longest_name).find(';', start);
  if (end == std::string_view::npos) return std::nullopt;
  Number number{.value = 0, .size = end + 1};
  const auto [stop, error] = std::from_chars(s.data() + start, s.data() + end, number.value, is_hex ? 16 : 10);
  if (stop != s.data() + end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) number.value = 0x11'0000;
  return number;
}

char32_t mended(std::uint64_t value) {
  if (value == 0 || value > 0x10'FFFF || (value >= 0xD800 && value <= 0xDFFF)) return replacement;
  if (value >= 0x80 && value < 0xA0) return windows_1252(static_cast<unsigned char>(value));
  const bool forbidden =
      (value < 0x20 && value != '\t' && value != '\n' && value != '\r') || value == 0xFFFE || value == 0xFFFF;
  return forbidden ? 0 : static_cast<char32_t>(value);
}

Reference numeric(std::string_view s, const Number& first) {
  if (first.value >= 0xD800 && first.value <= 0xDBFF) {
    const std::optional<Number> second = read_number(s.substr(first.size));
    if (second && second->value >= 0xDC00 && second->value <= 0xDFFF) {
      const std::uint64_t joined = 0x1'0000 + ((first.value - 0xD800) << 10) + (second->value - 0xDC00);
      return {.code_point = static_cast<char32_t>(joined), .size = first.size + second->size};
    }
  }
  return {.code_point = mended(first.value), .size = first.size};
}

} // namespace

std::optional<char32_t> named_entity(std::string_view name) {
  static const Table table = read_table();
  const auto found = table.find(name);
  if (found == table.end()) return std::nullopt;
  return found->second;
}

std::optional<Reference> read_reference(std::string_view s) {
  if (const std::optional<Number> number = read_number(s)) return numeric(s, *number);
  const std::size_t end = s.substr(0, longest_name + 2).find(';');
  if (end == std::string_view::npos) return std::nullopt;
  const std::optional<char32_t> named = named_entity(s.substr(1, end - 1));
  if (!named) return std::nullopt;
  return Reference{.code_point = *named, .size = end + 1};
}

std::string decode_entities(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    const std::size_t plain = std::min(s.find('&'), s.size());
    out += s.substr(0, plain);
    s.remove_prefix(plain);
    if (s.empty()) break;
    if (const std::optional<Reference> reference = read_reference(s)) {
      if (reference->code_point != 0) text::append_utf8(out, reference->code_point);
      s.remove_prefix(reference->size);
    } else {
      out += '&';
      s.remove_prefix(1);
    }
  }
  return out;
}

} // namespace milkrun::feed
