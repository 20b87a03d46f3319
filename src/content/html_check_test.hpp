// For tests: reads HTML with gumbo as a whole document would be read, and says what must not be in it.
// Shares nothing with the sanitiser but the parser library.
#pragma once

#include <gumbo.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::test {

class HtmlCheck {
public:
  // Every forbidden element, attribute or URL, "comment", "cdata" or "template"; empty = clean.
  std::vector<std::string> findings;
  std::vector<std::string> hrefs;
  int depth = 0; // deepest element below body

  explicit HtmlCheck(std::string_view html) {
    const std::string page = "<!DOCTYPE html><html><head></head><body>" + std::string(html) + "</body></html>";
    GumboOutput* output = gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size());
    walk(output->root, 0);
    gumbo_destroy_output(&kGumboDefaultOptions, output);
    raw(html);
  }

private:
  static bool tag_allowed(std::string_view tag) {
    static const std::set<std::string_view> tags = {
        "p",     "div",  "h2",   "h3",   "h4",         "h5",     "h6",     "ul",        "ol",    "li",
        "dl",    "dt",   "dd",   "a",    "em",         "strong", "b",      "i",         "u",     "s",
        "del",   "ins",  "sub",  "sup",  "blockquote", "pre",    "br",     "code",      "kbd",   "hr",
        "q",     "var",  "tr",   "samp", "th",         "td",     "table",  "caption",   "thead", "mark",
        "small", "abbr", "cite", "img",  "tbody",      "tfoot",  "figure", "figcaption"};
    return tags.contains(tag);
  }

  void attribute(std::string_view tag, const GumboAttribute& found) {
    const std::string name = found.name;
    const std::string value = found.value;
    static const std::set<std::string> allowed = {"a href",     "a rel",      "img src",    "img alt",
                                                  "img width",  "img height", "td colspan", "td rowspan",
                                                  "th colspan", "th rowspan", "ol start"};
    if (!allowed.contains(std::string(tag) + " " + name)) findings.push_back(std::string(tag) + " " + name);
    if (name == "href") hrefs.push_back(value);
    if (name != "href" && name != "src") return;
    const bool web = value.starts_with("http://") || value.starts_with("https://");
    if (!web && !(name == "href" && value.starts_with("mailto:"))) findings.push_back("url " + value);
  }

  void walk(const GumboNode* node, int level) {
    if (node->type == GUMBO_NODE_COMMENT) findings.emplace_back("comment");
    if (node->type == GUMBO_NODE_CDATA) findings.emplace_back("cdata");
    if (node->type == GUMBO_NODE_TEMPLATE) findings.emplace_back("template");
    if (node->type != GUMBO_NODE_ELEMENT) return;
    const GumboElement& element = node->v.element;
    const std::string tag = gumbo_normalized_tagname(element.tag);
    const bool frame = tag == "html" || tag == "head" || tag == "body";
    if (element.tag_namespace != GUMBO_NAMESPACE_HTML) findings.emplace_back("namespace");
    if (!frame && !tag_allowed(tag)) findings.push_back("element " + tag);
    if (!frame) depth = std::max(depth, ++level);
    for (unsigned i = 0; i < element.attributes.length; ++i) {
      attribute(tag, *static_cast<const GumboAttribute*>(element.attributes.data[i]));
    }
    for (unsigned i = 0; i < element.children.length; ++i) {
      walk(static_cast<const GumboNode*>(element.children.data[i]), level);
    }
  }

  // What WordPress looks for in the stored bytes, whatever a parser thinks of them.
  void raw(std::string_view html) {
    if (html.find("<!--") != html.npos) findings.emplace_back("raw comment");
    if (html.find('[') != html.npos) findings.emplace_back("raw bracket");
    if (html.find('\0') != html.npos) findings.emplace_back("raw NUL");
  }
};

} // namespace milkrun::test
