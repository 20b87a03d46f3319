// WordPress as played: logins and roles, posts and slugs, looking for a post, terms, permalinks.
#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;
using milkrun::sandbox::SandboxProcess;

namespace {

const std::string rest = "/site/asha/wp-json/wp/v2";

std::string code_of(const httplib::Result& result) {
  const Json answer = json_of(result);
  return answer.is_object() ? answer.value("code", "") : "";
}

} // namespace

TEST_CASE("a wrong password is served as anonymous") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox);
  http.set_basic_auth("editor", "wrong");
  CHECK(code_of(http.Get(rest + "/users/me")) == "rest_not_logged_in");
  const auto create = post(http, posts_route, {{"title", "t"}});
  CHECK(create->status == 401);
  CHECK(code_of(create) == "rest_cannot_create");
  CHECK(http.Get(posts_route)->status == 200);
  CHECK(code_of(http.Get(posts_route + "?context=edit")) == "rest_forbidden_context");
  control(sandbox, "PATCH", "state", {{"sites", {{"asha", {{"auth_plugin", true}}}}}});
  CHECK(code_of(http.Get(posts_route)) == "incorrect_password");
}

TEST_CASE("logins may be spelled as WordPress allows") {
  SandboxProcess& sandbox = fresh_sandbox();
  for (const auto& [login, password] : {std::pair{"EDITOR", "editor"}, {"editor@example.test", "ed it or"}}) {
    INFO(login);
    auto http = client(sandbox);
    http.set_basic_auth(login, password);
    const Json me = json_of(http.Get(rest + "/users/me?context=edit"));
    CHECK(me["roles"] == Json{"editor"});
    CHECK(me["capabilities"]["publish_posts"] == true);
  }
}

TEST_CASE("roles may what their roles may") {
  SandboxProcess& sandbox = fresh_sandbox();
  struct Row {
    const char* role;
    const char* status;
    int expected;
    const char* code;
    int tag;
    int category;
  };
  for (const Row& row :
       {Row{"subscriber", "draft", 403, "rest_cannot_create", 403, 403}, Row{"contributor", "draft", 201, "", 201, 403},
        Row{"contributor", "publish", 403, "rest_cannot_publish", 201, 403},
        Row{"author", "publish", 201, "", 201, 403}, Row{"editor", "publish", 201, "", 201, 201},
        Row{"administrator", "private", 201, "", 201, 201}}) {
    INFO(row.role, " ", row.status);
    auto http = client(sandbox, row.role);
    const auto created = post(http, posts_route, {{"title", "t"}, {"status", row.status}});
    REQUIRE(created);
    CHECK(created->status == row.expected);
    CHECK(code_of(created) == row.code);
    const Json term{{"name", std::string(row.role) + row.status}};
    CHECK(post(http, rest + "/tags", term)->status == row.tag);
    CHECK(post(http, rest + "/categories", term)->status == row.category);
  }
}

TEST_CASE("a created post answers 201 with id, link, slug and Location, and is stored") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox, "editor");
  const Json asked{{"title", "Über \"x\" & <b>"}, {"content", "<p>ä 😀</p>"}, {"excerpt", "kurz"}, {"slug", "a-1f"},
                   {"status", "publish"},         {"source_url", "dropped"}};
  const auto created = post(http, posts_route + "?_fields=id,link,status,slug", asked);
  REQUIRE(created);
  CHECK(created->status == 201);
  const Json answer = json_of(created);
  CHECK(answer.size() == 4);
  CHECK(answer["link"] == sandbox.http() + "/site/asha/a-1f/");
  CHECK(created->get_header_value("Location") == sandbox.http() + posts_route + "/" + answer["id"].dump());
  CHECK(http.Get("/site/asha/a-1f/")->status == 200);
  const Json stored = control(sandbox, "GET", "effects")["posts"]["asha"][0];
  CHECK(stored["title"] == asked["title"]);
  CHECK(stored["content"] == asked["content"]);
  CHECK(stored["author_login"] == "editor");
  const Json raw = json_of(http.Get(posts_route + "/" + answer["id"].dump() + "?context=edit"));
  CHECK(raw["title"]["raw"] == asked["title"]);
  CHECK(http.Get("/site/asha/feed/")->body.find("/site/asha/a-1f/") != std::string::npos);
}

