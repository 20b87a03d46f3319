// Links of a feed: made absolute, also inside HTML, and a normal form to recognise them by.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace milkrun::feed {

// An absolute http(s) URL for a reference as feeds write it (line breaks and blanks in it are mended), or "":
// nothing given, no base to resolve it against, another scheme, or longer than 2,048 bytes.
std::string absolute(std::string_view base, std::string_view reference);

// Does it start with http:// or https://?
bool is_web_address(std::string_view text);

// The URL as a key: scheme and host lower case, without default port, fragment, utm_*, fbclid and xtor. `url` is one
// that absolute() returned.
std::string link_key(std::string_view url);
// The same with its fragment: a place on a page. In a changelog it is what tells the entries apart.
std::string place_key(std::string_view url);

// Resolves the links inside HTML of one document (href, src, poster, srcset). Nothing else of it is changed.
class HtmlLinks {
public:
  // `base`: what relative links are resolved against; "" leaves them. `page`: the item's own address, for links
  // that are a fragment only; "" = base. Attributes whose link is refused (javascript:, data:, file:, ...) are
  // removed; http(s), mailto: and tel: stay.
  std::string absolute_html(std::string_view html, std::string_view base, std::string_view page);

private:
  friend class LinkRewriter;
  // A long base and a million short links would blow up a document: links to resolve and bytes to add are limited
  // for all of it together; the relative links behind that are removed.
  std::size_t growth_left_ = 16UL * 1024 * 1024;
  std::size_t links_left_ = 200'000;
};

} // namespace milkrun::feed
