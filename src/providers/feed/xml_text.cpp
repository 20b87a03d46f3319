// The text of an element, in the two ways feeds mean it: as it stands, and as markup written out again.
#include "providers/feed/xml.hpp"

#include "base/text.hpp"
#include "providers/feed/html_text.hpp"

#include <algorithm>
#include <array>

namespace milkrun::feed {

namespace {

// These have no end tag in HTML; all others need one even when they are empty (<a name="x"/>).
bool is_void(std::string_view name) {
  static constexpr auto names = std::to_array<std::string_view>(
      {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"});
  return std::ranges::find(names, name) != names.end();
}

bool is_text(pugi::xml_node node) { return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata; }

// As it is written in HTML, or as feeds usually write it.
std::string markup_name(pugi::xml_node node) {
  const Ns ns = ns_of(node);
  const std::string local(local_name(node));
  if (ns == Ns::other) return node.name();
  if (ns == Ns::xhtml || ns == Ns::atom || ns == Ns::core) return local;
  return std::string(usual_prefix(ns)) + ":" + local;
}

// Outside of attributes quotes mean nothing.
void append_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    default: out += c;
    }
  }
}

void append_inner(std::string& out, pugi::xml_node node);

// The depth of a document is capped before it is parsed, and so is this recursion.
void append_element(std::string& out, pugi::xml_node node) {
  const std::string name = markup_name(node);
  out.append("<").append(name);
  for (pugi::xml_attribute attribute : node.attributes()) {
    out.append(" ").append(attribute.name()).append("=\"").append(escape_html(attribute.value())).append("\"");
    if (out.size() > longest_text) return;
  }
  out += '>';
  if (is_void(name)) return;
  append_inner(out, node);
  out.append("</").append(name).append(">");
}

void append_inner(std::string& out, pugi::xml_node node) {
  for (pugi::xml_node child : node.children()) {
    if (out.size() > longest_text) return;
    if (child.type() == pugi::node_element)
      append_element(out, child);
    else if (is_text(child))
      append_text(out, child.value());
  }
}

// What is cut ends at a whole character.
std::string bounded(std::string out) {
  if (out.size() > longest_text) {
    std::size_t end = longest_text;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out.resize(end);
  }
  return std::string(text::trim(out));
}

} // namespace

std::string text_of(pugi::xml_node node) {
  std::string out;
  for (pugi::xml_node child : node.children()) {
    if (out.size() > longest_text) break;
    if (child.type() == pugi::node_element)
      append_element(out, child);
    else if (is_text(child))
      out += child.value();
  }
  return bounded(std::move(out));
}

std::string inner_html(pugi::xml_node node) {
  std::string out;
  append_inner(out, node);
  return bounded(std::move(out));
}

std::string own_text(pugi::xml_node node) {
  std::string out;
  for (pugi::xml_node child : node.children()) {
    if (is_text(child) && out.size() <= longest_text) out += child.value();
  }
  return bounded(std::move(out));
}

bool has_elements(pugi::xml_node node) {
  return std::ranges::any_of(node.children(), [](pugi::xml_node c) { return c.type() == pugi::node_element; });
}

} // namespace milkrun::feed
