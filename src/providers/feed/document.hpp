// What the readers of the formats share. Internal to the feed room.
#pragma once

#include "providers/feed/feed.hpp"
#include "providers/feed/links.hpp"
#include "providers/feed/xml.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::feed {

constexpr std::size_t max_document = 10UL * 1024 * 1024; // bytes
constexpr std::size_t max_items = 1'000;
constexpr std::size_t max_enclosures = 100; // an item
constexpr std::size_t max_tags = 100;       // an item

// An item while it is read: with what its identity is made from.
struct Draft {
  Item item = {};
  std::string id = {};   // guid, atom:id, rdf:about, JSON id: as written, trimmed
  std::string link = {}; // as written, trimmed
};

// A document while it is read.
struct Document {
  Feed feed = {};
  std::vector<Draft> drafts = {};
  Millis refresh{0};  // what the document itself asks for (ttl, sy:updatePeriod); 0 = nothing
  std::string base;   // of relative links
  Ns home = Ns::core; // the namespace of plain RSS elements here: careless feeds declare a foreign one as default
  HtmlLinks links = {};
  std::size_t body_left = 22UL * 1024 * 1024; // bytes that the bodies may still take
};

// The readers: take a document's parts into `document`. `root`: rss, rdf:RDF or feed.
void read_rss(pugi::xml_node root, Document& document);
void read_atom(pugi::xml_node root, Document& document);
// `text`: the whole document, UTF-8. Faults: permanent "feed.not_a_feed" | "feed.broken".
Expected<void> read_json(std::string text, Document& document);

// The item elements of an RSS or RDF document in document order, wherever they stand; for Atom its entries.
std::vector<pugi::xml_node> item_elements(pugi::xml_node root);

// The bodies of an item, HTML with the base URL of each.
struct Bodies {
  std::string summary, summary_base; // the first that is not empty: what the publisher puts in front
  std::string content, content_base; // the longest of all
  void take_summary(std::string html, std::string base);
  void take_content(std::string html, std::string base);
};
// Gives the item its bodies, with links made absolute, within the limits of an item and of the document.
void set_bodies(Document& document, Item& item, const Bodies& bodies);
// Gives a draft the first of these addresses that leads anywhere.
void set_link(Draft& draft, std::string_view base, const std::vector<std::string>& addresses);
void set_title(Item& item, std::string_view plain);

// Adds one, unless it has no http(s) address or is there already.
void add_enclosure(Item& item, std::string url, std::string_view type, std::string_view length);
void add_tag(Item& item, std::string_view text);
// category (of the document's own dialect, Atom, Media RSS and iTunes; nested ones too), dc:subject, itunes:keywords.
void read_tags(Item& item, const Children& children, Ns home);
// media:content, media:thumbnail and media:group of Media RSS, and itunes:image.
void add_media(Document& document, Item& item, const Children& children, const std::string& base);
// The text of media:description, as HTML; "" when there is none.
std::string media_description(const Children& children);
// The first of these elements that holds a date.
std::optional<Time> first_date(const Children& children, std::initializer_list<Children::Name> names);
// What sy:updatePeriod and sy:updateFrequency ask for; 0 = nothing.
Millis syndication_period(const Children& children);

// Gives every draft its identity, link key and content hash.
void assign_identities(std::vector<Draft>& drafts);
// Gives every draft its rank and the date to order by; false: no dates say which is newer.
bool assign_ages(std::vector<Draft>& drafts);
// Places in a document, the newest first. `dates` of it: what is missing is filled in from the neighbours.
std::vector<std::size_t> newest_first(std::vector<std::optional<Time>>& dates);
// The `most` newest places in the order of the document; those at its two ends where no dates say which is newer.
std::vector<std::size_t> newest_places(std::vector<std::optional<Time>> dates, std::size_t most);

// The items that are read: all, or the max_items newest; notes in the feed how many were passed over. `date`: the
// date of an element of `items`.
template <class Element, class Date>
std::vector<Element> newest_items(const std::vector<Element>& items, Feed& feed, Date date) {
  if (items.size() <= max_items) return items;
  feed.passed_over = items.size() - max_items;
  std::vector<std::optional<Time>> dates;
  dates.reserve(items.size());
  for (const Element& item : items) dates.push_back(date(item));
  std::vector<Element> kept;
  for (std::size_t place : newest_places(std::move(dates), max_items)) kept.push_back(items[place]);
  return kept;
}

// parse() with what only fetch() needs.
struct Parsed {
  Feed feed;
  Millis refresh{0};
};
Expected<Parsed> parse_document(std::string_view body, std::string_view content_type, std::string_view url);

} // namespace milkrun::feed
