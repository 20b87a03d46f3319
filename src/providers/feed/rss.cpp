// RSS 0.90-2.0 and RDF (RSS 1.0): the same vocabulary, whether items stand inside the channel or beside it.
#include "providers/feed/document.hpp"

#include "base/text.hpp"
#include "providers/feed/atom_text.hpp"
#include "providers/feed/html_text.hpp"
#include "providers/feed/people.hpp"

#include <algorithm>

namespace milkrun::feed {

namespace {

bool is_alternate(pugi::xml_node link) {
  const std::string_view rel = attribute(link, "rel");
  return rel.empty() || text::iequals(rel, "alternate");
}

// The addresses in <link>: its text, or an href as in Atom, or the text behind an empty one, as readers of HTML write
// it: "<link/>https://...".
std::vector<std::string> links_in(const Children& children) {
  constexpr std::size_t most = 8;
  std::vector<std::string> found;
  const auto add = [&](std::string address) {
    if (!address.empty() && found.size() < most) found.push_back(std::move(address));
  };
  for (const Children::Name& name : {Children::Name{Ns::feedburner, "origLink"}, {Ns::core, "link"}})
    for (pugi::xml_node link : children.all(name.ns, name.local)) {
      if (found.size() == most) break;
      add(text_of(link));
    }
  for (Ns ns : {Ns::core, Ns::atom})
    for (pugi::xml_node link : children.all(ns, "link"))
      if (is_alternate(link)) add(std::string(attribute(link, "href")));
  for (pugi::xml_node link : children.all(Ns::core, "link"))
    if (const std::string_view behind = text::trim(link.next_sibling().value()); is_web_address(behind))
      add(std::string(behind));
  return found;
}

// A guid is an address only where it says so or does not deny it, and where it looks like one.
std::string permalink(const Children& children) {
  const pugi::xml_node guid = children.first(Ns::core, "guid");
  const std::string_view says = attribute(guid, "isPermaLink");
  if (!guid || (!says.empty() && !text::iequals(says, "true"))) return {};
  const std::string text = text_of(guid);
  return is_web_address(text) ? text : std::string{};
}

void read_enclosures(const Children& children, const std::string& base, Document& document, Item& item) {
  HtmlLinks& links = document.links;
  for (pugi::xml_node node : children.all(Ns::core, "enclosure")) {
    if (item.enclosures.size() >= max_enclosures) break;
    add_enclosure(item, links.absolute_one(base, attribute(node, "url")), attribute(node, "type"),
                  attribute(node, "length"));
  }
  for (pugi::xml_node node : children.all(Ns::enc, "enclosure")) {
    if (item.enclosures.size() >= max_enclosures) break;
    const std::string_view resource = attribute(node, "resource");
    add_enclosure(item, links.absolute_one(base, resource.empty() ? attribute(node, "url") : resource),
                  attribute(node, "type"), attribute(node, "length"));
  }
  for (pugi::xml_node node : children.all(Ns::atom, "link")) {
    if (text::iequals(attribute(node, "rel"), "enclosure"))
      add_enclosure(item, links.absolute_one(base, attribute(node, "href")), attribute(node, "type"),
                    attribute(node, "length"));
  }
  add_media(document, item, children, base);
}

Bodies read_bodies(const Children& children, pugi::xml_node item, const Document& document) {
  Bodies bodies;
  for (const Children::Name& name : {Children::Name{Ns::core, "description"},
                                     {Ns::dc, "description"},
                                     {Ns::itunes, "summary"},
                                     {Ns::atom, "summary"}}) {
    for (pugi::xml_node node : children.all(name.ns, name.local))
      bodies.take_summary(text_of(node), base_at(node, document.base));
  }
  for (const Children::Name& name : {Children::Name{Ns::content, "encoded"},
                                     {Ns::core, "encoded"},
                                     {Ns::atom, "content"},
                                     {Ns::core, "content"},
                                     {Ns::core, "body"},
                                     {Ns::xhtml, "body"}}) {
    for (pugi::xml_node node : children.all(name.ns, name.local))
      bodies.take_content(name.ns == Ns::atom ? read_atom_text(node).html() : text_of(node),
                          base_at(node, document.base));
  }
  if (bodies.summary.empty()) bodies.take_summary(media_description(children), base_at(item, document.base));
  return bodies;
}

std::optional<Time> published_in(const Children& item) {
  return first_date(item, {{Ns::core, "pubDate"},
                           {Ns::dc, "date"},
                           {Ns::atom, "published"},
                           {Ns::core, "published"},
                           {Ns::core, "date"},
                           {Ns::dc, "created"},
                           {Ns::dc, "issued"}});
}

std::optional<Time> updated_in(const Children& item) {
  return first_date(item, {{Ns::atom, "updated"}, {Ns::core, "updated"}, {Ns::dc, "modified"}});
}

Draft read_item(pugi::xml_node node, Document& document, const std::string& feed_author) {
  const Children children(node, document.home);
  const std::string base = base_at(node, document.base);
  Draft draft;
  Item& item = draft.item;
  draft.id = children.text({{Ns::core, "guid"}, {Ns::atom, "id"}, {Ns::dc, "identifier"}});
  if (draft.id.empty()) draft.id = attribute(node, "about");
  std::vector<std::string> addresses = links_in(children);
  addresses.push_back(permalink(children));
  if (is_web_address(attribute(node, "about"))) addresses.emplace_back(attribute(node, "about"));
  set_link(draft, base, addresses);
  set_title(item, plain_text(children.text(
                      {{Ns::core, "title"}, {Ns::dc, "title"}, {Ns::media, "title"}, {Ns::itunes, "title"}})));
  item.author = authors_of(children, document.home);
  if (item.author.empty()) item.author = feed_author;
  item.published = published_in(children);
  item.updated = updated_in(children);
  read_enclosures(children, base, document, item);
  read_tags(item, children, document.home);
  set_bodies(document, item, read_bodies(children, node, document));
  return draft;
}

// Returns the channel's author, for items that name none.
std::string read_channel(pugi::xml_node root, Document& document) {
  pugi::xml_node channel = Children(root, document.home).first(Ns::core, "channel");
  if (!channel) channel = root;
  const Children children(channel, document.home);
  Feed& feed = document.feed;
  feed.title = first_characters(plain_text(children.text({{Ns::core, "title"}, {Ns::dc, "title"}})), max_title);
  for (const std::string& link : links_in(children))
    if (feed.site_url.empty()) feed.site_url = absolute(base_at(channel, document.base), link);
  feed.language = children.text({{Ns::core, "language"}, {Ns::dc, "language"}});
  for (pugi::xml_node node : {channel, root}) {
    if (feed.language.empty()) feed.language = node.attribute("xml:lang").value();
  }
  feed.language = first_characters(feed.language, 40);
  if (document.base.empty()) document.base = feed.site_url;
  const std::int64_t ttl = text::to_int(children.text({{Ns::core, "ttl"}})).value_or(0);
  constexpr std::int64_t most = 365L * 24 * 60;
  document.refresh =
      std::max<Millis>(std::chrono::minutes{std::clamp<std::int64_t>(ttl, 0, most)}, syndication_period(children));
  return authors_of(children, document.home);
}

} // namespace

void read_rss(pugi::xml_node root, Document& document) {
  const bool is_rdf = text::iequals(local_name(root), "RDF");
  document.feed.kind = is_rdf ? Kind::rdf : Kind::rss;
  document.feed.version = is_rdf ? (declares(root, "netscape.com/rdf") ? "0.90" : "1.0")
                                 : std::string(first_characters(attribute(root, "version"), 20));
  if (!is_rdf) document.home = ns_of(root);
  const std::string feed_author = read_channel(root, document);
  const auto date_of = [&](pugi::xml_node item) {
    const Children children(item, document.home);
    const std::optional<Time> published = published_in(children);
    return published ? published : updated_in(children);
  };
  for (pugi::xml_node item : newest_items(item_elements(root), document.feed, date_of)) {
    document.drafts.push_back(read_item(item, document, feed_author));
  }
}

std::vector<pugi::xml_node> item_elements(pugi::xml_node root) {
  const bool is_atom = text::iequals(local_name(root), "feed");
  std::vector<pugi::xml_node> found;
  for (pugi::xml_node child : root.children()) {
    const std::string_view name = local_name(child);
    if (text::iequals(name, is_atom ? "entry" : "item")) found.push_back(child);
    if (is_atom || !text::iequals(name, "channel")) continue;
    for (pugi::xml_node inner : child.children()) {
      if (text::iequals(local_name(inner), "item")) found.push_back(inner);
    }
  }
  return found;
}

} // namespace milkrun::feed
