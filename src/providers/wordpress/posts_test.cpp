// Creating a post and finding it again: the exact requests, and that "absent" is never said lightly.
#include "providers/wordpress/test_site.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace milkrun;
using namespace milkrun::wordpress;
using namespace milkrun::wordpress::test_site;
using std::chrono::seconds;

const http::Header total{"X-WP-Total", "0"};
const http::Header ours{"Allow", "GET, POST"};
const std::string stored =
    R"({"id": 165, "slug": "pub-0123456789ab", "status": "publish", "link": "https://blog.example/pub-0123456789ab/"})";

Post post() {
  return {.title = "Über \"Straßen\" & Flüße — 😀",
          .content = "<p>Grüße</p>",
          .excerpt = "Kurz",
          .slug = "pub-0123456789ab",
          .status = "publish"};
}

TEST_CASE("a post is one signed POST that must not happen twice") {
  test::FakeHttp http;
  http.answer(201, stored, {json});
  Client client(http, credential(), seconds(20));
  const auto created = client.create(site(), post(), {.tags = {11, 12}, .categories = {10}});
  REQUIRE(created);
  CHECK(created->id == 165);
  CHECK(created->link == "https://blog.example/pub-0123456789ab/");
  CHECK(created->status == "publish");
  CHECK(created->slug == "pub-0123456789ab");
  REQUIRE(http.sent.size() == 1);
  const auto& request = http.sent[0];
  CHECK(request.method == "POST");
  CHECK(request.url == "https://blog.example/wp-json/wp/v2/posts?_fields=id,link,status,slug,tags,categories");
  CHECK(request.effect == http::Effect::once);
  CHECK(request.timeout == seconds(20));
  CHECK(request.max_redirects == 0);
  CHECK(signed_once(request));
  CHECK(open_text(request).find("Content-Type: application/json\n") != std::string::npos);
  CHECK(nlohmann::json::parse(request.body) == nlohmann::json::parse(R"({"title":"Über \"Straßen\" & Flüße — 😀",
    "content":"<p>Grüße</p>","excerpt":"Kurz","slug":"pub-0123456789ab","status":"publish","tags":[11,12],
    "categories":[10]})"));
}

TEST_CASE("empty lists and excerpts are left out, odd states become drafts, odd bytes do not throw") {
  test::FakeHttp http;
  http.answer(201, R"({"id": 7, "link": "javascript:void 0"
})",
              {json});
  Client client(http, credential("https://blog.example/?rest_route=/"), seconds(20));
  Site plain = site();
  plain.api = "https://blog.example/?rest_route=/";
  const auto created = client.create(plain, {.title = "t\xff", .content = "<p>x</p>", .slug = "s", .status = ""}, {});
  REQUIRE(created);
  CHECK(created->link.empty());
  CHECK(http.sent.at(0).url ==
        "https://blog.example/?rest_route=/wp/v2/posts&_fields=id,link,status,slug,tags,categories");
  CHECK(nlohmann::json::parse(http.sent.at(0).body) ==
        nlohmann::json::parse(R"({"title":"t\ufffd","content":"<p>x</p>","slug":"s","status":"draft"})"));
}

TEST_CASE("terms that the site has lost are told apart from those it only does not show") {
  const Terms sent{.tags = {11, 12}, .categories = {10}};
  const auto lost = [&](const char* shown) {
    test::FakeHttp http;
    http.answer(
        201, R"({"id":165,"slug":"s","status":"publish","link":"https://blog.example/s/")" + std::string(shown) + "}",
        {json});
    const auto created = Client(http, credential(), seconds(5)).create(site(), post(), sent);
    REQUIRE(created);
    return created->lost;
  };
  CHECK(lost("").empty());
  CHECK(lost(R"(,"tags":[12,11],"categories":[10,1])").empty());
  CHECK(lost(R"(,"tags":[12],"categories":[])") == std::vector<std::int64_t>{11, 10});
}

TEST_CASE("a picture stands above the post; words that a plugin prints around the answer are stepped over and told") {
  test::FakeHttp http;
  http.answer(201, "<br />\n<b>Deprecated</b>: x in y on line 3<br />\n" + stored, {html});
  Post with = post();
  with.picture = 77;
  const auto created = Client(http, credential(), seconds(5)).create(site(), with, {});
  REQUIRE(created);
  CHECK(created->id == 165);
  CHECK(created->noise);
  CHECK(nlohmann::json::parse(http.sent.at(0).body)["featured_media"] == 77);
}

TEST_CASE("what the role may not do is refused before anything is sent") {
  struct Row {
    bool create, publish;
    std::string status, reason; // reason "" = it is sent
  };
  const Row rows[] = {{false, false, "draft", "wordpress.may_not_create"},
                      {false, true, "publish", "wordpress.may_not_create"},
                      {true, false, "publish", "wordpress.may_not_publish"},
                      {true, false, "pending", ""},
                      {true, false, "draft", ""}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    test::FakeHttp http;
    http.answer(201, stored, {json});
    Site role = site();
    role.may_create = row.create;
    role.may_publish = row.publish;
    const auto created = Client(http, credential(), seconds(5)).create(role, {.title = "t", .status = row.status}, {});
    CHECK(created.has_value() == row.reason.empty());
    CHECK(http.sent.size() == (row.reason.empty() ? 1 : 0));
    if (created) continue;
    CHECK(created.error().fault == Fault::setting);
    CHECK(created.error().reason.code() == row.reason);
  }
}

