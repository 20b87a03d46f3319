// Zones by their names, short and long, and the words for the halves of a day.
#include "providers/feed/dates.hpp"

#include "base/text.hpp"
#include "base/zone.hpp"

#include <algorithm>
#include <array>

namespace milkrun::feed {

namespace {

struct Zone {
  std::string_view name;
  int minutes;
};

// What feeds mean by them: the American ones of several (CST, EST), India's IST, Britain's BST.
constexpr auto zones = std::to_array<Zone>({
    {"z", 0},      {"ut", 0},     {"gmt", 0},    {"utc", 0},    {"wet", 0},     {"west", 60},   {"bst", 60},
    {"cet", 60},   {"cest", 120}, {"met", 60},   {"mest", 120}, {"mez", 60},    {"mesz", 120},  {"eet", 120},
    {"eest", 180}, {"msk", 180},  {"trt", 180},  {"eat", 180},  {"cat", 120},   {"sast", 120},  {"wat", 60},
    {"idt", 180},  {"gst", 240},  {"pkt", 300},  {"ist", 330},  {"npt", 345},   {"ict", 420},   {"wib", 420},
    {"wita", 480}, {"wit", 540},  {"hkt", 480},  {"sgt", 480},  {"myt", 480},   {"pht", 480},   {"awst", 480},
    {"jst", 540},  {"kst", 540},  {"acst", 570}, {"acdt", 630}, {"aest", 600},  {"aedt", 660},  {"nzst", 720},
    {"nzdt", 780}, {"nst", -210}, {"ndt", -150}, {"ast", -240}, {"adt", -180},  {"brt", -180},  {"art", -180},
    {"clt", -240}, {"pet", -300}, {"cot", -300}, {"est", -300}, {"edt", -240},  {"cst", -360},  {"cdt", -300},
    {"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420}, {"akst", -540}, {"akdt", -480}, {"hst", -600},
});

// Names of a place rather than of an offset, which changes with the season.
struct Place {
  std::string_view name, zone;
};
constexpr auto places = std::to_array<Place>({
    {"et", "America/New_York"},
    {"ct", "America/Chicago"},
    {"mt", "America/Denver"},
    {"pt", "America/Los_Angeles"},
    {"uk", "Europe/London"},
    {"eastern", "America/New_York"},
    {"central", "America/Chicago"},
    {"mountain", "America/Denver"},
    {"pacific", "America/Los_Angeles"},
    {"est5edt", "America/New_York"}, // as POSIX spells them
    {"cst6cdt", "America/Chicago"},
    {"mst7mdt", "America/Denver"},
    {"pst8pdt", "America/Los_Angeles"},
});

// Long names, as browsers print them: in winter, in summer, and where neither is said. "" = there is none.
struct LongName {
  std::string_view name, standard, summer, either;
};
constexpr auto long_names = std::to_array<LongName>({
    {"central european", "+0100", "+0200", "Europe/Berlin"},
    {"eastern european", "+0200", "+0300", "Europe/Athens"},
    {"western european", "+0000", "+0100", "Europe/Lisbon"},
    {"british", "+0000", "+0100", "Europe/London"},
    {"greenwich mean", "+0000", "+0000", "+0000"},
    {"irish", "+0100", "+0100", "Europe/Dublin"},
    {"israel", "+0200", "+0300", "Asia/Jerusalem"},
    {"moscow", "+0300", "+0400", "+0300"},
    {"west africa", "+0100", "+0200", "+0100"},
    {"w. central africa", "+0100", "+0200", "+0100"},
    {"central africa", "+0200", "+0200", "+0200"},
    {"south africa", "+0200", "+0200", "+0200"},
    {"east africa", "+0300", "+0300", "+0300"},
    {"eastern africa", "+0300", "+0300", "+0300"},
    {"arabian", "+0300", "+0300", "+0300"},
    {"gulf", "+0400", "+0400", "+0400"},
    {"pakistan", "+0500", "+0600", "+0500"},
    {"india", "+0530", "+0530", "+0530"},
    {"central asia", "+0600", "+0600", "+0600"},
    {"indochina", "+0700", "+0700", "+0700"},
    {"western indonesia", "+0700", "+0700", "+0700"},
    {"central indonesia", "+0800", "+0800", "+0800"},
    {"eastern indonesia", "+0900", "+0900", "+0900"},
    {"china", "+0800", "+0900", "+0800"},
    {"hong kong", "+0800", "+0900", "+0800"},
    {"singapore", "+0800", "+0800", "+0800"},
    {"philippine", "+0800", "+0800", "+0800"},
    {"japan", "+0900", "+1000", "+0900"},
    {"korean", "+0900", "+1000", "+0900"},
    {"australian western", "+0800", "+0900", "+0800"},
    {"australian central", "+0930", "+1030", "Australia/Adelaide"},
    {"australian eastern", "+1000", "+1100", "Australia/Sydney"},
    {"central pacific", "+1100", "+1100", "+1100"},
    {"new zealand", "+1200", "+1300", "Pacific/Auckland"},
    {"newfoundland", "-0330", "-0230", "America/St_Johns"},
    {"atlantic", "-0400", "-0300", "America/Halifax"},
    {"argentina", "-0300", "-0200", "-0300"},
    {"brasilia", "-0300", "-0200", "-0300"},
    {"central brazilian", "-0400", "-0300", "-0400"},
    {"central america", "-0600", "-0600", "-0600"},
});

} // namespace

bool is_zone_name(std::string_view word) {
  return std::ranges::find(zones, text::lower(word), &Zone::name) != zones.end();
}

std::string place_zone(std::string_view word) {
  const auto* found = std::ranges::find(places, text::lower(word), &Place::name);
  if (found != places.end()) return std::string(found->zone);
  // Only what has the form of an IANA name is looked up.
  const bool named = word.size() <= 40 && word.find('/') != std::string_view::npos && text::is_letter(word[0]);
  return named && zone::exists(word) ? std::string(word) : std::string{};
}

std::string with_short_zone(std::string_view s) {
  const auto is_t = [](char c) { return c == 't' || c == 'T'; };
  std::size_t time = s.size(); // where the word stands; most dates have none
  for (std::size_t i = 1; i + 4 <= s.size() && time == s.size(); ++i)
    if (is_t(s[i]) && s[i - 1] == ' ' && text::iequals(s.substr(i, 4), "time")) time = i;
  if (time == s.size()) return std::string(s);
  std::string_view before = text::trim(s.substr(0, time));
  const auto drop = [&](std::string_view word) {
    if (before.size() <= word.size() || !text::iequals(before.substr(before.size() - word.size()), word)) return false;
    before = text::trim(before.substr(0, before.size() - word.size()));
    return true;
  };
  const bool standard = drop(" standard"), summer = !standard && (drop(" summer") || drop(" daylight"));
  for (const LongName& long_name : long_names) {
    const std::string_view name = long_name.name;
    if (before.size() < name.size() || !text::iequals(before.substr(before.size() - name.size()), name)) continue;
    before.remove_suffix(name.size());
    if (!before.empty() && before.back() != ' ' && before.back() != '(') return std::string(s);
    std::string out(before);
    return out.append(standard ? long_name.standard
                      : summer ? long_name.summer
                               : long_name.either)
        .append(s.substr(time + 4));
  }
  return std::string(s);
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
    return zone == zones.end() ? 0 : zone->minutes;
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

void set_zone(DateFields& fields, std::string_view s) {
  const std::size_t start = std::min(s.find_first_not_of(" \t([:"), s.size());
  std::string_view word = s.substr(start);
  word = word.substr(0, word.find_first_of(" \t)],"));
  fields.zone = place_zone(word);
  if (fields.zone.empty()) fields.offset_minutes = parse_zone(s);
}

std::optional<bool> afternoon_of(std::string_view word) {
  static constexpr auto before =
      std::to_array<std::string_view>({"am", "a.m.", "a.m", "πμ", "π.μ.", "ص", "pg", "오전", "午前", "上午"});
  static constexpr auto after =
      std::to_array<std::string_view>({"pm", "p.m.", "p.m", "μμ", "μ.μ.", "م", "ptg", "오후", "午後", "下午"});
  const std::string lower = text::lower(word);
  if (std::ranges::find(after, lower) != after.end()) return true;
  if (std::ranges::find(before, lower) != before.end()) return false;
  return std::nullopt;
}

int full_year(int two_digits) { return two_digits + (two_digits < 90 ? 2000 : 1900); }

} // namespace milkrun::feed
