// The tenant list and the callback: what is sent, to the byte, and what each answer means.
#include "providers/portal/portal.hpp"

#include "tests/support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace {

using namespace milkrun;
using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto token = "make-token-0123456789-0123456789abcd";

Credential credential(std::string service) {
  return {.id = {"c1"},
          .service = std::move(service),
          .owner = Owner::portal,
          .granted_to = operator_tenant,
          .tenant = "asha",
          .base_url = "https://portal.example/",
          .host = "portal.example",
          .account = "",
          .secret = Secret(token),
          .settings = "{}"};
}

portal::Callback success() {
  return {.tenant_id = "6",
          .status = "success",
          .execution_id = "pf:6:abc:ok",
          .started_at = "2026-11-21T10:00:00Z",
          .finished_at = "2026-11-21T10:00:07Z",
          .error_message = "",
          .posts_created = 1,
          .attempts = 2,
          .last_http_status = 201,
          .retry_backoff_ms = 2000,
          .wp_post_id = 789,
          .rss_item_url = "https://example.test/item"};
}

// Everything of a request that could end up in a log or a URL.
std::string open_text(const http::Request& request) {
  std::string all = request.url + request.body;
  for (const auto& header : request.headers) all += header.name + header.value;
  return all;
}

TEST_CASE("a list that repeats the token in a site's address or user name brings it nowhere") {
  test::FakeHttp http;
  http.answer(200, R"([{"tenant_id":6,"site_url":"https://asha.example/)" + std::string(token) +
                       R"(/","wp_username":")" + token + R"("}])");
  const auto list = portal::Client(http, credential("portal"), seconds(30)).tenants();
  REQUIRE(list);
  REQUIRE(list->tenants.size() == 1);
  CHECK(list->tenants[0].site_url.find("0123456789") == std::string::npos);
  CHECK(list->tenants[0].site_url.starts_with("https://asha.example/"));
  CHECK(list->tenants[0].wp_username.find("0123456789") == std::string::npos);
}

TEST_CASE("the tenant list is one signed read") {
  test::FakeHttp http;
  http.answer(200, "[]");
  portal::Client client(http, credential("portal"), seconds(30));
  REQUIRE(client.tenants());
  REQUIRE(http.sent.size() == 1);
  const auto& request = http.sent[0];
  CHECK(request.method == "GET");
  CHECK(request.url == "https://portal.example/wp-json/ltl-saas/v1/make/tenants");
  CHECK(request.effect == http::Effect::read);
  CHECK(request.body.empty());
  CHECK(request.caller.tenant == "operator");
  CHECK(request.caller.service == "portal");
  CHECK(request.timeout == seconds(30));
  CHECK(request.max_body == 16u * 1024 * 1024);
  CHECK(request.max_redirects == 0);
  REQUIRE(request.headers.size() == 1);
  CHECK(request.headers[0].name == "Accept");
  CHECK(request.headers[0].value == "application/json");
  REQUIRE(request.secret_headers.size() == 1);
  CHECK(request.secret_headers[0].name == "X-LTL-SAAS-TOKEN");
  CHECK(request.secret_headers[0].value.reveal() == token);
  CHECK(request.secret_headers[0].host == "portal.example");
  CHECK(open_text(request).find(token) == std::string::npos);
}

TEST_CASE("a portal with plain permalinks is reached through rest_route") {
  test::FakeHttp http;
  http.answer(200, "[]");
  Credential plain = credential("portal");
  plain.base_url = "https://portal.example/sub/?rest_route=/";
  portal::Client client(http, plain, seconds(30));
  REQUIRE(client.tenants());
  CHECK(http.sent[0].url == "https://portal.example/sub/?rest_route=/ltl-saas/v1/make/tenants");
}

