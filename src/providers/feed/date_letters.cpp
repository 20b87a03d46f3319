// Dates in other letters and other digits: what is the same for a reader of dates is made the same.
#include "providers/feed/dates.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace milkrun::feed {

namespace {

bool is_ascii(std::string_view s) {
  return std::ranges::all_of(s, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Accents, points of Hebrew and Arabic, joiners and marks of direction. The vowels of Indian and Thai letters are none
// of these.
bool is_unseen(char32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x591 && c <= 0x5C7) || (c >= 0x64B && c <= 0x655) || c == 0x670 ||
         c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) ||
         c == 0xFEFF;
}

// Letters that Unicode takes for letters of their own.
char32_t plain(char32_t c) {
  switch (c) {
  case U'ł': return U'l';
  case U'ı': return U'i';
  case U'đ': return U'd';
  case U'ø': return U'o';
  default: return c;
  }
}

// 0-9 of the scripts that write their own; -1 = no digit.
int digit_of(char32_t c) {
  static constexpr auto zeros =
      std::to_array<char32_t>({0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
                               0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0xFF10});
  const auto* found = std::ranges::find_if(zeros, [&](char32_t zero) { return c >= zero && c < zero + 10; });
  return found == zeros.end() ? -1 : static_cast<int>(c - *found);
}

struct Phrase {
  std::string_view phrase, means;
};

void replace_phrases(std::string& s, std::span<const Phrase> phrases) {
  for (const auto& [phrase, means] : phrases) s = text::replace_all(std::move(s), phrase, means);
}

// Names of two words, longer ones first.
constexpr auto arabic = std::to_array<Phrase>({{"كانون الثاني", "jan"},
                                               {"تشرين الأول", "oct"},
                                               {"تشرين الاول", "oct"},
                                               {"تشرين الثاني", "nov"},
                                               {"كانون الأول", "dec"},
                                               {"كانون الاول", "dec"}});
constexpr auto vietnamese = std::to_array<Phrase>(
    {{"thứ hai", "mon"},     {"thứ ba", "tue"},         {"thứ tư", "wed"},         {"thứ năm", "thu"},
     {"thứ sáu", "fri"},     {"thứ bảy", "sat"},        {"chủ nhật", "sun"},       {"thg ", "tháng "},
     {"tháng 0", "tháng "},  {"tháng mười một", "nov"}, {"tháng mười hai", "dec"}, {"tháng mười", "oct"},
     {"tháng giêng", "jan"}, {"tháng một", "jan"},      {"tháng hai", "feb"},      {"tháng ba", "mar"},
     {"tháng tư", "apr"},    {"tháng năm", "may"},      {"tháng sáu", "jun"},      {"tháng bảy", "jul"},
     {"tháng tám", "aug"},   {"tháng chín", "sep"},     {"tháng 12", "dec"},       {"tháng 11", "nov"},
     {"tháng 10", "oct"},    {"tháng 1", "jan"},        {"tháng 2", "feb"},        {"tháng 3", "mar"},
     {"tháng 4", "apr"},     {"tháng 5", "may"},        {"tháng 6", "jun"},        {"tháng 7", "jul"},
     {"tháng 8", "aug"},     {"tháng 9", "sep"}});
constexpr auto spanish = std::to_array<Phrase>({{" p. m.", " pm"}, {" a. m.", " am"}});

} // namespace

std::string folded_word(std::string_view word) {
  constexpr std::size_t longest = 60; // bytes of a name
  if (word.size() > longest) return {};
  std::string out;
  if (is_ascii(word)) {
    out = text::lower(word);
    std::erase_if(out, [](char c) { return c == '.' || c == '\''; });
    return out;
  }
  constexpr auto how = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
  while (!word.empty()) {
    const text::Decoded next = text::decode_utf8(word);
    word.remove_prefix(next.size);
    std::array<utf8proc_int32_t, 32> parts{};
    int boundary = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(next.code_point), parts.data(),
                                               parts.size(), how, &boundary);
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count) && i < parts.size(); ++i) {
      const char32_t c = plain(static_cast<char32_t>(parts.at(i)));
      const bool sign = c == U'.' || c == U'\'' || c == U'’' || c == U'ʼ' || c == U'׳' || c == U'॰';
      if (!sign && !is_unseen(c)) text::append_utf8(out, c);
    }
  }
  return out;
}

std::string with_plain_signs(std::string s) {
  if (is_ascii(s)) return s;
  std::string out;
  for (std::string_view rest = s; !rest.empty();) {
    const text::Decoded next = text::decode_utf8(rest);
    if (const int digit = digit_of(next.code_point); digit >= 0)
      out += static_cast<char>('0' + digit);
    else if (next.code_point == U'،')
      out += ',';
    else if (next.code_point == U'：')
      out += ':';
    else if (next.code_point == U'ـ' || (is_unseen(next.code_point) && next.code_point >= 0x2000))
      ; // nothing is written there
    else
      out += rest.substr(0, next.size);
    rest.remove_prefix(next.size);
  }
  return out;
}

std::string with_single_words(std::string s) {
  replace_phrases(s, spanish);
  if (!is_ascii(s)) replace_phrases(s, arabic);
  // Most texts have none of it.
  const bool may_be =
      std::ranges::any_of(std::array<std::string_view, 8>{"háng", "HÁNG", "hứ", "HỨ", "hủ", "HỦ", "thg ", "Thg "},
                          [&](std::string_view part) { return s.find(part) != s.npos; });
  if (!may_be) return s;
  std::string lower = s;
  for (const auto& [upper, small] : std::to_array<Phrase>({{"Á", "á"}, {"Ứ", "ứ"}, {"Ủ", "ủ"}, {"Ậ", "ậ"}, {"Ă", "ă"}}))
    lower = text::replace_all(std::move(lower), upper, small);
  lower = text::lower(lower);
  const std::size_t before = lower.size();
  replace_phrases(lower, vietnamese);
  return lower.size() == before ? s : lower;
}

} // namespace milkrun::feed
