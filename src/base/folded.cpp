// The one list of what does not count when two names are compared: Unicode's default ignorable code points (which NFKC
// case folding removes) and the format characters beside them.
#include "base/text.hpp"
#include "base/utf8.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace milkrun::text {
namespace {

bool is_invisible(char32_t c) {
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  constexpr char32_t empty_braille = 0x2800; // a symbol of no dots
  return category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_CC || c == empty_braille;
}

} // namespace

std::string folded(std::string_view s) {
  const std::string valid = to_valid_utf8(s);
  utf8proc_uint8_t* mapped = nullptr;
  constexpr auto how = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                                             static_cast<utf8proc_ssize_t>(valid.size()), &mapped, how);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, &std::free);
  if (size < 0) return lower(valid); // only for text of gigabytes
  std::string out;
  for (std::string_view rest(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)); !rest.empty();) {
    const Decoded next = decode_utf8(rest);
    if (next.code_point == '\t' || next.code_point == '\n' || next.code_point == '\r')
      out += ' '; // these are seen
    else if (!is_invisible(next.code_point))
      out += rest.substr(0, next.size);
    rest.remove_prefix(next.size);
  }
  return out;
}

} // namespace milkrun::text
