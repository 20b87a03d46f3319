// Signing in and finding the REST API, with answers as WordPress 6.1 gives them.
#include "providers/wordpress/test_site.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::wordpress;
using namespace milkrun::wordpress::test_site;

const std::string editor = R"({"id": 2, "roles": ["editor"], "capabilities": {"edit_posts": true, "publish_posts": true,
  "manage_categories": true, "unfiltered_html": true, "editor": true}})";
const std::string author = R"({"id": 3, "roles": ["author"], "capabilities": {"upload_files": true, "edit_posts": true,
  "publish_posts": true, "author": true}})";
const std::string contributor = R"({"id": 4, "roles": ["contributor"], "capabilities": {"edit_posts": 1}})";
const std::string subscriber = R"({"id": 5, "roles": ["subscriber"], "capabilities": {"read": true}})";
const std::string stranger =
    R"({"code": "rest_not_logged_in", "message": "You are not currently logged in.", "data": {"status": 401}})";
const std::string me = "wp/v2/users/me";
const std::string query = "context=edit&_fields=id,roles,capabilities";

Expected<Site> connect(test::FakeHttp& http, const Credential& who = credential()) {
  return Client(http, who, Millis(5000)).connect();
}

TEST_CASE("a site with pretty permalinks takes one signed read") {
  test::FakeHttp http;
  http.answer(200, editor, {json});
  const auto site = connect(http);
  REQUIRE(site);
  CHECK(site->api == "https://blog.example/wp-json/");
  CHECK(site->user_id == 2);
  CHECK(site->roles == std::vector<std::string>{"editor"});
  CHECK(site->may_publish);
  CHECK(site->may_create);
  CHECK(site->may_manage_categories);
  CHECK(site->unfiltered_html);
  REQUIRE(http.sent.size() == 1);
  const auto& request = http.sent[0];
  CHECK(request.method == "GET");
  CHECK(request.url == "https://blog.example/wp-json/" + me + "?" + query);
  CHECK(request.effect == http::Effect::read);
  CHECK(request.body.empty());
  CHECK(request.caller.tenant == "asha");
  CHECK(request.caller.service == "wordpress");
  CHECK(request.timeout == Millis(5000));
  CHECK(request.max_redirects == 0);
  CHECK(request.max_body == 512u * 1024);
  CHECK(open_text(request).find("Accept: application/json\n") != std::string::npos);
  CHECK(signed_once(request));
}

TEST_CASE("the rights come from the capabilities") {
  struct Row {
    std::string user;
    bool publish, create, categories, unfiltered;
  };
  const Row rows[] = {{editor, true, true, true, true},
                      {author, true, true, false, false},
                      {contributor, false, true, false, false},
                      {subscriber, false, false, false, false},
                      // Hidden by a plugin: the site itself decides.
                      {R"({"id": 9})", true, true, false, false},
                      {R"({"id": 9, "roles": "odd", "capabilities": []})", true, true, false, false}};
  for (const Row& row : rows) {
    CAPTURE(row.user);
    test::FakeHttp http;
    http.answer(200, row.user, {json});
    const auto site = connect(http);
    REQUIRE(site);
    CHECK(site->may_publish == row.publish);
    CHECK(site->may_create == row.create);
    CHECK(site->may_manage_categories == row.categories);
    CHECK(site->unfiltered_html == row.unfiltered);
  }
}

TEST_CASE("the address is joined cleanly, whatever its tail") {
  struct Row {
    std::string base, url;
  };
  const Row rows[] = {{"https://blog.example", "https://blog.example/wp-json/"},
                      {"https://blog.example//", "https://blog.example/wp-json/"},
                      {"https://blog.example/sub/", "https://blog.example/sub/wp-json/"},
                      {" https://blog.example/?p=1#x ", "https://blog.example/wp-json/"},
                      {"http://127.0.0.1:26180/", "http://127.0.0.1:26180/wp-json/"}};
  for (const Row& row : rows) {
    CAPTURE(row.base);
    test::FakeHttp http;
    http.answer(200, editor, {json});
    const auto site = connect(http, credential(row.base));
    REQUIRE(site);
    CHECK(site->api == row.url);
    CHECK(http.sent[0].url == row.url + me + "?" + query);
  }
}

