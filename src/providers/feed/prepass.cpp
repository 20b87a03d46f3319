// One pass over the text, a token at a time. pugixml leaves unknown entities and naked ampersands literally in
// its values, where "&amp;nbsp;" and "&nbsp;" can no longer be told apart: hence before it, not after.
#include "providers/feed/prepass.hpp"

#include "base/text.hpp"
#include "providers/feed/entities.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::feed {

namespace {

constexpr std::size_t max_depth = 256;
constexpr std::size_t max_nodes = 300'000;
constexpr std::size_t max_attributes = 256;

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_xml_entity(std::string_view reference) {
  return reference == "&amp;" || reference == "&lt;" || reference == "&gt;" || reference == "&quot;" ||
         reference == "&apos;";
}

class Prepass {
public:
  explicit Prepass(std::string_view in) : in_(in) { out_.xml.reserve(in.size() + in.size() / 16); }

  Prepared run() {
    while (!in_.empty() && !cut_) step();
    return std::move(out_);
  }

private:
  void step() {
    if (in_[0] != '<') return text();
    if (in_.starts_with("<![CDATA[")) return cdata();
    if (in_.starts_with("<!--")) return drop_through("-->", 4);
    if (in_.starts_with("<?")) return drop_through("?>", 2);
    if (in_.starts_with("<!")) return drop_declaration();
    const char next = in_.size() > 1 ? in_[1] : ' ';
    if (next == '/' || starts_name(next)) return tag();
    out_.xml += "&lt;";
    in_.remove_prefix(1);
  }

  void text() {
    const std::size_t end = std::min(in_.find('<'), in_.size());
    repaired(in_.substr(0, end));
    in_.remove_prefix(end);
  }

  void cdata() {
    count_node();
    if (cut_) return;
    const std::size_t end = in_.find("]]>");
    const std::size_t size = end == std::string_view::npos ? in_.size() : end + 3;
    out_.xml += in_.substr(0, size);
    in_.remove_prefix(size);
  }

  void drop_through(std::string_view close, std::size_t from) {
    const std::size_t end = in_.find(close, from);
    in_.remove_prefix(end == std::string_view::npos ? in_.size() : end + close.size());
  }

  // <!DOCTYPE ... [ ... ]>: nothing in it is used, so it only has to end where XML ends it.
  void drop_declaration() {
    std::size_t open_brackets = 0;
    char quote = 0;
    for (std::size_t i = 2; i < in_.size(); ++i) {
      const char c = in_[i];
      if (quote != 0)
        quote = c == quote ? char{0} : quote;
      else if (c == '"' || c == '\'')
        quote = c;
      else if (c == '[')
        ++open_brackets;
      else if (c == ']' && open_brackets > 0)
        --open_brackets;
      else if (c == '>' && open_brackets == 0)
        return in_.remove_prefix(i + 1);
    }
    in_ = {};
  }

  struct Tag {
    std::string_view text; // "<...>"; without ">" when the document ends in it
    std::size_t attributes = 0;
  };

  // A quote opens a value only behind "=", so that a stray apostrophe costs nothing.
  Tag read_tag() const {
    Tag tag{.text = in_};
    char quote = 0, before = 0;
    for (std::size_t i = 1; i < in_.size(); ++i) {
      const char c = in_[i];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if ((c == '"' || c == '\'') && before == '=') {
        quote = c;
        ++tag.attributes;
      } else if (c == '>') {
        tag.text = in_.substr(0, i + 1);
        return tag;
      }
      if (c > ' ') before = c;
    }
    return tag;
  }

  void tag() {
    const Tag tag = read_tag();
    const bool closing = tag.text[1] == '/';
    const bool empty = tag.text.ends_with("/>");
    if (closing) {
      depth_ -= std::min<std::size_t>(depth_, 1);
    } else {
      count_node();
      if (!empty && ++depth_ > max_depth) cut_ = true;
      if (tag.attributes > max_attributes) cut_ = true;
    }
    if (cut_) return;
    repaired(tag.text);
    if (closing && ends_item(tag.text)) out_.item_ends.push_back(out_.xml.size());
    in_.remove_prefix(tag.text.size());
  }

  static bool ends_item(std::string_view tag) {
    std::string_view name = text::trim(tag.substr(2, tag.find('>') - 2));
    name.remove_prefix(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
    return text::iequals(name, "item") || text::iequals(name, "entry");
  }

  void count_node() { cut_ = cut_ || ++nodes_ > max_nodes; }

  void repaired(std::string_view s) {
    while (!s.empty()) {
      const std::size_t plain = std::min(s.find('&'), s.size());
      out_.xml += s.substr(0, plain);
      s.remove_prefix(plain);
      if (!s.empty()) s.remove_prefix(reference(s));
    }
  }

  // Writes the reference at the start of `s` and returns how much of `s` it took.
  std::size_t reference(std::string_view s) {
    const std::optional<Reference> found = read_reference(s);
    if (!found) {
      out_.xml += "&amp;";
      return 1;
    }
    if (is_xml_entity(s.substr(0, found->size)))
      out_.xml += s.substr(0, found->size);
    else if (found->code_point != 0) {
      fmt::format_to(std::back_inserter(out_.xml), "&#{};", static_cast<std::uint32_t>(found->code_point));
    }
    return found->size;
  }

  std::string_view in_;
  Prepared out_;
  std::size_t depth_ = 0, nodes_ = 0;
  bool cut_ = false;
};

} // namespace

Prepared prepare(std::string_view utf8) { return Prepass(utf8).run(); }

} // namespace milkrun::feed
