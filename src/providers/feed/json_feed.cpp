// JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1). Values of a wrong type are taken as what they say.
#include "providers/feed/document.hpp"

#include "base/json.hpp"
#include "base/json_repair.hpp"
#include "base/text.hpp"
#include "providers/feed/dates.hpp"
#include "providers/feed/html_text.hpp"
#include "providers/feed/people.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace milkrun::feed {

namespace {

using nlohmann::json;

constexpr JsonLimits json_limits{.levels = 256, .values = 200'000, .string = max_document};

// nullptr = absent, null or `object` is none
const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// A string, or a number or truth value as one; "" for everything else. Trimmed.
std::string text_in(const json& value) {
  if (value.is_string()) return std::string(text::trim(value.get_ref<const std::string&>()));
  if (value.is_number() || value.is_boolean()) return value.dump();
  return {};
}

std::string text_of_member(const json& object, const char* name) {
  const json* value = member(object, name);
  return value ? text_in(*value) : std::string{};
}

// The elements of a list; a single value counts as a list of one.
std::vector<const json*> list_of(const json& object, const char* name) {
  std::vector<const json*> out;
  const json* value = member(object, name);
  if (!value) return out;
  if (!value->is_array()) return {value};
  for (const json& element : *value) out.push_back(&element);
  return out;
}

std::string plain_line(std::string_view s) { return text::collapse_space(first_characters(s, 16 * max_title)); }

std::string people(const json& object) {
  for (const char* name : {"authors", "author"}) {
    People people;
    for (const json* person : list_of(object, name))
      people.add(escape_html(plain_line(person->is_object() ? text_of_member(*person, "name") : text_in(*person))));
    if (!people.empty()) return people.joined();
  }
  return {};
}

std::string text_as_html(std::string_view text) {
  return text::replace_all(escape_html(first_characters(text, max_body)), "\n", "<br>\n");
}

void read_media(const json& object, Document& document, Item& item) {
  for (const json* attachment : list_of(object, "attachments")) {
    if (item.enclosures.size() >= max_enclosures) break;
    add_enclosure(item, document.links.absolute_one(document.base, text_of_member(*attachment, "url")),
                  text_of_member(*attachment, "mime_type"), text_of_member(*attachment, "size_in_bytes"));
  }
  for (const char* name : {"image", "banner_image"}) {
    add_enclosure(item, document.links.absolute_one(document.base, text_of_member(object, name)), "image/*", "");
  }
}

std::optional<Time> date_in(const json& object, const char* name) { return parse_date(text_of_member(object, name)); }

std::optional<Time> date_of(const json* object) {
  const std::optional<Time> published = date_in(*object, "date_published");
  return published ? published : date_in(*object, "date_modified");
}

Draft read_item(const json& object, Document& document, const std::string& feed_author) {
  Draft draft;
  Item& item = draft.item;
  draft.id = text_of_member(object, "id");
  set_link(draft, document.base,
           {text_of_member(object, "url"), text_of_member(object, "external_url"),
            is_web_address(draft.id) ? draft.id : ""});
  set_title(item, plain_line(text_of_member(object, "title")));
  item.author = people(object);
  if (item.author.empty()) item.author = feed_author;
  item.published = date_in(object, "date_published");
  item.updated = date_in(object, "date_modified");
  for (const json* tag : list_of(object, "tags")) add_tag(item, escape_html(text_in(*tag)));
  read_media(object, document, item);
  Bodies bodies;
  bodies.take_summary(text_as_html(text_of_member(object, "summary")), document.base);
  std::string content = text_of_member(object, "content_html");
  if (content.empty()) content = text_as_html(text_of_member(object, "content_text"));
  bodies.take_content(std::move(content), document.base);
  set_bodies(document, item, bodies);
  return draft;
}

// "https://jsonfeed.org/version/1.1" -> "1.1"; "" = not a JSON Feed
std::string version_of(const json& root) {
  const std::string url = text_of_member(root, "version");
  for (std::string_view start : {"https://", "http://"}) {
    if (!url.starts_with(start)) continue;
    std::string_view rest = std::string_view(url).substr(start.size());
    if (rest.starts_with("www.")) rest.remove_prefix(4);
    constexpr std::string_view home = "jsonfeed.org/version/";
    if (rest.starts_with(home)) return std::string(first_characters(rest.substr(home.size()), 20));
  }
  return {};
}

std::vector<const json*> objects(const json& root, const char* name) {
  std::vector<const json*> found = list_of(root, name);
  std::erase_if(found, [](const json* value) { return !value->is_object(); });
  return found;
}

// A document that ends before its version, where that stands last: its items tell.
bool has_items(const json& root) {
  const auto found = objects(root, "items");
  return !found.empty() && std::ranges::all_of(found, [](const json* item) {
    const auto has = [&](const char* name) { return !text_of_member(*item, name).empty(); };
    return (has("id") || has("url")) && (has("title") || has("content_html") || has("content_text") || has("summary"));
  });
}

} // namespace

Expected<void> read_json(std::string text, Document& document) {
  Feed& feed = document.feed;
  RepairedJson repaired = repaired_json(text::trim(text), longest_text);
  std::string().swap(text); // a big document need not be in memory three times
  if (!json_within(repaired.text, json_limits)) return fail(Fault::permanent, "feed.not_a_feed");
  const json root = json::parse(repaired.text, nullptr, /*allow_exceptions=*/false);
  const bool names_version = repaired.text.find("jsonfeed.org/version/") != std::string::npos;
  std::string().swap(repaired.text);
  feed.kind = Kind::json;
  feed.malformed = repaired.repaired;
  if (root.is_discarded() && repaired.broke_off && names_version) return fail(Fault::permanent, "feed.broken");
  feed.version = version_of(root);
  if (feed.version.empty() && !(repaired.broke_off && has_items(root)))
    return fail(Fault::permanent, "feed.not_a_feed");
  feed.title = first_characters(plain_line(text_of_member(root, "title")), max_title);
  feed.site_url = absolute(document.base, text_of_member(root, "home_page_url"));
  feed.language = first_characters(text_of_member(root, "language"), 40);
  if (document.base.empty()) document.base = feed.site_url;
  const std::string feed_author = people(root);
  for (const json* item : newest_items(objects(root, "items"), feed, date_of))
    document.drafts.push_back(read_item(*item, document, feed_author));
  return {};
}

} // namespace milkrun::feed
