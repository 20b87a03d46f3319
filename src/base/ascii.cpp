// Letters in ASCII: a table for those that people spell in their own way, and what is left when marks are taken off for
// all others.
#include "base/text.hpp"
#include "base/utf8.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace milkrun::text {
namespace {

struct Spelling {
  char32_t letter; // lower case
  std::string_view ascii;
};

// In the order of their code points.
constexpr Spelling spellings[] = {
    {U'ß', "ss"},
    {U'ä', "ae"},
    {U'å', "a"},
    {U'æ', "ae"},
    {U'ð', "d"},
    {U'ö', "oe"},
    {U'ø', "o"},
    {U'ü', "ue"},
    {U'þ', "th"},
    {U'đ', "d"},
    {U'ħ', "h"},
    {U'ı', "i"},
    {U'ĸ', "q"},
    {U'ł', "l"},
    {U'ŋ', "ng"},
    {U'œ', "oe"},
    {U'ŧ', "t"},
    {U'ƒ', "f"},
    {U'ɓ', "b"},
    {U'ɗ', "d"},
    {U'ə', "e"},
    // Greek, with its marks taken off.
    {U'α', "a"},
    {U'β', "v"},
    {U'γ', "g"},
    {U'δ', "d"},
    {U'ε', "e"},
    {U'ζ', "z"},
    {U'η', "i"},
    {U'θ', "th"},
    {U'ι', "i"},
    {U'κ', "k"},
    {U'λ', "l"},
    {U'μ', "m"},
    {U'ν', "n"},
    {U'ξ', "x"},
    {U'ο', "o"},
    {U'π', "p"},
    {U'ρ', "r"},
    {U'ς', "s"},
    {U'σ', "s"},
    {U'τ', "t"},
    {U'υ', "y"},
    {U'φ', "f"},
    {U'χ', "ch"},
    {U'ψ', "ps"},
    {U'ω', "o"},
    // Cyrillic: Russian, Ukrainian, Belarusian, Serbian, Macedonian, Bulgarian.
    {U'а', "a"},
    {U'б', "b"},
    {U'в', "v"},
    {U'г', "g"},
    {U'д', "d"},
    {U'е', "e"},
    {U'ж', "zh"},
    {U'з', "z"},
    {U'и', "i"},
    {U'й', "y"},
    {U'к', "k"},
    {U'л', "l"},
    {U'м', "m"},
    {U'н', "n"},
    {U'о', "o"},
    {U'п', "p"},
    {U'р', "r"},
    {U'с', "s"},
    {U'т', "t"},
    {U'у', "u"},
    {U'ф', "f"},
    {U'х', "kh"},
    {U'ц', "ts"},
    {U'ч', "ch"},
    {U'ш', "sh"},
    {U'щ', "shch"},
    {U'ъ', ""},
    {U'ы', "y"},
    {U'ь', ""},
    {U'э', "e"},
    {U'ю', "yu"},
    {U'я', "ya"},
    {U'ё', "yo"},
    {U'ђ', "dj"},
    {U'ѓ', "g"},
    {U'є', "ye"},
    {U'ѕ', "dz"},
    {U'і', "i"},
    {U'ї', "yi"},
    {U'ј', "j"},
    {U'љ', "lj"},
    {U'њ', "nj"},
    {U'ћ', "c"},
    {U'ќ', "k"},
    {U'ў', "u"},
    {U'џ', "dz"},
    {U'ґ', "g"},
    // Small capitals and the like that decomposition leaves whole.
    {U'ẞ', "ss"},
};

const Spelling* spelling_of(char32_t c) {
  const auto* found = std::ranges::lower_bound(spellings, c, {}, &Spelling::letter);
  return found != std::end(spellings) && found->letter == c ? found : nullptr;
}

bool is_sign(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
  case UTF8PROC_CATEGORY_PC:
  case UTF8PROC_CATEGORY_PD:
  case UTF8PROC_CATEGORY_PS:
  case UTF8PROC_CATEGORY_PE:
  case UTF8PROC_CATEGORY_PO:
  case UTF8PROC_CATEGORY_SM:
  case UTF8PROC_CATEGORY_SC:
  case UTF8PROC_CATEGORY_SO:
  case UTF8PROC_CATEGORY_ZS:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
  case UTF8PROC_CATEGORY_CC: return true;
  default: return false; // marks, apostrophes that close a quotation (don’t), letters of other scripts
  }
}

void add_plain(std::string& out, char32_t c) {
  if (const Spelling* known = spelling_of(c))
    out += known->ascii;
  else if (c < 0x80)
    out += c == '\'' ? "" : std::string(1, static_cast<char>(c));
  else if (is_sign(c))
    out += ' ';
}

void add(std::string& out, char32_t c) {
  const auto lower = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
  if (spelling_of(lower) != nullptr) return add_plain(out, lower);
  std::array<utf8proc_int32_t, 32> parts{};
  int boundary = 0;
  constexpr auto how = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
  const auto n =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(lower), parts.data(), parts.size(), how, &boundary);
  for (utf8proc_ssize_t i = 0; i < n && i < static_cast<utf8proc_ssize_t>(parts.size()); ++i)
    add_plain(out, static_cast<char32_t>(utf8proc_tolower(parts.at(static_cast<std::size_t>(i)))));
}

} // namespace

std::string spelled_in_ascii(std::string_view s) {
  std::string out;
  for (std::string_view rest = s; !rest.empty();) {
    const Decoded next = decode_utf8(rest);
    if (next.valid) add(out, next.code_point);
    rest.remove_prefix(next.size);
  }
  std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return out;
}

} // namespace milkrun::text
