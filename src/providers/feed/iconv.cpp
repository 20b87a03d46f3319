// iconv with replacement: a bad byte costs one U+FFFD, never the document.
#include "providers/feed/iconv.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace milkrun::feed {

namespace {

class Converter {
public:
  explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (is_open()) iconv_close(handle_);
  }
  // iconv_open returns (iconv_t)-1 on failure.
  bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); } // NOLINT(performance-no-int-to-ptr)

  // Converts a piece and advances `in`; returns iconv's errno, 0 = all done.
  int piece(char*& in, std::size_t& in_left, std::string& out) {
    std::array<char, 16'384> buffer;
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t result = iconv(handle_, &in, &in_left, &to, &room);
    const int error = result == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(buffer.data(), buffer.size() - room);
    return error;
  }

private:
  iconv_t handle_;
};

std::size_t unit_of(std::string_view converter) {
  if (converter.starts_with("UTF-32")) return 4;
  return converter.starts_with("UTF-16") ? 2 : 1;
}

} // namespace

std::optional<std::string> convert(std::string_view bytes, std::string_view converter, std::size_t most) {
  Converter open{std::string(converter)};
  if (!open.is_open()) return std::nullopt;
  const std::size_t unit = unit_of(converter);
  std::string out;
  out.reserve(std::min(bytes.size() + bytes.size() / 2, most));
  char* in = const_cast<char*>(bytes.data()); // iconv reads through a char** for historical reasons
  std::size_t left = bytes.size();
  while (left > 0 && out.size() < most) {
    const int error = open.piece(in, left, out);
    if (error == 0) break;
    if (error == E2BIG) continue;
    out += "\xEF\xBF\xBD";
    if (error != EILSEQ || left <= unit) break; // the rest is an incomplete character
    in += unit;
    left -= unit;
  }
  return out;
}

} // namespace milkrun::feed
