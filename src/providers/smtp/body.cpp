// Nothing of the text is taken for markup: the HTML has links and line breaks, because the text has them.
#include "providers/smtp/body.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::smtp {
namespace {

constexpr std::size_t printable_width = 76; // with the "=" of a soft break

std::string escaped(std::string_view s) {
  std::string out;
  for (const char c : s) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    default: out += c;
    }
  }
  return out;
}

bool is_url_byte(char c) {
  constexpr std::string_view never = "<>\"\\^`{|}";
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && !never.contains(c);
}

// The length of the address at the start of the text; 0 when there is none. Punctuation of the sentence around it is
// not part of it; a closing bracket is when the address has its opening one.
std::size_t url_length(std::string_view s) {
  const std::size_t scheme = s.starts_with("https://") ? 8 : s.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return 0;
  std::size_t n = scheme;
  while (n < s.size() && is_url_byte(s[n])) ++n;
  while (n > scheme) {
    const std::string_view url = s.substr(0, n);
    const bool closes = url.back() == ')' && std::ranges::count(url, '(') < std::ranges::count(url, ')');
    if (!closes && !std::string_view(".,;:!?'*_]").contains(url.back())) break;
    --n;
  }
  return n > scheme ? n : 0;
}

// ASCII, so that every reader follows it to the same place.
std::string href(std::string_view url) {
  std::string out;
  for (const char c : url) {
    if (static_cast<unsigned char>(c) >= 0x80)
      out += text::percent_encode({&c, 1});
    else
      out += c;
  }
  return escaped(out);
}

bool is_word_byte(char c) { return text::is_letter(c) || (c >= '0' && c <= '9'); }

std::string with_links(std::string_view line) {
  std::string out;
  std::size_t plain = 0;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t n = i > 0 && is_word_byte(line[i - 1]) ? 0 : url_length(line.substr(i));
    if (n == 0) {
      ++i;
      continue;
    }
    const std::string_view url = line.substr(i, n);
    out += escaped(line.substr(plain, i - plain));
    out += fmt::format(R"(<a href="{}">{}</a>)", href(url), escaped(url));
    plain = i += n;
  }
  return out + escaped(line.substr(plain));
}

bool must_encode(std::string_view lines, std::size_t i, bool first) {
  const char c = lines[i];
  const bool last = i + 1 == lines.size() || lines.substr(i + 1).starts_with("\r\n");
  if (c == ' ' || c == '\t') return last;
  if (c == '=' || static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) return true;
  return first && (c == '.' || lines.substr(i).starts_with("From "));
}

} // namespace

std::string to_lines(std::string_view text) {
  const std::string valid = text::to_valid_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if (valid[i] == '\r' && i + 1 < valid.size() && valid[i + 1] == '\n') continue;
    if (valid[i] == '\r' || valid[i] == '\n')
      out += "\r\n";
    else
      out += valid[i];
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

std::string to_html(std::string_view text, std::string_view language) {
  std::string out = "<!DOCTYPE html>\r\n<html";
  if (!language.empty()) out += fmt::format(R"( lang="{}")", escaped(language));
  out += R"(><head><meta charset="utf-8"><title></title></head><body dir="auto">)"
         "\r\n";
  const std::string lines = to_lines(text);
  bool open = false;
  for (std::string_view line : text::split(lines, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (text::trim(line).empty()) {
      if (open) out += "</p>\r\n";
      open = false;
      continue;
    }
    out += open ? "<br>\r\n" : "<p>";
    out += with_links(line);
    open = true;
  }
  if (open) out += "</p>\r\n";
  return out + "</body></html>\r\n";
}

std::string quoted_printable(std::string_view lines) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  std::size_t width = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines.substr(i).starts_with("\r\n")) {
      out += "\r\n";
      width = 0;
      ++i;
      continue;
    }
    const bool encode = must_encode(lines, i, width == 0);
    const std::size_t size = encode ? 3 : 1;
    if (width + size > printable_width - 1) {
      out += "=\r\n";
      width = 0;
      --i; // looked at again as the first of its line
      continue;
    }
    const auto byte = static_cast<unsigned char>(lines[i]);
    if (encode)
      ((out += '=') += digits[byte >> 4]) += digits[byte & 0xF];
    else
      out += lines[i];
    width += size;
  }
  return out;
}

} // namespace milkrun::smtp
