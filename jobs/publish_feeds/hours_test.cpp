// When a slot's posts are made, and how many a day.
#include "jobs/publish_feeds/hours.hpp"

#include "base/zone.hpp"
#include "jobs/publish_feeds/rules.hpp"
#include "providers/wordpress/wordpress.hpp"
#include "support/publish_world.hpp"

#include <ostream>
#include <set>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::publish_feeds;
using test::noon;
using test::one_day;
using test::one_hour;

namespace {

const Time midnight = from_ms(1'795'262'400'000 + 12 * 3'600'000); // after noon

db::Row tenant_row(const char* from, const char* until, const char* zone = "UTC", const char* frequency = "daily") {
  const auto database = db::memory_database();
  db::Row out;
  database->transact([&](db::Transaction& tx) {
    out = *tx.one(
        test::sql("SELECT $from AS publish_from, $until AS publish_until, $zone AS timezone, $frequency AS frequency"),
        {{"from", from}, {"until", until}, {"zone", zone}, {"frequency", frequency}});
  });
  return out;
}

struct Planned : PublishWorld {
  Planned() {
    items = {};
    for (int i = 1; i <= 3; ++i)
      items.push_back({.id = "n-" + std::to_string(i), .title = "Title " + std::to_string(i)});
  }
  void add(int n) {
    items.push_back({.id = "n-" + std::to_string(n), .title = "Title " + std::to_string(n), .dated = clock.now()});
  }
  // Locks the site for some days with one new item a day, to be posted at ten.
  void locked_for(int days) {
    change("UPDATE tenants SET publish_from = '10:00', publish_until = '10:00'");
    for (int n = 1; n <= days; ++n) {
      add(100 + n);
      run_for(one_day);
    }
  }
};

} // namespace

TEST_CASE("moments are drawn from the tenant's hours by a hash: within them, spread, and the same for ever") {
  const db::Row row = tenant_row("08:00", "20:00");
  std::set<Time> moments;
  int early = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string whose = "article-" + std::to_string(i);
    const Time at = drawn_moment(row, whose, midnight);
    CHECK(at == drawn_moment(row, whose, midnight));
    CHECK(at >= midnight + 8 * one_hour);
    CHECK(at < midnight + 20 * one_hour);
    moments.insert(at);
    early += at < midnight + 14 * one_hour ? 1 : 0;
  }
  CHECK(moments.size() > 490);
  CHECK(early > 200);
  CHECK(early < 300);
}

TEST_CASE("what is left of the hours counts: late in the day it is now, in another zone it is that zone's day") {
  const db::Row row = tenant_row("08:00", "20:00");
  const Time late = midnight + 21 * one_hour;
  CHECK(drawn_moment(row, "a", late) == late);
  for (int i = 0; i < 50; ++i) {
    const Time at = drawn_moment(row, std::to_string(i), midnight + 19 * one_hour);
    CHECK(at >= midnight + 19 * one_hour);
    CHECK(at < midnight + 20 * one_hour);
    const Time there =
        drawn_moment(tenant_row("08:00", "09:00", "Asia/Tokyo"), std::to_string(i), midnight - 9 * one_hour);
    CHECK(there >= midnight - one_hour); // 08:00 in Tokyo
    CHECK(there < midnight);
  }
  CHECK(drawn_moment(tenant_row("10:00", "10:00"), "a", midnight) == midnight + 10 * one_hour);
}

TEST_CASE("after the day's hours a slot that goes on tomorrow has tomorrow's, and the last day of one has no others") {
  const Time late = midnight + 21 * one_hour; // a Sunday
  for (const char* frequency : {"weekly", "3x_week"}) {
    CAPTURE(frequency);
    const db::Row row = tenant_row("08:00", "20:00", "UTC", frequency);
    std::set<Time> moments;
    for (int day = 0; day < 7; ++day) {
      const Time evening = late + day * one_day;
      const bool goes_on = tenant_slot(row, evening).end > evening + 12 * one_hour;
      for (int i = 0; i < 20; ++i) {
        const Time at = drawn_moment(row, std::to_string(i), evening);
        if (!goes_on) {
          CHECK(at == evening);
          continue;
        }
        CHECK(at >= evening + 11 * one_hour);
        CHECK(at < evening + 23 * one_hour);
        moments.insert(at);
      }
    }
    CHECK(moments.size() > 60);
  }
}