TEST_CASE("slugs are made, normalised and made unique, drafts included") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox, "editor");
  const auto slug = [&](const Json& body) { return json_of(post(http, posts_route, body))["slug"].get<std::string>(); };
  CHECK(slug({{"title", "no slug for a draft"}}) == "");
  CHECK(slug({{"title", "A Title, Here"}, {"status", "publish"}}) == "a-title-here");
  CHECK(slug({{"title", "t"}, {"slug", "dup"}}) == "dup");
  CHECK(slug({{"title", "t"}, {"slug", "dup"}}) == "dup-2");
  CHECK(slug({{"title", "t"}, {"slug", "Dup"}, {"status", "publish"}}) == "dup-3");
  CHECK(slug({{"title", "t"}, {"slug", "2026"}}) == "2026-2");
  CHECK(slug({{"title", "t"}, {"slug", "日 x"}}) == "%e6%97%a5-x");
  CHECK(slug({{"title", "t"}, {"slug", std::string(300, 's')}}) == std::string(200, 's'));
  CHECK(slug({{"title", "t"}, {"slug", std::string(300, 's')}}) == std::string(198, 's') + "-2");
}

TEST_CASE("bad posts are refused by name") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox, "author");
  struct Row {
    const char* body;
    int status;
    const char* code;
  };
  for (const Row& row :
       {Row{R"({"title":"t","status":""})", 400, "rest_invalid_param"},
        Row{R"({"title":"t","status":"live"})", 400, "rest_invalid_param"},
        Row{R"({"status":"draft"})", 400, "empty_content"}, Row{R"({"title":null,"content":5})", 400, "empty_content"},
        Row{R"({"title":"t","tags":["name"]})", 400, "rest_invalid_param"},
        Row{R"({"title":"t","date":"2026-11-21"})", 400, "rest_invalid_param"},
        Row{R"({"title":"t","author":999})", 403, "rest_cannot_edit_others"},
        Row{R"({"title":)", 400, "rest_invalid_json"}}) {
    INFO(row.body);
    const auto answer = http.Post(posts_route, row.body, "application/json");
    REQUIRE(answer);
    CHECK(answer->status == row.status);
    CHECK(code_of(answer) == row.code);
  }
  CHECK(json_of(post(http, posts_route, {{"title", {{"raw", "object"}}}}))["title"]["raw"] == "object");
  CHECK(json_of(post(http, posts_route,
                     {{"title", "t"}, {"status", "publish"}, {"date", "2999-01-01T00:00:00"}}))["status"] == "future");
  CHECK(http.Post(posts_route, "title=form&status=draft", "application/x-www-form-urlencoded")->status == 201);
}

TEST_CASE("a post is found by slug only in the statuses asked for, and only by those who may see it") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto author = client(sandbox, "author");
  auto other = client(sandbox, "contributor");
  auto stranger = client(sandbox);
  post(author, posts_route, {{"title", "t"}, {"slug", "mine"}, {"status", "draft"}});
  const auto count = [](httplib::Client& http, const std::string& query) {
    return json_of(http.Get(posts_route + query)).size();
  };
  CHECK(count(author, "?slug=mine") == 0);
  CHECK(count(author, "?slug=mine&status=publish,draft") == 1);
  CHECK(count(author, "?slug=other,mine&status[]=draft&status[]=trash") == 1);
  CHECK(count(author, "?slug=mine&status=any&context=edit") == 1);
  const auto hidden = other.Get(posts_route + "?slug=mine&status=any");
  CHECK(json_of(hidden).empty());
  CHECK(hidden->get_header_value("X-WP-Total") == "1");
  CHECK(code_of(stranger.Get(posts_route + "?slug=mine&status=draft")) == "rest_invalid_param");
  CHECK(count(author, "?search=MINE") == 0);
  CHECK(code_of(author.Get(posts_route + "?per_page=101")) == "rest_invalid_param");
  CHECK(code_of(author.Get(posts_route + "?page=9")) == "rest_post_invalid_page_number");
}

