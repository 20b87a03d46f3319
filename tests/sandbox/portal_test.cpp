// The portal as played: list, callbacks, idempotence, lock-out.
#include "fixture.hpp"

#include <doctest/doctest.h>

using namespace milkrun::sandbox::test;
using milkrun::sandbox::SandboxProcess;

namespace {

Json success(const std::string& id, const Json& tenant = 6) {
  return {{"tenant_id", tenant}, {"execution_id", id}, {"status", "success"}};
}

int used(httplib::Client& http) {
  return json_of(http.Get(tenants_route, token)).at(0).at("posts_used_month").get<int>();
}

} // namespace

TEST_CASE("the tenant list has every field, defaults included, and addresses are filled in") {
  SandboxProcess& sandbox = fresh_sandbox();
  const Json rows = json_of(client(sandbox).Get(tenants_route, token));
  REQUIRE(rows.size() == 1);
  const Json& row = rows[0];
  for (const char* name : {"tenant_id", "site_url", "wp_username", "wp_app_password", "rss_url", "language", "tone",
                           "publish_mode", "frequency", "plan", "is_active", "posts_used_month", "posts_limit_month",
                           "posts_remaining", "posts_period_start", "skip", "skip_reason", "remaining"})
    CHECK_MESSAGE(row.contains(name), name);
  CHECK(row["site_url"] == sandbox.http() + "/site/asha");
  CHECK(row["posts_limit_month"] == 30);
  CHECK(row["remaining"] == 30);
  CHECK(row["skip"] == false);
  const auto by_query =
      client(sandbox).Get("/portal/p1/?rest_route=/ltl-saas/v1/make/tenants&_fields=tenant_id", token);
  CHECK(json_of(by_query) == Json::parse(R"([{"tenant_id":6}])"));
}

TEST_CASE("a success counts once per execution_id, whatever its case, and shows in the next list") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox);
  CHECK(json_of(post(http, callback_route, success("pf:6:a:ok"), api_key)) == Json{{"ok", true}, {"id", 1}});
  CHECK(used(http) == 1);
  const Json again{{"ok", true}, {"id", "1"}, {"idempotent", true}};
  CHECK(json_of(post(http, callback_route, success("PF:6:A:ok"), api_key)) == again);
  CHECK(used(http) == 1);
  Json failed = success("pf:6:b");
  failed["status"] = "failed";
  CHECK(json_of(post(http, callback_route, failed, api_key))["id"] == 2);
  CHECK(used(http) == 1);
  const Json rows = control(sandbox, "GET", "effects")["callbacks"]["p1"];
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["repeats"] == 1);
  CHECK(rows[0]["counted"] == true);
  CHECK(rows[1]["counted"] == false);
}

TEST_CASE("a tenant at the limit is skipped, another month begins at nothing, an inactive one is not listed") {
  SandboxProcess& sandbox = fresh_sandbox();
  Json tenants = fixture_state()["portals"]["p1"]["tenants"];
  tenants[0].update({{"plan", "free"}, {"posts_used_month", 9}});
  tenants.push_back({{"tenant_id", 7}, {"is_active", false}});
  tenants.push_back({{"tenant_id", 8}, {"posts_used_month", 10}, {"posts_period_start", "2020-01-01"}});
  tenants.push_back({{"tenant_id", 9}, {"skip", true}});
  control(sandbox, "PATCH", "state", {{"portals", {{"p1", {{"tenants", tenants}}}}}});
  auto http = client(sandbox);
  post(http, callback_route, success("x"), api_key);
  const Json rows = json_of(http.Get(tenants_route, token));
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["skip"] == true);
  CHECK(rows[0]["skip_reason"] == "monthly_limit_reached");
  CHECK(rows[0]["remaining"] == 0);
  CHECK(rows[1]["posts_used_month"] == 0);
  CHECK(rows[2]["skip"] == true);
}

TEST_CASE("bad callbacks are told apart") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox);
  struct Row {
    const char* body;
    const char* type;
    int status;
    const char* word;
  };
  const std::string long_id = R"({"tenant_id":6,"status":"success","execution_id":")" + std::string(256, 'x') + "\"}";
  for (const Row& row :
       {Row{"{", "application/json", 400, "rest_invalid_json"}, Row{"", "application/json", 400, "Missing"},
        Row{R"({"tenant_id":6,"status":"success"})", "text/plain", 400, "Missing"},
        Row{R"({"tenant_id":"unknown","status":"x"})", "application/json", 400, "Missing"},
        Row{R"({"tenant_id":99,"status":"x"})", "application/json", 400, "unknown_tenant"},
        Row{R"({"tenant_id":"6","status":"x"})", "application/json; charset=utf-8", 200, "\"ok\":true"},
        Row{long_id.c_str(), "application/json", 500, "DB insert failed"}}) {
    INFO(row.body);
    const auto answer = http.Post(callback_route, api_key, row.body, row.type);
    REQUIRE(answer);
    CHECK(answer->status == row.status);
    CHECK(answer->body.find(row.word) != std::string::npos);
  }
  CHECK(http.Post(callback_route, httplib::Headers{}, "{", "application/json")->status == 400);
}

TEST_CASE("bad secrets are refused, then everybody is, until the limits are forgotten") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox);
  std::vector<int> list;
  list.reserve(6);
  for (int i = 0; i < 6; ++i) list.push_back(http.Get(tenants_route, {{"X-LTL-SAAS-TOKEN", "no"}})->status);
  CHECK(list == std::vector{403, 403, 403, 403, 403, 429});
  CHECK(http.Get(tenants_route, token)->status == 429);
  std::vector<int> callbacks;
  callbacks.reserve(11);
  for (int i = 0; i < 11; ++i) callbacks.push_back(post(http, callback_route, success("a"))->status);
  CHECK(std::count(callbacks.begin(), callbacks.end(), 401) == 10);
  CHECK(callbacks.back() == 429);
  control(sandbox, "DELETE", "limits");
  CHECK(http.Get(tenants_route, token)->status == 200);
}

TEST_CASE("plain http, maintenance and a missing plugin answer as WordPress does") {
  SandboxProcess& sandbox = fresh_sandbox();
  auto http = client(sandbox);
  CHECK(http.Get("/portal/p1/wp-json/ltl-saas/v1/health")->status == 200);
  control(sandbox, "PATCH", "state", {{"portals", {{"p1", {{"allow_http", false}}}}}});
  const auto open_line = http.Get(tenants_route, token);
  CHECK(open_line->status == 403);
  CHECK(json_of(open_line)["message"] == "HTTPS required for secrets.");
  control(sandbox, "PATCH", "state", {{"portals", {{"p1", {{"mode", "maintenance"}}}}}});
  const auto closed = http.Get(tenants_route, token);
  CHECK(closed->status == 503);
  CHECK(closed->get_header_value("Retry-After") == "600");
  control(sandbox, "PATCH", "state", {{"portals", {{"p1", {{"mode", "no_plugin"}}}}}});
  CHECK(json_of(http.Get(tenants_route, token))["code"] == "rest_no_route");
}
