// Every escape is tried where its first sign stands; what is none stays as it is.
#include "base/unescape.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace milkrun::text {
namespace {

constexpr std::string_view signs = "%&\\";

struct Escape {
  std::size_t size = 0; // 0: none stands here
  std::string means = {};
};

std::optional<unsigned> number(std::string_view digits, int base) {
  unsigned value = 0;
  const char* const end = digits.data() + digits.size();
  if (digits.empty() || std::from_chars(digits.data(), end, value, base).ptr != end) return std::nullopt;
  return value;
}

// Exactly so many hex digits at the start.
std::optional<unsigned> hex_at(std::string_view s, std::size_t digits) {
  return s.size() < digits ? std::nullopt : number(s.substr(0, digits), 16);
}

std::string letter(unsigned code_point) {
  std::string out;
  append_utf8(out, code_point);
  return out;
}

Escape entity_at(std::string_view s) { // behind &
  static constexpr std::array<std::pair<std::string_view, char>, 5> names{
      {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}}};
  for (const auto& [name, means] : names)
    if (iequals(s.substr(0, name.size()), name)) return {1 + name.size(), std::string(1, means)};
  constexpr std::size_t longest = 12; // "#x0000000063"
  const std::size_t end = s.substr(0, longest).find(';');
  if (!s.starts_with('#') || end == s.npos) return {};
  const bool hex = s.size() > 1 && (s[1] == 'x' || s[1] == 'X');
  const auto code = hex ? number(s.substr(2, end - 2), 16) : number(s.substr(1, end - 1), 10);
  return code ? Escape{1 + end + 1, letter(*code)} : Escape{};
}

Escape backslash_at(std::string_view s) { // behind the backslash
  if (s.empty()) return {};
  if (s[0] == '/' || s[0] == '"' || s[0] == '\\') return {2, std::string(1, s[0])};
  if (s[0] == 'u')
    if (const auto code = hex_at(s.substr(1), 4)) return {6, letter(*code)};
  if (s[0] == 'x')
    if (const auto byte = hex_at(s.substr(1), 2)) return {4, std::string(1, static_cast<char>(*byte))};
  return {};
}

Escape escape_at(std::string_view s) {
  const std::string_view rest = s.substr(1);
  if (s[0] == '&') return entity_at(rest);
  if (s[0] == '\\') return backslash_at(rest);
  const auto byte = hex_at(rest, 2);
  return byte ? Escape{3, std::string(1, static_cast<char>(*byte))} : Escape{};
}

} // namespace

std::optional<Unescaped> without_escapes(std::string_view text) {
  std::size_t at = text.find_first_of(signs);
  if (at == text.npos) return std::nullopt;
  Unescaped out;
  out.text.reserve(text.size());
  out.from.reserve(text.size() + 1);
  std::size_t done = 0;
  const auto keep = [&](std::size_t end) {
    for (; done < end; ++done) {
      out.text += text[done];
      out.from.push_back(done);
    }
  };
  while (at != text.npos) {
    const Escape escape = escape_at(text.substr(at));
    keep(escape.size == 0 ? at + 1 : at);
    if (escape.size > 0) {
      out.from.insert(out.from.end(), escape.means.size(), at);
      out.text += escape.means;
      done = at + escape.size;
    }
    at = text.find_first_of(signs, done);
  }
  keep(text.size());
  out.from.push_back(text.size());
  if (out.text.size() == text.size()) return std::nullopt; // none of them was one
  return out;
}

} // namespace milkrun::text
