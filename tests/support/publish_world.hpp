// A portal, feeds and a WordPress in memory, and real runs of the real stages between them. For tests.
#pragma once

#include "base/text.hpp"
#include "base/zone.hpp"
#include "jobs/publish_feeds/stages.hpp"
#include "support/social_world.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace milkrun::publish_feeds {

using Json = nlohmann::json;

// A WordPress as its REST API shows it to one account.
struct FakeSite {
  std::string password = "pw pw pw";
  std::vector<std::string> powers{"publish_posts", "edit_posts", "manage_categories", "upload_files"};
  std::vector<Json> posts, media;
  std::map<std::string, Json> terms; // "tags/news" -> {"id", "name"}
  bool takes_media = true, takes_back = true;
  std::function<std::optional<http::Response>(const http::Request&)> first; // may answer before the site does

  static http::Response json(int status, const Json& body) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}, {"Allow", "GET, POST"}},
            .body = body.dump(),
            .url = "https://asha.example/"};
  }
  static http::Response no(int status, const char* code) {
    return json(status, {{"code", code}, {"message", "no"}, {"data", {{"status", status}}}});
  }
  http::Response answer(const http::Request& r) {
    if (first)
      if (auto early = first(r)) return *early;
    std::string bare = password;
    std::erase(bare, ' ');
    const std::string signed_by = "Basic " + text::base64("ed:" + bare);
    if (r.secret_headers.empty() || r.secret_headers[0].value.reveal() != signed_by)
      return no(401, "rest_not_logged_in");
    const auto to = [&](const char* part) { return r.url.find(part) != std::string::npos; };
    if (to("/users/me")) {
      Json may = Json::object();
      for (const std::string& power : powers) may[power] = true;
      return json(200, {{"id", 5}, {"roles", {"author"}}, {"capabilities", may}});
    }
    if (to("/wp/v2/media")) return of_media(r);
    if (to("/wp/v2/posts/")) return one_post(r);
    if (to("/wp/v2/posts")) return r.method == "POST" ? create(r) : find(r);
    return term(r, to("/wp/v2/tags") ? "tags" : "categories");
  }
  std::vector<std::string> titles() const {
    std::vector<std::string> out;
    for (const Json& post : posts) out.push_back(post["title"]);
    return out;
  }

private:
  static std::string parameter(const std::string& url, const std::string& name) {
    const std::size_t at = url.find(name + "=");
    return at == std::string::npos
               ? ""
               : url.substr(at + name.size() + 1, url.find_first_of("&,", at) - at - name.size() - 1);
  }
  http::Response find(const http::Request& r) const {
    Json found = Json::array();
    for (const Json& post : posts)
      if (post["slug"] == parameter(r.url, "slug"))
        found.push_back(
            {{"id", post["id"]}, {"slug", post["slug"]}, {"status", post["status"]}, {"link", post["link"]}});
    return json(200, found);
  }
  // A look at one, and the trash.
  http::Response one_post(const http::Request& r) {
    const std::size_t at = r.url.find("/posts/") + 7;
    const int id = std::stoi(r.url.substr(at, r.url.find('?') - at));
    for (Json& post : posts) {
      if (post["id"] != id) continue;
      if (r.method == "DELETE") {
        if (!takes_back) return no(403, "rest_cannot_delete");
        post["status"] = "trash";
        post["slug"] = post["slug"].get<std::string>() + "__trashed";
      }
      return json(200, post);
    }
    return no(404, "rest_post_invalid_id");
  }
  http::Response create(const http::Request& r) {
    Json post = Json::parse(r.body);
    const std::string slug = post["slug"];
    const auto taken = [&](const std::string& name) {
      return std::ranges::any_of(posts, [&](const Json& one) { return one["slug"] == name; });
    };
    for (int n = 2; taken(post["slug"]); ++n) post["slug"] = slug + "-" + std::to_string(n);
    post["id"] = 100 + posts.size();
    post["link"] = "https://asha.example/" + post["slug"].get<std::string>() + "/";
    for (const char* kind : {"tags", "categories"}) {
      Json kept = Json::array();
      for (const Json& id : post.value(kind, Json::array()))
        for (const auto& [name, one] : terms)
          if (name.starts_with(kind) && one["id"] == id) kept.push_back(id);
      post[kind] = kept;
    }
    posts.push_back(post);
    return json(201, post);
  }
  http::Response term(const http::Request& r, const std::string& kind) {
    if (r.method != "POST") {
      Json found = Json::array();
      for (const auto& [name, one] : terms)
        if (name == kind + "/" + text::lower(parameter(r.url, "search"))) found.push_back(one);
      return json(200, found);
    }
    const std::string name = Json::parse(r.body)["name"];
    const Json one{{"id", 500 + terms.size()}, {"name", name}};
    terms.emplace(kind + "/" + text::lower(name), one);
    return json(201, one);
  }
  http::Response of_media(const http::Request& r) {
    if (!takes_media) return no(404, "rest_no_route");
    const std::string slug = parameter(r.url, "slug");
    if (r.method == "POST") {
      media.push_back({{"id", 900 + media.size()}, {"slug", slug}, {"bytes", r.body.size()}, {"url", r.url}});
      return json(201, media.back());
    }
    Json found = Json::array();
    for (const Json& one : media)
      if (one["slug"] == slug) found.push_back(one);
    return json(200, found);
  }
};

