// Scripts are counted letter by letter, small words only where the script is Latin.
#include "jobs/publish_feeds/tongue.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace milkrun::publish_feeds {
namespace {

using Words = std::vector<std::string_view>;

struct Language {
  std::string_view code;
  Words words;
};

const std::vector<Language>& languages() {
  static const std::vector<Language> all{
      {"en",
       {"the", "of", "and", "to", "is", "that", "it", "was", "for", "with", "as", "are", "this", "from", "which"}},
      {"de",
       {"der", "die", "und", "das", "den", "von", "zu", "mit", "ist", "nicht", "ein", "eine", "auf", "sich", "dem"}},
      {"fr", {"le", "la", "les", "et", "des", "est", "une", "que", "dans", "du", "pour", "qui", "sur", "pas", "avec"}},
      {"es", {"el", "los", "las", "y", "del", "que", "en", "una", "por", "con", "para", "se", "su", "como", "más"}},
      {"it",
       {"il", "di", "che", "della", "è", "per", "una", "con", "non", "del", "gli", "sono", "nel", "alla", "anche"}},
      {"pt", {"o", "os", "as", "que", "do", "da", "em", "um", "para", "com", "não", "uma", "dos", "por", "mais"}},
      {"nl",
       {"de", "het", "een", "van", "en", "dat", "niet", "zijn", "op", "voor", "met", "aan", "ook", "maar", "wordt"}},
      {"pl", {"i", "w", "na", "z", "że", "nie", "się", "jest", "do", "to", "jak", "od", "przez", "oraz", "przy"}}};
  return all;
}

enum class Script { latin, greek, cyrillic, hebrew, arabic, indic, thai, east_asian, count };
using Shares = std::array<double, static_cast<std::size_t>(Script::count)>;

struct Range {
  char32_t first, last;
  Script script;
};
constexpr Range ranges[] = {{'A', 'Z', Script::latin},
                            {'a', 'z', Script::latin},
                            {0xC0, 0x24F, Script::latin},
                            {0x370, 0x3FF, Script::greek},
                            {0x400, 0x52F, Script::cyrillic},
                            {0x590, 0x5FF, Script::hebrew},
                            {0x600, 0x77F, Script::arabic},
                            {0x900, 0xDFF, Script::indic},
                            {0xE00, 0xE7F, Script::thai},
                            {0x1100, 0x11FF, Script::east_asian},
                            {0x1E00, 0x1EFF, Script::latin},
                            {0x1F00, 0x1FFF, Script::greek},
                            {0x3040, 0x30FF, Script::east_asian},
                            {0x3400, 0x9FFF, Script::east_asian},
                            {0xAC00, 0xD7AF, Script::east_asian},
                            {0xFB50, 0xFDFF, Script::arabic},
                            {0x20000, 0x2FFFF, Script::east_asian}};

struct Named {
  std::string_view code, english, german, own;
  Script script = Script::latin;
};
constexpr Named named[] = {{"en", "english", "englisch", "english"},
                           {"de", "german", "deutsch", "deutsch"},
                           {"fr", "french", "französisch", "français"},
                           {"es", "spanish", "spanisch", "español"},
                           {"it", "italian", "italienisch", "italiano"},
                           {"pt", "portuguese", "portugiesisch", "português"},
                           {"nl", "dutch", "niederländisch", "nederlands"},
                           {"pl", "polish", "polnisch", "polski"},
                           {"sv", "swedish", "schwedisch", "svenska"},
                           {"da", "danish", "dänisch", "dansk"},
                           {"no", "norwegian", "norwegisch", "norsk"},
                           {"fi", "finnish", "finnisch", "suomi"},
                           {"cs", "czech", "tschechisch", "čeština"},
                           {"sk", "slovak", "slowakisch", "slovenčina"},
                           {"hu", "hungarian", "ungarisch", "magyar"},
                           {"ro", "romanian", "rumänisch", "română"},
                           {"tr", "turkish", "türkisch", "türkçe"},
                           {"hr", "croatian", "kroatisch", "hrvatski"},
                           {"sl", "slovenian", "slowenisch", "slovenščina"},
                           {"vi", "vietnamese", "vietnamesisch", "tiếng việt"},
                           {"id", "indonesian", "indonesisch", "bahasa indonesia"},
                           {"ru", "russian", "russisch", "русский", Script::cyrillic},
                           {"uk", "ukrainian", "ukrainisch", "українська", Script::cyrillic},
                           {"bg", "bulgarian", "bulgarisch", "български", Script::cyrillic},
                           {"mk", "macedonian", "mazedonisch", "македонски", Script::cyrillic},
                           {"el", "greek", "griechisch", "ελληνικά", Script::greek},
                           {"he", "hebrew", "hebräisch", "עברית", Script::hebrew},
                           {"ar", "arabic", "arabisch", "العربية", Script::arabic},
                           {"fa", "persian", "persisch", "فارسی", Script::arabic},
                           {"ur", "urdu", "urdu", "اردو", Script::arabic},
                           {"hi", "hindi", "hindi", "हिन्दी", Script::indic},
                           {"bn", "bengali", "bengalisch", "বাংলা", Script::indic},
                           {"ta", "tamil", "tamil", "தமிழ்", Script::indic},
                           {"th", "thai", "thailändisch", "ไทย", Script::thai},
                           {"zh", "chinese", "chinesisch", "中文", Script::east_asian},
                           {"ja", "japanese", "japanisch", "日本語", Script::east_asian},
                           {"ko", "korean", "koreanisch", "한국어", Script::east_asian}};

constexpr std::size_t enough_letters = 20;

// Of all letters; all zero where there are too few to tell.
Shares shares_of(std::string_view text) {
  Shares out{};
  double all = 0;
  while (!text.empty()) {
    const text::Decoded next = text::decode_utf8(text);
    text.remove_prefix(next.size);
    const auto* const range = std::ranges::find_if(
        ranges, [&](const Range& r) { return next.code_point >= r.first && next.code_point <= r.last; });
    if (!next.valid || range == std::end(ranges)) continue;
    out.at(static_cast<std::size_t>(range->script)) += 1;
    ++all;
  }
  for (double& share : out) share = all < enough_letters ? 0 : share / all;
  return out;
}

// The script most letters are of; nullopt when there are too few or none has most.
std::optional<Script> script_of(std::string_view text) {
  const Shares shares = shares_of(text);
  for (std::size_t i = 0; i < shares.size(); ++i)
    if (shares.at(i) > 0.5) return static_cast<Script>(i);
  return std::nullopt;
}

// "de" of "de-AT" and of "German", "Deutsch (Sie)"; null when it is not known.
const Named* language_named(std::string_view wanted) {
  const std::string given = text::lower(text::trim(wanted));
  const std::string_view all = given;
  const std::string_view code = all.substr(0, all.find_first_of("-_ ("));
  const auto* const found = std::ranges::find_if(named, [&](const Named& n) {
    const auto is = [&](std::string_view name) {
      return all.starts_with(name) && (all.size() == name.size() || !text::is_letter(all[name.size()]));
    };
    return code == n.code || is(n.english) || is(n.german) || is(text::lower(n.own)) || all.starts_with(n.own);
  });
  return found == std::end(named) ? nullptr : found;
}

Words words_of(std::string_view text) {
  Words out;
  const auto in_word = [](char c) { return text::is_letter(c) || static_cast<unsigned char>(c) >= 0x80 || c == '\''; };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_word(text[end])) ++end;
    if (end > at) out.push_back(text.substr(at, end - at));
    at = std::max(end, at + 1);
  }
  return out;
}

