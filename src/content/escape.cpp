// The two escapings of HTML. Brackets are entities because WordPress looks for shortcodes in the stored text,
// attributes included; the entity is shown as a bracket and never run.
#include "content/escape.hpp"

#include "content/content.hpp"

#include "base/text.hpp"

namespace milkrun::content {
namespace {

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f; }

} // namespace

std::string escape_text(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '[': out += "&#91;"; break;
    case ':': out += text.substr(i).starts_with("://") ? "&#58;" : ":"; break;
    default:
      if (!is_control(c)) out += c;
    }
  }
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text::to_valid_utf8(text)) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#39;"; break;
    case '[': out += "&#91;"; break;
    case ']': out += "&#93;"; break;
    default:
      if (!is_control(c)) out += c;
    }
  }
  return out;
}

} // namespace milkrun::content
