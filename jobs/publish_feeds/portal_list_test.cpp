// What a portal's list may change, and what it may not.
#include "support/database_door.hpp"
#include "support/publish_world.hpp"

#include "jobs/jobs.hpp"

#include <ostream>
#include <set>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::publish_feeds;
using test::one_day;

namespace {

constexpr Millis next_slot{900'000};

struct Listed : PublishWorld {
  void sync() {
    clock.advance(next_slot);
    (void)run({sync_portal()});
  }
  bool active() { return number("SELECT active AS n FROM tenants WHERE portal_ref = '1'") == 1; }
  // The whole job, with its warnings.
  RunReport job() {
    const auto found = std::ranges::find(all_jobs(), std::string_view("publish-feeds"), &Job::name);
    clock.advance(next_slot);
    return milkrun::run(**found, options, {*database, vault, net, clock, settings, ""}, {});
  }
};

// A portal of many tenants, and a look at what is there after each transaction.
struct LongList : Listed {
  struct Door final : test::DatabaseDoor {
    using DatabaseDoor::DatabaseDoor;
    std::function<void()> committed = [] {};
    void transact(const Body& body) override {
      real_.transact(body);
      committed();
    }
  } door{*database};

  LongList() {
    for (int i = 2; i <= 250; ++i) {
      Json other = asha;
      other["tenant_id"] = i;
      other["skip"] = true;
      more_tenants.push_back(other);
    }
  }
  std::int64_t tenants(const char* which = "1 = 1") {
    const std::string statement =
        std::string("SELECT count(*) AS n FROM tenants WHERE portal_ref IS NOT NULL AND ") + which;
    return number(statement.c_str());
  }
  bool read() {
    return number("SELECT count(*) AS n FROM portals WHERE synced_at IS NOT NULL AND shrunk_to IS NULL") == 1;
  }
  void sync_by_parts() {
    clock.advance(next_slot);
    const Job job{.name = "publish-feeds", .help = "", .stages = {sync_portal()}, .preview = {}};
    (void)milkrun::run(job, options, {door, vault, net, clock, settings, ""}, {});
  }
};

} // namespace

TEST_CASE("a long list is stored a part a turn, and is read once all of it is stored") {
  LongList world;
  std::int64_t before = 0, most = 0;
  world.door.committed = [&] {
    const std::int64_t now = world.tenants();
    most = std::max(most, now - before);
    before = now;
    if (world.read()) CHECK(now == 250);
  };
  world.sync_by_parts();
  CHECK(most == 100);
  CHECK(world.tenants("active = 1") == 250);
  CHECK(world.read());
}

TEST_CASE("a run that dies in the middle of a long list leaves one that is asked for again, and believed as before") {
  const auto die_at = [](LongList& world, std::function<bool()> moment) {
    world.door.committed = [moment = std::move(moment)] {
      if (moment()) throw db::DatabaseError(db::DatabaseError::Kind::broken, "planned");
    };
    CHECK_THROWS_AS(world.sync_by_parts(), db::DatabaseError);
    world.door.committed = [] {};
  };
  LongList world;
  die_at(world, [&] { return world.tenants() == 200; });
  CHECK_FALSE(world.read());
  world.clock.advance(next_slot);
  world.run_all(); // who waited for the list goes on once it is read
  CHECK(world.tenants("active = 1") == 250);
  CHECK(world.read());
  CHECK(world.site.posts.size() == 1);

  // A list that is much shorter, for the second time.
  world.more_tenants.resize(99);
  world.sync_by_parts();
  CHECK(world.tenants("active = 1") == 250);
  CHECK_FALSE(world.read());
  world.asha["language"] = "fr";
  die_at(world, [&] { return world.tenants("language = 'fr'") == 1; });
  CHECK(world.tenants("active = 1") == 250);
  CHECK_FALSE(world.read());
  world.sync_by_parts();
  CHECK(world.tenants("active = 1") == 100);
  CHECK(world.read());
}

TEST_CASE("what the operator switched off stays off, whatever the portal lists; switched on, it goes on") {
  Listed world;
  world.sync();
  world.change("UPDATE tenants SET active = 0, stopped = 1 WHERE portal_ref = '1'"); // as an import does
  world.run_for(one_day);
  CHECK_FALSE(world.active());
  CHECK(world.site.posts.empty());
  CHECK(world.story(world.job()) == "the operator switched the tenant off");
  world.change("UPDATE tenants SET active = 1, stopped = 0 WHERE portal_ref = '1'");
  world.run_for(one_day);
  CHECK(world.site.posts.size() == 1);
}

TEST_CASE("a site, user or password that the portal empties stops the tenant's posts, and says so; the old password is "
          "used no more") {
  for (const char* field : {"site_url", "wp_username", "wp_app_password"}) {
    CAPTURE(field);
    Listed world;
    world.sync();
    const Json good = world.asha;
    world.asha[field] = "";
    const std::string story = world.story(world.job());
    CHECK(story.find("the portal's list cannot be used: it ") != std::string::npos);
    world.run_for(one_day + one_day);
    CHECK(world.to_site().empty());
    const auto told = world.told("failed"); // once a slot
    REQUIRE(told.size() == 3);
    CHECK(told[0]["error_message"].get<std::string>().starts_with("the portal's list cannot be used: it "));
    CHECK(told[0]["execution_id"] != told[1]["execution_id"]);
    world.asha = good;
    world.run_for(one_day);
    CHECK(world.site.posts.size() == 1);
  }
}

TEST_CASE("an account that was never set up is no trouble of which its portal hears") {
  Listed world;
  world.asha["wp_app_password"] = "";
  world.run_for(one_day + one_day);
  CHECK(world.told("failed").empty());
  CHECK(world.story(world.job()).find("the portal's list cannot be used: it ") != std::string::npos);
}

TEST_CASE("why a portal gives a tenant nothing is a code, with the portal's own words as its argument") {
  Listed world;
  struct Row {
    Json change;
    const char *code, *args, *said;
  };
  const Row rows[] = {
      {{{"skip", true}, {"skip_reason", "late {}"}}, "portal.skips", R"(["late {}"])", "the portal says skip: late {}"},
      {{{"skip", true}}, "portal.skips", R"(["portal.gives_no_reason"])", "the portal says skip: it gives no reason"},
      {{{"is_active", false}}, "portal.skips", R"(["portal.tenant_off"])", "the portal says skip: not active"},
      {{{"skip", true}, {"wp_username", ""}}, // whom it skips it need not describe
       "portal.skips",
       R"(["portal.gives_no_reason"])",
       "the portal says skip: it gives no reason"},
      {{{"wp_username", ""}},
       "portal.row_unusable",
       R"(["portal.names_no_user"])",
       "the portal's list cannot be used: it names no WordPress user"},
      {{{"skip", false}, {"skip_reason", "none"}}, "", "[]", ""},
  };
  const Json good = world.asha;
  for (const Row& row : rows) {
    CAPTURE(row.said);
    world.asha = good;
    world.asha.update(row.change);
    const RunReport report = world.job();
    const auto says =
        world.rows("SELECT portal_says AS reason, portal_args AS args FROM tenants WHERE portal_ref = '1'");
    CHECK(says.at(0).text("reason") == row.code);
    CHECK(says.at(0).text("args") == row.args);
    CHECK(test::reason_text(says.at(0)) == row.said);
    if (*row.said != '\0') CHECK(world.story(report).find(row.said) != std::string::npos);
  }
}

TEST_CASE("a row that was never any good is told by its tenant and field, and the portal hears it once a slot") {
  Listed world;
  Json bad = world.asha;
  bad["tenant_id"] = 7;
  bad["rss_url"] = "feed://news.example/x";
  world.more_tenants = {bad, Json("junk")};
  world.clock.advance(next_slot);
  const RunReport report = world.run({sync_portal(), report_run()});
  const auto told = [&](const char* what) {
    return std::ranges::count_if(report.counts, [&](const RunCount& c) {
      return c.outcome == "warning" && c.reason.text().find(what) != std::string::npos;
    });
  };
  CHECK(told("tenant 7: rss_url: not an http(s) address") == 1);
  CHECK(world.rows("SELECT portal_args FROM tenants WHERE portal_ref = '7'").at(0).text("portal_args") ==
        R"(["portal.field_no_url","rss_url"])");
  CHECK(told("not an object") == 1);
  CHECK(world.number(
            "SELECT count(*) AS n FROM tenants WHERE portal_ref = '7' AND portal_says = 'portal.row_unusable'") == 1);
  (void)world.run({sync_portal(), report_run()});
  world.clock.advance(next_slot);
  (void)world.run({sync_portal(), report_run()});
  auto failed = world.told("failed");
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]["tenant_id"] == 7);
  CHECK(failed[0]["error_message"] == "the portal's list cannot be used: rss_url: not an http(s) address");
  bad["rss_url"] = "https://news.example/x";
  world.more_tenants = {bad};
  world.sync();
  CHECK(world.number("SELECT count(*) AS n FROM tenants WHERE portal_says <> ''") == 0);
  bad["rss_url"] = ""; // good, but nothing to read
  world.more_tenants = {bad};
  world.sync();
  (void)world.run({report_run()});
  failed = world.told("failed");
  REQUIRE(failed.size() == 2);
  CHECK(failed[1]["error_message"] == "the portal's list names no feed");
}

