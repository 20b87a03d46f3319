// Reading UTF-8 code point by code point.
#pragma once

#include <cstddef>
#include <string_view>

namespace milkrun::text {

struct Decoded {
  char32_t code_point = 0xFFFD;
  std::size_t size = 1; // bytes taken; for invalid input the bytes that one U+FFFD stands for, at least 1
  bool valid = false;
};

// The first code point of a text that is not empty. Overlong forms, surrogates, truncated sequences and anything
// above U+10FFFF are invalid. Invalid input is cut as the WHATWG Encoding Standard does ("maximal subpart").
Decoded decode_utf8(std::string_view s);

} // namespace milkrun::text
