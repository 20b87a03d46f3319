// Names of hosts whose dots are written as something else, as they would be typed. Pure.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::publish_feeds {

// "evil. com", "evil . com", "evil dot com" and "evil-dot-com" with "evil.com": only in front of some usual ends, and
// the text as it was written, for capitals tell where a sentence begins.
std::string with_joined_dots(std::string_view text);
// "evil [dot] com", "evil(.)com", in small letters, with "evil.com".
std::string with_bare_dots(std::string_view text);

} // namespace milkrun::publish_feeds
