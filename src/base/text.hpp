// Text helpers without I/O: cleaning untrusted text, hex, hashes, small parsing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::text {

std::string_view trim(std::string_view s);            // ASCII white space off both ends
std::string lower(std::string_view s);                // ASCII only
bool iequals(std::string_view a, std::string_view b); // ASCII case-insensitive
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); } // ASCII
std::vector<std::string_view> split(std::string_view s, char separator);                      // "" -> {""}
std::string collapse_space(std::string_view s); // runs of white space (incl. NBSP) -> one blank, trimmed
std::string replace_all(std::string s, std::string_view from, std::string_view to);

// For comparing what people typed: NFKC, case folded, without what nobody sees (zero-width characters, direction marks,
// joiners, variation selectors, tags, other format characters). Not for showing.
std::string folded(std::string_view s);

// Lower-case ASCII as people spell it where letters are missing: "Łódź – Straße" -> "lodz   strasse". Latin, Greek and
// Cyrillic letters have a spelling, those of other scripts are left out, signs and blanks become blanks.
std::string spelled_in_ascii(std::string_view s);

bool is_utf8(std::string_view s);
// Invalid bytes, surrogates and NUL become U+FFFD; the result is always valid UTF-8.
std::string to_valid_utf8(std::string_view s);
// At most `max_bytes` bytes, cut at a code point; a cut text ends in "…" (within max_bytes).
std::string clip(std::string_view s, std::size_t max_bytes);
void append_utf8(std::string& out, char32_t code_point); // invalid -> U+FFFD

// One line, safe on a terminal and in a log: C0/C1, ESC, bidi controls, U+2028/9 are escaped as \xNN or \u{N}.
std::string one_line(std::string_view s, std::size_t max_bytes = 200);

std::string hex(std::string_view bytes);
std::string base64(std::string_view bytes);                 // standard alphabet, padded
std::optional<std::string> from_base64(std::string_view s); // nullopt: not base64
std::string percent_encode(std::string_view s);             // RFC 3986 unreserved stay
// SHA-256, lower-case hex (64 digits). Used for identities and digests, not for secrets.
std::string sha256_hex(std::string_view bytes);

// Whether a header, a parameter or a member is called like what holds a secret ("X-Auth-Token", "apikey", "passwd").
bool names_secret(std::string_view name);

// A telephone number in full: "+" and 8 to 15 digits, the first not 0 (E.164).
bool is_e164(std::string_view s);

std::optional<std::int64_t> to_int(std::string_view s); // whole string, decimal, checked
// "90", "1500ms", "30s", "10m", "2h", "1d" -> milliseconds (bare numbers are seconds).
std::optional<std::int64_t> to_millis(std::string_view s);

} // namespace milkrun::text
