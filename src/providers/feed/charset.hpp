// From the bytes of a feed to clean UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::feed {

// Decodes a document: byte order mark, NUL pattern, "it is valid UTF-8" or clearly means to be, HTTP charset, XML
// declaration, a guess by the language of its bytes, windows-1252, in this order. Never fails: bytes without meaning
// become U+FFFD, C1 controls what they are in windows-1252, characters that XML forbids and byte order marks at the
// start are dropped. At most some 10 MiB of UTF-8; what is behind them is cut.
std::string decode_document(std::string_view body, std::string_view content_type);

// The converter for a charset label (WHATWG Encoding Standard), as iconv names it; "" = unknown or refused
// (UTF-7 and the stateful ones, but ISO-2022-JP). "UTF-8", "WINDOWS-1252" and "ISO-2022-JP" are built in.
std::string_view converter_of(std::string_view label);

// Windows-1252 for one byte; U+FFFD where it has no character.
char32_t windows_1252(unsigned char byte);

} // namespace milkrun::feed