// How many of a text's words are small words of each language, in the order of languages().
std::vector<std::size_t> hits_of(std::string_view text) {
  const std::string low = text::lower(text);
  const Words words = words_of(low);
  std::vector<std::size_t> hits;
  for (const Language& l : languages())
    hits.push_back(static_cast<std::size_t>(std::ranges::count_if(
        words, [&](std::string_view w) { return std::ranges::find(l.words, w) != l.words.end(); })));
  return hits;
}

bool has_words(std::string_view code) {
  return std::ranges::any_of(languages(), [&](const Language& l) { return l.code == code; });
}

} // namespace

std::string language_of(std::string_view text) {
  constexpr std::size_t least = 20, times = 3; // Spanish and Portuguese share many
  const std::vector<std::size_t> hits = hits_of(text);
  const auto best = std::ranges::max_element(hits);
  if (*best < least) return {};
  const auto clear = [&](std::size_t other) { return other * times <= *best; };
  const auto rivals = std::ranges::count_if(hits, [&](std::size_t other) { return !clear(other); });
  if (rivals > 1) return {};
  return std::string(languages()[static_cast<std::size_t>(best - hits.begin())].code);
}

bool is_in_other_language(std::string_view text, std::string_view wanted) {
  const Named* const asked = language_named(wanted);
  if (asked == nullptr) return false;
  if (const auto script = script_of(text); script && *script != asked->script) return true;
  if (!has_words(asked->code)) return false;
  const std::string seen = language_of(text);
  return !seen.empty() && seen != asked->code;
}

bool differs_in_language(std::string_view text, std::string_view original) {
  const auto theirs = script_of(original), ours = script_of(text);
  if (theirs && ours && *theirs != *ours) return true;
  const std::string language = language_of(original), seen = language_of(text);
  return !language.empty() && !seen.empty() && language != seen;
}

} // namespace milkrun::publish_feeds
