// Turning Markdown and untrusted HTML into HTML that is safe to publish, and HTML into plain text. No I/O.
//
// All functions take any bytes (invalid UTF-8 is repaired) and return valid UTF-8. They never throw on their
// input and never recurse over it. Input beyond 256 KiB or 20,000 `<` is cut there, output has the same caps;
// input that makes the HTML parser take more than 64 MiB gives "".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::content {

struct Policy {
  bool images = false; // keep <img> with an http(s) source (link_hosts does not apply to images)
  // When non-empty, only links to these hosts ("example.org": itself and its subdomains) survive; others, mailto
  // included, become their text.
  std::vector<std::string> link_hosts = {};
  bool no_links = false; // every link becomes its text
};

// CommonMark -> safe HTML: raw HTML and unsafe URLs are left out, the rest passes sanitise_html().
std::string from_markdown(std::string_view markdown, const Policy& policy = {});

// Untrusted HTML -> an allow-list of elements, attributes and URL schemes (http, https, mailto).
// Goes through the tree of an HTML5 parser and an own serialiser. Scripts, styles, frames, forms, svg, math and
// embedded objects go with their text; comments (so `<!-- wp:` blocks too), CDATA, on*, style, class and id go;
// links get rel="nofollow noopener". `[` is written &#91; so that WordPress runs no shortcode, and "://" in text
// is written &#58;// so that it embeds no bare address. At most 256 elements deep. Idempotent.
std::string sanitise_html(std::string_view html, const Policy& policy = {});

// sanitise_html() of the beginning: at most so many characters of text, cut after a word and ended with an ellipsis.
std::string shortened_html(std::string_view html, std::size_t characters, const Policy& policy = {});

// The address of the first <img> that is large enough to be seen (a counting pixel is not), as it is written there; ""
// when there is none.
std::string first_image(std::string_view html);

// What a reader would see: entities decoded, white space collapsed, one line per paragraph.
std::string to_text(std::string_view html);

// For text between tags or in a quoted attribute: & < > " ' and the brackets of shortcodes become entities.
std::string escape_html(std::string_view text);

} // namespace milkrun::content
