// Atom says how its texts are written, in two incompatible ways; this believes both where they make sense.
#include "providers/feed/atom_text.hpp"

#include "base/text.hpp"
#include "providers/feed/html_text.hpp"

namespace milkrun::feed {

namespace {

bool is_html_type(std::string_view type) {
  return type == "html" || type == "xhtml" || type.starts_with("text/html") || type.starts_with("application/xhtml");
}

bool is_xml_type(std::string_view type) { return type.ends_with("/xml") || type.ends_with("+xml"); }

std::string without_space(std::string s) {
  std::erase_if(s, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  return s;
}

// Binary has no place in a text.
AtomText from_base64(pugi::xml_node node, bool is_html) {
  std::optional<std::string> bytes = text::from_base64(without_space(text_of(node)));
  if (!bytes || !text::is_utf8(*bytes) || bytes->find('\0') != std::string::npos) return {};
  return {.value = *std::move(bytes), .is_html = is_html};
}

// The inside of the one <div> that RFC 4287 asks for, or of the element itself.
AtomText markup(pugi::xml_node node) {
  pugi::xml_node only;
  for (pugi::xml_node child : node.children()) {
    if (child.type() == pugi::node_element) {
      if (only) return {.value = inner_html(node), .is_html = true};
      only = child;
    } else if (!text::trim(child.value()).empty()) {
      return {.value = inner_html(node), .is_html = true};
    }
  }
  const bool is_div = only && text::iequals(local_name(only), "div");
  return {.value = inner_html(is_div ? only : node), .is_html = true};
}

AtomText by_mode(pugi::xml_node node, std::string_view mode, std::string_view type) {
  if (mode == "base64") return from_base64(node, is_html_type(type));
  if (mode == "xml" && has_elements(node)) return markup(node);
  return {.value = text_of(node), .is_html = is_html_type(type)};
}

} // namespace

std::string AtomText::html() const { return is_html ? value : escape_html(value); }

std::string AtomText::plain() const { return is_html ? plain_text(value) : text::collapse_space(value); }

AtomText read_atom_text(pugi::xml_node node) {
  const std::string type = text::lower(attribute(node, "type"));
  const std::string mode = text::lower(attribute(node, "mode"));
  if (!mode.empty()) return by_mode(node, mode, type);
  if (!attribute(node, "src").empty()) return {};
  if (type == "xhtml" || type.starts_with("application/xhtml")) return markup(node);
  if (is_html_type(type)) return {.value = text_of(node), .is_html = true};
  // Markup where text was promised is meant as markup.
  if (is_xml_type(type) || has_elements(node)) return markup(node);
  const bool is_binary = type.find('/') != std::string::npos && !type.starts_with("text/");
  if (is_binary) return from_base64(node, true);
  return {.value = text_of(node), .is_html = false};
}

} // namespace milkrun::feed
