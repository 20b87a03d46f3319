// The pipeline of a document: size, charset, kind, repair, parse, read, identities, ages. What breaks in a document
// costs the item it is in.
#include "providers/feed/charset.hpp"
#include "providers/feed/document.hpp"
#include "providers/feed/prepass.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

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

Expected<void> read_xml(std::string text, Document& document) {
  Prepared prepared = prepare(text);
  std::string().swap(text); // a big document need not be in memory three times
  pugi::xml_document xml;
  const pugi::xml_parse_result result = xml.load_buffer_inplace(
      prepared.xml.data(), prepared.xml.size(), pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_utf8);
  const pugi::xml_node root = feed_root(xml);
  if (!root) return fail(Fault::permanent, "feed.not_a_feed");
  document.feed.malformed = prepared.repaired || !result;
  if (prepared.broke_off && item_elements(root).empty()) return fail(Fault::permanent, "feed.broken");
  if (text::iequals(local_name(root), "feed"))
    read_atom(root, document);
  else
    read_rss(root, document);
  return {};
}

// A JSON Feed with a plugin's words around it; "" when it is none.
std::string json_in_noise(std::string_view text) {
  if (text.find("jsonfeed.org") == std::string_view::npos) return {};
  const auto span = find_json(text, {.levels = 256, .values = 200'000, .string = longest_text});
  return span && span->noise ? std::string(span->text) : std::string();
}

// It is read again for each link of the document; what makes an address long is its query, which no link is resolved
// by.
std::string_view short_base(std::string_view url) {
  constexpr std::size_t longest = 512;
  if (url.size() > longest) url = url.substr(0, url.find_first_of("?#"));
  return url.size() > longest ? std::string_view() : url;
}

Expected<void> read_any(std::string text, Document& document) {
  const std::string_view start = text::trim(text);
  if (start.empty()) return fail(Fault::permanent, "feed.empty_document");
  if (std::string inner = json_in_noise(start); !inner.empty() && read_json(std::move(inner), document)) {
    document.feed.malformed = true;
    return {};
  }
  return start[0] == '{' ? read_json(std::move(text), document) : read_xml(std::move(text), document);
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
  document.base = short_base(url);
  TRY(read_any(decode_document(body, content_type), document));
  assign_identities(document.drafts);
  document.feed.ordered = assign_ages(document.drafts);
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
