// Finds the character set of a document and decodes it. The declared one is believed after the bytes: a body that is
// valid UTF-8 is UTF-8 whatever it says, for a wrong declaration is far commoner than such a coincidence.
#include "providers/feed/charset.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "providers/feed/iconv.hpp"
#include "providers/feed/iso2022jp.hpp"

#include <uchardet/uchardet.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace milkrun::feed {

namespace {

using namespace std::string_view_literals;

// A document grows by decoding (a byte of Thai is three); what is read of it keeps the bound of a document.
constexpr std::size_t max_decoded = 10UL * 1024 * 1024;

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

struct Utf8Count {
  std::size_t good = 0, bad = 0; // multi-byte sequences, and what is none
};

Utf8Count count_utf8(std::string_view body) {
  Utf8Count count;
  while (!body.empty()) {
    const text::Decoded next = text::decode_utf8(body);
    if (!next.valid)
      ++count.bad;
    else if (next.size > 1)
      ++count.good;
    body.remove_prefix(next.size);
  }
  return count;
}

std::string from_windows_1252(std::string_view body) {
  std::string out;
  out.reserve(std::min(body.size() + body.size() / 8, max_decoded));
  for (std::size_t i = 0; i < body.size() && out.size() < max_decoded; ++i)
    text::append_utf8(out, windows_1252(static_cast<unsigned char>(body[i])));
  return out;
}

std::string lossy_utf8(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  while (!body.empty() && out.size() < max_decoded) {
    const text::Decoded next = text::decode_utf8(body);
    if (next.valid)
      out += body.substr(0, next.size);
    else
      out += "\uFFFD";
    body.remove_prefix(next.size);
  }
  return out;
}

std::string decode_as(std::string_view body, std::string_view converter) {
  if (converter == "UTF-8") return lossy_utf8(body);
  if (converter == "ISO-2022-JP") return decode_as(iso_2022_jp_to_euc(body), "EUC-JP");
  if (converter != "WINDOWS-1252") {
    // Without the system's converter modules (a scratch image) there is still windows-1252.
    if (std::optional<std::string> decoded = convert(body, converter, max_decoded)) return *std::move(decoded);
  }
  return from_windows_1252(body);
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

unsigned char byte_at(std::string_view s, std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0; }

// Whether a byte that is a letter in ISO-8859-2, and a sign in windows-1250, stands between letters.
bool has_latin2_letter(std::string_view s) {
  constexpr std::string_view signs = "\xA6\xA9\xAB\xAC\xAE\xB1\xB6\xBB";
  const auto is_letter = [](unsigned char c) { return c >= 0xC0 || text::is_letter(static_cast<char>(c)); };
  for (std::size_t i = 1; i < s.size(); ++i)
    if (signs.find(s[i]) != signs.npos && is_letter(byte_at(s, i - 1)) && is_letter(byte_at(s, i + 1))) return true;
  return false;
}

// The commonest characters of Big5 begin like the kana of GB18030, which Chinese text has next to none of.
bool reads_as_kana(std::string_view s) {
  std::size_t pairs = 0, kana = 0;
  for (std::size_t i = 0; i + 1 < s.size(); ++i) {
    const unsigned char lead = byte_at(s, i);
    if (lead < 0x81) continue;
    ++pairs;
    kana += lead == 0xA4 || lead == 0xA5 ? 1 : 0;
    ++i;
  }
  return kana * 10 > pairs;
}

// Two pairs that uchardet takes for each other in short texts.
std::string_view told_apart(std::string_view converter, std::string_view sample) {
  if (converter == "CP1250" || converter == "ISO-8859-2") {
    // Controls in ISO-8859-2, letters and quotes in windows-1250.
    if (std::ranges::any_of(sample, [](char c) { return (static_cast<unsigned char>(c) & 0xE0) == 0x80; }))
      return "CP1250";
    return has_latin2_letter(sample) ? "ISO-8859-2" : converter;
  }
  return converter == "GB18030" && reads_as_kana(sample) ? "BIG5-HKSCS" : converter;
}

// By the language that its bytes would be; windows-1252 when they are too few to tell.
std::string_view guessed(std::string_view body) {
  constexpr std::size_t sample_size = 64UL * 1024, context = 64;
  constexpr std::ptrdiff_t fewest = 8;
  const auto first = static_cast<std::size_t>(std::ranges::find_if_not(body, is_ascii) - body.begin());
  const std::string_view sample = body.substr(first - std::min(first, context), sample_size);
  if (std::ranges::count_if(sample, [](char c) { return !is_ascii(c); }) < fewest) return "WINDOWS-1252";
  const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(), &uchardet_delete);
  if (uchardet_handle_data(detector.get(), sample.data(), sample.size()) != 0) return "WINDOWS-1252";
  uchardet_data_end(detector.get());
  const std::string_view converter = converter_of(uchardet_get_charset(detector.get()));
  return converter.empty() || converter == "UTF-8" ? "WINDOWS-1252" : told_apart(converter, sample);
}

bool is_latin(std::string_view converter) {
  constexpr std::array latin{"WINDOWS-1252"sv, "ISO-8859-15"sv, "CP1250"sv, "ISO-8859-2"sv};
  return std::ranges::find(latin, converter) != latin.end();
}

std::string decode(std::string_view body, std::string_view content_type) {
  for (const Mark& mark : byte_order_marks) {
    if (body.starts_with(mark.bytes)) return decode_as(body.substr(mark.bytes.size()), mark.converter);
  }
  if (const std::string_view wide = by_nul_pattern(body); !wide.empty()) return decode_as(body, wide);
  const Utf8Count count = count_utf8(body);
  if (count.bad == 0) return looks_like_iso_2022_jp(body) ? decode_as(body, "ISO-2022-JP") : std::string(body);
  // One broken byte in a page of UTF-8 does not make it anything else, whatever is declared.
  constexpr std::size_t clearly = 10;
  if (count.good > clearly * count.bad) return lossy_utf8(body);
  for (std::string_view label :
       {parameter(content_type, text::lower(content_type), "charset"), declared_in_xml(body)}) {
    const std::string_view converter = converter_of(label);
    // "UTF-8" it is not, as we know by now; it may be UTF-8 with a few bad bytes. So may be what is called Latin: there
    // a capital with an accent and then a sign, which is what its sequences would be, stand next to nowhere.
    const bool broken_utf8 = count.good > count.bad && is_latin(converter);
    if (!converter.empty() && converter != "UTF-8" && !broken_utf8) return decode_as(body, converter);
  }
  return count.good > count.bad ? lossy_utf8(body) : decode_as(body, guessed(body));
}

bool allowed_in_xml(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c != 0xFFFE && c != 0xFFFF;
}

// C0 controls and the two non-characters go. C1 controls are windows-1252 that was declared as ISO-8859-1 on its way.
std::string cleaned(std::string_view utf8) {
  constexpr std::string_view bom = "\xEF\xBB\xBF";
  while (utf8.starts_with(bom)) utf8.remove_prefix(bom.size());
  std::string out;
  out.reserve(utf8.size());
  while (!utf8.empty() && out.size() < max_decoded) {
    const text::Decoded next = text::decode_utf8(utf8);
    if (next.valid && next.code_point >= 0x80 && next.code_point < 0xA0)
      text::append_utf8(out, windows_1252(static_cast<unsigned char>(next.code_point)));
    else if (next.valid && allowed_in_xml(next.code_point))
      out += utf8.substr(0, next.size);
    utf8.remove_prefix(next.size);
  }
  return out;
}

} // namespace

std::string decode_document(std::string_view body, std::string_view content_type) {
  return cleaned(decode(body, content_type));
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