TEST_CASE("with plain permalinks the Link header of the home page leads to the API") {
  test::FakeHttp http;
  http.answer(301, "", {html, {"Location", "https://blog.example/wp-json/wp/v2/users/me/?context=edit"}});
  http.answer(200, page,
              {html,
               {"Link", "<https://blog.example/?p=1>; rel=shortlink, "
                        "<https://www.blog.example/index.php?rest_route=/>; rel=\"https://api.w.org/\""}});
  http.answer(200, author, {json});
  const auto site = connect(http);
  REQUIRE(site);
  // The host stays the tenant's, whatever the site calls itself.
  CHECK(site->api == "https://blog.example/index.php?rest_route=/");
  REQUIRE(http.sent.size() == 3);
  CHECK(http.sent[1].url == "https://blog.example/");
  CHECK(http.sent[1].secret_headers.empty());
  CHECK(http.sent[1].caller.tenant == "asha");
  CHECK(http.sent[2].url == "https://blog.example/index.php?rest_route=/" + me + "&" + query);
  CHECK(signed_once(http.sent[2]));
}

TEST_CASE("a home page that says nothing leaves rest_route as the last try") {
  for (const int status : {200, 404}) {
    CAPTURE(status);
    test::FakeHttp http;
    http.answer(status, page, {html});
    http.answer(200, page, {html});
    http.answer(200, author, {json});
    const auto site = connect(http, credential("https://blog.example/sub"));
    REQUIRE(site);
    CHECK(site->api == "https://blog.example/sub/?rest_route=/");
    CHECK(http.sent.back().url == "https://blog.example/sub/?rest_route=/" + me + "&" + query);
  }
}

TEST_CASE("a home page that leads to another page of the same site does not end the search") {
  test::FakeHttp http;
  http.answer(404, page, {html});
  http.answer(302, "", {html, {"Location", "/en/"}});
  http.answer(200, author, {json});
  REQUIRE(connect(http));
}

TEST_CASE("no API anywhere waits for another address; a page in its place is a site that moves") {
  for (const bool moving : {false, true}) {
    CAPTURE(moving);
    test::FakeHttp http;
    http.otherwise = [&](const http::Request&) {
      return http::Response{.status = moving ? 200 : 404, .headers = {html}, .body = page};
    };
    const auto site = connect(http);
    REQUIRE_FALSE(site);
    CHECK(site.error().fault == (moving ? Fault::outage : Fault::setting));
    CHECK(site.error().reason.code() == (moving ? "wordpress.page_instead_of_api" : "wordpress.no_api"));
    CHECK(http.sent.size() == 3);
  }
}

TEST_CASE("words that a plugin prints around the answer are stepped over") {
  const std::string notice = "<br />\n<b>Deprecated</b>: x[0] in <b>/srv/p.php</b> on line <b>3</b><br />\n";
  for (const std::string& body : {notice + author, author + "\n<!-- Cached [x] -->", "\xef\xbb\xbf" + author}) {
    test::FakeHttp http;
    http.answer(200, body, {html});
    const auto site = connect(http);
    REQUIRE(site);
    CHECK(site->may_publish);
  }
  test::FakeHttp refused;
  for (int i = 0; i < 2; ++i)
    refused.answer(403, notice + R"({"code":"rest_disabled","message":"no"})", {html}); // users, and the API itself
  const auto site = connect(refused);
  REQUIRE_FALSE(site);
  CHECK(site.error().reason.code() == "wordpress.account_refused"); // no firewall's page
  CHECK(site.error().detail.find("a plugin prints words around the JSON") != std::string::npos);
}

TEST_CASE("users/me that a plugin hides is no refusal: the site itself says what the account may not") {
  for (const char* code : {"rest_no_route", "rest_user_invalid_id"}) {
    test::FakeHttp http;
    http.answer(404, R"({"code":")" + std::string(code) + R"(","message":"x","data":{"status":404}})", {json});
    const auto site = connect(http);
    REQUIRE(site);
    CHECK(site->api == "https://blog.example/wp-json/");
    CHECK(site->may_create);
    CHECK(site->may_publish);
    CHECK_FALSE(site->may_manage_categories);
    CHECK(http.sent.size() == 1);
  }
}

