// The two bodies of a mail: the text itself, and HTML made from it.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::smtp {

// Any line ends become CRLF, invalid UTF-8 and NUL become U+FFFD, and the text ends with a line end.
std::string to_lines(std::string_view text);

// A whole HTML document: paragraphs at empty lines, <br> at line ends, http(s) addresses as links, all else as text.
std::string to_html(std::string_view text, std::string_view language);

// Quoted-printable (RFC 2045) of text with CRLF line ends: lines of at most 76 ASCII characters, none of which a mail
// server would have to change (a dot in front, a blank at the end, "From ").
std::string quoted_printable(std::string_view lines);

} // namespace milkrun::smtp
