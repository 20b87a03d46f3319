// What must happen to XML text before pugixml sees it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace milkrun::feed {

struct Prepared {
  std::string xml;        // well-formed; only the five XML entities and numeric references are left, and names have
                          // the one-letter prefixes of namespaces.hpp
  bool repaired = false;  // it was not well-formed
  bool broke_off = false; // it ended early, or something of it was left out
  std::size_t steps = 0;  // tags, attributes and texts looked at: the measure of the work
};

// Repairs references, tags and their nesting; drops comments, processing instructions and the DOCTYPE. Text in CDATA
// is left alone. A sound document keeps its nesting as it is; in another one tags of HTML that need no end get one,
// an end tag closes what was left open inside it, one that belongs to nothing is dropped, and nothing inside an item
// reaches beyond the item. An item that is still open where the document ends is left out, and so is one with more
// than 256 levels or 256 attributes on one element. A document whose tree would take more than 24 MiB is cut.
Prepared prepare(std::string_view utf8);

} // namespace milkrun::feed
