// Writes the allowed part of an HTML tree, and repeats that until parsing changes nothing any more.
// Promises: the output holds only what element.cpp and link.cpp allow, and reads the same when parsed again.
#include "content/content.hpp"
#include "content/element.hpp"
#include "content/escape.hpp"
#include "content/link.hpp"
#include "content/tree.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <vector>

namespace milkrun::content {
namespace {

constexpr std::size_t max_depth = 256;
constexpr int max_passes = 6;

constexpr std::size_t all = std::string::npos;

// The beginning of a text, so many characters, cut after a word.
std::string_view beginning(std::string_view s, std::size_t characters) {
  std::size_t end = 0, word_end = 0;
  for (std::size_t n = 0; end < s.size() && n < characters; ++n) {
    const text::Decoded next = text::decode_utf8(s.substr(end));
    if (next.code_point == ' ' || next.code_point == '\n' || next.code_point == '\t') word_end = end;
    end += next.size;
  }
  if (end < s.size() && (s[end] == ' ' || s[end] == '\n')) word_end = end;
  return s.substr(0, word_end > 0 ? word_end : end);
}

std::size_t characters_of(std::string_view s) {
  std::size_t n = 0;
  for (; !s.empty(); ++n) s.remove_prefix(text::decode_utf8(s).size);
  return n;
}

class Writer {
public:
  // `characters`: of text at most.
  explicit Writer(const Policy& policy, std::size_t characters = all) : policy_(policy), left_(characters) {}

  std::string write(const GumboNode& root) {
    open_.push_back({&root, 0, ""});
    while (!open_.empty()) {
      Open& top = open_.back();
      const auto nodes = children(*top.node);
      if (top.next == nodes.size() || full_) {
        close();
      } else {
        visit(*nodes[top.next++]);
      }
    }
    return std::move(out_);
  }

private:
  struct Open {
    const GumboNode* node;
    std::size_t next;      // the next child
    std::string end_tag{}; // "" when the element itself is not written
  };

  void visit(const GumboNode& node) {
    if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) write_text(node.v.text.text);
    if (node.type == GUMBO_NODE_ELEMENT) enter(node);
  }

  void write_text(std::string_view words) {
    if (left_ == all) {
      append(escape_text(words), "");
      return;
    }
    const std::size_t n = characters_of(words);
    if (n <= left_) {
      left_ -= n;
      append(escape_text(words), "");
      return;
    }
    const std::string_view rest = text::trim(beginning(words, left_));
    append(escape_text(std::string(rest.empty() || words.front() != ' ' ? "" : " ") + std::string(rest)) + "…", "");
    full_ = true;
  }

  void enter(const GumboNode& node) {
    const GumboElement& element = node.v.element;
    const Rule rule = rule_of(element);
    if (rule.fate == Fate::drop) return;
    if (rule.is_void) return write_void(element, rule);
    std::string tag = rule.fate == Fate::keep && depth_ < max_depth ? start_tag(element, rule.name) : "";
    std::string end_tag = tag.empty() ? "" : std::string("</") + rule.name + ">";
    if (rule.fate == Fate::keep && element.tag == GUMBO_TAG_PRE && !tag.empty()) tag += leading_newline(node);
    if (!append(tag, end_tag)) return;
    if (!end_tag.empty()) ++depth_;
    open_.push_back({&node, 0, std::move(end_tag)});
  }

  void write_void(const GumboElement& element, const Rule& rule) {
    if (const std::string_view emoji = emoji_of(element); !emoji.empty()) {
      write_text(emoji);
    } else if (element.tag == GUMBO_TAG_IMG) {
      append(image(element), "");
    } else {
      append(std::string("<") + rule.name + ">", "");
    }
  }

  void close() {
    const Open& top = open_.back();
    out_ += top.end_tag;
    owed_ -= top.end_tag.size();
    if (!top.end_tag.empty()) --depth_;
    open_.pop_back();
  }

  // Adds text and promises room for its end tag; false, and the end of the document, when the caps are reached.
  bool append(std::string_view text, std::string_view end_tag) {
    const std::size_t tags = (text.starts_with('<') ? 1U : 0U) + (end_tag.empty() ? 0U : 1U);
    if (out_.size() + owed_ + text.size() + end_tag.size() > max_bytes || tags_ + tags > max_tags) {
      full_ = true;
      return false;
    }
    out_ += text;
    owed_ += end_tag.size();
    tags_ += tags;
    return true;
  }