TEST_CASE("a list that is suddenly empty changes nothing before a second one says the same, and is told") {
  Listed world;
  world.sync();
  world.listed = false;
  const RunReport doubted = world.job();
  CHECK(world.active());
  REQUIRE(doubted.notes.size() == 1);
  CHECK(doubted.notes[0].text.starts_with("portal p: its last list names 0 tenants where 1 are active"));
  CHECK(world.site.posts.size() == 1); // nobody waits for it

  SUBCASE("a second one is believed") {
    const RunReport second = world.job();
    CHECK_FALSE(world.active());
    CHECK(second.notes.empty());
  }
  SUBCASE("one of the same moment, read where two slots meet, is no second one") {
    test::change(*world.database, "UPDATE portals SET synced_at = synced_at + 899000");
    CHECK_FALSE(world.job().notes.empty());
    CHECK(world.active());
    CHECK(world.job().notes.empty());
    CHECK_FALSE(world.active());
  }
  SUBCASE("a whole one in between is the end of the doubt") {
    world.listed = true;
    CHECK(world.job().notes.empty());
    world.listed = false;
    CHECK_FALSE(world.job().notes.empty());
    CHECK(world.active());
  }
}

namespace {

// Six tenants, and who of them a list names.
struct Six : Listed {
  Six() {
    for (int i = 2; i <= 6; ++i) {
      Json other = asha;
      other["tenant_id"] = i;
      all.push_back(other);
    }
    names({1, 2, 3, 4, 5, 6});
  }
  RunReport names(const std::set<int>& refs) {
    listed = refs.contains(1);
    more_tenants.clear();
    for (const Json& one : all)
      if (refs.contains(one["tenant_id"].get<int>())) more_tenants.push_back(one);
    return job();
  }
  std::string active() {
    std::string out;
    for (const db::Row& r :
         rows("SELECT portal_ref FROM tenants WHERE active = 1 AND portal_ref IS NOT NULL ORDER BY portal_ref"))
      out += r.text("portal_ref");
    return out;
  }
  std::vector<Json> all;
};

} // namespace

