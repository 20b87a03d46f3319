// One pass over the text; only the insides of strings are looked at. nlohmann would refuse the whole document.
#include "providers/feed/json_repair.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace milkrun::feed {

namespace {

constexpr std::size_t escape_size = 6; // \uXXXX

// The number of the \uXXXX at the start of `s`.
std::optional<std::uint32_t> unit(std::string_view s) {
  if (s.size() < escape_size || s[0] != '\\' || s[1] != 'u') return std::nullopt;
  std::uint32_t value = 0;
  const char* end = s.data() + escape_size;
  if (std::from_chars(s.data() + 2, end, value, 16).ptr != end) return std::nullopt;
  return value;
}

// Copies the escape at the start of `s` and returns how much of `s` it took.
std::size_t escape(std::string_view s, std::string& out) {
  const std::optional<std::uint32_t> first = unit(s);
  std::size_t size = first ? escape_size : 2;
  if (first && *first >= 0xD800 && *first <= 0xDFFF) {
    const std::optional<std::uint32_t> second = unit(s.substr(escape_size));
    if (*first > 0xDBFF || !second || *second < 0xDC00 || *second > 0xDFFF) {
      out += "\\uFFFD";
      return escape_size;
    }
    size = 2 * escape_size;
  }
  out += s.substr(0, size);
  return std::min(size, s.size());
}

} // namespace

std::string repaired_json(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  while (!text.empty()) {
    const char c = text[0];
    if (in_string && c == '\\') {
      text.remove_prefix(escape(text, out));
      continue;
    }
    if (c == '"') in_string = !in_string;
    out += in_string && static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    text.remove_prefix(1);
  }
  return out;
}

} // namespace milkrun::feed
