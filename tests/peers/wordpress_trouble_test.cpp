// Troubles of a real WordPress: everything waits while they last, and is published once when they are over. Waits are
// skipped on the ledger's own calendar.
#include "e2e/database.hpp"
#include "peers/installation.hpp"
#include "peers/wordpress_world.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::test;
using nlohmann::json;

namespace {

constexpr std::int64_t minute = 60'000, hour = 60 * minute;

// An author's site, a new post to publish there, and a site that is well again when the test is over.
struct World {
  const Source source;
  const Installation here;
  World() { here.import(document({tenant("asha", guest().account("author"))})); }
  ~World() {
    guest().trouble("");
    guest().give_role("author", "author");
  }
  milkrun::e2e::DatabaseFile database() const { return milkrun::e2e::DatabaseFile(here.database()); }
  std::size_t posts() const { return guest().posts_titled(source.mark).size(); }

  // Runs as a scheduler would for so long; the last report.
  json last_for(std::int64_t time) const {
    json last = here.publish_feeds();
    for (std::int64_t gone = 0; gone < time;) {
      const auto next = database().wait_ms();
      if (!next) break;
      const std::int64_t wait = std::clamp(*next, minute, time - gone + minute);
      gone += wait;
      database().skip(wait);
      last = here.publish_feeds();
    }
    return last;
  }
  // What rests or waits, in a report.
  static bool waits_for(const json& report, const std::string& code) {
    return std::ranges::any_of(report.at("resting"), [&](const json& r) { return r.at("code") == code; });
  }
  void nothing_given_up() const {
    CHECK(database()
              .query("SELECT stage, key, reason FROM ledger WHERE state IN ('discarded', 'cancelled', 'held')")
              .empty());
    CHECK(database().number("SELECT count(*) FROM articles WHERE state = 'given_up'") == 0);
  }
};

} // namespace

TEST_CASE("a site that is in maintenance, or parked, for hours gets its post once it is back, and once") {
  for (const char* trouble : {"maintenance", "parked"}) {
    CAPTURE(trouble);
    const World w;
    guest().trouble(trouble);
    const json report = w.last_for(3 * hour);
    INFO(report.dump());
    CHECK(report.at("resting").size() == 1);
    guest().trouble("");
    CHECK(w.posts() == 0);
    w.last_for(2 * hour);
    CHECK(w.posts() == 1);
    w.nothing_given_up();
  }
}

TEST_CASE(
    "a site whose REST API a plugin has switched off waits for its owner, and is tried again by an operator's word") {
  const World w;
  guest().trouble("closed");
  const json report = w.last_for(26 * hour);
  INFO(report.dump());
  CHECK(report.at("resting").size() == 1);
  guest().trouble("");
  CHECK(w.posts() == 0);
  CHECK(w.here.milkrun({"items", "retry", "--tenant", "asha"}).code == 0);
  w.here.publish_feeds();
  CHECK(w.posts() == 1);
  w.nothing_given_up();
}

TEST_CASE("an account that is no author for days waits for its role") {
  const World w;
  guest().give_role("author", "subscriber");
  const json report = w.last_for(50 * hour);
  INFO(report.dump());
  CHECK(World::waits_for(report, "wordpress.may_not_create"));
  CHECK(w.posts() == 0);
  guest().give_role("author", "author");
  w.last_for(25 * hour);
  CHECK(w.posts() == 1);
  w.nothing_given_up();
}

TEST_CASE("a post whose author may not use tags goes out without them") {
  const World w;
  guest().trouble("no terms");
  w.last_for(2 * hour);
  guest().trouble("");
  const std::vector<json> posts = guest().posts_titled(w.source.mark);
  REQUIRE(posts.size() == 1);
  CHECK(guest().tag_names(posts[0]).empty());
  w.nothing_given_up();
}

TEST_CASE("a database that was restored from before a post finds it on the site, and makes no second one") {
  const World w;
  const std::string before = w.here.database() + ".before";
  w.database().change("VACUUM INTO '" + before + "'");
  std::filesystem::permissions(before, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  w.here.publish_feeds();
  REQUIRE(w.posts() == 1);
  for (const char* side : {"-wal", "-shm"}) std::filesystem::remove(w.here.database() + side);
  std::filesystem::copy_file(before, w.here.database(), std::filesystem::copy_options::overwrite_existing);
  const json report = w.last_for(2 * hour);
  INFO(report.dump());
  CHECK(w.posts() == 1);
  CHECK(w.database().number("SELECT count(*) FROM articles WHERE state = 'published'") == 1);
}
