// Pieces of items that several formats share: bodies, enclosures, tags, media extensions, dates.
#include "providers/feed/document.hpp"

#include "base/text.hpp"
#include "providers/feed/dates.hpp"
#include "providers/feed/html_text.hpp"

#include <algorithm>

namespace milkrun::feed {

namespace {

void add_media_of(Item& item, const Children& children, const std::string& base) {
  for (pugi::xml_node node : children.all(Ns::media, "content")) {
    const std::string_view type = attribute(node, "type");
    const bool image = type.empty() && attribute(node, "medium") == "image";
    add_enclosure(item, absolute(base, attribute(node, "url")), image ? "image/*" : type, attribute(node, "fileSize"));
    for (pugi::xml_node inner : Children(node).all(Ns::media, "thumbnail")) {
      add_enclosure(item, absolute(base, attribute(inner, "url")), "image/*", "");
    }
  }
  for (pugi::xml_node node : children.all(Ns::media, "thumbnail")) {
    add_enclosure(item, absolute(base, attribute(node, "url")), "image/*", "");
  }
}

std::string described(const Children& children) {
  const pugi::xml_node node = children.first(Ns::media, "description");
  if (!node) return {};
  std::string text = text_of(node);
  if (text::iequals(attribute(node, "type"), "html")) return text;
  return text::replace_all(escape_html(text), "\n", "<br>\n");
}

} // namespace

void set_title(Item& item, std::string_view plain) { item.title = first_characters(plain, max_title); }

void set_bodies(Document& document, Item& item, const Bodies& bodies) {
  auto finished = [&](const std::string& html, const std::string& base) {
    return document.links.absolute_html(first_html_characters(html, max_body), base, item.url);
  };
  item.summary = finished(bodies.summary, bodies.summary_base);
  item.content = bodies.content.empty() ? item.summary : finished(bodies.content, bodies.content_base);
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
  std::string tag(first_characters(plain_text(text), 200));
  if (tag.empty() || item.tags.size() >= max_tags) return;
  if (std::ranges::find(item.tags, tag) == item.tags.end()) item.tags.push_back(std::move(tag));
}

void add_media(Item& item, const Children& children, const std::string& base) {
  add_media_of(item, children, base);
  for (pugi::xml_node group : children.all(Ns::media, "group")) add_media_of(item, Children(group), base);
  for (pugi::xml_node image : children.all(Ns::itunes, "image")) {
    add_enclosure(item, absolute(base, attribute(image, "href")), "image/*", "");
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
