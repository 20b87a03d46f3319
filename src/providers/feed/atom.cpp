// Atom 1.0 (RFC 4287) and 0.3: entries, links by relation, people inherited from source and feed.
#include "providers/feed/document.hpp"

#include "base/text.hpp"
#include "providers/feed/atom_text.hpp"
#include "providers/feed/html_text.hpp"
#include "providers/feed/people.hpp"

namespace milkrun::feed {

namespace {

std::string relation(pugi::xml_node link) {
  constexpr std::string_view registry = "http://www.iana.org/assignments/relation/";
  std::string rel = text::lower(attribute(link, "rel"));
  if (rel.starts_with(registry)) rel.erase(0, registry.size());
  return rel.empty() ? "alternate" : rel;
}

// The page of a feed or entry: its alternate link, rather one that is HTML.
pugi::xml_node page_link(const Children& children) {
  pugi::xml_node best;
  for (pugi::xml_node link : children.all(Ns::core, "link")) {
    if (relation(link) != "alternate" || attribute(link, "href").empty()) continue;
    const std::string_view type = attribute(link, "type");
    if (type.empty() || type.starts_with("text/html") || type.starts_with("application/xhtml")) return link;
    if (!best) best = link;
  }
  return best;
}

std::string plain_of(pugi::xml_node node) { return node ? read_atom_text(node).plain() : std::string{}; }

std::string inherited_people(const Children& entry, const std::string& feed_author) {
  if (std::string own = authors_of(entry, Ns::atom); !own.empty()) return own;
  if (const pugi::xml_node source = entry.first(Ns::core, "source")) {
    if (std::string from_source = authors_of(Children(source, Ns::atom), Ns::atom); !from_source.empty())
      return from_source;
  }
  return feed_author;
}

std::optional<Time> published_in(const Children& entry) {
  return first_date(
      entry,
      {{Ns::core, "published"}, {Ns::core, "issued"}, {Ns::core, "created"}, {Ns::dc, "date"}, {Ns::core, "pubDate"}});
}

std::optional<Time> updated_in(const Children& entry) {
  return first_date(entry, {{Ns::core, "updated"}, {Ns::core, "modified"}, {Ns::dc, "modified"}});
}

std::optional<Time> date_of(pugi::xml_node entry) {
  const Children children(entry, Ns::atom);
  const std::optional<Time> published = published_in(children);
  return published ? published : updated_in(children);
}

void read_links(const Children& children, const std::string& entry_base, Document& document, Item& item) {
  for (pugi::xml_node link : children.all(Ns::core, "link")) {
    if (item.enclosures.size() >= max_enclosures) break;
    if (relation(link) != "enclosure") continue;
    const std::string own = document.links.absolute_one(entry_base, link.attribute("xml:base").value());
    const std::string& base = own.empty() ? entry_base : own;
    add_enclosure(item, document.links.absolute_one(base, attribute(link, "href")), attribute(link, "type"),
                  attribute(link, "length"));
  }
}

Bodies read_bodies(const Children& children, pugi::xml_node entry, const Document& document) {
  Bodies bodies;
  if (const pugi::xml_node summary = children.first(Ns::core, "summary"))
    bodies.take_summary(read_atom_text(summary).html(), base_at(summary, document.base));
  for (pugi::xml_node content : children.all(Ns::core, "content"))
    bodies.take_content(read_atom_text(content).html(), base_at(content, document.base));
  // Of RSS, in careless feeds.
  for (const Children::Name& name : {Children::Name{Ns::content, "encoded"}, {Ns::core, "description"}}) {
    for (pugi::xml_node node : children.all(name.ns, name.local))
      bodies.take_content(text_of(node), base_at(node, document.base));
  }
  if (bodies.summary.empty() && bodies.content.empty())
    bodies.take_summary(media_description(children), base_at(entry, document.base));
  return bodies;
}

void read_link(const Children& children, const Document& document, Draft& draft) {
  const pugi::xml_node link = page_link(children);
  const pugi::xml_node content = children.first(Ns::core, "content");
  set_link(draft, base_at(link ? link : content, document.base),
           {children.text({{Ns::feedburner, "origLink"}}), std::string(attribute(link, "href")),
            children.text({{Ns::core, "link"}}),    // as in RSS
            std::string(attribute(content, "src")), // content that lies elsewhere is the page
            is_web_address(draft.id) ? draft.id : ""});
}

Draft read_entry(pugi::xml_node entry, Document& document, const std::string& feed_author) {
  const Children children(entry, Ns::atom);
  Draft draft;
  Item& item = draft.item;
  draft.id = children.text({{Ns::core, "id"}, {Ns::core, "guid"}, {Ns::dc, "identifier"}});
  read_link(children, document, draft);
  std::string title = plain_of(children.first(Ns::core, "title"));
  if (title.empty()) title = plain_text(children.text({{Ns::dc, "title"}, {Ns::media, "title"}}));
  set_title(item, title);
  item.author = inherited_people(children, feed_author);
  item.published = published_in(children);
  item.updated = updated_in(children);
  const std::string base = base_at(entry, document.base);
  read_links(children, base, document, item);
  add_media(document, item, children, base);
  read_tags(item, children, Ns::atom);
  set_bodies(document, item, read_bodies(children, entry, document));
  return draft;
}

std::string version_of(pugi::xml_node root) {
  const std::string_view declared = attribute(root, "version");
  if (!declared.empty()) return std::string(first_characters(declared, 20));
  return declares(root, "purl.org/atom/ns#") ? "0.3" : "1.0";
}

} // namespace

void read_atom(pugi::xml_node root, Document& document) {
  const Children children(root, Ns::atom);
  Feed& feed = document.feed;
  feed.kind = Kind::atom;
  feed.version = version_of(root);
  feed.title = first_characters(plain_of(children.first(Ns::core, "title")), max_title);
  const pugi::xml_node link = page_link(children);
  feed.site_url = absolute(base_at(link ? link : root, document.base), attribute(link, "href"));
  feed.language = root.attribute("xml:lang").value();
  if (feed.language.empty()) feed.language = children.text({{Ns::dc, "language"}, {Ns::core, "language"}});
  feed.language = first_characters(feed.language, 40);
  if (document.base.empty()) document.base = feed.site_url;
  document.refresh = syndication_period(children);
  const std::string feed_author = authors_of(children, Ns::atom);
  for (pugi::xml_node entry : newest_items(item_elements(root), feed, date_of)) {
    document.drafts.push_back(read_entry(entry, document, feed_author));
  }
}

} // namespace milkrun::feed
