// The text of a post from a draft or from the item itself: clean HTML, a source link, a slug. Pure.
#pragma once

#include "providers/ai/ai.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::publish_feeds {

struct Source {                                           // the feed item, untrusted
  std::string url, feed, title, author, summary, content; // feed: the feed's own address
  std::vector<std::string> tags;
};

struct Text {
  std::string title, excerpt, html;
  std::vector<std::string> tags;
};

// The item's own text, shortened to so many characters (0 = all), with attribution; no AI.
Text from_item(const Source& source, std::string_view language, std::size_t characters);
// An AI's draft: Markdown in safe mode, links only to the source's host, then the source link.
Text from_draft(const ai::Draft& draft, const Source& source, std::string_view language);
// Words of the title in ASCII, then 12 hex digits of (tenant, feed, item): the same for ever, unlike any other post's.
std::string slug(std::string_view title, std::string_view tenant, std::string_view feed, std::string_view identity);

} // namespace milkrun::publish_feeds
