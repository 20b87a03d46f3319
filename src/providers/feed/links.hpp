// Links of a feed: made absolute, also inside HTML, and a normal form to recognise them by.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace milkrun::feed {

// An absolute http(s) URL for a reference as feeds write it (line breaks, blanks and "&amp;" in it are mended), or "":
// nothing given, no base to resolve it against, another scheme, or longer than 2,048 bytes.
std::string absolute(std::string_view base, std::string_view reference);

// Was it escaped once too often ("?a=1&amp;b=2")? No address means that.
bool is_escaped(std::string_view reference);

// Does it start with http:// or https://?
bool is_web_address(std::string_view text);

// The URL as a key: scheme and host lower case, an international host in ASCII, escapes in upper case, without default
// port, fragment, utm_*, fbclid and xtor. `url` is one that absolute() returned.
std::string link_key(std::string_view url);
// The same with its fragment: a place on a page. In a changelog it is what tells the entries apart.
std::string place_key(std::string_view url);

// Resolves the links of one document: those inside HTML (href, src, poster, srcset; nothing else of it is changed), and
// single ones.
class HtmlLinks {
public:
  // As absolute(); "" as well when the document has had all that is read and resolved of one.
  std::string absolute_one(std::string_view base, std::string_view reference);
  // `base`: what relative links are resolved against; "" leaves them. `page`: the item's own address, for links
  // that are a fragment only; "" = base. Attributes whose link is refused (javascript:, data:, file:, ...) are
  // removed; http(s), mailto: and tel: stay.
  std::string absolute_html(std::string_view html, std::string_view base, std::string_view page);

private:
  friend class LinkRewriter;
  bool may_resolve(std::size_t bytes);
  // A long base and a million short links would blow up a document: links to resolve, bytes that are read for it and
  // bytes to add are limited for all of it together; the relative links behind that are removed.
  std::size_t growth_left_ = 16UL * 1024 * 1024;
  std::size_t links_left_ = 200'000;
  std::size_t reading_left_ = 8UL * 1024 * 1024; // the base once more for each link
};

} // namespace milkrun::feed
