// Pieces of items that several formats share: bodies, enclosures, tags, media extensions, dates.
#include "providers/feed/document.hpp"

#include "base/text.hpp"
#include "providers/feed/dates.hpp"
#include "providers/feed/html_text.hpp"

#include <algorithm>
#include <iterator>

namespace milkrun::feed {

namespace {

void add_media_of(HtmlLinks& links, Item& item, const Children& children, const std::string& base) {
  for (pugi::xml_node node : children.all(Ns::media, "content")) {
    if (item.enclosures.size() >= max_enclosures) return;
    const std::string_view type = attribute(node, "type");
    const bool image = type.empty() && attribute(node, "medium") == "image";
    add_enclosure(item, links.absolute_one(base, attribute(node, "url")), image ? "image/*" : type,
                  attribute(node, "fileSize"));
    for (pugi::xml_node inner : Children(node).all(Ns::media, "thumbnail")) {
      add_enclosure(item, links.absolute_one(base, attribute(inner, "url")), "image/*", "");
    }
  }
  for (pugi::xml_node node : children.all(Ns::media, "thumbnail")) {
    add_enclosure(item, links.absolute_one(base, attribute(node, "url")), "image/*", "");
  }
}

std::string described(const Children& children) {
  const pugi::xml_node node = children.first(Ns::media, "description");
  if (!node) return {};
  std::string text = text_of(node);
  if (text::iequals(attribute(node, "type"), "html")) return text;
  return text::replace_all(escape_html(text), "\n", "<br>\n");
}

// A category and those inside it; of one with a name for readers and one for machines the readers' counts.
void add_category(Item& item, pugi::xml_node category, Ns home, std::size_t depth = 0) {
  constexpr std::size_t deepest = 4;
  if (item.tags.size() >= max_tags || depth > deepest) return;
  const Children inner(category, home);
  std::vector<pugi::xml_node> nested;
  for (Ns ns : {Ns::core, Ns::atom, Ns::media, Ns::itunes})
    std::ranges::copy(inner.all(ns, "category"), std::back_inserter(nested));
  std::string own;
  for (std::string_view name : {"label", "text", "term"}) {
    if (own.empty()) own = escape_html(attribute(category, name));
  }
  if (own.empty()) own = nested.empty() ? text_of(category) : own_text(category);
  add_tag(item, own);
  for (pugi::xml_node node : nested) add_category(item, node, home, depth + 1);
}

} // namespace

void set_link(Draft& draft, std::string_view base, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    draft.item.url = absolute(base, address);
    if (!draft.item.url.empty() || draft.link.empty()) draft.link = address;
    if (!draft.item.url.empty()) return;
  }
}

void set_title(Item& item, std::string_view plain) { item.title = first_characters(plain, max_title); }

void Bodies::take_summary(std::string html, std::string base) {
  take_content(html, base);
  if (!summary.empty()) return;
  summary = std::move(html);
  summary_base = std::move(base);
}

void Bodies::take_content(std::string html, std::string base) {
  if (html.size() <= content.size()) return;
  content = std::move(html);
  content_base = std::move(base);
}

void set_bodies(Document& document, Item& item, const Bodies& bodies) {
  const auto finished = [&](const std::string& html, const std::string& base) {
    std::string out = document.links.absolute_html(first_html_characters(html, max_body), base, item.url);
    if (out.size() > document.body_left) { // a document of nothing but markup that grows when it is written out
      document.feed.malformed = true;
      out.clear();
    }
    document.body_left -= out.size();
    return out;
  };
  item.summary = finished(bodies.summary, bodies.summary_base);
  const bool is_same = bodies.content == bodies.summary && bodies.content_base == bodies.summary_base;
  if (is_same && item.summary.size() <= document.body_left) {
    item.content = item.summary;
    document.body_left -= item.content.size();
  } else {
    item.content = finished(bodies.content, bodies.content_base);
  }
}

void add_enclosure(Item& item, std::string url, std::string_view type, std::string_view length) {
  if (url.empty() || item.enclosures.size() >= max_enclosures) return;
  if (std::ranges::find(item.enclosures, url, &Enclosure::url) != item.enclosures.end()) return;
  std::optional<std::int64_t> bytes = text::to_int(text::trim(length));
  if (bytes && *bytes <= 0) bytes.reset();
  item.enclosures.push_back(
      {.url = std::move(url), .type = std::string(first_characters(text::trim(type), 100)), .length = bytes});
}

void add_tag(Item& item, std::string_view text) {
  if (item.tags.size() >= max_tags) return;
  std::string tag(first_characters(plain_text(text), 200));
  if (!tag.empty() && std::ranges::find(item.tags, tag) == item.tags.end()) item.tags.push_back(std::move(tag));
}

void read_tags(Item& item, const Children& children, Ns home) {
  for (const Children::Name& name : {Children::Name{Ns::core, "category"},
                                     {Ns::atom, "category"},
                                     {Ns::media, "category"},
                                     {Ns::itunes, "category"}}) {
    for (pugi::xml_node category : children.all(name.ns, name.local)) add_category(item, category, home);
  }
  for (pugi::xml_node subject : children.all(Ns::dc, "subject")) add_tag(item, text_of(subject));
  const std::string keywords = children.text({{Ns::itunes, "keywords"}, {Ns::media, "keywords"}});
  for (std::string_view keyword : text::split(keywords, ',')) add_tag(item, keyword);
}

void add_media(Document& document, Item& item, const Children& children, const std::string& base) {
  add_media_of(document.links, item, children, base);
  for (pugi::xml_node group : children.all(Ns::media, "group"))
    add_media_of(document.links, item, Children(group), base);
  for (pugi::xml_node image : children.all(Ns::itunes, "image")) {
    add_enclosure(item, document.links.absolute_one(base, attribute(image, "href")), "image/*", "");
  }
}

std::string media_description(const Children& children) {
  if (std::string own = described(children); !own.empty()) return own;
  for (pugi::xml_node group : children.all(Ns::media, "group")) {
    if (std::string inner = described(Children(group)); !inner.empty()) return inner;
  }
  return {};
}

std::optional<Time> first_date(const Children& children, std::initializer_list<Children::Name> names) {
  constexpr std::size_t most_tries = 8; // of one name; nobody means more than one
  for (const Children::Name& name : names) {
    std::size_t tries = 0;
    for (pugi::xml_node node : children.all(name.ns, name.local)) {
      if (const std::optional<Time> date = parse_date(text_of(node))) return date;
      if (++tries == most_tries) break;
    }
  }
  return std::nullopt;
}

Millis syndication_period(const Children& children) {
  using namespace std::chrono;
  const std::string period = text::lower(children.text({{Ns::sy, "updatePeriod"}}));
  Millis length{0};
  if (period == "hourly")
    length = hours{1};
  else if (period == "daily")
    length = days{1};
  else if (period == "weekly")
    length = days{7};
  else if (period == "monthly")
    length = days{30};
  else if (period == "yearly")
    length = days{365};
  const std::int64_t frequency = text::to_int(children.text({{Ns::sy, "updateFrequency"}})).value_or(1);
  return length / std::max<std::int64_t>(frequency, 1);
}

} // namespace milkrun::feed
