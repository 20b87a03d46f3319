// ASCII helpers and white space. Nothing here depends on the process's locale.
#include "base/text.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace milkrun::text {

namespace {

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Unicode's White_Space property.
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

} // namespace

std::string_view trim(std::string_view s) {
  while (!s.empty() && is_ascii_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_ascii_space(s.back())) s.remove_suffix(1);
  return s;
}

std::string lower(std::string_view s) {
  std::string out(s);
  std::ranges::transform(out, out.begin(), lower_char);
  return out;
}

bool iequals(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower_char(x) == lower_char(y); });
}

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> parts;
  for (auto at = s.find(separator); at != std::string_view::npos; at = s.find(separator)) {
    parts.push_back(s.substr(0, at));
    s.remove_prefix(at + 1);
  }
  parts.push_back(s);
  return parts;
}

std::string collapse_space(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  bool blank_due = false;
  while (!s.empty()) {
    const Decoded next = decode_utf8(s);
    if (next.valid && is_space(next.code_point)) {
      blank_due = true;
    } else {
      if (blank_due && !out.empty()) out += ' ';
      blank_due = false;
      out += s.substr(0, next.size);
    }
    s.remove_prefix(next.size);
  }
  return out;
}

std::string replace_all(std::string s, std::string_view from, std::string_view to) {
  if (from.empty()) return s;
  std::string out;
  std::size_t done = 0;
  for (auto at = s.find(from); at != std::string::npos; at = s.find(from, done)) {
    out.append(s, done, at - done).append(to);
    done = at + from.size();
  }
  return out.append(s, done);
}

namespace {

int hex_digit(char c) {
  const auto at = std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string undo_percent(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool coded = s[i] == '%' && i + 2 < s.size() && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0;
    out += coded ? static_cast<char>(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2])) : s[i];
    if (coded) i += 2;
  }
  return out;
}

// Whether a capital there begins a word of its own: the K of "apiKey" and of "APIKey".
bool begins_word(std::string_view s, std::size_t at) {
  const auto is_capital = [&](std::size_t i) { return i < s.size() && s[i] >= 'A' && s[i] <= 'Z'; };
  const bool small_next = at + 1 < s.size() && is_letter(s[at + 1]) && !is_capital(at + 1);
  return is_capital(at) && (!is_capital(at - 1) || small_next);
}

} // namespace

bool names_secret(std::string_view name) {
  static constexpr std::string_view anywhere[] = {"authoriz", "authentic",  "cookie",    "token",  "secret", "passw",
                                                  "apikey",   "credential", "signature", "bearer", "session"};
  static constexpr std::string_view words[] = {"auth", "oauth", "key", "keys", "pass", "pwd",
                                               "psw",  "jwt",   "sid", "pin",  "sig",  "otp"};
  const std::string plain = undo_percent(name);
  const std::string low = lower(plain);
  for (const std::string_view part : anywhere)
    if (low.contains(part)) return true;
  // "apiKey[0]", "X-API-Key", "APIKey2": a word ends where its letters end, and where a capital begins another.
  std::string last;
  for (std::size_t at = 0; at < plain.size();) {
    if (!is_letter(plain[at])) {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < plain.size() && is_letter(plain[end]) && !begins_word(plain, end)) ++end;
    last = low.substr(at, end - at);
    if (std::ranges::find(words, last) != std::end(words)) return true;
    at = end;
  }
  // "X-Access" is a key; an "access level" is none.
  return last == "access" || low.contains("accesscode") || (last == "code" && low.contains("access"));
}

} // namespace milkrun::text
