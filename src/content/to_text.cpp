// The text a reader would see. Promises valid UTF-8 without markup: not escaped, so it is not HTML.
#include "content/content.hpp"
#include "content/element.hpp"
#include "content/tree.hpp"

#include "base/text.hpp"

namespace milkrun::content {
namespace {

// Text with a line feed wherever a block starts or ends; white space of the source is blanks.
std::string lines_of(const GumboNode& root) {
  struct Open {
    const GumboNode* node;
    std::size_t next;
    char after; // written when the node ends; NUL = nothing
  };
  std::string out;
  std::vector<Open> open{{&root, 0, '\0'}};
  while (!open.empty()) {
    Open& top = open.back();
    const auto nodes = children(*top.node);
    if (top.next == nodes.size()) {
      if (top.after) out += top.after;
      open.pop_back();
      continue;
    }
    const GumboNode& node = *nodes[top.next++];
    if (node.type == GUMBO_NODE_WHITESPACE) out += ' ';
    if (node.type == GUMBO_NODE_TEXT) {
      for (const char c : std::string_view(node.v.text.text)) out += c == '\n' ? ' ' : c;
    }
    if (node.type != GUMBO_NODE_ELEMENT || rule_of(node.v.element).fate == Fate::drop) continue;
    out += emoji_of(node.v.element);
    const bool block = is_block(node.v.element);
    const bool cell = node.v.element.tag == GUMBO_TAG_TD || node.v.element.tag == GUMBO_TAG_TH;
    if (block) out += '\n';
    open.push_back({&node, 0, block ? '\n' : cell ? ' ' : '\0'});
  }
  return out;
}

} // namespace

std::string to_text(std::string_view html) {
  const Tree tree(html);
  if (!tree.root()) return "";
  const std::string lines = lines_of(*tree.root());
  std::string out;
  for (const std::string_view line : text::split(lines, '\n')) {
    const std::string words = text::collapse_space(line);
    if (words.empty()) continue;
    if (!out.empty()) out += '\n';
    out += words;
  }
  return out;
}

} // namespace milkrun::content
