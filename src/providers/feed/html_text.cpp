// HTML to plain text without a parser: good enough for a title, never used to make HTML safe.
#include "providers/feed/html_text.hpp"

#include "base/text.hpp"
#include "providers/feed/entities.hpp"

#include <algorithm>
#include <array>

namespace milkrun::feed {

namespace {

// In the order of the alphabet.
constexpr auto elements = std::to_array<std::string_view>({
    "a",      "abbr",   "address", "article", "b",     "base", "big",   "blockquote", "body",    "br",    "button",
    "center", "cite",   "code",    "dd",      "del",   "div",  "dl",    "dt",         "em",      "embed", "figure",
    "font",   "form",   "h1",      "h2",      "h3",    "h4",   "h5",    "h6",         "head",    "hr",    "html",
    "i",      "iframe", "img",     "input",   "ins",   "kbd",  "li",    "link",       "mark",    "meta",  "nobr",
    "object", "ol",     "p",       "picture", "pre",   "q",    "s",     "script",     "section", "small", "span",
    "strike", "strong", "style",   "sub",     "sup",   "svg",  "table", "tbody",      "td",      "th",    "title",
    "tr",     "tt",     "u",       "ul",      "video", "wbr",
});
static_assert(std::ranges::is_sorted(elements));
constexpr std::size_t longest_element = 10;

// Lower-case name of the tag at the start of `s` ("<b>", "</b>"), "" when it is none.
std::string tag_name(std::string_view s) {
  std::size_t start = 1;
  if (s.size() > 1 && s[1] == '/') start = 2;
  if (start >= s.size() || !text::is_letter(s[start])) return {};
  const std::string_view rest = s.substr(start, longest_element + 1);
  const std::size_t end = std::min(rest.find_first_of(" \t\r\n/><"), rest.size());
  return end > longest_element ? std::string{} : text::lower(rest.substr(0, end));
}

// How many bytes of markup stand at the start of `s`, which starts with "<"; 0 = it is text. `no_end`: there is no ">"
// in `s`, as an earlier look found out.
std::size_t markup_size(std::string_view s, bool& no_end) {
  if (s.starts_with("<!--")) {
    const std::size_t end = s.find("-->", 4);
    return end == std::string_view::npos ? s.size() : end + 3;
  }
  if (no_end) return 0;
  const std::string name = tag_name(s);
  if (!std::ranges::binary_search(elements, std::string_view(name))) return 0;
  const std::size_t end = s.find('>');
  no_end = end == std::string_view::npos;
  if (no_end) return 0;
  if ((name == "script" || name == "style") && s[1] != '/') {
    const std::size_t close = s.find("</", end);
    const std::size_t close_end = close == std::string_view::npos ? close : s.find('>', close);
    return close_end == std::string_view::npos ? s.size() : close_end + 1;
  }
  return end + 1;
}

// Block elements and line breaks part words.
bool parts_words(std::string_view markup) {
  static constexpr auto inline_elements = std::to_array<std::string_view>(
      {"a", "abbr", "b",     "big",  "cite",   "code",   "del", "em",  "font", "i", "ins", "kbd", "mark",
       "q", "s",    "small", "span", "strike", "strong", "sub", "sup", "tt",   "u", "wbr", "nobr"});
  const std::string name = tag_name(markup);
  return !name.empty() && std::ranges::find(inline_elements, name) == inline_elements.end();
}

std::string without_tags(std::string_view s) {
  std::string out;
  bool no_end = false;
  while (!s.empty()) {
    const std::size_t plain = std::min(s.find('<'), s.size());
    out += s.substr(0, plain);
    s.remove_prefix(plain);
    if (s.empty()) break;
    const std::size_t markup = markup_size(s, no_end);
    if (markup == 0)
      out += '<';
    else if (parts_words(s.substr(0, markup)))
      out += ' ';
    s.remove_prefix(std::max<std::size_t>(markup, 1));
  }
  return out;
}

} // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (char c : text) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    default: out += c;
    }
  }
  return out;
}

std::string plain_text(std::string_view html) {
  // A title is short; what is far longer is cut first so that no work is done for nothing.
  const std::string_view piece = first_characters(html, 16 * max_title);
  // Tags first: what is escaped is what the reader shall see.
  return text::collapse_space(decode_entities(without_tags(piece)));
}

std::string_view first_characters(std::string_view s, std::size_t max) {
  if (s.size() <= max) return s;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(s[i]) & 0xC0) != 0x80;
    if (starts && ++characters > max) return s.substr(0, i);
  }
  return s;
}

std::string_view first_html_characters(std::string_view html, std::size_t max) {
  const std::string_view piece = first_characters(html, max);
  if (piece.size() == html.size()) return html;
  const std::size_t open = piece.rfind('<');
  const std::size_t close = piece.rfind('>');
  if (open == std::string_view::npos || (close != std::string_view::npos && close > open)) return piece;
  return piece.substr(0, open);
}

} // namespace milkrun::feed
