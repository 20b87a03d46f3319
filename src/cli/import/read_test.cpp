// The import document: what is taken over, and every kind of mistake with its place.
#include "cli/import/read.hpp"

#include "cli/import/test_world.hpp"

#include <ostream>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace milkrun;
using namespace milkrun::cli;

namespace {

Problems problems(const std::string& text, std::vector<http::AllowEntry> allow = {}) {
  const auto document = read_document(text, allow);
  return document ? Problems{} : document.error();
}

std::string tenant(const std::string& fields) { return R"({"tenants":[{"slug":"asha",)" + fields + "}]}"; }
std::string credential(const std::string& fields) { return tenant("\"credentials\":[{" + fields + "}]"); }
std::string feed(const std::string& fields) { return tenant("\"feeds\":[{" + fields + "}]"); }
std::string portal(const std::string& fields) { return R"({"portals":[{"slug":"p",)" + fields + "}]}"; }

constexpr auto whole = R"({
  "plans": [{"slug": "basic", "posts_per_month": 30, "messages_per_month": 500},
            {"slug": "free", "posts_per_month": null, "messages_per_month": null}, {"slug": "kept"}],
  "portals": [{"slug": "ltl", "base_url": "https://portal.example/", "timezone": "Europe/Berlin", "writer": "ai",
               "max_items": 2, "max_tenants": 77, "sync_interval": "5m", "grants": ["ai"], "token": "t0ken", "api_key": "k", "active": true}],
  "platform": {"credentials": [{"service": "ai", "base_url": "https://api.openai.com/v1", "secret": "sk",
                                "settings": {"adapter": "openai", "model": "gpt-4o-mini"}}]},
  "tenants": [{"slug": "asha", "name": "Aśa", "timezone": "Asia/Kolkata", "language": "en", "plan": "basic",
               "publish_mode": "publish", "frequency": "3x_week", "writer": "passthrough", "max_items": 3,
               "categories": ["News"], "include": ["tea", "/coff?ee/"], "tone": "warm", "active": false, "grants": ["ai"],
               "credentials": [{"service": "wordpress", "base_url": "https://asha.example/", "account": "ed",
                                "secret": "pass word"}],
               "feeds": [{"url": "https://news.example/feed.xml", "first_poll": "none", "exclude": ["advert"], "active": true}]},
              {"slug": "bolt", "plan": null}]})";

} // namespace

