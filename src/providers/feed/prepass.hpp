// What must happen to XML text before pugixml sees it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::feed {

struct Prepared {
  std::string xml;                    // only the five XML entities and numeric references are left
  std::vector<std::size_t> item_ends; // where in `xml` each </item> or </entry> ends
};

// Repairs references and naked "&" and "<"; drops comments, processing instructions and the DOCTYPE. Text in
// CDATA is left alone. A document nested deeper than 256 elements, with more than 300,000 of them or with more
// than 256 attributes on one is cut there: it then reads as one that broke off.
Prepared prepare(std::string_view utf8);

} // namespace milkrun::feed
