// The pipeline of a document: size, charset, kind, repair, parse, read, identities. A document that breaks off
// still gives the items that were complete before the break.
#include "providers/feed/charset.hpp"
#include "providers/feed/document.hpp"
#include "providers/feed/prepass.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <iterator>

namespace milkrun::feed {

namespace {

// The element a feed starts with, on the top level of the document: text and stray elements of a careless
// server (a warning in front) are passed over, an HTML page is not searched.
pugi::xml_node feed_root(const pugi::xml_document& xml) {
  for (pugi::xml_node node : xml.children()) {
    for (std::string_view name : {"rss", "RDF", "feed"}) {
      if (text::iequals(local_name(node), name)) return node;
    }
    if (text::iequals(local_name(node), "html")) return {};
  }
  return {};
}

// The last item was still open where the parser gave up: no end tag of one lies between the two.
bool last_item_open(pugi::xml_node last, std::ptrdiff_t broke_at, const std::vector<std::size_t>& item_ends) {
  const auto start = static_cast<std::size_t>(std::max<std::ptrdiff_t>(last.offset_debug(), 0));
  const auto next_end = std::ranges::upper_bound(item_ends, start);
  // At the end of the text pugixml points at its last character, not behind it.
  return next_end == item_ends.end() || *next_end > static_cast<std::size_t>(broke_at) + 1;
}

Expected<void> read_xml(std::string_view text, Document& document) {
  Prepared prepared = prepare(text);
  pugi::xml_document xml;
  const pugi::xml_parse_result result = xml.load_buffer_inplace(
      prepared.xml.data(), prepared.xml.size(), pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_utf8);
  const pugi::xml_node root = feed_root(xml);
  if (!root) return fail(Fault::permanent, "feed.not_a_feed");
  const bool is_atom = text::iequals(local_name(root), "feed");
  std::vector<pugi::xml_node> items = item_elements(root);
  if (!result) {
    document.feed.malformed = true;
    if (!items.empty() && last_item_open(items.back(), result.offset, prepared.item_ends)) {
      pugi::xml_node open = items.back();
      open.parent().remove_child(open);
      items.pop_back();
    }
    if (items.empty()) {
      return fail(Fault::permanent, "feed.broken", result.description());
    }
  }
  if (is_atom)
    read_atom(root, document);
  else
    read_rss(root, document);
  return {};
}

Expected<void> read_any(std::string_view text, Document& document) {
  const std::string_view start = text::trim(text);
  if (start.empty()) return fail(Fault::permanent, "feed.empty_document");
  return start[0] == '{' ? read_json(start, document) : read_xml(text, document);
}

} // namespace

std::string_view word(Kind kind) {
  switch (kind) {
  case Kind::rss: return "rss";
  case Kind::rdf: return "rdf";
  case Kind::atom: return "atom";
  case Kind::json: return "json";
  }
  return "";
}

Expected<Parsed> parse_document(std::string_view body, std::string_view content_type, std::string_view url) {
  if (body.size() > max_document) return fail(Fault::permanent, "feed.too_large");
  Document document;
  document.base = url;
  TRY(read_any(decode_document(body, content_type), document));
  assign_identities(document.drafts);
  Feed feed = std::move(document.feed);
  feed.items.reserve(document.drafts.size());
  for (Draft& draft : document.drafts) feed.items.push_back(std::move(draft.item));
  return Parsed{.feed = std::move(feed), .refresh = document.refresh};
}

Expected<Feed> parse(std::string_view body, std::string_view content_type, std::string_view url) {
  Parsed parsed = TRY(parse_document(body, content_type, url));
  return std::move(parsed.feed);
}

} // namespace milkrun::feed
