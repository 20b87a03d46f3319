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

// Behind "dot" these too, which are words of some language, or of none.
bool is_end_of_country(std::string_view word) {
  static constexpr std::array ends{"de", "uk", "co", "fr", "es", "nl", "pl", "ch", "se", "dk", "fi",
                                   "cz", "sk", "hu", "ro", "gr", "tr", "ca", "au", "nz", "jp", "br",
                                   "mx", "ar", "cl", "za", "kr", "hk", "tw", "sg", "vn", "ua", "ai"};
  return std::ranges::find(ends, word) != ends.end();
}

// "the dot com boom" names a time and "a dot com company" a trade.
bool goes_on_as_trade(std::string_view text) {
  static constexpr std::array begins{"boom",   "bubble", "bust",  "crash", "era",    "years",
                                     "age",    "mania",  "craze", "fever", "frenzy", "firm",
                                     "compan", "start",  "stock", "busin", "entre",  "million"};
  const std::string next = text::lower(text.substr(behind_blanks(text, 0), 8));
  return std::ranges::any_of(begins, [&](const char* begin) { return next.starts_with(begin); });
}

struct WideDot {
  std::size_t size = 0; // 0: there is none
  bool said = false;    // as a word
};

// A dot at the start of `text` that is written with blanks, as a word or between hyphens: ". ", " . ", " dot ",
// "-dot-".
WideDot wide_dot(std::string_view text) {
  const std::size_t at = behind_blanks(text, 0);
  const std::string_view rest = text.substr(at);
  if (rest.starts_with('.')) {
    const std::size_t end = behind_blanks(text, at + 1);
    return {.size = end > at + 1 ? end : 0};
  }
  if (at > 0 && text::iequals(rest.substr(0, 4), "dot ")) return {.size = behind_blanks(text, at + 4), .said = true};
  for (const std::string_view dot : {"-dot-", "_dot_"})
    if (text.starts_with(dot)) return {.size = dot.size()};
  return {};
}

// Whether a host's end begins at `at`, and goes not on as a word. Behind a full stop it is in small letters: another
// sentence begins with a capital.
bool is_end_at(std::string_view text, std::size_t at, bool said) {
  std::size_t end = at;
  while (end < text.size() && text::is_letter(text[end])) ++end;
  if (end < text.size() && in_name(text[end])) return false;
  const std::string_view word = text.substr(at, end - at);
  if (!said) return is_end(word);
  const std::string low = text::lower(word);
  return (is_end(low) && !goes_on_as_trade(text.substr(end))) || is_end_of_country(low);
}

} // namespace

std::string with_joined_dots(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool may_be = is_blank(text[at]) || text[at] == '.' || text[at] == '-' || text[at] == '_';
    if (const WideDot dot = may_be ? wide_dot(text.substr(at)) : WideDot{}; dot.size > 0) {
      const std::string name = text::lower(name_before(out));
      if (name.size() >= 3 && !is_shortened(name) && is_end_at(text, at + dot.size, dot.said)) {
        out += '.';
        at += dot.size - 1;
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
