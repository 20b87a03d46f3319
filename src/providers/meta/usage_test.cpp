// Usage headers: what rests, for how long, and what must not.
#include "providers/meta/test_graph.hpp"

#include <ostream>

#include <doctest/doctest.h>

namespace {

using namespace milkrun;
using namespace milkrun::meta::test_graph;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct UsageRow {
  bool instagram;
  std::string name, value;
  std::optional<ParkScope> scope;
  Millis rest{0};
};

const std::string app_usage = "X-App-Usage", page_usage = "x-page-usage", business_usage = "X-Business-Use-Case-Usage";

const UsageRow usage_rows[] = {
    {false, app_usage, R"({"call_count":74,"total_time":25,"total_cputime":25})", {}},
    {false, app_usage, R"({"call_count":75,"total_time":25,"total_cputime":25})", ParkScope::app, seconds(30)},
    {false, app_usage, R"({"call_count":1,"total_time":99,"total_cputime":2})", ParkScope::app, seconds(30)},
    {false, app_usage, R"({"call_count":1,"total_time":2,"total_cputime":100})", ParkScope::app, minutes(15)},
    {false, app_usage, R"({"call_count":250})", ParkScope::app, minutes(15)},
    {false, page_usage, R"({"call_count":80})", ParkScope::page, seconds(30)},
    {false, page_usage, R"({"call_count":100})", ParkScope::page, minutes(15)},
    {false, business_usage,
     R"({"1111":[{"type":"pages","call_count":97,"total_cputime":23,"total_time":23,)"
     R"("estimated_time_to_regain_access":0}]})",
     ParkScope::page, seconds(30)},
    {false, business_usage, R"({"1111":[{"type":"pages","total_cputime":100}]})", ParkScope::page, minutes(60)},
    {false, business_usage, R"({"1111":[{"type":"pages","total_time":100,"estimated_time_to_regain_access":300}]})",
     ParkScope::page, hours(5)},
    {false, business_usage, R"({"1111":[{"type":"pages","total_time":100,"estimated_time_to_regain_access":99999}]})",
     ParkScope::page, hours(24)},
    {true, business_usage, R"({"17841":[{"type":"instagram","call_count":100}]})", ParkScope::account, minutes(60)},
    {true, business_usage, R"({"17841":[{"type":"pages","call_count":100}]})", {}},
    {false,
     business_usage,
     R"({"1111":[{"type":"ads_insights","call_count":100},{"type":"messenger","call_count":100}]})",
     {}},
    {false, business_usage, R"({"1111":[{"type":"instagram","call_count":100}]})", {}},
    {false, business_usage, R"({"1111":[],"2222":[{"type":"pages","call_count":100}]})", {}},
    {false, business_usage, R"({"2222":[{"type":"pages","call_count":100}]})", ParkScope::page, minutes(60)},
    {false, business_usage, R"({"1111":[{"type":"pages","call_count":80},{"type":"pages","call_count":100}]})",
     ParkScope::page, minutes(60)},
    {false, app_usage, "", {}},
    {false, app_usage, "100", {}},
    {false, app_usage, R"("100")", {}},
    {false, app_usage, R"({"call_count":"100"})", {}},
    {false, app_usage, R"({"call_count":100)", {}},
    {false, app_usage, R"([{"call_count":100}])", {}},
    {false, app_usage, R"({"call_count":null,"total_time":[100]})", {}},
    {false, app_usage, R"({"call_count":1e999})", {}},
    {false, app_usage, R"({"call_count":-100})", {}},
    {false, business_usage, R"({"1111":{"type":"pages","call_count":100}})", {}},
    {false, business_usage, R"({"1111":[[100],"pages",{"call_count":100}]})", {}},
    {false, business_usage, std::string(50'000, '['), {}},
    {false, business_usage, std::string(100'000, ' ') + R"({"1111":[{"type":"pages","call_count":100}]})", {}},
};

TEST_CASE("usage headers park the right scope beside a good answer") {
  for (const UsageRow& row : usage_rows) {
    CAPTURE(row.name);
    CAPTURE(row.value.substr(0, 120));
    test::FakeHttp http;
    http.answer(200, R"({"followers_count":3})", {{row.name, row.value}});
    Credential c = row.instagram ? instagram() : facebook();
    c.settings = R"({"app_id":"4242"})";
    const auto answer = client(http, c).counters("");
    REQUIRE(answer.value);
    CHECK(answer.value->followers == 3);
    REQUIRE(answer.parks.size() == (row.scope ? 1 : 0));
    for (const Park& park : answer.parks) {
      CHECK(park.scope == *row.scope);
      CHECK(park.id == (park.scope == ParkScope::app ? "4242" : c.account));
      CHECK(park.rest == row.rest);
      CHECK(park.reason.code() == (row.rest == seconds(30) ? "meta.usage_high" : "meta.usage_full"));
    }
  }
}

TEST_CASE("three headers are three limits") {
  test::FakeHttp http;
  http.answer(200, R"({"fan_count":3})",
              {{app_usage, R"({"call_count":80})"},
               {page_usage, R"({"call_count":100})"},
               {business_usage, R"({"1111":[{"type":"pages","call_count":100}]})"}});
  const auto answer = client(http).counters("");
  REQUIRE(answer.parks.size() == 2);
  CHECK(answer.parks[0].scope == ParkScope::app);
  CHECK(answer.parks[0].rest == seconds(30));
  CHECK(answer.parks[1].scope == ParkScope::page);
  CHECK(answer.parks[1].rest == minutes(60)); // the longer one
}

TEST_CASE("a refusal rests for the longer of its own time and the headers'") {
  test::FakeHttp http;
  http.answer(400, error_body(32), {{business_usage, R"({"1111":[{"type":"pages","call_count":100}]})"}});
  const auto answer = client(http).counters("22");
  REQUIRE_FALSE(answer.value);
  CHECK(answer.value.error().retry_after == minutes(15));
  REQUIRE(answer.parks.size() == 1);
  CHECK(answer.parks[0].rest == minutes(60));
}

} // namespace
