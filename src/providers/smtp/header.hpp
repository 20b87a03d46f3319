// Header fields: folded lines of ASCII, whatever the value holds (RFC 5322, RFC 2047).
#pragma once

#include "base/clock.hpp"

#include <string>
#include <string_view>

namespace milkrun::smtp {

// Valid UTF-8 without control characters (CR, LF and NUL are some) and line separators.
bool is_header_text(std::string_view s);

// "Name: value\r\n". Text that is ASCII stays readable and is folded at blanks; everything else goes as encoded words
// of at most 75 characters, each a whole number of code points. The value must be is_header_text.
std::string text_field(std::string_view name, std::string_view value);
// "Name: Shown Name <address>\r\n"; the address is never encoded. `shown` may be "".
std::string mailbox_field(std::string_view name, std::string_view shown, std::string_view address);
// "Name: value\r\n" of a value that is ASCII and has its own syntax; folded before each part but the first.
std::string plain_field(std::string_view name, std::string_view value);

// RFC 5322 date in UTC: "Fri, 27 Nov 2026 12:00:00 +0000".
std::string mail_date(Time t);

} // namespace milkrun::smtp
