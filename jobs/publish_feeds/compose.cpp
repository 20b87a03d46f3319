// Composes a post's text. Everything from outside passes the content room.
#include "jobs/publish_feeds/compose.hpp"

#include "base/text.hpp"
#include "content/content.hpp"
#include "http/client.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace milkrun::publish_feeds {
namespace {

constexpr std::size_t excerpt_bytes = 300, title_bytes = 600, slug_words_bytes = 80;

std::string_view source_word(std::string_view language) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> words{{{"de", "Quelle"},
                                                                                       {"en", "Source"},
                                                                                       {"es", "Fuente"},
                                                                                       {"fr", "Source"},
                                                                                       {"it", "Fonte"},
                                                                                       {"pt", "Fonte"},
                                                                                       {"nl", "Bron"},
                                                                                       {"pl", "Źródło"}}};
  const auto found =
      std::ranges::find(words, language.substr(0, 2), &std::pair<std::string_view, std::string_view>::first);
  return found == words.end() ? "Source" : found->second;
}

// As the publisher writes it: "münchen.example", which the network knows by another name.
std::string host_as_written(const std::string& url) {
  std::string_view host = std::string_view(url).substr(std::min(url.find("://"), url.size()));
  host = host.substr(std::min<std::size_t>(3, host.size()));
  host = host.substr(0, host.find_first_of("/?#:@"));
  const bool international =
      std::ranges::any_of(host, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }) && text::is_utf8(host);
  return international && !http::host_of(url).empty() ? text::lower(host) : http::host_of(url);
}

// Of an item without an address of its own: the feed that showed it.
std::string attribution(const Source& s, std::string_view language) {
  const std::string host = host_as_written(s.url.empty() ? s.feed : s.url);
  const std::string name = s.author.empty() ? host : host.empty() ? s.author : s.author + ", " + host;
  if (name.empty()) return {};
  const std::string shown = content::escape_html(name);
  if (s.url.empty()) return fmt::format("\n<p>{}: {}</p>\n", source_word(language), shown);
  return fmt::format("\n<p>{}: <a href=\"{}\" rel=\"nofollow noopener\">{}</a></p>\n", source_word(language),
                     content::escape_html(s.url), shown);
}

std::string title_of(const std::string& title, const Source& s) {
  if (!title.empty()) return text::clip(title, title_bytes);
  const std::string words = content::to_text(s.summary.empty() ? s.content : s.summary);
  return words.empty() ? http::host_of(s.url) : text::clip(text::collapse_space(words), 80);
}

// What WordPress calls a post that nobody gave a category to, in some of its languages: no tag that says anything.
bool says_nothing(std::string_view tag) {
  static constexpr std::array<std::string_view, 12> words{
      "uncategorized",   "uncategorised", "unkategorisiert", "allgemein",     "non classé",      "sin categoría",
      "senza categoria", "sem categoria", "geen categorie",  "bez kategorii", "okategoriserade", "без рубрики"};
  const std::string folded = text::folded(text::trim(tag));
  return folded.empty() ||
         std::ranges::any_of(words, [&](std::string_view word) { return text::folded(word) == folded; });
}

} // namespace

Text from_item(const Source& s, std::string_view language, std::size_t characters) {
  const std::string& body = s.content.empty() ? s.summary : s.content;
  const std::string& lead = s.summary.empty() ? s.content : s.summary;
  Text t{.title = title_of(s.title, s),
         .excerpt = text::clip(text::collapse_space(content::to_text(lead)), excerpt_bytes),
         .html = characters == 0 ? content::sanitise_html(body) : content::shortened_html(body, characters),
         .tags = s.tags};
  std::erase_if(t.tags, says_nothing);
  if (content::to_text(t.html).empty()) t.html = "<p>" + content::escape_html(t.title) + "</p>";
  t.html += attribution(s, language);
  return t;
}

Text from_draft(const ai::Draft& d, const Source& s, std::string_view language) {
  content::Policy policy;
  const std::string host = http::host_of(s.url);
  if (host.empty())
    policy.no_links = true;
  else
    policy.link_hosts = {host.substr(0, host.find(':')), host_as_written(s.url)};
  return {.title = title_of(d.title, s),
          .excerpt = text::clip(d.excerpt, 2 * excerpt_bytes),
          .html = content::from_markdown(d.body_markdown, policy) + attribution(s, language),
          .tags = d.tags};
}

std::string slug(std::string_view title, std::string_view tenant, std::string_view feed, std::string_view identity) {
  std::string words;
  for (const char c : text::spelled_in_ascii(title)) {
    if (words.size() >= slug_words_bytes) break;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      words += c;
    else if (!words.empty() && words.back() != '-')
      words += '-';
  }
  while (words.ends_with('-')) words.pop_back();
  const std::string id = text::sha256_hex(fmt::format("{}\n{}\n{}", tenant, feed, identity)).substr(0, 12);
  return words.empty() ? "post-" + id : words + "-" + id;
}

} // namespace milkrun::publish_feeds
