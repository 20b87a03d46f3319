// Judged is what a site will show, by what can be counted: names of hosts, fixed phrases and our own words, scripts and
// small words.
#include "jobs/publish_feeds/risk.hpp"

#include "base/text.hpp"
#include "content/content.hpp"
#include "http/client.hpp"
#include "jobs/publish_feeds/compose.hpp"
#include "jobs/publish_feeds/named_hosts.hpp"
#include "jobs/publish_feeds/named_numbers.hpp"
#include "jobs/publish_feeds/tongue.hpp"
#include "jobs/publish_feeds/written_dots.hpp"
#include "providers/ai/prompt.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace milkrun::publish_feeds {
namespace {

// As a reader takes it in, whatever letters were used for it: no escape, no wide or raised letter, nothing unseen, no
// dot that is written out. The full stop of the East between Latin letters is the dot of a name, for browsers too.
std::string plain(std::string_view text) {
  std::string s = with_joined_dots(text::replace_all(std::string(text), "\u00a0", " "));
  for (const char* sign : {"™", "℠", "¹", "²", "³"}) s = text::replace_all(std::move(s), sign, " "); // else letters
  s = with_bare_dots(text::replace_all(text::folded(s), "’", "'"));
  for (std::size_t at = s.find("。"); at != std::string::npos; at = s.find("。", at + 1))
    if (at > 0 && text::is_letter(s[at - 1]) && at + 3 < s.size() && text::is_letter(s[at + 3])) s.replace(at, 3, ".");
  return s;
}

// What the site will show, a line per paragraph; and what was written, for a link that is cut was meant as one.
struct Said {
  std::string shown, written;
};

Said all_of(const ai::Draft& d) {
  Said out{.shown = content::to_text(content::from_markdown(d.body_markdown)), .written = d.body_markdown};
  for (const std::string* s : {&d.title, &d.excerpt}) {
    out.shown += "\n" + content::to_text(*s);
    out.written += "\n" + *s;
  }
  for (const std::string& tag : d.tags) {
    out.shown += "\n" + content::to_text(tag);
    out.written += "\n" + tag;
  }
  return out;
}

Said all_of(const Source& s) {
  std::string out = s.url + "\n" + s.title + "\n" + s.author + "\n" + s.summary + "\n" + s.content;
  for (const std::string& tag : s.tags) out += "\n" + tag;
  return {.shown = content::to_text(s.title) + "\n" + content::to_text(s.summary) + "\n" + content::to_text(s.content),
          .written = std::move(out)};
}

std::set<std::string> hosts_of(const Said& said) {
  std::set<std::string> out = hosts_in(plain(said.shown));
  out.merge(hosts_in(plain(said.written)));
  return out;
}

bool has_new_host(const Said& draft, const Source& source) {
  std::set<std::string> known = hosts_of(all_of(source));
  std::string own = http::host_of(source.url);
  own = own.substr(0, own.find(':'));
  if (own.starts_with("www.")) own.erase(0, 4);
  known.insert(std::move(own));
  return std::ranges::any_of(hosts_of(draft), [&](const std::string& host) { return !known.contains(host); });
}

// A telephone, an account or a wallet of somebody whom the item does not name.
bool has_new_number(const Said& draft, const Source& source) {
  const Said known = all_of(source);
  const std::string all = without_blanks(text::folded(known.shown + "\n" + known.written));
  const auto is_new = [&](const std::string& number) { return !all.contains(number); };
  return std::ranges::any_of(numbers_in(text::folded(draft.shown)), is_new);
}

using Words = std::vector<std::string>;

Words plain_words(std::string_view plain_text) {
  Words out;
  std::string word;
  for (const char c : plain_text) {
    if (text::is_letter(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

// Runs of words, as many as no two texts have in common by chance.
std::set<std::string> runs_of(const Words& words) {
  constexpr std::size_t run = 6;
  std::set<std::string> out;
  for (std::size_t i = 0; i + run <= words.size(); ++i) {
    std::string s;
    for (std::size_t k = i; k < i + run; ++k) s.append(words[k]).append(" ");
    out.insert(std::move(s));
  }
  return out;
}

// Our own words to the model, and the lines around its two blocks.
bool repeats_prompt(const Words& words) {
  static const std::set<std::string> ours = runs_of(plain_words(plain(ai::first_talk({}).system)));
  for (const std::string& run : runs_of(words))
    if (ours.contains(run)) return true;
  for (std::size_t i = 0; i + 2 < words.size(); ++i)
    if (words[i] == "wishes" && words[i + 1].find_first_of("0123456789") != std::string::npos &&
        (words[i + 2] == "begin" || words[i + 2] == "end"))
      return true;
  return false;
}

// "Disregard all earlier directions": who breaks a law is not told so.
bool countermands(const Words& words) {
  static constexpr std::array verbs{"ignore", "disregard", "forget", "override"};
  static constexpr std::array whose{"previous", "prior", "earlier", "preceding", "above", "foregoing"};
  static constexpr std::array what{"instruction", "instructions", "direction",  "directions", "directives",
                                   "prompt",      "prompts",      "guidelines", "rules"};
  const auto among = [](const auto& list, const std::string& word) {
    return std::ranges::find(list, word) != list.end();
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!among(verbs, words[i])) continue;
    bool old = false;
    for (std::size_t k = i + 1; k < std::min(words.size(), i + 6); ++k) {
      if (old && among(what, words[k])) return true;
      old = old || among(whose, words[k]);
    }
  }
  return false;
}

// What stands in our prompt, and what is said to models: neither belongs into an article.
bool has_instruction(const Said& draft) {
  static constexpr std::array phrases{"body_markdown",
                                      "feed item ",
                                      "marker line",
                                      "json object",
                                      "system prompt",
                                      "previous instructions",
                                      "prior instructions",
                                      "instructions above",
                                      "reveal your rules",
                                      "reveal your instructions",
                                      "you are a helpful assistant",
                                      "output only json",
                                      "respond only with json",
                                      "as an ai language model",
                                      "as a language model",
                                      "i cannot comply",
                                      "i can't comply",
                                      "help with that request",
                                      "help with this request",
                                      "assist with that request",
                                      "assist with this request",
                                      "fulfill that request",
                                      "fulfill this request",
                                      "ignore all previous",
                                      "disregard the above",
                                      "you are now ",
                                      "vorherige anweisungen",
                                      "vorherigen anweisungen",
                                      "bisherigen anweisungen",
                                      "als ki-sprachmodell",
                                      "instructions précédentes",
                                      "consignes précédentes",
                                      "instrucciones anteriores",
                                      "istruzioni precedenti",
                                      "instruções anteriores",
                                      "vorige instructies",
                                      "eerdere instructies",
                                      "poprzednie instrukcje",
                                      "önceki talimat",
                                      "предыдущие инструкции",
                                      "предыдущие указания"};
  if (text::collapse_space(draft.shown).contains("WISHES BEGIN")) return true; // in small letters others say it, too
  const std::string said = text::collapse_space(plain(draft.shown + "\n" + draft.written));
  if (std::ranges::any_of(phrases, [&](const char* phrase) { return said.contains(phrase); })) return true;
  const Words words = plain_words(plain(draft.shown));
  return repeats_prompt(words) || countermands(words);
}

bool has_other_language(const Said& draft, const Source& source, std::string_view language) {
  if (!text::trim(language).empty()) return is_in_other_language(draft.shown, language);
  return differs_in_language(draft.shown, content::to_text(source.content.empty() ? source.summary : source.content));
}

} // namespace

std::vector<ReasonCode> risks_of(const ai::Draft& draft, const Source& source, std::string_view language) {
  const Said said = all_of(draft);
  std::vector<ReasonCode> out;
  if (has_new_host(said, source) || has_new_number(said, source)) out.push_back("article.risk_link");
  if (has_instruction(said)) out.push_back("article.risk_words");
  if (has_other_language(said, source, language)) out.push_back("article.risk_language");
  return out;
}

} // namespace milkrun::publish_feeds
