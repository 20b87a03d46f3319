// Scripts are counted letter by letter over the whole text, small words sentence by sentence: one sentence of another
// language in an article is no less strange than a whole one.
#include "jobs/publish_feeds/tongue.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "jobs/publish_feeds/small_words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace milkrun::publish_feeds {
namespace {

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

struct Letters {
  Shares shares{}; // of all letters; all zero where there are too few to tell
  Shares counts{};
};

Letters letters_of(std::string_view text) {
  Letters out;
  double all = 0;
  while (!text.empty()) {
    const text::Decoded next = text::decode_utf8(text);
    text.remove_prefix(next.size);
    const auto* const range = std::ranges::find_if(
        ranges, [&](const Range& r) { return next.code_point >= r.first && next.code_point <= r.last; });
    if (!next.valid || range == std::end(ranges)) continue;
    out.counts.at(static_cast<std::size_t>(range->script)) += 1;
    ++all;
  }
  for (std::size_t i = 0; i < out.shares.size(); ++i)
    out.shares.at(i) = all < enough_letters ? 0 : out.counts.at(i) / all;
  return out;
}

// The script most letters are of; nullopt when there are too few or none has most.
std::optional<Script> script_of(const Letters& letters) {
  for (std::size_t i = 0; i < letters.shares.size(); ++i)
    if (letters.shares.at(i) > 0.5) return static_cast<Script>(i);
  return std::nullopt;
}

// Whether a passage is in a script that is not the article's. Latin is everywhere: names, brands, units.
bool has_foreign_script(const Letters& letters, Script wanted, const Letters& original) {
  constexpr double most = 0.05;
  for (std::size_t i = 0; i < letters.shares.size(); ++i) {
    const auto script = static_cast<Script>(i);
    if (script == wanted || script == Script::latin || letters.counts.at(i) < enough_letters) continue;
    if (letters.shares.at(i) > most && original.shares.at(i) < most / 2) return true;
  }
  return false;
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

bool is_mark(char32_t c) { // what is no letter beyond ASCII: blanks, quotes, dashes
  return (c >= 0x80 && c <= 0xBF && c != 0xAA && c != 0xBA) || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) ||
         (c >= 0x3000 && c <= 0x303F);
}

// Its words in small letters, each between two blanks. One that is cut by an apostrophe is two: l' and article.
std::vector<std::string> words_of(std::string_view sentence) {
  std::vector<std::string> out;
  const std::string low = text::folded(sentence);
  std::string word = " ";
  const auto end = [&] {
    if (word.size() > 1) out.push_back(word + " ");
    word = " ";
  };
  for (std::string_view rest = low; !rest.empty();) {
    const text::Decoded next = text::decode_utf8(rest);
    const bool letter = next.code_point < 0x80 ? text::is_letter(rest[0]) : next.valid && !is_mark(next.code_point);
    if (letter)
      word += rest.substr(0, next.size);
    else
      end();
    rest.remove_prefix(next.size);
  }
  end();
  return out;
}

struct Hits {
  std::size_t all = 0, different = 0;
};

Hits hits_in(const std::vector<std::string>& words, std::string_view small) {
  Hits out;
  std::set<std::string_view> seen;
  for (const std::string& word : words)
    if (small.contains(word)) {
      ++out.all;
      seen.insert(word);
    }
  out.different = seen.size();
  return out;
}

const SmallWords* words_for(std::string_view code) {
  const auto known = small_words();
  const auto found = std::ranges::find(known, code, &SmallWords::code);
  return found == known.end() ? nullptr : &*found;
}

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool stop = std::string_view(".!?").contains(text[i]) && i + 1 < text.size() && text[i + 1] == ' ';
    if (!stop && text[i] != '\n') continue;
    out.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

// Whether a sentence is clearly in another language. A name, a title, a borrowed word are not enough.
bool is_foreign(const std::vector<std::string>& words, const SmallWords& wanted) {
  constexpr std::size_t least_words = 8, least_hits = 4, share = 4, times = 2;
  if (words.size() < least_words) return false;
  const std::size_t ours = hits_in(words, wanted.words).all;
  return std::ranges::any_of(small_words(), [&](const SmallWords& other) {
    if (other.code == wanted.code) return false;
    const Hits theirs = hits_in(words, other.words);
    return theirs.all >= least_hits && theirs.different >= least_hits && theirs.all * share >= words.size() &&
           theirs.all > ours * times && theirs.all >= ours + least_hits;
  });
}

bool has_foreign_sentences(std::string_view text, std::string_view wanted) {
  constexpr std::size_t enough_words = 12;
  const SmallWords* const small = words_for(wanted);
  if (small == nullptr) return false;
  std::size_t foreign = 0;
  for (const std::string_view sentence : sentences_of(text))
    if (const auto words = words_of(sentence); is_foreign(words, *small)) foreign += words.size();
  return foreign >= enough_words;
}

} // namespace

std::string language_of(std::string_view text) {
  constexpr std::size_t least = 8;
  const auto words = words_of(text);
  std::string_view best;
  std::size_t most = 0, second = 0;
  for (const SmallWords& language : small_words()) {
    const std::size_t hits = hits_in(words, language.words).all;
    second = std::max(second, std::min(hits, most));
    if (hits > most) best = language.code;
    most = std::max(most, hits);
  }
  return most >= least && second * 3 <= most * 2 ? std::string(best) : std::string();
}

bool is_in_other_language(std::string_view text, std::string_view wanted) {
  const Named* const asked = language_named(wanted);
  if (asked == nullptr) return false;
  const Letters letters = letters_of(text);
  if (const auto script = script_of(letters); script && *script != asked->script) return true;
  return has_foreign_script(letters, asked->script, {}) || has_foreign_sentences(text, asked->code);
}

bool differs_in_language(std::string_view text, std::string_view original) {
  const Letters theirs = letters_of(original), ours = letters_of(text);
  const auto script = script_of(theirs), mine = script_of(ours);
  if (script && mine && *script != *mine) return true;
  if (script && has_foreign_script(ours, *script, theirs)) return true;
  return has_foreign_sentences(text, language_of(original));
}

} // namespace milkrun::publish_feeds
