// Names in dates: months of eight languages and zones. Only whole words count ("ma" is a Dutch Monday, not May).
#include "providers/feed/dates.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace milkrun::feed {

namespace {

constexpr std::array<std::string_view, 12> months{
    "jan january januar jaenner janv janvier ene enero gen gennaio janeiro januari sty stycznia styczen janner",
    "feb february februar fev fevr fevrier febrero febbraio fevereiro februari lut lutego luty",
    "mar march maerz marz mrz mars marzo marco mrt maart marca marzec",
    "apr april avr avril abr abril aprile kwi kwietnia kwiecien",
    "may mai mayo mag maggio maio mei maj maja",
    "jun june juni juin junio giu giugno junho cze czerwca czerwiec",
    "jul july juli juil juillet julio lug luglio julho lip lipca lipiec",
    "aug august aout ago agosto augustus sie sierpnia sierpien",
    "sep sept september septembre septiembre set settembre setembro wrz wrzesnia wrzesien setiembre",
    "oct october okt oktober octobre octubre ott ottobre out outubro paz pazdziernika pazdziernik",
    "nov november novembre noviembre novembro lis listopada listopad",
    "dec december dez dezember decembre dic diciembre dicembre dezembro gru grudnia grudzien",
};

struct Zone {
  std::string_view name;
  int hours;
};

constexpr auto zones = std::to_array<Zone>({
    {"z", 0},    {"ut", 0},   {"gmt", 0},  {"utc", 0}, {"est", -5}, {"edt", -4}, {"cst", -6}, {"cdt", -5}, {"mst", -7},
    {"mdt", -6}, {"pst", -8}, {"pdt", -7}, {"wet", 0}, {"west", 1}, {"bst", 1},  {"cet", 1},  {"cest", 2}, {"met", 1},
    {"mest", 2}, {"mez", 1},  {"mesz", 2}, {"eet", 2}, {"eest", 3}, {"msk", 3},  {"jst", 9},  {"kst", 9},  {"hkt", 8},
});

// ASCII lower case without accents: "Août" -> "aout".
std::string folded(std::string_view word) {
  static constexpr auto foldings = std::to_array<std::pair<char32_t, char>>(
      {{0xE0, 'a'},  {0xE1, 'a'},  {0xE2, 'a'},  {0xE3, 'a'},  {0xE4, 'a'},  {0xE7, 'c'},  {0xE8, 'e'},
       {0xE9, 'e'},  {0xEA, 'e'},  {0xEB, 'e'},  {0xED, 'i'},  {0xF1, 'n'},  {0xF3, 'o'},  {0xF4, 'o'},
       {0xF6, 'o'},  {0xFA, 'u'},  {0xFB, 'u'},  {0xFC, 'u'},  {0x105, 'a'}, {0x107, 'c'}, {0x119, 'e'},
       {0x142, 'l'}, {0x144, 'n'}, {0x15B, 's'}, {0x17A, 'z'}, {0x17C, 'z'}, {0x104, 'a'}, {0x106, 'c'},
       {0x118, 'e'}, {0x141, 'l'}, {0x143, 'n'}, {0x15A, 's'}, {0x179, 'z'}, {0x17B, 'z'}});
  std::string out;
  while (!word.empty()) {
    const text::Decoded next = text::decode_utf8(word);
    char32_t c = next.code_point;
    if (c >= 0xC0 && c <= 0xDE) c += 0x20; // Latin-1 capitals
    const auto* found = std::ranges::find(foldings, c, &std::pair<char32_t, char>::first);
    if (found != foldings.end())
      out += found->second;
    else
      out += word.substr(0, next.size);
    word.remove_prefix(next.size);
  }
  return text::lower(out);
}

bool holds_word(std::string_view words, std::string_view word) {
  for (std::size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
  }
  return false;
}

} // namespace

int month_of(std::string_view word) {
  while (word.ends_with('.')) word.remove_suffix(1);
  if (word.size() < 3) return 0;
  const std::string wanted = folded(word);
  for (std::size_t i = 0; i < months.size(); ++i) {
    if (holds_word(months.at(i), wanted)) return static_cast<int>(i) + 1;
  }
  return 0;
}

bool is_zone_name(std::string_view word) {
  return std::ranges::find(zones, text::lower(word), &Zone::name) != zones.end();
}

int parse_zone(std::string_view s) {
  const std::size_t start = s.find_first_not_of(" \t:(");
  if (start == std::string_view::npos) return 0;
  s.remove_prefix(start);
  const std::size_t name_end = std::min(s.find_first_of(" \t+-()0123456789,"), s.size());
  const std::string name = text::lower(s.substr(0, name_end));
  s.remove_prefix(name_end);
  while (!s.empty() && (s[0] == ' ' || s[0] == '\t')) s.remove_prefix(1);
  if (s.empty() || (s[0] != '+' && s[0] != '-')) {
    const auto* zone = std::ranges::find(zones, name, &Zone::name);
    return zone == zones.end() ? 0 : zone->hours * 60;
  }
  const int sign = s[0] == '-' ? -1 : 1;
  while (!s.empty() && (s[0] == '+' || s[0] == '-')) s.remove_prefix(1);
  std::string digits;
  std::size_t hour_digits = 0;
  for (char c : s) {
    if (c == ':' && hour_digits == 0)
      hour_digits = digits.size();
    else if (c >= '0' && c <= '9')
      digits += c;
    else
      break;
  }
  if (hour_digits == 0) hour_digits = digits.size() > 2 ? digits.size() - 2 : digits.size();
  if (digits.empty() || digits.size() > 4 || hour_digits > 2) return 0;
  const int hours = static_cast<int>(text::to_int(digits.substr(0, hour_digits)).value_or(0));
  const int minutes = static_cast<int>(text::to_int(digits.substr(hour_digits)).value_or(0));
  const int offset = sign * (hours * 60 + minutes);
  return minutes < 60 && offset >= -12 * 60 && offset <= 14 * 60 ? offset : 0;
}

int full_year(int two_digits) { return two_digits + (two_digits < 90 ? 2000 : 1900); }

} // namespace milkrun::feed
