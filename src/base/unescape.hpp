// A text without the escapes of addresses, of HTML and of JSON, whichever of its letters they were used for: to look
// for what somebody may have written in any of these ways, and to know where it stands.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::text {

struct Unescaped {
  std::string text;
  std::vector<std::size_t> from; // where each byte begins in what was given; the last one is that text's size
};

// %63 · &#99; &#x63; &amp; &lt; &gt; &quot; &apos; · \u0063 \x63 \/ \" \\. One pass: what comes out is not looked at
// again. nullopt: there is nothing of it in the text.
std::optional<Unescaped> without_escapes(std::string_view text);

} // namespace milkrun::text
