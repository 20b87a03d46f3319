// One pass over the text, a token at a time; a second, forgiving one when the first finds wrong nesting, so that a
// sound document is never mended. pugixml leaves unknown entities and naked ampersands literally in its values, where
// "&amp;nbsp;" and "&nbsp;" can no longer be told apart, and gives up at the first wrong tag: hence before it.
#include "providers/feed/prepass.hpp"

#include "base/text.hpp"
#include "providers/feed/entities.hpp"
#include "providers/feed/open_elements.hpp"
#include "providers/feed/tag.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun::feed {

namespace {

constexpr std::size_t max_depth = 256;
constexpr std::size_t max_tree = 24UL * 1024 * 1024; // bytes
constexpr std::size_t max_steps = 1'000'000;
// What pugixml allocates.
constexpr std::size_t node_size = 64, attribute_size = 40;
// Room for what repair adds: naked ampersands, prefixes, end tags.
constexpr std::size_t most_growth = 2UL * 1024 * 1024;

bool is_xml_entity(std::string_view reference) {
  return reference == "&amp;" || reference == "&lt;" || reference == "&gt;" || reference == "&quot;" ||
         reference == "&apos;";
}

bool is_root(std::string_view name) {
  const std::string_view local = local_of(name);
  return text::iequals(local, "rss") || text::iequals(local, "rdf") || text::iequals(local, "feed");
}

bool is_item(std::string_view name) {
  const std::string_view local = local_of(name);
  return text::iequals(local, "item") || text::iequals(local, "entry");
}

// Of the start tag at the start of `s`, as far as names of feeds go.
std::string_view name_at(std::string_view s) {
  return s.empty() ? s : s.substr(1, std::min<std::size_t>(s.find_first_of(" \t\r\n/>", 1), 40) - 1);
}

std::size_t next_feed_or_item(std::string_view s) {
  std::size_t at = s.find('<');
  for (; at != s.npos; at = s.find('<', at + 1))
    if (const std::string_view name = name_at(s.substr(at)); is_root(name) || is_item(name)) return at;
  return s.size();
}

class Prepass {
public:
  Prepass(std::string_view in, bool forgiving) : in_(in), forgiving_(forgiving) {
    most_output_ = in.size() + std::min(most_growth, in.size() / 4 + 65'536);
    out_.xml.reserve(in.size() + in.size() / 16);
  }

  // nullopt: the nesting is wrong, and this pass does not forgive it.
  std::optional<Prepared> run() {
    while (!in_.empty() && !cut_ && !wrong_) step();
    if (!open_.empty() && !cut_) wrong();
    if (wrong_) return std::nullopt;
    finish();
    return std::move(out_);
  }

private:
  // A fault of the nesting.
  void wrong() { wrong_ = !forgiving_; }

  void finish() {
    if (cut_ || !open_.empty()) out_.repaired = out_.broke_off = true;
    if (open_.item()) abandon_item();
    end_elements(open_.size());
  }

  void count(std::size_t bytes) {
    tree_ += bytes;
    ++out_.steps;
    if (tree_ > max_tree || out_.steps > max_steps || out_.xml.size() > most_output_) cut_ = true;
  }

  void step() {
    if (in_[0] != '<') return text();
    if (in_.starts_with("<![CDATA[")) return cdata();
    if (in_.starts_with("<!--")) return drop_through("-->", 4, no_comment_end_);
    if (in_.starts_with("<?")) return drop_through("?>", 2, no_instruction_end_);
    if (in_.starts_with("<!")) return drop_declaration();
    read_tag(in_, tag_);
    if (tag_.size == 0) return literal();
    if (!tag_.sound) out_.repaired = true;
    const Tag& tag = tag_;
    in_.remove_prefix(tag.size);
    if (tag.closing)
      end_tag(tag);
    else
      start_tag(tag);
  }

  void literal() { // a "<" that starts nothing
    if (!open_.empty()) out_.xml += "&lt;";
    count(node_size);
    in_.remove_prefix(1);
  }

  void text() {
    const std::size_t end = std::min(in_.find('<'), in_.size());
    const std::string_view found = in_.substr(0, end);
    if (!open_.empty() && !(open_.holds_parts() && text::trim(found).empty())) {
      count(node_size);
      repaired(found);
    }
    in_.remove_prefix(end);
  }

  void cdata() {
    count(node_size);
    if (cut_) return;
    constexpr std::string_view start = "<![CDATA[", close = "]]>";
    const std::size_t end = section_end(close);
    no_section_end_ = end == std::string_view::npos;
    const std::string_view inside = in_.substr(start.size(), no_section_end_ ? end : end - start.size());
    const std::size_t forgotten = end_of_unclosed_section(inside);
    if (no_section_end_ || forgotten < inside.size()) {
      wrong();
      escaped(inside.substr(0, forgotten));
      in_.remove_prefix(start.size() + std::min(forgotten, inside.size()));
      return;
    }
    if (!open_.empty()) out_.xml += in_.substr(0, end + close.size());
    in_.remove_prefix(end + close.size());
  }

  // The next "]]>", looked for once however many sections begin in front of it.
  std::size_t section_end(std::string_view close) {
    if (no_section_end_) return std::string_view::npos;
    if (section_end_ < in_.data()) {
      const std::size_t end = in_.find(close);
      if (end == std::string_view::npos) return end;
      section_end_ = in_.data() + end;
    }
    return static_cast<std::size_t>(section_end_ - in_.data());
  }

  // Where a section without an end would have ended: before the end tag of its element. One that holds the start of
  // the next section and the end of the element in front of it has taken that one's end.
  std::size_t end_of_unclosed_section(std::string_view inside) const {
    const std::size_t next = no_section_end_ ? std::string_view::npos : inside.find("<![CDATA[");
    if ((!no_section_end_ && next == std::string_view::npos) || open_.empty()) return inside.size();
    const std::string end_tag = "</" + std::string(open_.top().written) + ">";
    return std::min(inside.substr(0, next).find(end_tag), inside.size());
  }

  void drop_through(std::string_view close, std::size_t from, bool& none) {
    const std::size_t end = none ? std::string_view::npos : in_.find(close, from);
    none = end == std::string_view::npos;
    if (!none) return in_.remove_prefix(end + close.size());
    wrong();
    literal();
  }

  // <!DOCTYPE ... [ ... ]>: nothing in it is used, so it only has to end where XML ends it.
  void drop_declaration() {
    std::size_t open_brackets = 0;
    char quote = 0;
    const bool is_doctype = open_.empty();
    for (std::size_t i = 2; i < in_.size(); ++i) {
      const char c = in_[i];
      if (quote != 0)
        quote = c == quote ? char{0} : quote;
      else if (is_doctype && (c == '"' || c == '\''))
        quote = c;
      else if (is_doctype && c == '[')
        ++open_brackets;
      else if (c == ']' && open_brackets > 0)
        --open_brackets;
      else if (c == '>' && open_brackets == 0)
        return in_.remove_prefix(i + 1);
    }
    in_ = {};
    cut_ = true;
  }

  void start_tag(const Tag& tag) {
    if (forgiving_) end_elements(open_.implied_ends(tag.name));
    if (over_ && open_.empty() && is_item(tag.name)) wrong(); // the feed went on behind its end
    count(node_size + tag.attributes.size() * attribute_size);
    out_.steps += tag.attributes.size();
    if (cut_) return;
    if (open_.size() == max_depth) wrong(); // perhaps of elements that need no end
    if (wrong_) return;
    const bool starts_item = open_.starts_item(tag.name);
    if (starts_item) item_start_ = out_.xml.size();
    if (tag.attributes.size() > max_attributes || open_.size() == max_depth) return drop_item(tag, starts_item);
    const Namespaces::Mark mark = spaces_.mark();
    const std::string name = write_start(tag);
    const bool ends = tag.empty || (forgiving_ && needs_no_end(local_of(tag.name)));
    out_.xml += ends ? "/>" : ">";
    if (ends)
      spaces_.back_to(mark);
    else
      open_.push({.written = tag.name, .name = name, .mark = mark});
  }

  std::string write_start(const Tag& tag) {
    for (const Attribute& attribute : tag.attributes) {
      if (attribute.name == "xmlns") spaces_.declare("", attribute.value);
      if (attribute.name.starts_with("xmlns:")) spaces_.declare(attribute.name.substr(6), attribute.value);
    }
    std::string name = short_name(tag.name);
    out_.xml.append("<").append(name);
    for (const Attribute& attribute : tag.attributes) {
      // Only of the root they are asked for again: which dialect it is.
      if (attribute.name.starts_with("xmlns") && !open_.empty()) continue;
      out_.xml.append(" ").append(attribute.name).append("=\"");
      attribute_value(attribute.value);
      out_.xml += '"';
    }
    return name;
  }

  std::string short_name(std::string_view written) const {
    const Ns ns = spaces_.of(written);
    if (ns == Ns::core) return std::string(local_of(written));
    if (const std::string_view prefix = short_prefix(ns); !prefix.empty())
      return std::string(prefix) + ":" + std::string(local_of(written));
    const bool is_taken = ns_of_short(prefix_of(written)) != Ns::other;
    return is_taken ? "other:" + std::string(local_of(written)) : std::string(written);
  }

  void end_tag(const Tag& tag) {
    count(0);
    if (cut_) return;
    if (!forgiving_ && (open_.empty() || open_.top().written != tag.name || !tag.closed)) return wrong();
    const std::size_t ended = forgiving_ ? open_.ended_by(tag.name) : 1;
    // The feed does not end where items follow.
    if (forgiving_ && ended > 0 && ended == open_.size() && is_root(tag.name) && items_follow()) return;
    end_elements(ended);
  }

  // Whether an item begins in front of the next feed; looked for once however many tags ask.
  bool items_follow() {
    if (next_start_ == nullptr || next_start_ < in_.data()) next_start_ = in_.data() + next_feed_or_item(in_);
    const std::string_view name = name_at(in_.substr(static_cast<std::size_t>(next_start_ - in_.data())));
    return !name.empty() && !is_root(name);
  }

  void end_elements(std::size_t how_many) {
    for (; how_many > 0; --how_many) {
      out_.xml.append("</").append(open_.top().name).append(">");
      spaces_.back_to(open_.top().mark);
      over_ = over_ || (open_.size() == 1 && is_root(open_.top().written));
      open_.pop();
    }
  }

  // Takes back what was written of the open item.
  void abandon_item() {
    out_.xml.resize(item_start_);
    while (open_.item()) {
      spaces_.back_to(open_.top().mark);
      open_.pop();
    }
  }

  // An item beyond the limits is left out whole. `tag`: the start tag that is too much.
  void drop_item(const Tag& tag, bool is_item) {
    if (!is_item && !open_.item()) {
      cut_ = true;
      return;
    }
    out_.repaired = out_.broke_off = true;
    const std::string name(is_item ? tag.name : open_.at(*open_.item()).written);
    if (!is_item) abandon_item();
    if (is_item && tag.empty) return;
    // To the item's end tag, or the next item.
    while (!in_.empty()) {
      in_.remove_prefix(std::min(in_.find('<'), in_.size()));
      if (in_.empty()) return;
      const bool closing = in_.starts_with("</");
      if (text::iequals(in_.substr(closing ? 2 : 1, name.size()), name)) {
        if (closing) in_.remove_prefix(std::min(in_.find('>'), in_.size() - 1) + 1);
        return;
      }
      in_.remove_prefix(std::min<std::size_t>(1, in_.size()));
    }
  }

  void repaired(std::string_view s) {
    while (!s.empty()) {
      const std::size_t plain = std::min(s.find('&'), s.size());
      out_.xml += s.substr(0, plain);
      s.remove_prefix(plain);
      if (!s.empty()) s.remove_prefix(reference(s));
    }
  }

  void attribute_value(std::string_view s) {
    while (!s.empty()) {
      const std::size_t plain = std::min(s.find_first_of("\"<&"), s.size());
      out_.xml += s.substr(0, plain);
      s.remove_prefix(plain);
      if (s.empty()) return;
      if (s[0] == '&') {
        s.remove_prefix(reference(s));
      } else {
        out_.xml += s[0] == '<' ? "&lt;" : "&quot;";
        s.remove_prefix(1);
      }
    }
  }

  // Text that was meant as CDATA.
  void escaped(std::string_view s) {
    if (open_.empty()) return;
    for (char c : s) {
      if (c == '<')
        out_.xml += "&lt;";
      else if (c == '&')
        out_.xml += "&amp;";
      else
        out_.xml += c;
    }
  }

  // Writes the reference at the start of `s` and returns how much of `s` it took.
  std::size_t reference(std::string_view s) {
    if (out_.xml.size() > most_output_) cut_ = true;
    const std::optional<Reference> found = read_reference(s);
    if (!found) {
      if (!cut_) out_.xml += "&amp;";
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
  bool forgiving_;
  Prepared out_;
  Tag tag_;
  OpenElements open_;
  Namespaces spaces_;
  std::size_t item_start_ = 0; // where the open item starts in the output
  std::size_t tree_ = 0, most_output_ = 0;
  const char *section_end_ = nullptr, *next_start_ = nullptr;
  bool over_ = false; // the feed has ended
  bool cut_ = false, wrong_ = false;
  bool no_comment_end_ = false, no_instruction_end_ = false, no_section_end_ = false;
};

} // namespace

Prepared prepare(std::string_view utf8) {
  if (std::optional<Prepared> sound = Prepass(utf8, /*forgiving=*/false).run()) return *std::move(sound);
  Prepared mended = *Prepass(utf8, /*forgiving=*/true).run();
  mended.repaired = true;
  return mended;
}

} // namespace milkrun::feed
