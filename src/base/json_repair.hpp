// What must happen to the JSON of publishers and language models before nlohmann sees it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace milkrun {

struct RepairedJson {
  std::string text;
  bool repaired = false;  // beyond what is inside of strings
  bool broke_off = false; // it ended early
};

// The text with what strict JSON forbids inside strings but publishers send: half a surrogate pair (a text cut
// within an emoji) becomes U+FFFD, a bare line break or tab becomes its escape, another control character a blank, a
// backslash that begins no escape goes. Of a string the first `longest` bytes are kept. A number too large to be one is
// 0. A comma in front of a closing bracket, behind another one or behind an opening bracket goes; NaN and other words
// that are no JSON are null. A document that ends early ends behind its last whole member of a list in the root object:
// its last complete item.
RepairedJson repaired_json(std::string_view text, std::size_t longest);

} // namespace milkrun
