// Rows of the tenant list: the portal's own shapes, older ones, and bad ones that spoil nobody else.
#include "providers/portal/portal.hpp"

#include "tests/support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;

Credential credential() {
  return {.id = {"c1"},
          .service = "portal",
          .owner = Owner::portal,
          .granted_to = operator_tenant,
          .tenant = "operator",
          .base_url = "https://portal.example",
          .host = "portal.example",
          .account = "",
          .secret = Secret("token"),
          .settings = "{}"};
}

portal::TenantList read(std::string body) {
  test::FakeHttp http;
  http.answer(200, std::move(body));
  auto list = portal::Client(http, credential(), Millis(1000)).tenants();
  REQUIRE(list);
  return *std::move(list);
}

TEST_CASE("a tenant is read as the plugin sends it") {
  const auto list = read(R"([{"tenant_id": 6, "site_url": "http://127.0.0.1:26180/", "wp_username": "editor",
    "wp_app_password": "abcd EFGH 1234 ijkl MNOP 5678", "rss_url": "http://127.0.0.1:26380/feed/", "language": "de",
    "tone": "professional", "publish_mode": "draft", "frequency": "3x_week", "plan": "basic", "is_active": true,
    "posts_used_month": 4, "posts_limit_month": 30, "posts_remaining": 26, "posts_period_start": "2026-11-01",
    "skip": false, "skip_reason": "", "remaining": 26}])");
  CHECK(list.problems.empty());
  REQUIRE(list.tenants.size() == 1);
  const auto& tenant = list.tenants[0];
  CHECK(tenant.tenant_id == "6");
  CHECK(tenant.site_url == "http://127.0.0.1:26180/");
  CHECK(tenant.wp_username == "editor");
  CHECK(tenant.wp_app_password.reveal() == "abcd EFGH 1234 ijkl MNOP 5678");
  CHECK(tenant.rss_url == "http://127.0.0.1:26380/feed/");
  CHECK(tenant.language == "de");
  CHECK(tenant.tone == "professional");
  CHECK(tenant.publish_mode == "draft");
  CHECK(tenant.frequency == "3x_week");
  CHECK(tenant.plan == "basic");
  CHECK(tenant.is_active);
  CHECK_FALSE(tenant.skip);
  CHECK(tenant.skip_reason.empty());
  CHECK(tenant.posts_used == 4);
  CHECK(tenant.posts_limit == 30);
  CHECK(tenant.remaining == 26);
  CHECK(tenant.period_start == "2026-11-01");
}

TEST_CASE("a tenant at the limit says skip and why") {
  const auto list = read(R"([{"tenant_id": 8, "plan": "free", "posts_used_month": 11, "posts_limit_month": 10,
    "posts_remaining": 0, "skip": true, "skip_reason": "monthly_limit_reached", "remaining": 0}])");
  REQUIRE(list.tenants.size() == 1);
  CHECK(list.tenants[0].skip);
  CHECK(list.tenants[0].skip_reason == "monthly_limit_reached");
  CHECK(list.tenants[0].remaining == 0);
}

TEST_CASE("missing fields have defaults and older names are known") {
  struct Row {
    std::string fields;
    std::int64_t limit, used, remaining;
  };
  const Row rows[] = {
      {R"("plan":"basic","posts_this_month":20)", 30, 20, 10},
      {R"("plan":"studio")", 300, 0, 300},
      {R"("plan":"platinum","posts_used_month":3)", 10, 3, 7},
      {R"("posts_limit_month":"30","posts_used_month":"40")", 30, 40, 0},
      {R"("posts_remaining":5)", 10, 0, 5},
      {R"("remaining":-4,"posts_limit_month":-1)", 0, 0, 0},
      {R"("remaining":99999999999999999999,"plan":"pro")", 120, 0, 120},
      {R"("remaining":null,"posts_limit_month":{},"posts_used_month":[])", 10, 0, 10},
  };
  for (const Row& row : rows) {
    CAPTURE(row.fields);
    const auto list = read("[{\"tenant_id\":1," + row.fields + "}]");
    REQUIRE(list.tenants.size() == 1);
    const auto& tenant = list.tenants[0];
    CHECK(tenant.posts_limit == row.limit);
    CHECK(tenant.posts_used == row.used);
    CHECK(tenant.remaining == row.remaining);
    CHECK(tenant.is_active);
    CHECK_FALSE(tenant.skip);
    CHECK(tenant.site_url.empty());
    CHECK(tenant.wp_app_password.empty());
  }
}

TEST_CASE("ids may be numbers or texts, flags numbers or words") {
  const auto list = read(R"([{"tenant_id":"7","is_active":0,"skip":"1"},{"tenant_id":"asha.b-2_c"}])");
  REQUIRE(list.tenants.size() == 2);
  CHECK(list.tenants[0].tenant_id == "7");
  CHECK_FALSE(list.tenants[0].is_active);
  CHECK(list.tenants[0].skip);
  CHECK(list.tenants[1].tenant_id == "asha.b-2_c");
}

