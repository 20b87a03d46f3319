// Judged by what can be counted: names of hosts, fixed phrases, scripts and small words.
#include "jobs/publish_feeds/risk.hpp"

#include "base/text.hpp"
#include "content/content.hpp"
#include "http/client.hpp"
#include "jobs/publish_feeds/compose.hpp"
#include "jobs/publish_feeds/named_hosts.hpp"
#include "jobs/publish_feeds/tongue.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace milkrun::publish_feeds {
namespace {

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

bool has_other_language(const ai::Draft& draft, const Source& source, std::string_view language) {
  if (!text::trim(language).empty()) return is_in_other_language(draft.body_markdown, language);
  return differs_in_language(draft.body_markdown,
                             content::to_text(source.content.empty() ? source.summary : source.content));
}

} // namespace

std::vector<std::string> risks_of(const ai::Draft& draft, const Source& source, std::string_view language) {
  std::vector<std::string> out;
  if (has_new_host(draft, source)) out.emplace_back("a link that the source does not have");
  if (has_instruction(draft)) out.emplace_back("words of an instruction");
  if (has_other_language(draft, source, language)) out.emplace_back("another language than was asked for");
  return out;
}

} // namespace milkrun::publish_feeds
