// What an operator of verify-social is warned of.
#include "jobs/jobs.hpp"

#include "support/social_world.hpp"

#include <algorithm>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::one_day;
using test::one_minute;
using test::SocialWorld;

namespace {

// asha and bolt, each with a claim and an Instagram account that asks for v24.0.
struct TwoVersions : SocialWorld {
  explicit TwoVersions(const std::string& action) {
    for (const std::string tenant_id : {"asha", "bolt"}) {
      tenant(tenant_id);
      credential("tenant", tenant_id, tenant_id, "instagram", "https://graph.instagram.com",
                 R"({"version":"v24.0","app_id":")" + std::string(tenant_id == "asha" ? "1" : "2") + R"("})");
      campaign("g" + tenant_id, tenant_id);
      task("t" + tenant_id, tenant_id, "g" + tenant_id, "INSTAGRAM", action, action == "COMMENT" ? "500" : "");
      claim(tenant_id, tenant_id, "t" + tenant_id);
    }
    change("UPDATE contacts SET igsid = '77'");
  }
  // What a run warns of whose calls are all answered by this version.
  std::vector<std::string> warned(const std::string& served, int status) {
    change("UPDATE task_completions SET look_at = 0, verify_after = 0");
    change("UPDATE ledger SET due_at = 0 WHERE state = 'due'");
    change("DELETE FROM parks");
    clock.t += 30 * one_minute;
    http.otherwise = [=](const http::Request&) {
      return http::Response{.status = status,
                            .headers = {{"facebook-api-version", served}},
                            .body = status == 200 ? R"({"data":[],"is_user_follow_business":false})"
                                                  : R"({"error":{"code":2,"message":"down"}})"};
    };
    const Job* job = *std::ranges::find(all_jobs(), std::string_view("verify-social"), &Job::name);
    std::vector<std::string> out;
    for (const Note& note : milkrun::run(*job, options, {*database, vault, net, clock, settings, ""}, {}).notes)
      out.push_back(note.text);
    return out;
  }
};

} // namespace

TEST_CASE("one warning tells that another version of the Graph API answered than was asked for") {
  // A look that all claims of a post share, and a call for one person; answers and refusals.
  for (const char* action : {"COMMENT", "FOLLOW"}) {
    for (const int status : {200, 400}) {
      INFO(action, " ", status);
      TwoVersions w(action);
      CHECK(w.warned("v24.0", status).empty());
      REQUIRE(w.http.sent.size() == 2);
      const auto told = w.warned("v25.0", status);
      REQUIRE(told.size() == 1);
      CHECK(told[0] == "Graph API v24.0 of 2 credential(s), first of tenant asha: v25.0 answered in its place; raise "
                       "\"version\" in its settings");
      CHECK(w.warned("", status) == told); // not said: nothing new is known
      w.change("UPDATE credentials SET settings = '{\"version\":\"v25.0\"}' WHERE tenant_id = 'asha'");
      const auto raised = w.warned("", status);
      REQUIRE(raised.size() == 1);
      CHECK(raised[0].find("of 1 credential(s), first of tenant bolt") != std::string::npos);
      w.change("UPDATE credentials SET settings = '{\"version\":\"v25.0\"}'");
      CHECK(w.warned("v25.0", status).empty());
      CHECK(w.number("SELECT count(*) AS n FROM graph_versions") == 0);
    }
  }
}

TEST_CASE("a version of the Graph API that ends within 120 days is warned of, with whom it concerns") {
  SocialWorld w;
  const Job* job = *std::ranges::find(all_jobs(), std::string_view("verify-social"), &Job::name);
  const auto warned = [&](Time now) {
    std::vector<std::string> out;
    w.database->read([&](db::Transaction& tx) { out = job->warnings(tx, now); });
    return out;
  };
  for (const char* tenant : {"asha", "bolt", "cora"}) w.tenant(tenant);
  w.credential("tenant", "asha", "asha", "facebook", "https://graph.facebook.com", R"({"version":"v21.0"})");
  w.credential("tenant", "bolt", "bolt", "instagram", "https://graph.instagram.com", R"({"version":"v21.0"})");
  w.credential("tenant", "cora", "cora", "instagram", "https://graph.instagram.com");
  w.credential("tenant", "cora", "cora", "whatsapp", "https://graph.facebook.com", R"({"version":"v18.0"})");
  const Time end = std::chrono::sys_days(std::chrono::year(2027) / 1 / 21);
  CHECK(warned(end - 120 * one_day).empty());
  const auto soon = warned(end - 119 * one_day);
  REQUIRE(soon.size() == 1);
  CHECK(soon[0] ==
        "Graph API version of 2 credential(s), first of tenant asha: ends in 119 days; raise \"version\" in its "
        "settings");
  const auto late = warned(end + one_day);
  REQUIRE(late.size() == 1);
  CHECK(late[0].find("ended 1 days ago") != std::string::npos);
}
