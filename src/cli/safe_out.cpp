// Works on code points, holding back what may be the first half of one.
#include "cli/safe_out.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace milkrun::cli {
namespace {

bool harmless(char32_t c) {
  if (c == '\n' || c == '\t') return true;
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return false;
  const bool direction =
      c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return !direction && c != 0x2028 && c != 0x2029;
}

// Length of "ESC [ digits ; digits m" at the start of the text; 0 = there is none.
std::size_t colour_at(std::string_view s) {
  if (!s.starts_with("\x1b[")) return 0;
  std::size_t i = 2;
  while (i < s.size() && i < 16 && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';')) ++i;
  return i < s.size() && s[i] == 'm' ? i + 1 : 0;
}

constexpr std::size_t longest_piece = 16; // a colour, or a code point

} // namespace

std::string made_safe(std::string_view s, bool colours) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    if (const std::size_t colour = colours ? colour_at(s) : 0; colour != 0) {
      out += s.substr(0, colour);
      s.remove_prefix(colour);
      continue;
    }
    const text::Decoded next = text::decode_utf8(s);
    if (!next.valid)
      out += "\xEF\xBF\xBD";
    else if (harmless(next.code_point))
      out += s.substr(0, next.size);
    else
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(next.code_point));
    s.remove_prefix(next.size);
  }
  return out;
}

SafeOut::SafeOut(std::ostream& inner, bool colours) : std::ostream(nullptr), buffer_(inner, colours) {
  rdbuf(&buffer_);
}

int SafeOut::Buffer::overflow(int c) {
  if (c == traits_type::eof()) return 0;
  held_ += static_cast<char>(c);
  return hand_on(false) ? c : traits_type::eof();
}

std::streamsize SafeOut::Buffer::xsputn(const char* bytes, std::streamsize size) {
  held_.append(bytes, static_cast<std::size_t>(size));
  return hand_on(false) ? size : 0;
}

int SafeOut::Buffer::sync() {
  if (!hand_on(true)) return -1;
  errno = 0;
  inner_.flush();
  return went_well() ? 0 : -1;
}

bool SafeOut::Buffer::went_well() {
  if (!inner_ && error_ == 0) error_ = errno;
  return static_cast<bool>(inner_);
}

// All but the last few bytes, of which a character or a colour may be only half there.
bool SafeOut::Buffer::hand_on(bool all) {
  std::size_t ready = held_.size();
  if (!all) {
    if (ready < 4096) return static_cast<bool>(inner_);
    ready -= longest_piece;
    while (ready > 0 && (static_cast<unsigned char>(held_[ready]) & 0xC0U) == 0x80U) --ready;
    if (const std::size_t escape = held_.find('\x1b', ready > longest_piece ? ready - longest_piece : 0);
        escape < ready)
      ready = escape;
  }
  errno = 0;
  inner_ << made_safe(std::string_view(held_).substr(0, ready), colours_);
  held_.erase(0, ready);
  return went_well();
}

} // namespace milkrun::cli