TEST_CASE("posts are changed, trashed under another slug, and deleted") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox, "editor");
  auto author = client(sandbox, "author");
  const std::string one =
      posts_route + "/" + json_of(post(http, posts_route, {{"title", "t"}, {"slug", "s"}}))["id"].dump();
  CHECK(json_of(post(http, one, {{"status", "publish"}}))["status"] == "publish");
  CHECK(code_of(post(author, one, {{"title", "mine"}})) == "rest_cannot_edit");
  CHECK(code_of(author.Delete(one)) == "rest_cannot_delete");
  CHECK(json_of(http.Delete(one))["slug"] == "s__trashed");
  CHECK(http.Delete(one)->status == 410);
  CHECK(json_of(http.Get(posts_route + "?slug=s&status=any,trash")).empty());
  CHECK(json_of(http.Get(posts_route + "?slug=s__trashed&status=trash")).size() == 1);
  CHECK(json_of(http.Delete(one + "?force=true"))["deleted"] == true);
  CHECK(code_of(http.Get(one)) == "rest_post_invalid_id");
}

TEST_CASE("terms are created once and found by what is stored") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox, "editor");
  const auto created = post(http, rest + "/tags", {{"name", "Food & Drink"}});
  REQUIRE(created);
  CHECK(created->status == 201);
  const Json term = json_of(created);
  CHECK(term["name"] == "Food &amp; Drink");
  CHECK(term["slug"] == "food-drink");
  const auto again = post(http, rest + "/tags", {{"name", "food & drink"}});
  CHECK(again->status == 400);
  CHECK(json_of(again)["code"] == "term_exists");
  CHECK(json_of(again)["data"]["term_id"] == term["id"]);
  CHECK(json_of(http.Get(rest + "/tags?search=Drink")).size() == 1);
  CHECK(json_of(http.Get(rest + "/tags?search=Food%20%26%20Drink")).empty());
  CHECK(json_of(http.Get(rest + "/tags?slug=food-drink")).size() == 1);
  CHECK(code_of(post(http, rest + "/tags", {{"name", ""}})) == "empty_term_name");
  CHECK(code_of(post(http, rest + "/tags", {{"name", std::string(250, 'n')}})) == "db_insert_error");
  const Json posted = json_of(
      post(http, posts_route,
           {{"title", "t"}, {"status", "publish"}, {"tags", {term["id"], 9999}}, {"categories", Json::array()}}));
  CHECK(posted["tags"] == Json::array({term["id"]}));
  CHECK(posted["categories"].empty());
  CHECK(json_of(http.Get(rest + "/tags/" + term["id"].dump()))["count"] == 1);
}

TEST_CASE("the home page says where the API is, with pretty permalinks and without") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox, "author");
  const auto pretty = http.Head("/site/asha/");
  CHECK(pretty->get_header_value("Link") == "<" + sandbox.http() + "/site/asha/wp-json/>; rel=\"https://api.w.org/\"");
  CHECK(json_of(http.Get("/site/asha/wp-json/"))["authentication"].contains("application-passwords"));
  CHECK(post(http, "/site/asha//wp-json/wp/v2/posts/", {{"title", "t"}})->status == 201);
  control(sandbox, "PATCH", "state", {{"sites", {{"asha", {{"pretty_permalinks", false}}}}}});
  const auto plain = http.Get("/site/asha/");
  CHECK(plain->get_header_value("Link") ==
        "<" + sandbox.http() + "/site/asha/index.php?rest_route=/>; rel=\"https://api.w.org/\"");
  const auto lost = post(http, posts_route, {{"title", "lost"}});
  CHECK(lost->status == 200);
  CHECK(lost->get_header_value("Content-Type").starts_with("text/html"));
  CHECK(http.Get(posts_route)->status == 301);
  CHECK(post(http, "/site/asha/?rest_route=/wp/v2/posts&_fields=id", {{"title", "t"}})->status == 201);
  CHECK(control(sandbox, "GET", "effects")["posts"]["asha"].size() == 2);
}

TEST_CASE("a site in maintenance, and one that wants https for passwords") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox, "editor");
  control(sandbox, "PATCH", "state", {{"sites", {{"asha", {{"needs_https", true}}}}}});
  CHECK(post(http, posts_route, {{"title", "t"}})->status == 401);
  CHECK(json_of(http.Get("/site/asha/wp-json/"))["authentication"] == Json::array());
  control(sandbox, "PATCH", "state", {{"sites", {{"asha", {{"maintenance", true}}}}}});
  const auto closed = post(http, posts_route, {{"title", "t"}});
  CHECK(closed->status == 503);
  CHECK(code_of(closed) == "wp_die");
  CHECK(http.Get("/site/asha/")->get_header_value("Content-Type").starts_with("text/html"));
}
