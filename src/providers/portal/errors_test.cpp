// Every refusal of the portal told apart: fault, reason and what must rest. Answers as the plugin gives them.
#include "providers/portal/portal.hpp"

#include "tests/support/cpu.hpp"
#include "tests/support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace milkrun;
using std::chrono::minutes;
using std::chrono::seconds;

struct Row {
  int status;
  std::string body;
  std::vector<http::Header> headers;
  Fault fault;
  std::string reason;
  Millis rest;        // of the portal; 0 = it need not
  Millis retry_after; // 0 = not said
};

const http::Header html{"Content-Type", "text/html; charset=UTF-8"};
const std::string secret = "the-secret-0123456789";

Credential credential() {
  return {.id = {"c1"},
          .service = "portal",
          .owner = Owner::portal,
          .granted_to = operator_tenant,
          .tenant = "operator",
          .base_url = "https://portal.example",
          .host = "portal.example",
          .account = "",
          .secret = Secret(secret),
          .settings = "{}"};
}

void check(const Row& row, const Error& error) {
  CAPTURE(row.status);
  CAPTURE(row.body);
  CHECK(error.fault == row.fault);
  CHECK(error.reason.code() == row.reason);
  CHECK(error.http_status == row.status);
  CHECK(error.retry_after.value_or(Millis(0)) == row.retry_after);
  CHECK(error.detail.find(secret) == std::string::npos);
  const bool alone = row.status == 400 && row.fault == Fault::outage && row.reason == "portal.callback_refused";
  REQUIRE(error.parks.size() == (alone || row.rest > Millis(0) ? 1 : 0));
  for (const Park& park : error.parks) {
    CHECK(park.scope == (alone ? ParkScope::page : ParkScope::portal));
    CHECK(park.id.empty());
    CHECK(park.rest == row.rest);
    CHECK(park.reason.code() == row.reason);
  }
}

