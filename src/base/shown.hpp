// What a complaint may say of a value that somebody gave: a secret that was put into the wrong place is not shown.
#pragma once

#include <string>
#include <string_view>

namespace milkrun::shown {

// An address without its user info, query and fragment, in one line: "https://***@example.org/feed?***". "***" when it
// is no address at all: then nobody knows what it is.
std::string url(std::string_view url);

// A name or a short value, in one line; "***" when it could be a key or a token: long, without blanks, of letters and
// digits.
std::string word(std::string_view word);

// What an address gives away: a parameter that is called like a secret, in its query, its fragment or behind a
// semicolon ("the parameter token", or "a parameter" where the name itself may be the secret), what looks like a token
// or stands behind a part that is called like one ("a part of its path"), any fragment; "" = nothing.
std::string secret_of_url(std::string_view url);

} // namespace milkrun::shown
