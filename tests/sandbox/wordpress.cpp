// A WordPress site: authentication by application password, discovery, its pages and its feed; the REST routes are
// beside. Config:
// {"users":{login:{"password","role","email"?}},"pretty_permalinks":true,"name":"...","maintenance":false,
// "auth_plugin":false (bad logins are told so), "needs_https":false (application passwords off over http)}.
#include "wordpress.hpp"

#include "feeds.hpp"
#include "words.hpp"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <fmt/core.h>

namespace milkrun::sandbox {

namespace {

Role role_of(const std::string& name) {
  const std::vector<std::string> names = {"", "subscriber", "contributor", "author", "editor", "administrator"};
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? Role::none : static_cast<Role>(at - names.begin());
}

// Blanks in an application password are for the eye only.
std::string without_blanks(const std::string& password) {
  std::string out;
  std::ranges::copy_if(password, std::back_inserter(out), [](unsigned char c) { return std::isalnum(c) != 0; });
  return out;
}

bool passwords_available(const Json& config, const Ask& ask) {
  return ask.scheme() == "https" || !config.value("needs_https", false);
}

// Who it is, and "" or the code of what was wrong with the login.
Visitor identify(const Json& config, const Ask& ask, std::string& trouble) {
  const std::string header = ask.header("authorization");
  if (!header.starts_with("Basic ") || !passwords_available(config, ask)) return {};
  const std::string pair = decode_base64(header.substr(6));
  const auto colon = pair.find(':');
  if (colon == pair.npos) return {};
  const std::string login = lower(pair.substr(0, colon));
  const std::string password = without_blanks(pair.substr(colon + 1));
  trouble = login.find('@') == login.npos ? "invalid_username" : "invalid_email";
  int id = 1;
  const Json users = config.value("users", Json::object());
  for (const auto& [name, user] : users.items()) {
    ++id;
    if (lower(name) != login && (lower(user.value("email", "")) != login)) continue;
    trouble = "incorrect_password";
    if (password.empty() || password != without_blanks(user.value("password", ""))) continue;
    trouble.clear();
    return {.login = name, .id = id, .role = role_of(user.value("role", "editor"))};
  }
  return {};
}

Answer page(const Visit& visit, int status, const std::string& title) {
  Answer answer{.status = status, .type = "text/html; charset=UTF-8", .body = "", .headers = {}};
  answer.body = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n",
      escape_markup(title));
  answer.headers.emplace_back("Link", "<" + visit.rest_address("/") + ">; rel=\"https://api.w.org/\"");
  return answer;
}

Answer root(const Visit& visit) {
  Json authentication = Json::array(); // PHP writes an empty map as a list
  if (passwords_available(visit.config, visit.ask))
    authentication = {{"application-passwords",
                       {{"endpoints", {{"authorization", visit.home + "/wp-admin/authorize-application.php"}}}}}};
  const Json about{{"name", visit.config.value("name", visit.target.who)},
                   {"description", ""},
                   {"url", visit.home},
                   {"home", visit.home},
                   {"gmt_offset", "0"},
                   {"timezone_string", ""},
                   {"namespaces", {"oembed/1.0", "wp/v2"}},
                   {"authentication", authentication},
                   {"routes", Json::object()}};
  return json_answer(200, trimmed(visit.ask, about));
}

Json capabilities(const Visitor& who) {
  Json out{{"read", true}};
  if (who.may_edit()) out.update({{"edit_posts", true}, {"delete_posts", true}});
  if (who.may_publish()) out.update({{"publish_posts", true}, {"upload_files", true}, {"edit_published_posts", true}});
  if (who.may_edit_others())
    out.update({{"edit_others_posts", true}, {"manage_categories", true}, {"unfiltered_html", true}});
  return out;
}

Answer me(const Visit& visit) {
  if (!visit.who.known()) return rest_error(401, "rest_not_logged_in", "You are not currently logged in.");
  Json user{{"id", visit.who.id}, {"name", visit.who.login}, {"slug", lower(visit.who.login)}, {"description", ""}};
  if (visit.ask.param("context") == "edit") {
    const std::vector<std::string> names = {"", "subscriber", "contributor", "author", "editor", "administrator"};
    user["username"] = visit.who.login;
    user["roles"] = {names[static_cast<std::size_t>(visit.who.role)]};
    user["capabilities"] = capabilities(visit.who);
  }
  return json_answer(200, trimmed(visit.ask, user));
}

Answer site_feed(const Visit& visit) {
  Json items = Json::array();
  std::time_t modified = 1'767'225'600;
  for (auto post = visit.site.posts.rbegin(); post != visit.site.posts.rend() && items.size() < 10; ++post) {
    if (post->at("status") != "publish") continue;
    const std::string link = visit.link_of(*post);
    items.push_back({{"guid", link},
                     {"title", post->at("title")},
                     {"link", link},
                     {"date", post->at("date")},
                     {"description", post->at("excerpt")},
                     {"content", post->at("content")}});
    modified = std::max(modified, parse_iso(post->at("date").get<std::string>()).value_or(0));
  }
  Answer answer = feed_document(items, "rss", visit.target.who, visit.home);
  make_conditional(visit.ask, answer, modified);
  return answer;
}

Answer site_page(const Visit& visit) {
  const std::string prefix = "/site/" + visit.target.who;
  const std::string path = visit.ask.path.substr(prefix.size());
  if (path.starts_with("/wp-json")) { // plain permalinks: no REST here, only pages
    if (visit.ask.method == "GET" && !path.ends_with("/")) {
      Answer answer = page(visit, 301, "Moved");
      answer.headers = {{"X-Redirect-By", "WordPress"}, {"Location", visit.home + path + "/"}};
      return answer;
    }
    return page(visit, 200, visit.target.who);
  }
  const std::string slug = trim(path.substr(1, path.find('/', 1) - 1));
  for (const Json& post : visit.site.posts)
    if (post["slug"] == slug && post["status"] == "publish") return page(visit, 200, post["title"].get<std::string>());
  return page(visit, 404, "Page not found");
}

Answer route(const Visit& visit) {
  const std::string& action = visit.target.action;
  if (action == "root") return root(visit);
  if (action == "me") return me(visit);
  if (action == "create") return create_post(visit);
  if (action == "find") return find_posts(visit);
  if (action == "get") return get_post(visit);
  if (action == "update") return update_post(visit);
  if (action == "delete") return delete_post(visit);
  if (action == "terms") return play_terms(visit);
  if (action == "media") return play_media(visit);
  return no_route();
}

} // namespace

