// Feeds as RSS 2.0, Atom 1.0, JSON Feed 1.1 or a literal body, with ETag, Last-Modified and 304.
// Config: {"items":[...],"format":"rss"|"atom"|"json","raw":"...","content_type":"...","status":410,"location":"...",
// "validators":true}.
#include "feeds.hpp"

#include "words.hpp"
#include "world.hpp"

#include <ctime>
#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

std::string text(const Json& item, const char* name) { return item.value(name, ""); }

std::string dated(const Json& item, std::string (*format)(std::time_t)) {
  const std::string date = text(item, "date");
  const auto t = parse_iso(date);
  return t ? format(*t) : date;
}

std::string atom_date(std::time_t t) { return iso(t) + "Z"; }

std::string element(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format("  <{0}>{1}</{0}>\n", name, escape_markup(value));
}

std::string rss(const Json& items, const std::string& title, const std::string& link) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" "
                    "xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n<channel>\n";
  out += element("title", title) + element("link", link) + "  <description></description>\n";
  for (const Json& item : items) {
    out += " <item>\n" + element("title", text(item, "title")) + element("link", text(item, "link"));
    if (item.contains("guid"))
      out += fmt::format("  <guid isPermaLink=\"false\">{}</guid>\n", escape_markup(text(item, "guid")));
    out += element("description", text(item, "description")) + element("content:encoded", text(item, "content"));
    out += element("pubDate", dated(item, rss_date)) + " </item>\n";
  }
  return out + "</channel>\n</rss>\n";
}

std::string atom(const Json& items, const std::string& title, const std::string& link) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n";
  out += element("title", title) + element("id", link);
  for (const Json& item : items) {
    out += " <entry>\n" + element("title", text(item, "title")) + element("id", text(item, "guid"));
    out += fmt::format("  <link rel=\"alternate\" href=\"{}\"/>\n", escape_markup(text(item, "link")));
    const auto html = [&](const char* name, const char* from) {
      return text(item, from).empty()
                 ? std::string()
                 : fmt::format("  <{0} type=\"html\">{1}</{0}>\n", name, escape_markup(text(item, from)));
    };
    out += html("summary", "description") + html("content", "content");
    out += element("published", dated(item, atom_date)) + element("updated", dated(item, atom_date)) + " </entry>\n";
  }
  return out + "</feed>\n";
}

std::string json_feed(const Json& items, const std::string& title, const std::string& link) {
  Json out{{"version", "https://jsonfeed.org/version/1.1"}, {"title", title}, {"home_page_url", link}};
  out["items"] = Json::array();
  for (const Json& item : items) {
    Json one{{"id", text(item, "guid")}, {"url", text(item, "link")}, {"title", text(item, "title")}};
    one["summary"] = text(item, "description");
    one["content_html"] = text(item, "content");
    if (!text(item, "date").empty()) one["date_published"] = dated(item, atom_date);
    out["items"].push_back(one);
  }
  return dump(out);
}

// Weak comparison, as RFC 9110 asks for If-None-Match.
bool has_tag(const std::string& list, const std::string& tag) {
  for (std::string one : split(list, ',')) {
    if (one.starts_with("W/")) one = one.substr(2);
    if (one == tag || one == "*") return true;
  }
  return false;
}

std::time_t newest(const Json& items) {
  std::time_t out = 1'767'225'600; // 2026-01-01, for feeds without dates
  for (const Json& item : items) out = std::max(out, parse_iso(text(item, "date")).value_or(0));
  return out;
}

} // namespace

Answer feed_document(const Json& items, const std::string& format, const std::string& title, const std::string& link) {
  Answer answer{.type = "application/rss+xml; charset=UTF-8", .body = "", .headers = {}};
  if (format == "atom") {
    answer.type = "application/atom+xml; charset=UTF-8";
    answer.body = atom(items, title, link);
  } else if (format == "json") {
    answer.type = "application/feed+json";
    answer.body = json_feed(items, title, link);
  } else {
    answer.body = rss(items, title, link);
  }
  return answer;
}

void make_conditional(const Ask& ask, Answer& answer, std::time_t modified) {
  const std::string tag = '"' + fingerprint(answer.body) + '"';
  answer.headers.emplace_back("ETag", tag);
  answer.headers.emplace_back("Last-Modified", http_date(modified));
  const std::string tags = ask.header("if-none-match");
  const bool known = tags.empty() ? ask.header("if-modified-since") == http_date(modified) : has_tag(tags, tag);
  if (!known) return;
  answer.status = 304;
  answer.body.clear();
}

Answer play_feed(World& world, const Ask& ask, const Target& target) {
  const Json& feeds = world.state["feeds"];
  if (!feeds.contains(target.who)) return {.status = 404, .type = "text/html", .body = "no such feed\n", .headers = {}};
  const Json& feed = feeds[target.who];
  const Json items = feed.value("items", Json::array());
  Answer answer = feed_document(items, feed.value("format", "rss"), target.who, ask.base + "/site/" + target.who + "/");
  if (feed.contains("raw")) answer.body = feed["raw"].get<std::string>();
  answer.type = feed.value("content_type", answer.type);
  answer.status = feed.value("status", 200);
  if (feed.contains("location")) answer.headers.emplace_back("Location", feed["location"].get<std::string>());
  if (answer.status == 200 && feed.value("validators", true)) make_conditional(ask, answer, newest(items));
  return answer;
}

} // namespace milkrun::sandbox
