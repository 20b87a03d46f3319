// Judged by what can be counted: names of hosts, fixed phrases, scripts and small words.
#include "jobs/publish_feeds/risk.hpp"

#include "base/text.hpp"
#include "content/content.hpp"
#include "http/client.hpp"
#include "jobs/publish_feeds/compose.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace milkrun::publish_feeds {
namespace {

using Words = std::vector<std::string_view>;

bool is_name(char c) { return text::is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

// Ends that a domain name in prose has; "Node.js" and "e.g" have others.
bool is_top_level(std::string_view end) {
  static constexpr std::array ends{"com", "net",  "org",  "info", "biz",  "io",    "xyz", "top",  "ru",
                                   "cn",  "site", "shop", "app",  "dev",  "co",    "me",  "link", "win",
                                   "vip", "club", "bet",  "live", "page", "click", "de",  "at",   "ch",
                                   "uk",  "eu",   "fr",   "it",   "es",   "nl",    "pl",  "in",   "us"};
  return std::ranges::find(ends, end) != ends.end();
}

// Names of hosts in a text, whether or not "https://" stands before them; those of mail addresses too.
std::set<std::string> hosts_in(std::string_view text) {
  std::set<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_name(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_name(text[end])) ++end;
    std::string name = text::lower(text.substr(at, end - at));
    const bool written_out = at >= 3 && text.substr(at - 3, 3) == "://";
    at = end;
    while (name.ends_with('.') || name.ends_with('-')) name.pop_back();
    if (name.starts_with("www.")) name.erase(0, 4);
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == name.size()) {
      if (written_out && !name.empty()) out.insert(name);
      continue;
    }
    if (written_out || is_top_level(std::string_view(name).substr(dot + 1))) out.insert(name);
  }
  return out;
}

std::string all_of(const ai::Draft& d) {
  std::string out = d.title + "\n" + d.excerpt + "\n" + d.body_markdown;
  for (const std::string& tag : d.tags) out += "\n" + tag;
  return out;
}

std::string all_of(const Source& s) {
  std::string out = s.url + "\n" + s.title + "\n" + s.author + "\n" + s.summary + "\n" + s.content;
  for (const std::string& tag : s.tags) out += "\n" + tag;
  return out;
}

bool has_new_host(const ai::Draft& draft, const Source& source) {
  std::set<std::string> known = hosts_in(all_of(source));
  std::string own = http::host_of(source.url);
  own = own.substr(0, own.find(':'));
  if (own.starts_with("www.")) own.erase(0, 4);
  known.insert(std::move(own));
  return std::ranges::any_of(hosts_in(all_of(draft)), [&](const std::string& host) { return !known.contains(host); });
}

// What stands in our prompt, and what is said to models: neither belongs into an article.
bool has_instruction(const ai::Draft& draft) {
  static constexpr std::array phrases{"body_markdown",
                                      "feed item ",
                                      "marker line",
                                      "json object",
                                      "system prompt",
                                      "previous instructions",
                                      "prior instructions",
                                      "instructions above",
                                      "as an ai language model",
                                      "as a language model",
                                      "i cannot comply",
                                      "i can't comply",
                                      "ignore all previous",
                                      "disregard the",
                                      "you are now ",
                                      "vorherige anweisungen",
                                      "als ki-sprachmodell",
                                      "instructions précédentes",
                                      "instrucciones anteriores"};
  const std::string low = text::lower(all_of(draft));
  return std::ranges::any_of(phrases, [&](const char* phrase) { return low.contains(phrase); });
}

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

// Letters that are not Latin, among all letters.
double share_of_other_scripts(std::string_view text) {
  std::size_t latin = 0, other = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    // Up to U+024F letters are Latin; signs and emoji (U+2000 to U+2BFF, four bytes) are none.
    if (text::is_letter(static_cast<char>(c)) || (length == 2 && c <= 0xc9))
      ++latin;
    else if ((length == 2 && c > 0xc9) || (length == 3 && (c < 0xe2 || c > 0xe2)))
      ++other;
    i += length;
  }
  return latin + other == 0 ? 0 : static_cast<double>(other) / static_cast<double>(latin + other);
}

bool is_latin(std::string_view code) {
  return std::ranges::any_of(languages(), [&](const Language& l) { return l.code == code; });
}

bool has_other_language(const ai::Draft& draft, const Source& source, std::string_view language) {
  const std::string& body = draft.body_markdown;
  std::string wanted = text::lower(language.substr(0, language.find_first_of("-_")));
  const std::string original = content::to_text(source.content.empty() ? source.summary : source.content);
  if (wanted.empty()) { // that of the item
    wanted = language_of(original);
    if (wanted.empty()) return share_of_other_scripts(original) < 0.1 && share_of_other_scripts(body) > 0.5;
  }
  if (!is_latin(wanted)) return false; // nothing is known of it
  if (share_of_other_scripts(body) > 0.5) return true;
  const std::string seen = language_of(body);
  return !seen.empty() && seen != wanted;
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

std::vector<std::string> risks_of(const ai::Draft& draft, const Source& source, std::string_view language) {
  std::vector<std::string> out;
  if (has_new_host(draft, source)) out.emplace_back("a link that the source does not have");
  if (has_instruction(draft)) out.emplace_back("words of an instruction");
  if (has_other_language(draft, source, language)) out.emplace_back("another language than was asked for");
  return out;
}

} // namespace milkrun::publish_feeds