TEST_CASE("users/me that is hidden by 401 or 403 is no refusal either, while the API itself answers") {
  struct Row {
    int status;
    std::string body;
    bool api_answers;
  };
  const std::string said = R"({"code":"rest_user_cannot_view","message":"x","data":{"status":403}})";
  const Row rows[] = {{403, said, true}, {401, said, true}, {403, page, true}, {403, said, false}, {401, said, false}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.api_answers);
    test::FakeHttp http;
    http.answer(row.status, row.body, {json});
    if (row.api_answers)
      http.answer(200, R"({"authentication": {"application-passwords": {"endpoints": {}}}})", {json});
    else
      http.answer(row.status, row.body, {json});
    const auto site = connect(http);
    REQUIRE(site.has_value() == row.api_answers);
    if (site) CHECK(site->may_create);
    if (!site) CHECK(site.error().fault == Fault::setting);
    REQUIRE(http.sent.size() == 2);
    CHECK(http.sent[1].url == "https://blog.example/wp-json/?_fields=authentication");
  }
}

TEST_CASE("a redirect to another address is named, not followed") {
  struct Row {
    std::string location, origin;
  };
  const Row rows[] = {{"https://www.blog.example/wp-json/", "https://www.blog.example"},
                      {"//evil.example/", "https://evil.example"},
                      {"http://blog.example/wp-json/", "http://blog.example"}};
  for (const Row& row : rows) {
    CAPTURE(row.location);
    test::FakeHttp http;
    http.answer(301, "", {{"Location", row.location}});
    const auto site = connect(http);
    REQUIRE_FALSE(site);
    CHECK(site.error().fault == Fault::setting);
    CHECK(site.error().reason.code() == "wordpress.redirects");
    CHECK(site.error().detail.ends_with(" to " + row.origin));
    CHECK(http.sent.size() == 1);
  }
}

TEST_CASE("a wrong password is told from application passwords that are off") {
  struct Row {
    std::string root;
    int status;
    std::string reason;
  };
  const std::string wrong = "wordpress.password_refused";
  const std::string off = "wordpress.passwords_unavailable";
  const Row rows[] = {{R"({"authentication": {"application-passwords": {"endpoints": {}}}})", 200, wrong},
                      {R"({"authentication": []})", 200, off},
                      {R"({"authentication": {"oauth1": {}}})", 200, off},
                      {R"({"name": "no such member"})", 200, wrong},
                      {page, 200, wrong},
                      {stranger, 401, wrong}};
  for (const Row& row : rows) {
    CAPTURE(row.root);
    test::FakeHttp http;
    http.answer(401, stranger, {json});
    http.answer(row.status, row.root);
    const auto site = connect(http);
    REQUIRE_FALSE(site);
    CHECK(site.error().fault == Fault::setting);
    CHECK(site.error().reason.code() == row.reason);
    CHECK(site.error().http_status == 401);
    REQUIRE(http.sent.size() == 2);
    CHECK(http.sent[1].url == "https://blog.example/wp-json/?_fields=authentication");
  }
}

TEST_CASE("an outage while signing in is no verdict about the password") {
  struct Row {
    int status;
    std::string body;
    http::Header header;
    Fault fault;
    std::string reason;
  };
  const Row rows[] = {{500, R"({"code":"wp_die","message":"<h1>Error establishing a database connection</h1>"})", json,
                       Fault::outage, "wordpress.server_error"},
                      {503,
                       R"({"code":"wp_die","message":"Briefly unavailable"})",
                       {"Retry-After", "600"},
                       Fault::outage,
                       "wordpress.maintenance"},
                      {403, page, html, Fault::outage, "wordpress.blocked_by_firewall"},
                      {429, "", {"Retry-After", "30"}, Fault::rate_limited, "wordpress.too_many_requests"},
                      {200, R"({"id":"x"})", json, Fault::outage, "wordpress.answer_not_understood"}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    test::FakeHttp http;
    http.answer(row.status, row.body, {row.header});
    http.answer(row.status, row.body, {row.header});
    const auto site = connect(http);
    REQUIRE_FALSE(site);
    CHECK(site.error().fault == row.fault);
    CHECK(site.error().reason.code() == row.reason);
    CHECK(http.sent.size() == (row.status == 403 ? 2 : 1)); // the API's root is asked whether only users are hidden
  }
}

TEST_CASE("without a user, a password, or with a colon in the user name nothing is sent") {
  for (const auto& [user, secret] :
       {std::pair<std::string, std::string>{"", "abcd"}, {"editor", "  \u00a0"}, {"ed:itor", "abcd"}}) {
    CAPTURE(user);
    test::FakeHttp http;
    Credential who = credential();
    who.account = user;
    who.secret = Secret(secret);
    const auto site = connect(http, who);
    REQUIRE_FALSE(site);
    CHECK(site.error().fault == Fault::setting);
    CHECK(http.sent.empty());
  }
}

} // namespace
