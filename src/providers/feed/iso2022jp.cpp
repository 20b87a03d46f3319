// EUC-JP holds the same character sets with the state in each byte.
#include "providers/feed/iso2022jp.hpp"

namespace milkrun::feed {

namespace {

enum class Set { ascii, two_bytes, kana };

bool is_graphic(char c) { return c >= 0x21 && c <= 0x7E; }

char with_high_bit(char c) { return static_cast<char>(static_cast<unsigned char>(c) | 0x80U); }

// The set that an escape sequence at the start of `s` selects, and its size; 0 = it is none.
std::size_t escape(std::string_view s, Set& set) {
  const std::string_view sequence = s.substr(0, 3);
  if (sequence == "\x1B(B" || sequence == "\x1B(J") return set = Set::ascii, 3;
  if (sequence == "\x1B(I") return set = Set::kana, 3;
  if (sequence == "\x1B$B" || sequence == "\x1B$@") return set = Set::two_bytes, 3;
  return 0;
}

} // namespace

bool looks_like_iso_2022_jp(std::string_view bytes) {
  return bytes.find("\x1B$B") != std::string_view::npos || bytes.find("\x1B$@") != std::string_view::npos;
}

std::string iso_2022_jp_to_euc(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  Set set = Set::ascii;
  while (!bytes.empty()) {
    if (const std::size_t size = bytes[0] == '\x1B' ? escape(bytes, set) : 0; size > 0) {
      bytes.remove_prefix(size);
      continue;
    }
    if (bytes[0] == '\n') set = Set::ascii; // lines start anew (RFC 1468)
    if (set == Set::two_bytes && bytes.size() > 1 && is_graphic(bytes[0]) && is_graphic(bytes[1])) {
      out += with_high_bit(bytes[0]);
      out += with_high_bit(bytes[1]);
      bytes.remove_prefix(2);
      continue;
    }
    if (set == Set::kana && is_graphic(bytes[0])) {
      out += '\x8E';
      out += with_high_bit(bytes[0]);
    } else {
      out += bytes[0];
    }
    bytes.remove_prefix(1);
  }
  return out;
}

} // namespace milkrun::feed
