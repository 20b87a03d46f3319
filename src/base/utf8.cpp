// UTF-8: decoding, repair, cutting, and the one-line form that is safe on a terminal and in a log.
// Every function takes any bytes and returns valid UTF-8.
#include "base/utf8.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace milkrun::text {

namespace {

constexpr std::string_view ellipsis = "…";

// What a lead byte promises (Unicode Standard, table 3-7): how many bytes follow, and the range of the first of them.
struct Lead {
  std::size_t following = 0; // 0 = cannot lead
  unsigned char low = 0x80, high = 0xBF;
};

Lead lead(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {.following = 1};
  if (byte == 0xE0) return {.following = 2, .low = 0xA0};
  if (byte == 0xED) return {.following = 2, .high = 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {.following = 2};
  if (byte == 0xF0) return {.following = 3, .low = 0x90};
  if (byte >= 0xF1 && byte <= 0xF3) return {.following = 3};
  if (byte == 0xF4) return {.following = 3, .high = 0x8F};
  return {};
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Invisible or reordering: bidi marks, embeddings, overrides and isolates, line separators, the byte order mark, tags.
bool is_treacherous(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

std::string one_line_piece(const Decoded& next, std::string_view bytes) {
  if (!next.valid) {
    std::string out;
    for (char byte : bytes) out += fmt::format("\\x{:02X}", static_cast<unsigned char>(byte));
    return out;
  }
  const auto c = static_cast<std::uint32_t>(next.code_point);
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return fmt::format("\\x{:02X}", c);
  if (is_treacherous(next.code_point)) return fmt::format("\\u{{{:X}}}", c);
  return std::string(bytes);
}

} // namespace

Decoded decode_utf8(std::string_view s) {
  const auto first = static_cast<unsigned char>(s[0]);
  if (first < 0x80) return {.code_point = first, .size = 1, .valid = true};
  const Lead expected = lead(first);
  if (expected.following == 0) return {};
  auto code_point = static_cast<char32_t>(first & (0x3Fu >> expected.following));
  for (std::size_t i = 1; i <= expected.following; ++i) {
    if (i == s.size()) return {.size = i};
    const auto byte = static_cast<unsigned char>(s[i]);
    if (byte < (i == 1 ? expected.low : 0x80) || byte > (i == 1 ? expected.high : 0xBF)) return {.size = i};
    code_point = (code_point << 6) | (byte & 0x3Fu);
  }
  return {.code_point = code_point, .size = expected.following + 1, .valid = true};
}

bool is_utf8(std::string_view s) {
  while (!s.empty()) {
    const Decoded next = decode_utf8(s);
    if (!next.valid) return false;
    s.remove_prefix(next.size);
  }
  return true;
}

std::string to_valid_utf8(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    const Decoded next = decode_utf8(s);
    if (next.valid && next.code_point != 0)
      out += s.substr(0, next.size);
    else
      append_utf8(out, 0xFFFD);
    s.remove_prefix(next.size);
  }
  return out;
}

void append_utf8(std::string& out, char32_t code_point) {
  auto c = static_cast<std::uint32_t>(code_point);
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto put_low = [&](unsigned shift) { put(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6)), put_low(0);
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12)), put_low(6), put_low(0);
  } else {
    put(0xF0 | (c >> 18)), put_low(12), put_low(6), put_low(0);
  }
}

std::string clip(std::string_view s, std::size_t max_bytes) {
  if (s.size() <= max_bytes) return std::string(s);
  const bool room = max_bytes >= ellipsis.size();
  std::size_t end = room ? max_bytes - ellipsis.size() : max_bytes;
  while (end > 0 && is_continuation(s[end])) --end;
  return std::string(s.substr(0, end)).append(room ? ellipsis : "");
}

std::string one_line(std::string_view s, std::size_t max_bytes) {
  const bool room = max_bytes >= ellipsis.size();
  const std::size_t max_when_cut = room ? max_bytes - ellipsis.size() : max_bytes;
  std::string out;
  std::size_t cut = 0; // the longest whole pieces that leave room for the ellipsis
  while (!s.empty()) {
    const Decoded next = decode_utf8(s);
    out += one_line_piece(next, s.substr(0, next.size));
    if (out.size() <= max_when_cut) cut = out.size();
    if (out.size() > max_bytes) return out.substr(0, cut).append(room ? ellipsis : "");
    s.remove_prefix(next.size);
  }
  return out;
}

} // namespace milkrun::text
