// Every refusal of a site told apart, for the one call that must not happen twice.
#include "providers/wordpress/test_site.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::wordpress;
using namespace milkrun::wordpress::test_site;
using std::chrono::seconds;

struct Row {
  int status;
  std::string body;
  http::Header header;
  Fault fault;
  std::string reason;
  Millis rest{0}; // of the host, and the retry_after
};

std::string rest_error(std::string_view code) {
  return R"({"code":")" + std::string(code) + R"(","message":"Sorry <b>no</b>.","data":{"status":0}})";
}

const std::string wrong = "wordpress.password_refused";
const std::string lost = "wordpress.server_error_after_post";
const std::string no_post = "wordpress.not_a_post";

const Row rows[] = {
    // The account.
    {401, rest_error("rest_cannot_create"), json, Fault::setting, wrong},
    {401, rest_error("rest_not_logged_in"), json, Fault::setting, wrong},
    {401, rest_error("incorrect_password"), json, Fault::setting, wrong},
    {401, rest_error("invalid_username"), json, Fault::setting, "wordpress.unknown_user"},
    {401, rest_error("invalid_email"), json, Fault::setting, "wordpress.unknown_user"},
    {401, rest_error("application_passwords_disabled"), json, Fault::setting, "wordpress.passwords_unavailable"},
    {401, rest_error("application_passwords_disabled_for_user"), json, Fault::setting,
     "wordpress.passwords_unavailable"},
    {401, rest_error("rest_login_required"), json, Fault::setting, "wordpress.signin_refused_by_plugin"},
    {401, page, html, Fault::setting, "wordpress.web_server_password"},
    // The role.
    {403, rest_error("rest_cannot_publish"), json, Fault::setting, "wordpress.may_not_publish"},
    {403, rest_error("rest_cannot_create"), json, Fault::setting, "wordpress.may_not_create"},
    {403, rest_error("rest_forbidden_context"), json, Fault::setting, "wordpress.may_not_create"},
    {403, rest_error("rest_cannot_assign_term"), json, Fault::setting, "wordpress.may_not_use_term"},
    {403, rest_error("rest_disabled"), json, Fault::setting, "wordpress.account_refused"},
    {403, rest_error("spam_detected"), json, Fault::outage, "wordpress.request_refused"},
    // The way.
    {403, page, html, Fault::uncertain, "wordpress.blocked_by_firewall"},
    {406, page, html, Fault::uncertain, "wordpress.blocked_by_firewall"},
    {301, "", {"Location", "https://www.blog.example/"}, Fault::setting, "wordpress.redirects"},
    {404, rest_error("rest_no_route"), json, Fault::setting, "wordpress.no_route"},
    {404, page, html, Fault::setting, "wordpress.no_api"},
    {408, "", html, Fault::outage, "wordpress.request_timed_out"},
    {429, "", {"Retry-After", "120"}, Fault::rate_limited, "wordpress.too_many_requests", seconds(120)},
    {429, "", html, Fault::rate_limited, "wordpress.too_many_requests", seconds(60)},
    // The post.
    {400, rest_error("empty_content"), json, Fault::permanent, "wordpress.post_empty"},
    {400, rest_error("rest_invalid_param"), json, Fault::permanent, "wordpress.field_refused"},
    {400, R"({"code":"rest_invalid_param","data":{"status":400,"params":{"title":"x","tags":"y"}}})", json,
     Fault::permanent, "wordpress.field_refused"},
    {400, R"({"code":"rest_invalid_param","data":{"status":400,"params":{"tags":"tags[0] is not of type integer."}}})",
     json, Fault::outage, "wordpress.field_refused"},
    {400, rest_error("rest_invalid_json"), json, Fault::outage, "wordpress.not_json"},
    {400, rest_error("something_new"), json, Fault::outage, "wordpress.request_refused"},
    {400, rest_error(""), json, Fault::outage, "wordpress.request_refused"},
    // Somebody in front of WordPress: nobody knows what it had passed on.
    {400, page, html, Fault::uncertain, "wordpress.request_refused"},
    {402, page, html, Fault::uncertain, "wordpress.request_refused"},
    {409, rest_error("something_new"), json, Fault::outage, "wordpress.request_refused"},
    {413, page, html, Fault::outage, "wordpress.post_too_large"},
    {413, "", html, Fault::outage, "wordpress.post_too_large"},
    {413, rest_error("rest_too_large"), json, Fault::permanent, "wordpress.post_too_large"},
    // The database: only a value that does not fit is this post's trouble.
    {500, rest_error("db_insert_error"), json, Fault::outage, "wordpress.server_error"},
    {500,
     R"({"code":"db_insert_error","message":"Could not insert post into the database.","data":{"status":500},)"
     R"("additional_data":["WordPress database error: The table is read only"]})",
     json, Fault::outage, "wordpress.server_error"},
    {500,
     R"({"code":"db_insert_error","message":"Could not insert post into the database.","data":{"status":500},)"
     R"("additional_data":["Processing the value for the following field failed: post_title. The supplied value may be )"
     R"(too long or contains invalid data."]})",
     json, Fault::permanent, "wordpress.field_too_long"},
    {500, rest_error("empty_term_name"), json, Fault::permanent, "wordpress.term_without_name"},
    {500, rest_error("rest_upload_sideload_error"), json, Fault::permanent, "wordpress.upload_refused"},
    // Maintenance answers before the request is looked at.
    {503, rest_error("wp_die"), {"Retry-After", "600"}, Fault::outage, "wordpress.maintenance", seconds(600)},
    {503,
     "<html><title>Maintenance</title>",
     {"Retry-After", "600"},
     Fault::outage,
     "wordpress.maintenance",
     seconds(600)},
    // The post may be stored.
    {503, rest_error("wp_die"), json, Fault::uncertain, lost},
    {503, page, {"Retry-After", "5"}, Fault::uncertain, lost, seconds(5)},
    {500, rest_error("internal_server_error"), json, Fault::uncertain, lost},
    {500, rest_error("wp_die"), json, Fault::uncertain, lost},
    {500, "", html, Fault::uncertain, lost},
    {502, page, html, Fault::uncertain, lost},
    {504, page, html, Fault::uncertain, lost},
    {200, page, html, Fault::uncertain, no_post},
    {200, R"({"id":7,"link":"https://blog.example/?p=7"})", json, Fault::uncertain, no_post},
    {201, page, html, Fault::uncertain, no_post},
    {201, R"({"link":"https://blog.example/?p=7"})", json, Fault::uncertain, no_post},
    {201, R"({"id":"seven"})", json, Fault::uncertain, no_post},
    {201, R"({"id":-7})", json, Fault::uncertain, no_post},
    {201, R"([{"id":7}])", json, Fault::uncertain, no_post},
    {202, "", json, Fault::uncertain, no_post},
};

TEST_CASE("each refusal of a post has its own fault and reason") {
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    test::FakeHttp http;
    http.answer(row.status, row.body, {row.header});
    const auto post = Client(http, credential(), seconds(5)).create(site(), {.title = "t", .status = "draft"}, {});
    REQUIRE_FALSE(post);
    const Error& error = post.error();
    CHECK(error.fault == row.fault);
    CHECK(error.reason.code() == row.reason);
    CHECK(error.http_status == row.status);
    CHECK(error.retry_after.value_or(Millis(0)) == row.rest);
    const bool alone = (row.status == 400 || row.status == 403 || row.status == 413) &&
                       row.fault == Fault::outage && // the site's other posts do not wait for it
                       row.reason != std::string("wordpress.not_json");
    REQUIRE(error.parks.size() == (alone || row.rest > Millis(0) ? 1 : 0));
    for (const Park& park : error.parks) {
      CHECK(park.scope == (alone ? ParkScope::page : ParkScope::host));
      CHECK(park.id.empty());
      CHECK(park.rest == row.rest);
    }
    CHECK(http.sent.size() == 1);
  }
}

