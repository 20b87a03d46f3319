// Escaping of text nodes inside the room; escape_html() is public.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::content {

// A text node: & < > [ and the colon of "://" as entities, control characters left out. Quotes stay, so that
// typography plugins still see them.
std::string escape_text(std::string_view text);

} // namespace milkrun::content
