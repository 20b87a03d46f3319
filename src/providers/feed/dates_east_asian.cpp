// Years, months and days by their signs, which are put back into ISO's.
#include "providers/feed/dates.hpp"

#include "base/text.hpp"

#include <array>

namespace milkrun::feed {

namespace {

struct Sign {
  std::string_view sign, means;
};

constexpr auto signs = std::to_array<Sign>({
    {"년", "-"},
    {"年", "-"},
    {"월", "-"},
    {"月", "-"},
    {"일", " "},
    {"日", " "},
    {"시", ":"},
    {"時", ":"},
    {"时", ":"},
    {"点", ":"},
    {"분", ":"},
    {"分", ":"},
    {"초", ""},
    {"秒", ""},
});

bool is_korean(std::string_view s) {
  return s.find("년") != std::string_view::npos || s.find("오전") != std::string_view::npos ||
         s.find("오후") != std::string_view::npos;
}

bool has_zone(std::string_view s) {
  return s.find('+') != std::string_view::npos || s.ends_with('Z') || s.ends_with("GMT") || s.ends_with("UTC") ||
         s.ends_with("KST");
}

} // namespace

std::optional<Time> parse_east_asian_date(std::string_view s) {
  const bool has_signs = s.find("년") != std::string_view::npos || s.find("年") != std::string_view::npos;
  const bool korean = is_korean(s);
  if (!has_signs && !korean) return std::nullopt;
  std::string iso(s);
  for (std::string_view weekday : {"요일", "曜日"}) iso = text::replace_all(std::move(iso), weekday, "");
  if (has_signs) {
    for (const Sign& sign : signs) iso = text::replace_all(std::move(iso), sign.sign, sign.means);
    iso = text::replace_all(text::replace_all(std::move(iso), "- ", "-"), ": ", ":");
  }
  iso = std::string(text::trim(iso));
  if (iso.ends_with(':')) iso += iso.find(':') == iso.size() - 1 ? "00" : "";
  for (std::string_view word : {"오전", "오후", "午前", "午後", "上午", "下午"}) // often without a blank
    iso = text::replace_all(std::move(iso), word, " " + std::string(word) + " ");
  if (korean && !has_zone(iso)) iso += " KST";
  return parse_iso_date(text::collapse_space(iso));
}

} // namespace milkrun::feed