struct FakeItem {
  std::string id, title;
  Time dated = test::noon;
  std::string description = "A text.", link = {}, more = {};
};

// asha comes from a portal, reads one feed, and writes nothing herself. Saturday noon, in UTC.
struct PublishWorld : test::SocialWorld {
  static constexpr auto portal_id = "0123456789abcdef0123456789abcdef";
  Json asha{{"tenant_id", 1},
            {"site_url", "https://asha.example/"},
            {"wp_username", "ed"},
            {"wp_app_password", "pw pw pw"},
            {"rss_url", "https://news.example/feed"},
            {"publish_mode", "publish"},
            {"is_active", true},
            {"skip", false},
            {"remaining", 90},
            {"frequency", "daily"}};
  std::vector<Json> more_tenants;
  bool listed = true;
  std::vector<FakeItem> items{{.id = "n-1", .title = "One"}};
  FakeSite site;
  std::map<std::string, http::Response> elsewhere; // by URL
  int callback_status = 200;
  std::string callback_body = "<html>"; // what comes with another status
  std::vector<Json> callbacks;

  PublishWorld() {
    change(
        "INSERT INTO portals (id, slug, base_url, writer) VALUES ($id, 'p', 'https://portal.example/', 'passthrough')",
        {{"id", portal_id}});
    for (const char* service : {"portal", "portal-callback"})
      credential("portal", "operator", portal_id, service, "https://portal.example/");
    http.otherwise = [this](const http::Request& request) { return play(request); };
  }
  Expected<http::Response> play(const http::Request& r) {
    if (const auto found = elsewhere.find(r.url); found != elsewhere.end()) return found->second;
    const auto to = [&](const char* part) { return r.url.find(part) != std::string::npos; };
    if (to("/make/tenants")) {
      Json list = Json::array();
      if (listed) list.push_back(asha);
      for (const Json& one : more_tenants) list.push_back(one);
      return FakeSite::json(200, list);
    }
    if (to("/run-callback")) {
      if (callback_status != 200) return http::Response{.status = callback_status, .body = callback_body, .url = r.url};
      callbacks.push_back(Json::parse(r.body));
      return FakeSite::json(200, {{"ok", true}, {"id", 7}});
    }
    if (to("asha.example")) return site.answer(r);
    return http::Response{.status = 200, .body = feed(), .url = r.url};
  }
  std::string feed() const {
    std::string out =
        R"(<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>)";
    for (const FakeItem& i : items) {
      out += "<item><guid>" + i.id + "</guid><title>" + i.title + "</title><description>" + i.description +
             "</description>";
      if (i.link != "none") out += "<link>" + (i.link.empty() ? "https://news.example/" + i.id : i.link) + "</link>";
      out += "<pubDate>" + zone::utc(i.dated) + "</pubDate>" + i.more + "</item>";
    }
    return out + "</channel></rss>";
  }

  void run_all() {
    (void)run({sync_portal(), poll_feed(), choose_items(), write_article(), add_image(), publish_post(), take_back(),
               report_run()});
  }
  // Runs as cron would, each quarter of an hour.
  void run_for(Millis time) {
    for (const Time end = clock.now() + time; clock.now() < end; clock.advance(Millis(900'000))) run_all();
  }
  std::int64_t articles(const char* state) {
    return number("SELECT count(*) AS n FROM articles WHERE state = $s", {{"s", state}});
  }
  std::vector<Json> told(const std::string& status) const {
    std::vector<Json> out;
    for (const Json& one : callbacks)
      if (one["status"] == status) out.push_back(one);
    return out;
  }
  // Requests to the site since the last time this was asked.
  std::vector<std::string> to_site() {
    std::vector<std::string> out;
    for (; seen_ < http.sent.size(); ++seen_)
      if (const auto& r = http.sent[seen_]; r.url.find("asha.example") != std::string::npos)
        out.push_back(r.method + " " + route_of(r.url));
    return out;
  }
  std::string story(const RunReport& report) const {
    for (const TenantStory& t : report.tenants)
      if (t.slug != "operator") return t.story;
    return {};
  }

private:
  // "posts" of a call to posts; "" of one to the API itself.
  static std::string route_of(const std::string& url) {
    const std::size_t at = url.find("/wp/v2/");
    return at == std::string::npos ? std::string() : url.substr(at + 7, url.find('?') - at - 7);
  }
  std::size_t seen_ = 0;
};

} // namespace milkrun::publish_feeds