  // "" for an element that is not worth its tag: a link without an allowed address.
  std::string start_tag(const GumboElement& element, std::string_view name) const {
    std::string tag = "<" + std::string(name);
    switch (element.tag) {
    case GUMBO_TAG_A: {
      const auto link = safe_link(attribute(element, "href"));
      if (!link || !allowed(*link)) return "";
      tag += " href=\"" + escape_html(link->url) + "\" rel=\"nofollow noopener\"";
      break;
    }
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH: tag += number(element, "colspan", 100) + number(element, "rowspan", 100); break;
    case GUMBO_TAG_OL: tag += number(element, "start", 1'000'000); break;
    default: break;
    }
    return tag + ">";
  }

  bool allowed(const Link& link) const {
    if (policy_.no_links) return false;
    return policy_.link_hosts.empty() || host_among(link.host, policy_.link_hosts);
  }

  std::string image(const GumboElement& element) const {
    const auto source = safe_link(attribute(element, "src"));
    if (!policy_.images || !source || source->host.empty()) return "";
    const std::string alt = text::clip(text::collapse_space(attribute(element, "alt")), 300);
    return "<img src=\"" + escape_html(source->url) + "\" alt=\"" + escape_html(alt) + "\"" +
           number(element, "width", 10'000) + number(element, "height", 10'000) + ">";
  }

  static std::string number(const GumboElement& element, const char* name, std::int64_t max) {
    const auto value = text::to_int(attribute(element, name));
    if (!value || *value < 1 || *value > max) return "";
    return " " + std::string(name) + "=\"" + std::to_string(*value) + "\"";
  }

  // A parser swallows the first line feed after <pre>: one that is meant has to be written twice.
  static std::string leading_newline(const GumboNode& pre) {
    const auto inside = children(pre);
    const bool text =
        !inside.empty() && (inside[0]->type == GUMBO_NODE_TEXT || inside[0]->type == GUMBO_NODE_WHITESPACE);
    return text && inside[0]->v.text.text[0] == '\n' ? "\n" : "";
  }

  const Policy& policy_;
  std::size_t left_; // characters of text
  std::string out_;
  std::vector<Open> open_;
  std::size_t depth_ = 0; // elements written and not yet closed
  std::size_t owed_ = 0;  // bytes of their end tags
  std::size_t tags_ = 0;
  bool full_ = false;
};

std::string pass(std::string_view html, const Policy& policy, std::size_t characters = all) {
  const Tree tree(html);
  return tree.root() ? Writer(policy, characters).write(*tree.root()) : "";
}

// So small that nobody sees it.
bool is_pixel(const GumboElement& element) {
  for (const char* name : {"width", "height"}) {
    const auto pixels = text::to_int(attribute(element, name));
    if (pixels && *pixels < 16) return true;
  }
  return false;
}

} // namespace

std::string shortened_html(std::string_view html, std::size_t characters, const Policy& policy) {
  return sanitise_html(pass(html, policy, characters), policy);
}

std::string first_image(std::string_view html) {
  if (html.find('<') == std::string_view::npos) return {};
  const Tree tree(html);
  if (!tree.root()) return {};
  std::vector<const GumboNode*> open{tree.root()};
  while (!open.empty()) {
    const GumboNode& node = *open.back();
    open.pop_back();
    if (node.type != GUMBO_NODE_ELEMENT) continue;
    const GumboElement& element = node.v.element;
    if (element.tag == GUMBO_TAG_IMG && !is_pixel(element) && emoji_of(element).empty()) {
      const auto source = safe_link(attribute(element, "src"));
      if (source && !source->host.empty()) return source->url;
    }
    const auto nodes = children(node);
    for (auto child = nodes.rbegin(); child != nodes.rend(); ++child) open.push_back(*child);
  }
  return {};
}

std::string sanitise_html(std::string_view html, const Policy& policy) {
  std::string before = pass(html, policy);
  for (int i = 1; i < max_passes; ++i) {
    std::string after = pass(before, policy);
    if (after == before) return after;
    before = std::move(after);
  }
  // Markup that reads differently each time is not worth keeping; its words are.
  return pass("<p>" + text::replace_all(escape_html(to_text(before)), "\n", "</p><p>") + "</p>", policy);
}

} // namespace milkrun::content
