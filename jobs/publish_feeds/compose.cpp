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

std::string attribution(const Source& s, std::string_view language) {
  if (s.url.empty()) return {};
  const std::string name = s.author.empty() ? http::host_of(s.url) : s.author + ", " + http::host_of(s.url);
  return fmt::format("\n<p>{}: <a href=\"{}\" rel=\"nofollow noopener\">{}</a></p>\n", source_word(language),
                     content::escape_html(s.url), content::escape_html(name));
}

std::string title_of(const std::string& title, const Source& s) {
  if (!title.empty()) return text::clip(title, title_bytes);
  const std::string words = content::to_text(s.summary.empty() ? s.content : s.summary);
  return words.empty() ? http::host_of(s.url) : text::clip(text::collapse_space(words), 80);
}

// Letters that have a usual ASCII spelling; the rest of non-ASCII is left out.
std::string_view ascii(std::string_view letter) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 24> table{
      {{"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"ß", "ss"}, {"Ä", "ae"}, {"Ö", "oe"}, {"Ü", "ue"}, {"é", "e"},
       {"è", "e"},  {"ê", "e"},  {"á", "a"},  {"à", "a"},  {"â", "a"},  {"ó", "o"},  {"ò", "o"},  {"ô", "o"},
       {"ú", "u"},  {"ù", "u"},  {"í", "i"},  {"ç", "c"},  {"ñ", "n"},  {"ł", "l"},  {"ś", "s"},  {"ż", "z"}}};
  const auto found = std::ranges::find(table, letter, &std::pair<std::string_view, std::string_view>::first);
  return found == table.end() ? std::string_view() : found->second;
}

} // namespace

Text from_item(const Source& s, std::string_view language) {
  const std::string& body = s.summary.empty() ? s.content : s.summary;
  Text t{.title = title_of(s.title, s),
         .excerpt = text::clip(text::collapse_space(content::to_text(body)), excerpt_bytes),
         .html = content::sanitise_html(body),
         .tags = s.tags};
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
    policy.link_hosts = {host.substr(0, host.find(':'))};
  return {.title = title_of(d.title, s),
          .excerpt = text::clip(d.excerpt, 2 * excerpt_bytes),
          .html = content::from_markdown(d.body_markdown, policy) + attribution(s, language),
          .tags = d.tags};
}

std::string slug(std::string_view title, std::string_view tenant, std::string_view feed, std::string_view identity) {
  std::string words;
  for (std::size_t i = 0; i < title.size() && words.size() < slug_words_bytes;) {
    const auto c = static_cast<unsigned char>(title[i]);
    const std::size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    const std::string_view letter = title.substr(i, length);
    i += length;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      words += static_cast<char>(c);
    else if (c >= 'A' && c <= 'Z')
      words += static_cast<char>(c - 'A' + 'a');
    else if (c >= 0x80)
      words += ascii(letter);
    else if (!words.empty() && words.back() != '-')
      words += '-';
  }
  while (words.ends_with('-')) words.pop_back();
  const std::string id = text::sha256_hex(fmt::format("{}\n{}\n{}", tenant, feed, identity)).substr(0, 12);
  return words.empty() ? "post-" + id : words + "-" + id;
}

} // namespace milkrun::publish_feeds