TEST_CASE("every field of a good document is taken over") {
  const auto d = read_document(whole, {});
  REQUIRE(d);
  REQUIRE(d->plans.size() == 3);
  CHECK(d->plans[0].posts_per_month.value == 30);
  CHECK(d->plans[0].messages_per_month.value == 500);
  CHECK(d->plans[1].posts_per_month.given);
  CHECK(!d->plans[1].posts_per_month.value);
  CHECK(d->plans[1].messages_per_month.given);
  CHECK(!d->plans[2].posts_per_month.given);
  CHECK(!d->plans[2].messages_per_month.given);
  const PortalEntry& p = d->portals.at(0);
  CHECK(p.base_url == "https://portal.example/");
  CHECK(p.timezone == "Europe/Berlin");
  CHECK(p.writer == "ai");
  CHECK(p.max_items == 2);
  CHECK(p.max_tenants == 77);
  CHECK(p.sync_interval == Millis(300'000));
  CHECK(p.grants == std::vector<std::string>{"ai"});
  CHECK(p.token);
  CHECK(p.api_key);
  CHECK(p.active == true);
  CHECK(d->platform.at(0).settings == R"({"adapter":"openai","model":"gpt-4o-mini"})");
  const TenantEntry& t = d->tenants.at(0);
  CHECK(t.name == "Aśa");
  CHECK(t.timezone == "Asia/Kolkata");
  CHECK(t.language == "en");
  CHECK(t.plan.value == "basic");
  CHECK(t.publish_mode == "publish");
  CHECK(t.frequency == "3x_week");
  CHECK(t.writer == "passthrough");
  CHECK(t.max_items == 3);
  CHECK(t.categories == std::vector<std::string>{"News"});
  CHECK(t.include == std::vector<std::string>{"tea", "/coff?ee/"});
  CHECK(t.feeds.at(0).exclude == std::vector<std::string>{"advert"});
  CHECK(t.tone == "warm");
  CHECK(t.active == false);
  CHECK(t.credentials.at(0).account == "ed");
  CHECK(t.feeds.at(0).first_poll == "none");
  CHECK(d->tenants.at(1).plan.given);
  CHECK(!d->tenants.at(1).plan.value);
  CHECK(!d->tenants.at(1).name);
}

TEST_CASE("an empty object is a document") { CHECK(problems("{}").empty()); }

TEST_CASE("each mistake is found with its place and its mend") {
  const std::string wp = R"("service":"wordpress","base_url":"https://a.example",)";
  struct {
    std::string text, where, says;
  } const table[] = {
      {"", "document", "not valid JSON at line 1, column 1"},
      {"{\"plans\":[}", "document", "not valid JSON at line 1, column 11"},
      {"{\n \"plans\": [\n  {\"slug\" 1}]}", "document", "line 3"},
      {"[]", "document", "must be an object"},
      {"{} {}", "document", "not valid JSON"},
      {R"({"plans":[],"plans":[]})", "document", "\"plans\" is given twice"},
      {std::string(100, '[') + std::string(100, ']'), "document", "deeper than 32"},
      {R"({"plan":[]})", "plan", "not a field of this object; it has plans, portals, platform, tenants"},
      {R"({"plans":{}})", "plans", "must be a list"},
      {R"({"plans":[7]})", "plans[0]", "must be an object"},
      {R"({"plans":[{"slug":"a"},{"slug":"a"}]})", "plans[1].slug", "given already at plans[0].slug"},
      {R"({"plans":[{"slug":"a","posts_per_month":-1}]})", "plans[0].posts_per_month", "whole number from 0"},
      {R"({"plans":[{"slug":"a","posts_per_month":1.5}]})", "plans[0].posts_per_month", "whole number"},
      {R"({"plans":[{"slug":"a","posts_per_month":18446744073709551615}]})", "plans[0].posts_per_month",
       "whole number"},
      {R"({"plans":[{"slug":"a","messages_per_month":-1}]})", "plans[0].messages_per_month", "whole number from 0"},
      {R"({"plans":[{"posts_per_month":1}]})", "plans[0].slug", "1 to 63 of a-z"},
      {R"({"tenants":[{"slug":"Asha"}]})", "tenants[0].slug", "is \"Asha\""},
      {R"({"tenants":[{"slug":"operator"}]})", "tenants[0].slug", "reserved"},
      {R"({"tenants":[{"slug":"x"},{"slug":"x"}]})", "tenants[1].slug", "given already at tenants[0].slug"},
      {tenant("\"nam\":\"x\""), "tenants[0].nam", "not a field of this object; it has slug, name"},
      {tenant("\"name\":null"), "tenants[0].name", "must be a text"},
      {tenant("\"name\":\"a\\nb\""), "tenants[0].name", "one line"},
      {tenant("\"timezone\":\"Mars/Base\""), "tenants[0].timezone", "is \"Mars/Base\""},
      {tenant("\"plan\":7"), "tenants[0].plan", "must be a text"},
      {tenant("\"publish_mode\":\"live\""), "tenants[0].publish_mode", "must be one of publish, draft"},
      {tenant("\"frequency\":\"hourly\""), "tenants[0].frequency", "must be one of daily, 3x_week, weekly"},
      {tenant("\"writer\":\"human\""), "tenants[0].writer", "must be one of ai, passthrough"},
      {tenant("\"max_items\":0"), "tenants[0].max_items", "is 0; it must be a whole number from 1 to 100"},
      {tenant("\"max_items\":\"3\""), "tenants[0].max_items", "is \"3\"; it must be a whole number from 1 to 100"},
      {tenant("\"max_items\":[3]"), "tenants[0].max_items", "is a list; it must be a whole number from 1 to 100"},
      {tenant("\"categories\":[1]"), "tenants[0].categories", "list of at most 100 texts"},
      {tenant("\"active\":1"), "tenants[0].active", "is 1; it must be true or false"},
      {tenant("\"grants\":[\"wordpress\"]"), "tenants[0].grants", "names \"wordpress\""},
      {credential("\"base_url\":\"https://a.example\""), "tenants[0].credentials[0].service", "is missing"},
      {credential("\"service\":\"smtp\",\"base_url\":\"https://a.example\""), "tenants[0].credentials[0].service",
       "must be one of wordpress, ai"},
      {credential(R"("service":"wordpress","account":"x","secret":"y")"), "tenants[0].credentials[0].base_url",
       "is missing"},
      {credential(wp + R"("secret":"y")"), "tenants[0].credentials[0].account", "is missing"},
      {credential(wp + R"("account":"x","secret":"")"), "tenants[0].credentials[0].secret", "is missing"},
      {R"({"tenants":[{"slug":"a","publish_hours":{"start":"08:00"}}]})", "tenants[0].publish_hours.end", "is missing"},
      {R"({"tenants":[{"slug":"a","publish_hours":{"start":"08:00","end":"7"}}]})", "tenants[0].publish_hours.end", ""},
      {R"({"tenants":[{"slug":"a","publish_hours":{"start":"20:00","end":"08:00"}}]})", "tenants[0].publish_hours.end",
       "before the start"},
      {credential(wp + R"("account":"x","secret":"y","settings":{"a":1})"), "tenants[0].credentials[0].settings",
       "left out"},
      {credential(wp + R"("account":"x","secret":"y","settings":[])"), "tenants[0].credentials[0].settings",
       "an object"},
      {credential(R"("service":"ai","base_url":"https://a.example","settings":{"adapter":"x"})"),
       "tenants[0].credentials[0].settings", "model is missing"},
      {tenant(
           fmt::format(R"("credentials":[{{{0}"account":"x","secret":"y"}},{{{0}"account":"x","secret":"y"}}])", wp)),
       "tenants[0].credentials[1].service", "given already"},
      {R"({"platform":{"credentials":[{"service":"wordpress","base_url":"https://a.example"}]}})",
       "platform.credentials[0].service", "must be one of ai"},
      {R"({"platform":{"x":1}})", "platform.x", "not a field"},
      {R"({"platform":[]})", "platform", "must be an object"},
      {feed("\"first_poll\":\"none\""), "tenants[0].feeds[0].url", "is missing"},
      {tenant("\"exclude\":[\"tea\",\"/(/\"]"), "tenants[0].exclude[1]", "no regular expression of RE2"},
      {feed("\"url\":\"https://n.example/f\",\"include\":[\"\"]"), "tenants[0].feeds[0].include[0]", "is empty"},
      {feed("\"url\":\"news.example/feed\""), "tenants[0].feeds[0].url", "absolute https URL"},
      {feed("\"url\":\"https://u:p@news.example/feed\""), "tenants[0].feeds[0].url", "without a user name"},
      {feed("\"url\":\"ftp://news.example/feed\""), "tenants[0].feeds[0].url", "absolute https URL"},
      {feed("\"url\":\"http://news.example/feed\""), "tenants[0].feeds[0].url", "plain http"},
      {feed("\"url\":\"https://n.example/f\",\"first_poll\":\"all\""), "tenants[0].feeds[0].first_poll",
       "newest, none"},
      {tenant(R"("feeds":[{"url":"https://n.example/f"},{"url":"https://n.example/f"}])"), "tenants[0].feeds[1].url",
       "given already at tenants[0].feeds[0].url"},
      {portal("\"base_url\":\"http://p.example\""), "portals[0].base_url", "plain http"},
      {portal("\"sync_interval\":\"1ms\""), "portals[0].sync_interval", "duration"},
      {portal("\"sync_interval\":900"), "portals[0].sync_interval", "must be a text"},
      {portal("\"token\":\"\""), "portals[0].token", "is empty"},
      {portal("\"token\":5"), "portals[0].token", "must be a text"},
      {portal("\"grants\":[\"smtp\"]"), "portals[0].grants", "names \"smtp\""},
      {portal("\"timezone\":\"\""), "portals[0].timezone", "IANA"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const Problems found = problems(row.text);
    REQUIRE(found.size() == 1);
    CAPTURE(found[0].what);
    CHECK(found[0].where == row.where);
    CHECK(found[0].what.find(row.says) != std::string::npos);
  }
}

TEST_CASE("all mistakes are found in one reading, and no message shows a secret") {
  const Problems found =
      problems(R"({"x":1,"portals":[{"slug":"p","token":"CANARY-1","api_key":["CANARY-2"],"writer":2}],
    "tenants":[{"slug":"a","timezone":"no","credentials":[{"service":"wordpress","base_url":"","secret":{"k":"CANARY-3"}}]}]})");
  CHECK(found.size() >= 6);
  for (const Problem& p : found) CHECK((p.where + p.what).find("CANARY") == std::string::npos);
  const Problems broken = problems(R"({"tenants":[{"slug":"a","credentials":[{"secret":"CANARY-4)");
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].what.find("CANARY") == std::string::npos);
}

TEST_CASE("plain http passes where an operator's entry can cover the call") {
  const auto allow = [](const char* cidr, const char* who, const char* service) {
    return std::vector{*http::parse_allow(cidr, who, service)};
  };
  const std::string literal = feed("\"url\":\"http://127.0.0.1:8080/feed\"");
  CHECK(problems(literal, allow("127.0.0.0/8", "asha", "feed")).empty());
  CHECK(problems(literal, allow("127.0.0.0/8", "*", "*")).empty());
  CHECK(problems(literal, allow("127.0.0.0/8", "bolt", "feed")).size() == 1);
  CHECK(problems(literal, allow("127.0.0.0/8", "asha", "wordpress")).size() == 1);
  CHECK(problems(literal, allow("10.0.0.0/8", "asha", "feed")).size() == 1);
  CHECK(problems(feed("\"url\":\"http://[::1]:8080/feed\""), allow("::1", "asha", "feed")).empty());
  CHECK(problems(feed("\"url\":\"http://lan.example/feed\""), allow("10.0.0.0/8", "asha", "feed")).empty());
  CHECK(problems(portal("\"base_url\":\"http://127.0.0.1:1/\""), allow("127.0.0.1", "operator", "portal")).empty());
}

// An entry takes many times what it took to say it.
TEST_CASE("lists of what is set up are bounded, and none of a longer one is read") {
  const auto list = [](const std::string& name, int entries) {
    std::string all;
    for (int i = 0; i < entries; ++i) all += i == 0 ? "{}" : ",{}";
    return "\"" + name + "\":[" + all + "]";
  };
  const auto campaign = [](const std::string& fields) {
    return tenant(R"("campaigns":[{"slug":"c",)" + fields + "}]");
  };
  const test_import::Mistake table[] = {
      {tenant(list("feeds", 10'001)), "tenants[0].feeds", "has 10001 entries; 10000 at most in one document"},
      {tenant(list("campaigns", 10'001)), "tenants[0].campaigns", "has 10001 entries; 10000 at most in one document"},
      {tenant(list("reminder_rules", 1'001)), "tenants[0].reminder_rules", "has 1001 entries; 1000 at most"},
      {campaign(list("tasks", 1'001)), "tenants[0].campaigns[0].tasks", "has 1001 entries; 1000 at most"},
      {tenant(R"("invoices":[{"number":"N",)" + list("reminders", 101) + "}]"), "tenants[0].invoices[0].reminders",
       "has 101 entries; 100 at most"},
  };
  for (const auto& row : table) test_import::check_mistake(test_import::problems_of(row.text), row);
}