TEST_CASE("a lost answer keeps the transport's own verdict") {
  test::FakeHttp http;
  http.answers.push_back(fail(Fault::uncertain, "network.connection_lost"));
  const auto post = Client(http, credential(), seconds(5)).create(site(), {.title = "t"}, {});
  REQUIRE_FALSE(post);
  CHECK(post.error().fault == Fault::uncertain);
  CHECK(post.error().reason.code() == "network.connection_lost");
}

TEST_CASE("a site that echoes the password does not get it into an error") {
  for (const std::string& echo : {password, basic}) {
    test::FakeHttp http;
    http.answer(401, R"({"code":"incorrect_password","message":"you sent )" + echo + "\\u001b[31m\"}", {json});
    const auto post = Client(http, credential(), seconds(5)).create(site(), {.title = "t"}, {});
    REQUIRE_FALSE(post);
    CHECK(post.error().detail.find(password) == std::string::npos);
    CHECK(post.error().detail.find(basic.substr(6)) == std::string::npos);
    CHECK(post.error().detail.find("you sent ") != std::string::npos);
    CHECK(post.error().detail.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("no place where a site's words are cut leaves the beginning of the password") {
  for (std::size_t before = 150; before < 330; before += 3) {
    const std::string said = std::string(before, 'x') + password;
    for (const int status : {201, 400, 401, 500})
      for (const char* key : {"code", "message"}) {
        test::FakeHttp http;
        http.answer(status, "Notice: 7\n" + nlohmann::json{{key, said}}.dump(), {json});
        const auto post = Client(http, credential(), seconds(5)).create(site(), {.title = "t"}, {});
        REQUIRE_FALSE(post);
        CAPTURE(post.error().detail);
        CHECK_FALSE(post.error().detail.contains(password.substr(0, 8)));
        CHECK(post.error().detail.ends_with(" (a plugin prints words around the JSON)"));
      }
  }
  for (std::size_t before : {180UL, 190UL, 390UL, 2'020UL}) { // of what is stored of a post: whole or not at all
    const std::string said = std::string(before, 'x') + password;
    test::FakeHttp http;
    http.answer(
        201, nlohmann::json{{"id", 7}, {"link", "https://a.example/" + said}, {"status", said}, {"slug", said}}.dump(),
        {json});
    const auto post = Client(http, credential(), seconds(5)).create(site(), {.title = "t"}, {});
    REQUIRE(post);
    CHECK_FALSE((post->link + post->status).contains(password.substr(0, 8)));
  }
}

} // namespace