const Row tenant_rows[] = {
    {403,
     R"({"code":"forbidden","message":"Forbidden","data":{"status":403}})",
     {},
     Fault::setting,
     "portal.token_refused",
     minutes(15),
     {}},
    {403,
     R"({"code":"forbidden","message":"HTTPS required for secrets.","data":{"status":403}})",
     {},
     Fault::setting,
     "portal.https_required",
     minutes(15),
     {}},
    {401,
     R"({"code":"rest_forbidden","message":"the-secret-0123456789 is wrong"})",
     {},
     Fault::setting,
     "portal.token_refused",
     minutes(15),
     {}},
    {403, "<html>Attention</html>", {html}, Fault::outage, "portal.blocked_by_firewall", minutes(15), {}},
    {429,
     R"({"code":"rate_limit","message":"Too many requests from this IP","data":{"status":429}})",
     {},
     Fault::rate_limited,
     "portal.blocked_after_wrong_tokens",
     minutes(15),
     minutes(15)},
    {503,
     "<!DOCTYPE html><title>Maintenance</title>",
     {html, {"Retry-After", "600"}},
     Fault::outage,
     "portal.not_available",
     seconds(600),
     seconds(600)},
    {503,
     R"({"code":"wp_die","message":"Briefly unavailable"})",
     {{"retry-after", "99999999"}},
     Fault::outage,
     "portal.not_available",
     seconds(86'400),
     seconds(86'400)},
    {503, "", {}, Fault::outage, "portal.not_available", {}, {}},
    {500, R"({"code":"internal_server_error","message":"critical"})", {}, Fault::outage, "portal.server_error", {}, {}},
    {502, "<html>", {html}, Fault::outage, "portal.server_error", {}, {}},
    {200, "<!DOCTYPE html><html></html>", {html}, Fault::outage, "portal.answer_not_list", {}, {}},
    {200, R"({"ok":true})", {}, Fault::outage, "portal.answer_not_list", {}, {}},
    {200, "[{\"tenant_id\":1}", {}, Fault::outage, "portal.answer_not_list", {}, {}},
    {200, std::string(100'000, '['), {}, Fault::outage, "portal.answer_not_list", {}, {}},
    {301, "", {{"Location", "https://www.portal.example/x"}}, Fault::setting, "portal.redirects", {}, {}},
    {404,
     R"({"code":"rest_no_route","message":"No route was found","data":{"status":404}})",
     {},
     Fault::outage,
     "portal.plugin_missing",
     {},
     {}},
    {404, "<html>", {html}, Fault::setting, "portal.no_api", {}, {}},
    {408, "", {}, Fault::outage, "portal.request_timed_out", {}, {}},
    {410, "", {}, Fault::outage, "portal.request_refused", {}, {}},
};

const Row report_rows[] = {
    {400, R"({"ok":false,"error":"unknown_tenant"})", {}, Fault::permanent, "portal.unknown_tenant", {}, {}},
    {400, R"({"error":"Missing tenant_id or status"})", {}, Fault::permanent, "portal.callback_refused", {}, {}},
    {400,
     R"({"code":"rest_invalid_json","message":"Invalid JSON body passed."})",
     {},
     Fault::permanent,
     "portal.callback_refused",
     {},
     {}},
    {400,
     R"({"code":"rest_invalid_param","message":"Invalid parameter(s): status"})",
     {},
     Fault::permanent,
     "portal.callback_refused",
     {},
     {}},
    // Words that nobody knows say nothing of the callback: it is told again, alone.
    {400, R"({"error":"db_locked"})", {}, Fault::outage, "portal.callback_refused", {}, {}},
    {400,
     R"({"code":"rest_cookie_invalid_nonce","message":"x"})",
     {},
     Fault::outage,
     "portal.callback_refused",
     {},
     {}},
    {400, "<html>", {html}, Fault::outage, "portal.callback_refused", {}, {}},
    {400, "", {}, Fault::outage, "portal.callback_refused", {}, {}},
    {401, R"({"error":"Unauthorized"})", {}, Fault::setting, "portal.key_refused", minutes(15), {}},
    {403, R"({"code":"forbidden","message":"Forbidden"})", {}, Fault::setting, "portal.key_refused", minutes(15), {}},
    {403, "<html>", {html}, Fault::outage, "portal.blocked_by_firewall", minutes(15), {}},
    {429,
     R"({"error":"Too many requests from this IP"})",
     {},
     Fault::rate_limited,
     "portal.blocked_after_wrong_keys",
     minutes(15),
     minutes(15)},
    {500, R"({"error":"DB insert failed"})", {}, Fault::outage, "portal.server_error", {}, {}},
    {503,
     "<title>Maintenance</title>",
     {html, {"Retry-After", "600"}},
     Fault::outage,
     "portal.not_available",
     seconds(600),
     seconds(600)},
    {200, "<html>", {html}, Fault::outage, "portal.answer_not_receipt", {}, {}},
    {200, R"({"success":true})", {}, Fault::outage, "portal.answer_not_receipt", {}, {}},
    {200, R"({"ok":"yes"})", {}, Fault::outage, "portal.answer_not_receipt", {}, {}},
    {200, "[1]", {}, Fault::outage, "portal.answer_not_receipt", {}, {}},
    {302, "", {{"Location", "/login"}}, Fault::setting, "portal.redirects", {}, {}},
    {404, R"({"code":"rest_no_route","message":"No route"})", {}, Fault::outage, "portal.plugin_missing", {}, {}},
    {413, "", {}, Fault::outage, "portal.callback_refused", {}, {}},
};

TEST_CASE("each refusal of the tenant list has its own fault and reason") {
  for (const Row& row : tenant_rows) {
    test::FakeHttp http;
    http.answer(row.status, row.body, row.headers);
    const auto list = portal::Client(http, credential(), seconds(5)).tenants();
    REQUIRE_FALSE(list);
    check(row, list.error());
    CHECK(http.sent.size() == 1);
  }
}

TEST_CASE("each refusal of a callback has its own fault and reason") {
  for (const Row& row : report_rows) {
    test::FakeHttp http;
    http.answer(row.status, row.body, row.headers);
    const auto receipt = portal::Client(http, credential(), seconds(5)).report({.tenant_id = "6", .status = "failed"});
    REQUIRE_FALSE(receipt);
    check(row, receipt.error());
    CHECK(http.sent.size() == 1);
  }
}

TEST_CASE("a redirect says where to, so that the address can be corrected") {
  test::FakeHttp http;
  http.answer(301, "", {{"Location", "https://www.portal.example/wp-json/x?token=1"}});
  const auto list = portal::Client(http, credential(), seconds(5)).tenants();
  REQUIRE_FALSE(list);
  CHECK(list.error().detail.ends_with("to https://www.portal.example"));
}

TEST_CASE("an error of the transport passes as it is") {
  test::FakeHttp http;
  http.answers.push_back(fail(Fault::outage, "network.cannot_connect"));
  const auto list = portal::Client(http, credential(), seconds(5)).tenants();
  REQUIRE_FALSE(list);
  CHECK(list.error().reason.code() == "network.cannot_connect");
}

TEST_CASE("no place where a portal's words are cut leaves the beginning of the secret") {
  for (std::size_t before = 200; before < 420; before += 3) {
    const std::string said = std::string(before, 'x') + secret;
    for (const auto& [body, headers] :
         {std::pair{nlohmann::json{{"code", said}}.dump(), std::vector<http::Header>{}},
          std::pair{nlohmann::json{{"message", said}}.dump(), std::vector<http::Header>{}},
          std::pair{std::string("<html>"), std::vector<http::Header>{{"Content-Type", said}}}}) {
      test::FakeHttp http;
      http.answer(500, body, headers);
      const auto list = portal::Client(http, credential(), seconds(5)).tenants();
      REQUIRE_FALSE(list);
      CAPTURE(list.error().detail);
      CHECK_FALSE(list.error().detail.contains(secret.substr(0, 8)));
    }
  }
}

TEST_CASE("a list that is none is not searched again for words of a refusal") {
  std::string inner;
  while (inner.size() < (std::size_t{16} << 20) - 64) inner += "0,";
  test::FakeHttp http;
  http.answer(200, "x" + std::string(20, '[') + inner + "x" + std::string(20, ']'));
  const double before = test::cpu_seconds();
  const auto list = portal::Client(http, credential(), seconds(5)).tenants();
  REQUIRE_FALSE(list);
  CHECK(list.error().reason.code() == "portal.answer_not_list");
  CHECK(test::cpu_seconds() - before < test::cpu_limit(1.0));
}

} // namespace
