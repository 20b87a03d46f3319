// Lines stay within 76 characters where the value allows it, and always within 998.
#include "providers/smtp/header.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace milkrun::smtp {
namespace {

constexpr std::size_t line_width = 76;
constexpr std::size_t word_frame = 12; // =?UTF-8?B? and ?=
constexpr std::size_t word_bytes = 45; // 60 of base64, 72 with its frame

bool is_plain(std::string_view s) {
  return std::ranges::all_of(s, [](char c) { return c >= 0x20 && c < 0x7f; });
}

// As it is only when a reader cannot take it for encoded, and when folding can keep it within the line.
bool stays_readable(std::string_view s) {
  return is_plain(s) && !s.contains("=?") && s == text::trim(s) &&
         std::ranges::all_of(text::split(s, ' '), [](std::string_view word) { return word.size() < line_width; });
}

// The first word goes beside the field's name, of so many characters.
std::vector<std::string> encoded_words(std::string_view s, std::size_t beside) {
  std::vector<std::string> out;
  std::size_t most = std::min(word_bytes, (line_width - beside - 2 - word_frame) / 4 * 3);
  while (!s.empty()) {
    std::size_t take = 0;
    while (take < s.size()) {
      const std::size_t next = text::decode_utf8(s.substr(take)).size;
      if (take + next > most) break;
      take += next;
    }
    out.push_back("=?UTF-8?B?" + text::base64(s.substr(0, take)) + "?=");
    s.remove_prefix(take);
    most = word_bytes;
  }
  return out;
}

// Appends a part behind a blank, or on a line of its own where it would not fit any more; but never behind the name
// alone: there are readers who take that line for an empty value.
void append_part(std::string& field, std::string_view part) {
  const std::size_t last = field.rfind('\n');
  const std::size_t used = field.size() - (last == field.npos ? 0 : last + 1);
  field += used + 1 + part.size() > line_width && !field.ends_with(':') ? "\r\n " : " ";
  field += part;
}

std::string quoted(std::string_view s) {
  std::string out = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

} // namespace

bool is_header_text(std::string_view s) {
  if (!text::is_utf8(s)) return false;
  for (std::string_view rest = s; !rest.empty();) {
    const text::Decoded next = text::decode_utf8(rest);
    const char32_t c = next.code_point;
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) return false;
    rest.remove_prefix(next.size);
  }
  return true;
}

std::string text_field(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + ":";
  if (stays_readable(value)) {
    for (const std::string_view word : text::split(value, ' ')) append_part(out, word);
  } else {
    for (const std::string& word : encoded_words(value, name.size())) append_part(out, word);
  }
  return out + "\r\n";
}

std::string mailbox_field(std::string_view name, std::string_view shown, std::string_view address) {
  std::string out = std::string(name) + ":";
  if (shown.empty()) {
    append_part(out, address);
    return out + "\r\n";
  }
  if (is_plain(shown) && !shown.contains("=?") && shown.size() < line_width - 20)
    append_part(out, quoted(shown));
  else
    for (const std::string& word : encoded_words(shown, name.size())) append_part(out, word);
  append_part(out, fmt::format("<{}>", address));
  return out + "\r\n";
}

std::string plain_field(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + ":";
  for (const std::string_view part : text::split(value, ' ')) append_part(out, part);
  return out + "\r\n";
}

std::string mail_date(Time t) {
  using namespace std::chrono;
  static constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<std::chrono::days>(t);
  const year_month_day date(day);
  const auto second = duration_cast<seconds>(t - day).count();
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days.at(weekday(day).c_encoding()),
                     static_cast<unsigned>(date.day()), months.at(static_cast<unsigned>(date.month()) - 1),
                     static_cast<int>(date.year()), second / 3600, second / 60 % 60, second % 60);
}

} // namespace milkrun::smtp