TEST_CASE("the first posts of a feed come at once; those of the next slots come in the tenant's hours, each at its own "
          "time") {
  Planned world;
  world.change("UPDATE portals SET max_items = 3");
  world.run_all();
  CHECK(world.site.posts.size() == 3);
  for (int n = 4; n <= 6; ++n) world.add(n);
  world.clock.t = midnight;
  world.run_all();
  CHECK(world.site.posts.size() == 3);
  CHECK(world.number("SELECT count(DISTINCT publish_at) AS n FROM articles WHERE state = 'written'") == 3);
  world.run_for(8 * one_hour);
  CHECK(world.site.posts.size() == 3);
  world.run_for(12 * one_hour + Millis(900'000));
  CHECK(world.site.posts.size() == 6);
  CHECK(world.number("SELECT count(*) AS n FROM articles WHERE finished_at < publish_at") == 0);
}

TEST_CASE(
    "a password that is mended after days brings a day's posts at once, the others a day's a day, the newest first") {
  Planned world;
  world.items.resize(1);
  world.run_all();
  REQUIRE(world.site.posts.size() == 1);
  world.site.password = "an other one";
  world.locked_for(5);
  REQUIRE(world.articles("written") == 5);
  REQUIRE(world.site.posts.size() == 1);
  world.asha["wp_app_password"] = "an other one";
  world.run_for(one_hour);
  CHECK(world.site.titles() == std::vector<std::string>{"Title 1", "Title 105"});
  world.run_for(one_day);
  CHECK(world.site.titles().size() == 3);
  CHECK(world.site.titles().back() == "Title 104");
  world.add(200); // news goes before what is late
  world.run_for(one_day);
  CHECK(world.site.titles().back() == "Title 200");
  world.run_for(one_day);
  CHECK(world.site.titles().size() == 5);
  CHECK(world.site.titles().back() == "Title 103");
}

TEST_CASE("a day has its own posts and no late one beside them, also where one run a day does everything") {
  Planned world;
  world.items.resize(1);
  world.change("UPDATE tenants SET publish_from = '00:00', publish_until = '00:00'");
  world.run_all();
  world.change("UPDATE tenants SET publish_from = '00:00', publish_until = '00:00'"); // the portal has brought it now
  REQUIRE(world.site.posts.size() == 1);
  const auto next_day = [&](int n) {
    world.clock.advance(one_day);
    if (n > 0) world.add(n);
    const std::size_t before = world.site.posts.size();
    world.run_all();
    return world.site.posts.size() - before;
  };
  world.site.password = "an other one";
  for (int n = 101; n <= 103; ++n) CHECK(next_day(n) == 0);
  world.asha["wp_app_password"] = "an other one";
  CHECK(next_day(104) == 1);
  CHECK(world.site.titles().back() == "Title 104");
  CHECK(next_day(105) == 1);
  CHECK(world.site.titles().back() == "Title 105");
  CHECK(next_day(0) == 1); // a day without news has room for a late one, the newest
  CHECK(world.site.titles().back() == "Title 103");
}

TEST_CASE("what found no place in its seven days is passed over, and the portal hears it") {
  Planned world;
  world.items.resize(1);
  world.run_all();
  world.site.password = "an other one";
  world.locked_for(9);
  world.asha["wp_app_password"] = "an other one";
  world.run_for(one_hour);
  CHECK(world.site.posts.size() == 2);
  CHECK(world.articles("given_up") == 2);
  const auto failed = world.told("failed");
  CHECK(std::ranges::count_if(failed, [](const Json& one) {
          return one["error_message"].get<std::string>().starts_with("too late: ");
        }) == 2);
}

TEST_CASE("an operator's retry of what was given up is a post of today, and may wait as long again") {
  Planned world;
  world.items.resize(1);
  world.site.password = "an other one";
  world.run_for(8 * one_day);
  REQUIRE(world.articles("given_up") == 1);
  world.asha["wp_app_password"] = "an other one";
  world.run_all();
  const std::string article = world.rows("SELECT id FROM articles").at(0).text("id");
  const TenantId tenant{world.rows("SELECT tenant_id FROM articles").at(0).text("tenant_id")};
  world.database->transact([&](db::Transaction& tx) {
    Settling s = world.settling(tx, Next::due, "operator.retried");
    s.settings = &world.settings;
    const Item item{.stage = "publish-post",
                    .key = {"article", article},
                    .tenant = tenant,
                    .row = *tx.one(publish_post().load, {{"id", article}})};
    publish_post().settle(s, item, Result{Outcome(Done{})});
  });
  CHECK(world.articles("written") == 1);
  world.change("UPDATE ledger SET state = 'due', due_at = 0, finished_at = NULL WHERE stage = 'publish-post'");
  world.run_all();
  CHECK(world.site.posts.size() == 1);
}
