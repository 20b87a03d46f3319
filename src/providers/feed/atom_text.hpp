// Text constructs of Atom. Internal to the feed room.
#pragma once

#include "providers/feed/xml.hpp"

#include <string>

namespace milkrun::feed {

// A title, summary or content: what it holds, and whether that is HTML or plain text.
struct AtomText {
  std::string value;
  bool is_html = false;

  std::string html() const;  // as HTML
  std::string plain() const; // as one line of plain text
};

// By `type` (RFC 4287 3.1, 4.1.3: text, html, xhtml, a media type; anything else is base64) or, as in Atom 0.3,
// by `mode` (xml, escaped, base64) and a media type. Content that lies elsewhere (`src`) and binary is empty.
AtomText read_atom_text(pugi::xml_node node);

} // namespace milkrun::feed