TEST_CASE("two short lists that name others stop only who is missing in both") {
  Six world;
  CHECK(world.names({1, 2}).notes.size() == 1);
  CHECK(world.active() == "123456");
  const RunReport second = world.names({5, 6});
  CHECK(world.active() == "1256");
  REQUIRE(second.notes.size() == 1); // 1 and 2 are in doubt now
  CHECK(second.notes[0].text.starts_with("portal p: its last list names 2 tenants where 4 are active"));

  SUBCASE("who comes back goes on, and who is missing then is missing for the first time") {
    CHECK(world.names({1, 2}).notes.size() == 1);
    CHECK(world.active() == "1256");
    CHECK(world.names({1, 2, 5, 6}).notes.empty());
    CHECK(world.active() == "1256");
  }
  SUBCASE("who stays away is gone") {
    CHECK(world.names({5, 6}).notes.empty());
    CHECK(world.active() == "56");
  }
  SUBCASE("the end of the doubt is an end: the next short list is doubted anew") {
    CHECK(world.names({1, 2, 5, 6}).notes.empty());
    CHECK(world.names({5}).notes.size() == 1);
    CHECK(world.active() == "1256");
  }
}

TEST_CASE("half of the tenants may leave at once; more than half are doubted, and nothing of that list is taken over") {
  Listed world;
  for (int i = 2; i <= 4; ++i) {
    Json other = world.asha;
    other["tenant_id"] = i;
    other["site_url"] = "https://t" + std::to_string(i) + ".example/";
    world.more_tenants.push_back(other);
  }
  world.sync();
  const auto active = [&] {
    return world.number("SELECT count(*) AS n FROM tenants WHERE active = 1 AND portal_ref IS NOT NULL");
  };
  REQUIRE(active() == 4);
  world.more_tenants.resize(1);
  world.sync();
  CHECK(active() == 2);
  world.more_tenants.clear();
  world.sync();
  CHECK(active() == 1);

  Json other = world.asha;
  for (int i = 5; i <= 8; ++i) {
    other["tenant_id"] = i;
    world.more_tenants.push_back(other);
  }
  world.sync();
  REQUIRE(active() == 5);
  world.more_tenants.resize(1);
  world.asha["language"] = "fr";
  world.sync();
  CHECK(active() == 5);
  CHECK(world.number("SELECT count(*) AS n FROM tenants WHERE language = 'fr'") == 0);
  world.sync();
  CHECK(active() == 2);
  CHECK(world.number("SELECT count(*) AS n FROM tenants WHERE language = 'fr'") == 1);
}

TEST_CASE("a feed of the tenant's own site is told once a slot, and read once the site is another one") {
  Listed world;
  world.asha["rss_url"] = "https://asha.example/feed/";
  world.run_for(2 * one_day);
  const auto told = world.told("failed");
  REQUIRE(told.size() == 3); // three dates
  CHECK(told[0]["error_message"].get<std::string>().find("the feed is the tenant's own site") != std::string::npos);
  CHECK(told[0]["rss_item_url"] == "https://asha.example/feed/");
  CHECK(told[0]["execution_id"] != told[1]["execution_id"]);
  world.asha["site_url"] = "https://other.example/";
  world.sync();
  CHECK(world.number("SELECT active AS n FROM feeds") == 1);
  world.asha["site_url"] = "https://asha.example/";
  world.sync();
  CHECK(world.number("SELECT active AS n FROM feeds") == 0);
}
