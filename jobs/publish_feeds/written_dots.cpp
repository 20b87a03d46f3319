// Dots that are written so that no reader of texts takes them for one. A person reads them all the same.
#include "jobs/publish_feeds/written_dots.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace milkrun::publish_feeds {
namespace {

bool in_name(char c) {
  return text::is_letter(c) || (c >= '0' && c <= '9') || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::size_t behind_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// Ends that are hardly a word with which a sentence goes on in small letters behind a full stop.
bool is_end(std::string_view word) {
  static constexpr std::array ends{"com",  "net", "org",   "info", "biz",   "xyz",   "shop",  "online",
                                   "site", "top", "club",  "app",  "dev",   "link",  "live",  "ru",
                                   "cn",   "io",  "ly",    "tk",   "gg",    "eu",    "store", "win",
                                   "vip",  "icu", "click", "page", "space", "cloud", "tech",  "website"};
  return std::ranges::find(ends, word) != ends.end();
}

// Behind these a full stop ends no sentence, and a small letter follows: "etc. com amigos".
bool is_shortened(std::string_view word) {
  static constexpr std::array all{
      "etc",  "bzw", "usw", "vgl",  "inkl", "exkl",  "ggf",    "evtl",  "resp", "prof", "mrs", "str",  "tel",
      "fig",  "art", "vol", "dept", "est",  "max",   "min",    "jan",   "feb",  "mar",  "apr", "aug",  "sep",
      "sept", "oct", "okt", "nov",  "dec",  "dez",   "mio",    "mrd",   "incl", "excl", "ltd", "inc",  "corp",
      "bros", "ecc", "cfr", "ref",  "dir",  "ing",   "lic",    "sra",   "dra",  "srta", "dhr", "mevr", "enz",
      "jun",  "jul", "abs", "bsp",  "zzgl", "abzgl", "approx", "aprox", "núm",  "pág",  "ex",  "vs"};
  return std::ranges::find(all, word) != all.end();
}

std::string_view name_before(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && in_name(text[begin - 1])) --begin;
  return text.substr(begin);
}

// The end of a host at `at`, and nothing that goes on as a word.
std::string_view end_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
  const bool whole = end == text.size() || !in_name(text[end]);
  const std::string_view word = text.substr(at, end - at);
  return whole && is_end(word) ? word : std::string_view();
}

// The size of a dot at the start of `text` that is written with blanks, as a word or between hyphens: ". ", " . ",
// " DOT ", "-dot-".
std::size_t wide_dot(std::string_view text) {
  const std::size_t at = behind_blanks(text, 0);
  const std::string_view rest = text.substr(at);
  if (rest.starts_with('.')) {
    const std::size_t end = behind_blanks(text, at + 1);
    return end > at + 1 ? end : 0;
  }
  if (at > 0 && rest.starts_with("DOT ")) return behind_blanks(text, at + 4);
  for (const std::string_view dot : {"-dot-", "_dot_"})
    if (text.starts_with(dot)) return dot.size();
  return 0;
}

} // namespace

std::string with_joined_dots(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool may_be = is_blank(text[at]) || text[at] == '.' || text[at] == '-' || text[at] == '_';
    if (const std::size_t size = may_be ? wide_dot(text.substr(at)) : 0; size > 0) {
      const std::string name = text::lower(name_before(out));
      if (name.size() >= 3 && !is_shortened(name) && !end_at(text, at + size).empty()) {
        out += '.';
        at += size - 1;
        continue;
      }
    }
    out += text[at];
  }
  return out;
}

std::string with_bare_dots(std::string_view text) {
  static constexpr std::array dots{".",     "dot",    "punkt", "punto", "point", "punt",
                                   "ponto", "kropka", "nokta", "точка", "点",    "點"};
  constexpr std::size_t longest = 20; // what stands in brackets
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char close = text[at] == '[' ? ']' : text[at] == '(' ? ')' : text[at] == '{' ? '}' : '\0';
    const std::size_t size = close == '\0' ? text.npos : text.substr(at, longest).find(close);
    if (size != text.npos) {
      const std::size_t next = behind_blanks(text, at + size + 1);
      const bool dot = std::ranges::find(dots, text::trim(text.substr(at + 1, size - 1))) != dots.end();
      if (dot && next < text.size() && in_name(text[next])) {
        while (!out.empty() && is_blank(out.back())) out.pop_back();
        out += '.';
        at = next - 1;
        continue;
      }
    }
    out += text[at];
  }
  return out;
}

} // namespace milkrun::publish_feeds