TEST_CASE("a post is looked for in every state, the trash included") {
  test::FakeHttp http;
  http.answer(200, "[" + stored + "]", {json, ours, {"X-WP-Total", "1"}});
  const auto lookup = Client(http, credential(), seconds(5)).find(site(), "pub-0123456789ab");
  REQUIRE(lookup);
  CHECK(lookup->presence == Presence::found);
  CHECK(lookup->post.id == 165);
  CHECK(lookup->post.link == "https://blog.example/pub-0123456789ab/");
  const auto& request = http.sent.at(0);
  CHECK(request.method == "GET");
  CHECK(request.effect == http::Effect::read);
  CHECK(request.url == "https://blog.example/wp-json/wp/v2/posts?slug=pub-0123456789ab,pub-0123456789ab__trashed"
                       "&status=publish,future,draft,pending,private,trash&context=edit&_fields=id,link,status,slug");
  CHECK(signed_once(request));
}

struct Row {
  int status;
  std::string body;
  std::vector<http::Header> headers;
  Presence presence;
  std::int64_t id = 0;
};

const std::string other = R"({"id": 1, "slug": "hello-world", "status": "publish", "link": "https://blog.example/"})";
const std::string trashed = R"({"id": 9, "slug": "pub-0123456789ab__trashed", "status": "trash", "link": ""})";
const std::string notice = "<br />\n<b>Notice</b>:  Undefined index: [x] in <b>/srv/x.php</b> on line <b>3</b><br />\n";

const Row lookups[] = {
    {200, "[]", {json, ours, total}, Presence::absent},
    {200, "[]", {json, total}, Presence::absent}, // a proxy took Allow away
    {200, "[" + stored + "]", {json}, Presence::found, 165},
    {200, "[" + trashed + "]", {json, ours}, Presence::found, 9},
    {200, "[" + trashed + "," + stored + "]", {json, ours}, Presence::found, 165},
    {200, "[" + stored + "," + trashed + "]", {json, ours}, Presence::found, 165},
    {200, notice + "[" + stored + "]", {html}, Presence::found, 165},
    {200, notice + "[]", {html, ours}, Presence::absent},
    {200, "[" + stored + "]\n<!-- cached -->", {json}, Presence::found, 165},
    // Nothing that was said to this account.
    {200, "[]", {json, ours, {"X-WP-Total", "1"}}, Presence::unknown}, // somebody else's draft
    {200, "[" + other + "]", {json, ours}, Presence::unknown},         // the filter was not applied
    {200, "[{}]", {json, ours}, Presence::unknown},
    {400,
     R"({"code":"rest_invalid_param","message":"Invalid parameter(s): status","data":{"status":400}})",
     {json},
     Presence::unknown},
};

TEST_CASE("only a list shown to the account itself says whether the post is there") {
  for (const Row& row : lookups) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    test::FakeHttp http;
    http.answer(row.status, row.body, row.headers);
    http.answer(200, "[]", {json}); // nor is there a public one, where that is asked
    const auto lookup = Client(http, credential(), seconds(5)).find(site(), "pub-0123456789ab");
    REQUIRE(lookup);
    CHECK(lookup->presence == row.presence);
    CHECK(lookup->hidden == (row.body == "[]" && row.presence == Presence::unknown));
    CHECK(lookup->blind == (row.status == 400));
    CHECK(lookup->post.id == row.id);
    CHECK(lookup->why.empty() == (row.presence != Presence::unknown));
  }
}

