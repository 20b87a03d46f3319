// Printing and parsing of keys.
#include "job/key.hpp"

namespace milkrun {
namespace {

void append(std::string& out, std::string_view part) {
  for (const char c : part) {
    if (c == ':')
      out += "%3A";
    else if (c == '%')
      out += "%25";
    else
      out += c;
  }
}

std::string unescape(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const std::string_view code = part.substr(i, 3);
    if (code == "%3A" || code == "%25") {
      out += code == "%3A" ? ':' : '%';
      i += 2;
    } else {
      out += part[i];
    }
  }
  return out;
}

} // namespace

std::string Key::text() const {
  if (!as_found.empty()) return as_found;
  std::string out;
  append(out, kind);
  out += ':';
  append(out, id);
  if (!part.empty()) {
    out += ':';
    append(out, part);
  }
  return out;
}

Key Key::parse(std::string_view text) {
  Key key;
  const std::size_t first = text.find(':');
  key.kind = unescape(text.substr(0, first));
  if (first != std::string_view::npos) {
    const std::string_view rest = text.substr(first + 1);
    const std::size_t second = rest.find(':');
    key.id = unescape(rest.substr(0, second));
    if (second != std::string_view::npos) key.part = unescape(rest.substr(second + 1));
  }
  if (key.text() != text) key.as_found = text;
  return key;
}

} // namespace milkrun
