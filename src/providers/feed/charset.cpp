// Finds the character set of a document and decodes it. The declared one is believed last: a body that is
// valid UTF-8 is UTF-8 whatever it says, for a wrong declaration is far commoner than such a coincidence.
#include "providers/feed/charset.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "providers/feed/iconv.hpp"

#include <array>
#include <optional>

namespace milkrun::feed {

namespace {

using namespace std::string_view_literals;

struct Mark {
  std::string_view bytes;
  std::string_view converter;
};

// UTF-32 stands before UTF-16, whose little-endian mark it starts with.
constexpr std::array byte_order_marks{
    Mark{"\xEF\xBB\xBF"sv, "UTF-8"}, Mark{"\xFF\xFE\0\0"sv, "UTF-32LE"}, Mark{"\0\0\xFE\xFF"sv, "UTF-32BE"},
    Mark{"\xFF\xFE"sv, "UTF-16LE"},  Mark{"\xFE\xFF"sv, "UTF-16BE"},
};

// Every format starts with an ASCII character, so NULs around it tell UTF-16 and UTF-32 without a mark.
std::string_view by_nul_pattern(std::string_view body) {
  if (body.size() < 4) return {};
  if (body[0] != 0 && body[1] == 0) return body[2] == 0 && body[3] == 0 ? "UTF-32LE" : "UTF-16LE";
  if (body[0] == 0 && body[1] != 0) return "UTF-16BE";
  return body.starts_with("\0\0\0"sv) && body[3] != 0 ? "UTF-32BE"sv : std::string_view{};
}

// The value after `key` and `=` in a header or declaration, quotes stripped.
std::string_view parameter(std::string_view text, std::string_view lower_text, std::string_view key) {
  const auto at = lower_text.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view rest = text::trim(text.substr(at + key.size()));
  if (!rest.starts_with('=')) return {};
  rest = text::trim(rest.substr(1));
  if (rest.empty()) return {};
  if (rest[0] == '"' || rest[0] == '\'') return rest.substr(1, rest.find(rest[0], 1) - 1);
  return rest.substr(0, rest.find_first_of("; \t\r\n?>"));
}

std::string_view declared_in_xml(std::string_view body) {
  const auto start = body.substr(0, 1024).find("<?xml");
  if (start == std::string_view::npos) return {};
  const std::string_view rest = body.substr(start, 512);
  const std::string_view declaration = rest.substr(0, rest.find("?>"));
  return parameter(declaration, text::lower(declaration), "encoding");
}

// Real multi-byte sequences outnumber the broken ones: UTF-8 with a few bad bytes, not a one-byte charset.
bool mostly_utf8(std::string_view body) {
  std::size_t good = 0, bad = 0;
  while (!body.empty()) {
    const text::Decoded next = text::decode_utf8(body);
    if (!next.valid)
      ++bad;
    else if (next.size > 1)
      ++good;
    body.remove_prefix(next.size);
  }
  return good > bad;
}

std::string from_windows_1252(std::string_view body) {
  std::string out;
  out.reserve(body.size() + body.size() / 8);
  for (char byte : body) text::append_utf8(out, windows_1252(static_cast<unsigned char>(byte)));
  return out;
}

std::string lossy_utf8(std::string_view body) {
  std::string plain(body);
  std::erase(plain, '\0'); // forbidden in XML, and no reason for a U+FFFD
  return text::to_valid_utf8(plain);
}

std::string decode_as(std::string_view body, std::string_view converter) {
  if (converter == "UTF-8") return lossy_utf8(body);
  if (converter != "WINDOWS-1252") {
    // Without the system's converter modules (a scratch image) there is still windows-1252.
    if (std::optional<std::string> decoded = convert(body, converter)) return *std::move(decoded);
  }
  return from_windows_1252(body);
}

std::string decode(std::string_view body, std::string_view content_type) {
  for (const Mark& mark : byte_order_marks) {
    if (body.starts_with(mark.bytes)) return decode_as(body.substr(mark.bytes.size()), mark.converter);
  }
  if (const std::string_view wide = by_nul_pattern(body); !wide.empty()) return decode_as(body, wide);
  if (text::is_utf8(body)) return std::string(body);
  for (std::string_view label :
       {parameter(content_type, text::lower(content_type), "charset"), declared_in_xml(body)}) {
    const std::string_view converter = converter_of(label);
    // "UTF-8" it is not, as we know by now; it may be UTF-8 with a few bad bytes.
    if (!converter.empty() && converter != "UTF-8") return decode_as(body, converter);
  }
  return mostly_utf8(body) ? lossy_utf8(body) : from_windows_1252(body);
}

bool allowed_in_xml(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c != 0xFFFE && c != 0xFFFF;
}

// Only C0 controls and the two non-characters have to go; whole runs between them are copied.
std::string without_forbidden(std::string_view utf8) {
  constexpr std::string_view bom = "\xEF\xBB\xBF";
  while (utf8.starts_with(bom)) utf8.remove_prefix(bom.size());
  std::string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const text::Decoded next = text::decode_utf8(utf8);
    if (next.valid && allowed_in_xml(next.code_point)) out += utf8.substr(0, next.size);
    utf8.remove_prefix(next.size);
  }
  return out;
}

} // namespace

std::string decode_document(std::string_view body, std::string_view content_type) {
  return without_forbidden(decode(body, content_type));
}

char32_t windows_1252(unsigned char byte) {
  static constexpr std::array<char16_t, 32> upper{
      0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
  };
  return byte >= 0x80 && byte < 0xA0 ? upper[byte - 0x80u] : byte;
}

} // namespace milkrun::feed