TEST_CASE("a callback is one signed, repeatable POST with its whole truth") {
  test::FakeHttp http;
  http.answer(200, R"({"ok":true,"id":7})");
  portal::Client client(http, credential("portal-callback"), seconds(10));
  const auto receipt = client.report(success());
  REQUIRE(receipt);
  CHECK_FALSE(receipt->repeated);
  const auto& request = http.sent.at(0);
  CHECK(request.method == "POST");
  CHECK(request.url == "https://portal.example/wp-json/ltl-saas/v1/run-callback");
  CHECK(request.effect == http::Effect::repeatable);
  CHECK(request.caller.tenant == "asha");
  CHECK(request.caller.service == "portal");
  CHECK(request.secret_headers.at(0).name == "X-LTL-API-Key");
  CHECK(request.secret_headers.at(0).value.reveal() == token);
  CHECK(request.secret_headers.at(0).host == "portal.example");
  REQUIRE(request.headers.size() == 2);
  CHECK(request.headers[1].name == "Content-Type");
  CHECK(request.headers[1].value == "application/json");
  CHECK(open_text(request).find(token) == std::string::npos);
  CHECK(json::parse(request.body) == json::parse(R"({"tenant_id":6,"status":"success","execution_id":"pf:6:abc:ok",
    "started_at":"2026-11-21T10:00:00Z","finished_at":"2026-11-21T10:00:07Z","posts_created":1,"attempts":2,
    "last_http_status":201,"retry_backoff_ms":2000,"wp_post_id":789,"rss_item_url":"https://example.test/item"})"));
}

TEST_CASE("a callback leaves out what is not known and fits the portal's columns") {
  test::FakeHttp http;
  http.answer(200, R"({"ok":true,"id":8})");
  portal::Client client(http, credential("portal-callback"), seconds(10));
  portal::Callback callback{.tenant_id = "asha-7", .status = "failed", .execution_id = "pf:x:y:fail:1"};
  callback.error_message = "line one\nline two \xff" + std::string(5000, 'x');
  callback.attempts = 300;
  callback.retry_backoff_ms = 9'000'000'000;
  callback.last_http_status = 99999;
  callback.rss_item_url = "https://example.test/" + std::string(3000, 'y');
  REQUIRE(client.report(callback));
  const json body = json::parse(http.sent.at(0).body);
  CHECK(body["tenant_id"] == "asha-7");
  CHECK(body["attempts"] == 127);
  CHECK(body["retry_backoff_ms"] == 2147483647);
  CHECK(body["posts_created"] == 0);
  const auto message = body["error_message"].get<std::string>();
  CHECK(message.size() <= 500);
  CHECK(message.find('\n') == std::string::npos);
  for (const char* absent : {"last_http_status", "wp_post_id", "rss_item_url", "started_at", "finished_at"}) {
    CAPTURE(absent);
    CHECK_FALSE(body.contains(absent));
  }
}

TEST_CASE("a repeated execution_id is a receipt too") {
  test::FakeHttp http;
  http.answer(200, R"({"ok":true,"id":"7","idempotent":true})");
  portal::Client client(http, credential("portal-callback"), seconds(10));
  const auto receipt = client.report(success());
  REQUIRE(receipt);
  CHECK(receipt->repeated);
}

TEST_CASE("without a secret nothing is sent") {
  test::FakeHttp http;
  Credential bare = credential("portal");
  bare.secret = Secret();
  portal::Client client(http, bare, seconds(10));
  const auto list = client.tenants();
  const auto receipt = client.report(success());
  REQUIRE_FALSE(list);
  REQUIRE_FALSE(receipt);
  CHECK(list.error().fault == Fault::setting);
  CHECK(receipt.error().fault == Fault::setting);
  CHECK(http.sent.empty());
}

TEST_CASE("execution ids are lower case, of the safe alphabet, short and distinct") {
  const std::string hash(64, 'a');
  CHECK(portal::execution_id("6", "abc123", "ok") == "pf:6:abc123:ok");
  CHECK(portal::execution_id("6", "abc123", "fail:3") == "pf:6:abc123:fail:3");
  const std::string awkward[] = {"A", "a", "a b", "a-b", "a:b", "", "Ä", std::string(64, 'a'), std::string(300, 'a')};
  std::set<std::string> ids;
  for (const auto& tenant : awkward) {
    const std::string id = portal::execution_id(tenant, hash, "fail:12");
    CAPTURE(id);
    CHECK(id.size() <= 200);
    CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._:-") == std::string::npos);
    CHECK(id.starts_with("pf:"));
    CHECK(ids.insert(id).second);
  }
}

} // namespace