TEST_CASE("a slug that came back with a number was taken by a post that no look has shown") {
  const std::vector<std::pair<std::string, bool>> slugs{{"pub-0123456789ab", false},   {"pub-0123456789ab-2", true},
                                                        {"pub-0123456789ab-17", true}, {"pub-0123456789ab-x", false},
                                                        {"pub-0123456789ab-", false},  {"another", false}};
  for (const auto& [slug, beside] : slugs) {
    CAPTURE(slug);
    test::FakeHttp http;
    http.answer(201, R"({"id":165,"status":"draft","link":"https://blog.example/x/","slug":")" + slug + "\"}", {json});
    const auto post =
        Client(http, credential(), seconds(5)).create(site(), {.title = "t", .slug = "pub-0123456789ab"}, {});
    REQUIRE(post);
    CHECK(post->beside == beside);
  }
}

TEST_CASE("only a post that was made beside another one is taken back, into the trash and not for good") {
  struct Case {
    int shown;
    std::string post;
    int deleted;
    std::string answer;
    std::optional<bool> taken; // none: asked again later
  };
  const std::string ours_2 = R"({"id":165,"slug":"pub-0123456789ab-2","status":"publish"})";
  const Case cases[] = {
      {200, ours_2, 200, R"({"id":165,"status":"trash"})", true},
      {200, ours_2, 410, R"({"code":"rest_already_trashed"})", true},
      {200, R"({"id":165,"slug":"pub-0123456789ab-2__trashed","status":"trash"})", 0, "", true},
      {200, R"({"id":165,"slug":"pub-0123456789ab","status":"publish"})", 0, "",
       false}, // another one, or a changed one
      {200, R"({"id":166,"slug":"pub-0123456789ab-2","status":"publish"})", 0, "", false},
      {404, R"({"code":"rest_post_invalid_id"})", 0, "", false},
      {200, ours_2, 501, R"({"code":"rest_trash_not_supported"})", false},
      {200, ours_2, 403, R"({"code":"rest_cannot_delete"})", false},
      {200, ours_2, 503, "<html>", std::nullopt},
      {503, "<html>", 0, "", std::nullopt},
  };
  for (const Case& row : cases) {
    CAPTURE(row.post);
    CAPTURE(row.deleted);
    test::FakeHttp http;
    http.answer(row.shown, row.post, {json});
    if (row.deleted > 0) http.answer(row.deleted, row.answer, {json});
    const auto taken = Client(http, credential(), seconds(5)).take_back(site(), 165, "pub-0123456789ab");
    CHECK(taken.has_value() == row.taken.has_value());
    if (taken && row.taken) CHECK(*taken == *row.taken);
    REQUIRE(http.sent.size() == (row.deleted > 0 ? 2 : 1));
    if (row.deleted == 0) continue;
    CHECK(http.sent[1].method == "DELETE");
    CHECK(http.sent[1].url.find("/wp/v2/posts/165?") != std::string::npos);
    CHECK(http.sent[1].url.find("force") == std::string::npos);
    CHECK(http.sent[1].effect == http::Effect::repeatable);
  }
}

TEST_CASE("a post that is hidden from the account, because another one made it, is found among the published") {
  const std::vector<std::pair<int, std::string>> hidings{
      {200, "[]"}, {400, R"({"code":"rest_invalid_param","message":"x","data":{"status":400}})"}};
  for (const auto& [status, body] : hidings) {
    CAPTURE(status);
    test::FakeHttp http;
    http.answer(status, body, {json, ours, {"X-WP-Total", "1"}});
    http.answer(200, "[" + stored + "]", {json});
    const auto lookup = Client(http, credential(), seconds(5)).find(site(), "pub-0123456789ab");
    REQUIRE(lookup);
    CHECK(lookup->presence == Presence::found);
    CHECK(lookup->post.id == 165);
    CHECK(http.sent.at(1).url ==
          "https://blog.example/wp-json/wp/v2/posts?slug=pub-0123456789ab&_fields=id,link,status,slug");
  }
}

TEST_CASE("a strange answer, an outage or a refused sign-in while looking is an error: it is asked again later") {
  struct Failure {
    int status;
    std::string body;
    Fault fault;
    http::Header header = json;
  };
  const Failure failures[] = {{200, "[]", Fault::setting, {"Allow", "GET"}}, // as to a stranger
                              {200, page, Fault::outage, html},
                              {200, "<!DOCTYPE html><script>a = []</script>\n[]", Fault::outage, html},
                              {200, R"({"code":"x"})", Fault::outage},
                              {200, "", Fault::outage},
                              {200, "null", Fault::outage},
                              {200, "[" + stored, Fault::outage}, // cut off
                              {204, "", Fault::outage},
                              {301, "", Fault::setting, {"Location", "https://www.blog.example/"}},
                              {401, R"({"code":"rest_forbidden_context"})", Fault::setting},
                              {401, R"({"code":"rest_not_logged_in"})", Fault::setting},
                              {403, R"({"code":"rest_forbidden_context"})", Fault::setting},
                              {404, R"({"code":"rest_no_route"})", Fault::setting},
                              {404, page, Fault::setting, html},
                              {500, R"({"code":"internal_server_error"})", Fault::outage},
                              {502, page, Fault::outage},
                              {403, page, Fault::outage},
                              {429, "", Fault::rate_limited},
                              {401, R"({"code":"incorrect_password"})", Fault::setting},
                              {401, page, Fault::setting}};
  for (const Failure& row : failures) {
    CAPTURE(row.status);
    test::FakeHttp http;
    http.answer(row.status, row.body, {row.header});
    const auto lookup = Client(http, credential(), seconds(5)).find(site(), "pub-0123456789ab");
    REQUIRE_FALSE(lookup);
    CHECK(lookup.error().fault == row.fault);
  }
}

TEST_CASE("without a slug nothing is asked: the answer would list every post") {
  test::FakeHttp http;
  const auto lookup = Client(http, credential(), seconds(5)).find(site(), "");
  REQUIRE(lookup);
  CHECK(lookup->presence == Presence::unknown);
  CHECK(http.sent.empty());
}

} // namespace