std::string Visit::rest_address(const std::string& route) const {
  return pretty() ? home + "/wp-json" + route : home + "/index.php?rest_route=" + route;
}

std::string Visit::link_of(const Json& post) const {
  if (pretty() && post["status"] == "publish") return home + "/" + post["slug"].get<std::string>() + "/";
  return fmt::format("{}/?p={}", home, post["id"].get<int>());
}

Answer play_site(World& world, const Ask& ask, const Target& target) {
  const Json& sites = world.state["sites"];
  if (!sites.contains(target.who)) return {.status = 404, .type = "text/html", .body = "no such site\n", .headers = {}};
  const Json& config = sites[target.who];
  if (config.value("maintenance", false)) return maintenance(ask);
  std::string trouble;
  const Visitor who = identify(config, ask, trouble);
  const Visit visit{ask, target, config, world.sites[target.who], who, ask.base + "/site/" + target.who};
  if (target.action == "feed") return site_feed(visit);
  if (target.action == "home") return page(visit, 200, target.who);
  const bool by_query = !ask.param("rest_route").empty();
  if (target.rest.empty() || (!visit.pretty() && !by_query)) return site_page(visit);
  if (!trouble.empty() && config.value("auth_plugin", false))
    return rest_error(401, trouble, "The provided password is an invalid application password.");
  Answer answer = route(visit);
  answer.headers.emplace_back("Link", "<" + visit.rest_address("/") + ">; rel=\"https://api.w.org/\"");
  answer.headers.emplace_back("Allow", who.may_edit() ? "GET, POST" : "GET");
  if (who.known()) answer.headers.emplace_back("Cache-Control", "no-cache, must-revalidate, max-age=0");
  return answer;
}

} // namespace milkrun::sandbox