TEST_CASE("a bad row becomes a problem that names the field, and the others stay") {
  struct Row {
    std::string row, id, field, code;
  };
  const std::string long_text(3000, 'x');
  const Row rows[] = {
      {"17", "", "", "portal.row_no_object"},
      {"{}", "", "tenant_id", "portal.field_no_id"},
      {R"({"tenant_id":0})", "", "tenant_id", "portal.field_no_id"},
      {R"({"tenant_id":"a b"})", "", "tenant_id", "portal.field_no_id"},
      {R"({"tenant_id":[1]})", "", "tenant_id", "portal.field_no_id"},
      {R"({"tenant_id":")" + std::string(65, 'a') + "\"}", "", "tenant_id", "portal.field_no_id"},
      {R"({"tenant_id":1})", "1", "tenant_id", "portal.field_twice"},
      {R"({"tenant_id":2,"site_url":"ftp://x.example"})", "2", "site_url", "portal.field_no_url"},
      {R"({"tenant_id":2,"site_url":"blog.example"})", "2", "site_url", "portal.field_no_url"},
      {R"({"tenant_id":2,"site_url":"https://u:p@x.example"})", "2", "site_url", "portal.field_no_url"},
      {R"({"tenant_id":2,"rss_url":"https://x.example/)" + long_text + "\"}", "2", "rss_url", "portal.field_too_long"},
      {R"({"tenant_id":2,"wp_username":"a:b"})", "2", "wp_username", "portal.field_colon"},
      {R"({"tenant_id":2,"wp_app_password":"ab\ncd"})", "2", "wp_app_password", "portal.field_control"},
      {R"({"tenant_id":2,"wp_app_password":")" + long_text + "\"}", "2", "wp_app_password", "portal.field_too_long"},
      {R"({"tenant_id":2,"language":7})", "2", "language", "portal.field_no_text"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.row.substr(0, 80));
    const auto list = read(R"([{"tenant_id":1},)" + row.row + R"(,{"tenant_id":3}])");
    CHECK(list.tenants.size() == 2);
    REQUIRE(list.problems.size() == 1);
    CHECK(list.problems[0].tenant_id == row.id);
    CHECK(list.problems[0].field == row.field);
    CHECK(list.problems[0].what.code() == row.code);
    CHECK(list.problems[0].what.args() == (row.field.empty() ? std::vector<std::string>() : std::vector{row.field}));
  }
}

TEST_CASE("a period that is no date is left out") {
  const auto list = read(R"([{"tenant_id":1,"posts_period_start":"soon"},{"tenant_id":2,"posts_period_start":null}])");
  REQUIRE(list.tenants.size() == 2);
  CHECK(list.tenants[0].period_start.empty());
  CHECK(list.tenants[1].period_start.empty());
}

TEST_CASE("the list is read as a stream: what lies deeper, too long or too much costs nothing") {
  const auto odd =
      read(R"([{"tenant_id":1,"deep":{"tenant_id":9,"a":[{"tenant_id":8}]},"plan":"pro"},[{"tenant_id":7}],"x",null])");
  REQUIRE(odd.tenants.size() == 1);
  CHECK(odd.tenants[0].tenant_id == "1");
  CHECK(odd.tenants[0].plan == "pro");
  CHECK(odd.problems.size() == 3);
  std::string fields = R"([{"tenant_id":1)";
  for (int i = 0; i < 5000; ++i) fields += ",\"f" + std::to_string(i) + "\":1";
  CHECK(read(fields + "}]").tenants.size() == 1);
  const auto huge = read(R"([{"tenant_id":1,"language":")" + std::string(1'000'000, 'x') + "\"}]");
  REQUIRE(huge.problems.size() == 1);
  CHECK(huge.problems[0].what.text() == "language: too long");
}

TEST_CASE("a list around which a plugin prints words is a list; one that breaks off or never ends is none") {
  const auto noisy = read("<br /><b>Notice</b>: x[0]\n[{\"tenant_id\":1}]\n<!-- [cached] -->");
  CHECK(noisy.tenants.size() == 1);
  CHECK(noisy.noise);
  CHECK_FALSE(read("[{\"tenant_id\":1}]").noise);
  struct Row {
    std::string body, reason;
  };
  std::string endless = "[";
  for (int i = 0; i < 50'001; ++i) endless += "{\"a\":1},";
  const Row rows[] = {{endless + "{}]", "portal.list_too_long"},
                      {R"([{"tenant_id":1},{"tenant_id":2})", "portal.answer_not_list"},
                      {R"({"tenant_id":1})", "portal.answer_not_list"},
                      {"[" + std::string(1000, '[') + std::string(1000, ']') + "]", "portal.answer_not_list"}};
  for (const Row& row : rows) {
    CAPTURE(row.body.substr(0, 60));
    test::FakeHttp http;
    http.answer(200, row.body);
    const auto list = portal::Client(http, credential(), Millis(1000)).tenants();
    REQUIRE_FALSE(list);
    CHECK(list.error().fault == Fault::outage);
    CHECK(list.error().reason.code() == row.reason);
  }
}

} // namespace
