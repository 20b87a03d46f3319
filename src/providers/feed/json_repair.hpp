// What must happen to JSON text before nlohmann sees it.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::feed {

// The text with what strict JSON forbids inside strings but publishers send: half a surrogate pair (a text cut
// within an emoji) becomes U+FFFD, a bare line break or tab becomes a blank.
std::string repaired_json(std::string_view text);

} // namespace milkrun::feed
