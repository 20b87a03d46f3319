// In doubt nothing is shown: the field's name, which is said beside it, is enough to find the mistake.
#include "base/shown.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace milkrun::shown {
namespace {

constexpr std::string_view hidden = "***";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_host(std::string_view s) {
  return s.contains('.') && std::ranges::all_of(s, [](char c) {
           return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '-' || c == ':';
         });
}

// "user:pass@host" is cut at the last @; a password may hold a slash, so that the @ stands behind what looks like the
// host: then none of it is shown.
std::string without_user(std::string_view authority, std::string_view path) {
  if (const std::size_t at = authority.rfind('@'); at != authority.npos)
    return std::string(hidden).append(authority.substr(at));
  const std::size_t colon = authority.rfind(':');
  const bool port =
      colon == authority.npos || authority.ends_with(']') || std::ranges::all_of(authority.substr(colon + 1), is_digit);
  return port || !path.contains('@') ? std::string(authority) : "";
}

// Letters of both cases with numbers between them, as many as no name and no number of an account has. Words with a
// number behind them, ids in hex and names of models with hyphens are none.
bool is_token(std::string_view segment) {
  constexpr std::size_t least = 16, changes_of_token = 3;
  std::size_t size = 0, changes = 0;
  bool large = false, small = false;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const char c = segment[i];
    if (!is_digit(c) && !text::is_letter(c)) {
      size = changes = 0;
      large = small = false;
      continue;
    }
    if (size++ > 0 && is_digit(c) != is_digit(segment[i - 1])) ++changes;
    large = large || (c >= 'A' && c <= 'Z');
    small = small || (c >= 'a' && c <= 'z');
    if (size >= least && changes >= changes_of_token && large && small) return true;
  }
  return false;
}

// What stands behind "/token/".
bool is_value(std::string_view segment) {
  constexpr std::size_t least = 12;
  return segment.size() >= least && std::ranges::any_of(segment, is_digit);
}

} // namespace

std::string url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == url.npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/\\?#", begin), url.size());
  const std::size_t cut = std::min(url.find_first_of("?#", end), url.size());
  const std::string authority = without_user(url.substr(begin, end - begin), url.substr(end));
  if (begin == 0 && !is_host(authority)) return std::string(hidden);
  if (authority.empty() && begin != end) return std::string(url.substr(0, begin)).append(hidden);
  std::string out = std::string(url.substr(0, begin)).append(authority).append(url.substr(end, cut - end));
  if (cut < url.size()) out.append(url.substr(cut, 1)).append(hidden);
  return text::one_line(out, 120);
}

std::string word(std::string_view word) {
  constexpr std::size_t least = 16;
  const bool like_key = std::ranges::any_of(text::split(word, ' '), [](std::string_view part) {
    return part.size() >= least && std::ranges::any_of(part, is_digit) && std::ranges::any_of(part, text::is_letter);
  });
  return like_key ? std::string(hidden) : text::one_line(word, 60);
}

std::string secret_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == url.npos ? 0 : scheme + 3;
  const std::size_t query = url.find_first_of("?#", host);
  bool named = false; // by the part before
  for (std::size_t at = url.find_first_of("/?#;", host); at < url.size();) {
    const std::size_t end = std::min(url.find_first_of("/?#;&", at + 1), url.size());
    const std::string_view pair = url.substr(at + 1, end - at - 1);
    const std::string_view name = pair.substr(0, pair.find('='));
    const bool has_value = name.size() < pair.size();
    // "code" is what some clouds call the key of a function; elsewhere it is any short word.
    const bool secret = text::names_secret(name) || (has_value && text::iequals(name, "code"));
    if (secret && (has_value || at >= query)) {
      const bool plain = has_value && name.size() <= 40 && std::ranges::none_of(name, is_digit);
      return plain ? "the parameter " + text::one_line(name, 60) : "a parameter";
    }
    if (is_token(pair) || (named && is_value(pair))) return at < query ? "a part of its path" : "a parameter";
    named = secret;
    at = end;
  }
  // No server ever gets it, so that it can only be something that was put there.
  return url.find('#', host) == url.npos ? "" : "a fragment";
}

} // namespace milkrun::shown
