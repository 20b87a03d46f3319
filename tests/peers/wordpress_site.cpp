// REST calls of a site's owner. Any answer but the expected one is an exception with WordPress's own words.
#include "peers/wordpress_site.hpp"

#include <httplib.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace milkrun::test {
namespace {

using nlohmann::json;

json body_of(const httplib::Result& answer, int expected, const std::string& path) {
  if (!answer) throw std::runtime_error(path + ": " + httplib::to_string(answer.error()));
  if (answer->status != expected)
    throw std::runtime_error(path + ": " + std::to_string(answer->status) + " " + answer->body);
  return json::parse(answer->body);
}

// A moment in the past, each later than the one before: feeds are sorted by whole seconds.
std::string next_date() {
  static int steps = 0;
  const std::time_t t = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - 60 + steps++;
  std::tm utc{};
  gmtime_r(&t, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  return text;
}

} // namespace

WordPressSite::WordPressSite(const std::string& sites_json, const std::string& name) {
  std::ifstream in(sites_json);
  if (!in) throw std::runtime_error("no " + sites_json + ": is wordpress.sh up?");
  const json site = json::parse(in).at(name);
  base_url_ = site.at("base_url");
  roles_ = site.at("roles");
  trouble_ = std::filesystem::path(sites_json).parent_path() / "trouble" / name;
}

Account WordPressSite::account(const std::string& role) const {
  return {.user = roles_.at(role).at("user"), .password = roles_.at(role).at("password")};
}

json WordPressSite::get(const std::string& path) const {
  httplib::Client client(base_url_);
  const Account admin = account("administrator");
  client.set_basic_auth(admin.user, admin.password);
  return body_of(client.Get("/wp-json/wp/v2" + path), 200, path);
}

json WordPressSite::create(const std::string& path, const json& body) const {
  httplib::Client client(base_url_);
  const Account admin = account("administrator");
  client.set_basic_auth(admin.user, admin.password);
  return body_of(client.Post("/wp-json/wp/v2" + path, body.dump(), "application/json"), 201, path);
}

std::string WordPressSite::write(const std::string& title, const std::string& html,
                                 const std::vector<std::string>& tags) const {
  json ids = json::array();
  for (const std::string& tag : tags) {
    const json known = get("/tags?per_page=100&_fields=id,name");
    int id = 0;
    for (const json& entry : known)
      if (entry.at("name") == tag) id = entry.at("id");
    ids.push_back(id != 0 ? id : create("/tags", {{"name", tag}}).at("id").get<int>());
  }
  return create("/posts",
                {{"title", title}, {"content", html}, {"tags", ids}, {"status", "publish"}, {"date_gmt", next_date()}})
      .at("link");
}

std::vector<json> WordPressSite::posts_titled(const std::string& part) const {
  std::vector<json> out;
  for (const json& post : get("/posts?context=edit&per_page=100&status=publish,future,draft,pending,private,trash"))
    if (post.at("title").at("raw").get<std::string>().find(part) != std::string::npos) out.push_back(post);
  return out;
}

std::vector<std::string> WordPressSite::tag_names(const json& post) const {
  std::vector<std::string> out;
  for (const json& tag : get("/tags?post=" + std::to_string(post.at("id").get<int>()))) out.push_back(tag.at("name"));
  return out;
}

std::string WordPressSite::author_of(const json& post) const {
  return get("/users/" + std::to_string(post.at("author").get<int>()) + "?context=edit").at("username");
}

void WordPressSite::trouble(const std::string& word) const {
  if (word.empty())
    std::filesystem::remove(trouble_);
  else
    std::ofstream(trouble_) << word;
}

void WordPressSite::give_role(const std::string& user, const std::string& role) const {
  const json found = get("/users?context=edit&per_page=100");
  for (const json& entry : found)
    if (entry.at("username") == user) {
      httplib::Client client(base_url_);
      const Account admin = account("administrator");
      client.set_basic_auth(admin.user, admin.password);
      const std::string path = "/users/" + std::to_string(entry.at("id").get<int>());
      body_of(client.Post("/wp-json/wp/v2" + path, json{{"roles", {role}}}.dump(), "application/json"), 200, path);
      return;
    }
  throw std::runtime_error("no user " + user);
}

} // namespace milkrun::test
