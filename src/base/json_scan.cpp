// What can be said of a JSON text in one pass over its bytes, without building anything of it.
#include "base/json.hpp"

#include "base/text.hpp"

#include <utility>

namespace milkrun {
namespace {

constexpr int most_tries = 20;
// The bytes that all tries together may look through and parse: brackets within brackets make each try as long as the
// text. Short texts may have all their tries.
constexpr std::size_t most_scans = 4, most_parses = 1; // times the text
constexpr std::size_t free_bytes = std::size_t{256} * 1024;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// Calls see(c, at) for each byte outside of strings, and string(size, end) behind each string; ends when one says
// false.
template <class See, class String> bool scan(std::string_view text, See see, String string) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') {
      if (!see(text[i], i)) return false;
      continue;
    }
    const std::size_t start = ++i;
    while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
    if (!string(std::min(i, text.size()) - start, std::min(i, text.size()))) return false;
  }
  return true;
}

// Behind the bracket that closes the one at the start of `text`; npos when none does.
std::size_t end_of_value(std::string_view text) {
  std::size_t depth = 0, end = std::string_view::npos;
  scan(
      text,
      [&](char c, std::size_t at) {
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && --depth == 0) end = at + 1;
        return depth > 0;
      },
      [](std::size_t, std::size_t) { return true; });
  return end;
}

// A bracket in a sentence, or an answer that was cut off? One that begins like an answer is not searched for parts of
// it.
bool begins_like_json(std::string_view text) {
  const std::string_view inside = text::trim(text.substr(1, 64));
  return !inside.empty() && (inside[0] == '"' || (text[0] == '[' && (inside[0] == '{' || inside[0] == '[')));
}

// "Warning: [" and then a line of its own: the bracket ends a line of words, and what follows is not indented under it.
bool ends_a_sentence(std::string_view text, std::size_t at) {
  const std::size_t begun = at == 0 ? at : text.find_last_of("\r\n", at - 1) + 1; // npos + 1 = 0
  if (text::trim(text.substr(begun, at - begun)).empty()) return false;
  const std::size_t next = text.find_first_not_of("\r\n", at + 1);
  return next != std::string_view::npos && next > at + 1 && (text[next] == '{' || text[next] == '[');
}

// An answer fills its lines, or stands between tags; "x[0]", "Array( [0] => a )" and "var x = {}" are parts of words.
bool stands_alone(std::string_view text, std::size_t at, std::size_t size) {
  const std::string_view before = text.substr(0, at), behind = text.substr(at + size);
  return (before.empty() || before.ends_with('\n') || before.ends_with('>') || before.ends_with(byte_order_mark)) &&
         (behind.empty() || behind[0] == '\n' || behind[0] == '\r' || behind[0] == '<');
}

bool is_page(std::string_view text) {
  const std::string start = text::lower(text.substr(0, 4096));
  return start.find("<html") != std::string::npos || start.find("<!doctype") != std::string::npos;
}

} // namespace

std::optional<JsonExcess> json_excess(std::string_view text, const JsonLimits& limits) {
  std::size_t depth = 0, values = 1, word = 0, gap = 0;
  std::optional<JsonExcess> out;
  const auto within = [&](std::size_t count, std::size_t most, JsonExcess::What what, std::size_t at) {
    if (count > most) out = {what, at};
    return count <= most;
  };
  scan(
      text,
      [&](char c, std::size_t at) {
        word = std::string_view(" \t\r\n,:[]{}").find(c) == std::string_view::npos ? word + 1 : 0;
        gap = c >= '0' && c <= '9' ? 0 : gap + 1;       // the parser's copy begins anew at a number
        if (c == ',' || c == '[' || c == '{') ++values; // all values but the first of a list follow one of these
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && depth > 0) --depth;
        return within(word, longest_json_word, JsonExcess::word, at - longest_json_word) &&
               within(gap, longest_json_gap, JsonExcess::gap, at - longest_json_gap) &&
               within(depth, limits.levels, JsonExcess::levels, at) &&
               within(values, limits.values, JsonExcess::values, at);
      },
      [&](std::size_t size, std::size_t end) {
        word = gap = 0;
        return within(size, limits.string, JsonExcess::string, end - size);
      });
  return out;
}

bool json_within(std::string_view text, const JsonLimits& limits) { return !json_excess(text, limits); }

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blanks);
  return begin == text.npos ? std::string_view() : text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::optional<JsonSpan> find_json(std::string_view text, const JsonLimits& limits) {
  const bool marked = text.starts_with(byte_order_mark);
  if (marked) text.remove_prefix(byte_order_mark.size());
  text = without_blanks(text);
  if (json_within(text, limits) && nlohmann::json::accept(text)) return JsonSpan{.text = text, .noise = marked};
  if (is_page(text)) return std::nullopt;
  std::string_view best;
  bool best_alone = false; // however short: "[]" is an answer, too
  int tries = 0;
  std::size_t scans = free_bytes + most_scans * text.size(), parses = free_bytes + most_parses * text.size();
  for (std::size_t at = text.find_first_of("[{"); at != std::string_view::npos && tries < most_tries; ++tries) {
    const std::size_t size = end_of_value(text.substr(at));
    const bool unclosed = size == std::string_view::npos;
    if (unclosed && begins_like_json(text.substr(at)) && !ends_a_sentence(text, at)) return std::nullopt;
    const std::string_view found = text.substr(at, unclosed ? 0 : size);
    if (!json_within(found, limits)) return std::nullopt;
    const std::size_t scanned = unclosed ? text.size() - at : size;
    if (scanned > scans || found.size() > parses) break;
    scans -= scanned;
    parses -= found.size();
    const bool good = !found.empty() && nlohmann::json::accept(found);
    const bool alone = good && stands_alone(text, at, size);
    // What is printed in front of an answer may be JSON, too: the last one that stands alone, else the longest.
    if (good && (alone || (!best_alone && found.size() > best.size()))) {
      best = found;
      best_alone = alone;
    }
    at = text.find_first_of("[{", at + (good ? size : 1));
  }
  if (best.empty()) return std::nullopt;
  return JsonSpan{.text = best, .noise = true};
}

} // namespace milkrun
