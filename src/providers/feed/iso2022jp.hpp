// Japanese in seven bits (RFC 1468), without the system's stateful converter. Internal to the feed room.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::feed {

// Has it an escape sequence that starts two-byte characters?
bool looks_like_iso_2022_jp(std::string_view bytes);
// The same text as EUC-JP: two-byte characters and half-width kana by their high bit, escape sequences gone.
std::string iso_2022_jp_to_euc(std::string_view bytes);

} // namespace milkrun::feed
