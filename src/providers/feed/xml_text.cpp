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

void append_inner(std::string& out, pugi::xml_node node);

// The depth of a document is capped before it is parsed, and so is this recursion.
void append_element(std::string& out, pugi::xml_node node) {
  const std::string_view name = ns_of(node) == Ns::xhtml ? local_name(node) : std::string_view(node.name());
  out.append("<").append(name);
  for (pugi::xml_attribute attribute : node.attributes()) {
    const std::string_view attribute_name = attribute.name();
    if (attribute_name.starts_with("xmlns")) continue;
    out.append(" ").append(attribute_name).append("=\"").append(escape_html(attribute.value())).append("\"");
  }
  out += '>';
  if (is_void(name)) return;
  append_inner(out, node);
  out.append("</").append(name).append(">");
}

void append_inner(std::string& out, pugi::xml_node node) {
  for (pugi::xml_node child : node.children()) {
    if (child.type() == pugi::node_element)
      append_element(out, child);
    else if (is_text(child))
      out += escape_html(child.value());
  }
}

} // namespace

std::string text_of(pugi::xml_node node) {
  std::string out;
  for (pugi::xml_node child : node.children()) {
    if (child.type() == pugi::node_element)
      append_element(out, child);
    else if (is_text(child))
      out += child.value();
  }
  return std::string(text::trim(out));
}

std::string inner_html(pugi::xml_node node) {
  std::string out;
  append_inner(out, node);
  return std::string(text::trim(out));
}

bool has_elements(pugi::xml_node node) {
  return std::ranges::any_of(node.children(), [](pugi::xml_node c) { return c.type() == pugi::node_element; });
}

} // namespace milkrun::feed
