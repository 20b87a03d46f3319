// What an operator of verify-social is warned of.
#include "jobs/jobs.hpp"

#include "support/social_world.hpp"

#include <algorithm>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;
using test::one_day;
using test::SocialWorld;

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
