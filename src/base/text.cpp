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

bool names_secret(std::string_view name) {
  static constexpr std::string_view anywhere[] = {"authoriz", "authentic",  "cookie",    "token",  "secret", "passw",
                                                  "apikey",   "credential", "signature", "bearer", "session"};
  static constexpr std::string_view words[] = {"auth", "key", "keys", "pass", "pwd", "jwt", "sid", "pin"};
  const std::string low = lower(name);
  for (const std::string_view part : anywhere)
    if (low.contains(part)) return true;
  std::string_view rest = low;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("-_. "), rest.size());
    for (const std::string_view word : words)
      if (rest.substr(0, end) == word) return true;
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  return false;
}

} // namespace milkrun::text
