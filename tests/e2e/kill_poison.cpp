// One item of eighty kills each run that works on it. The others are done; it alone is given up, and comes back when an
// operator says so.
#include "e2e/database.hpp"
#include "e2e/fixture.hpp"
#include "e2e/kill_campaign.hpp"
#include "e2e/report.hpp"

#include <ostream>

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

constexpr int items = 80, at_once = 100, largest_group = 32;

Plot crowded() {
  Plot plot = publishing(true);
  plot.state["feeds"]["chai"]["items"] = Json::array();
  for (int i = 0; i < items; ++i)
    plot.state["feeds"]["chai"]["items"].push_back(feed_item(fmt::format("chai-{:02}", i)));
  plot.document = [was = plot.document](const std::string& base) {
    Json document = was(base);
    document["tenants"][0]["max_items"] = 100;
    return document;
  };
  return plot;
}

std::int64_t in_flight(const Bench& bench) {
  return DatabaseFile(bench.database()).number("SELECT count(*) FROM ledger WHERE state = 'running'");
}

} // namespace

TEST_CASE("of eighty items in flight the one that kills runs is found, alone, and the others are published") {
  const Bench bench(crowded());
  bench.fresh();
  const DatabaseFile db(bench.database());
  REQUIRE(bench.live_and_die({.point = "settle.after", .in_flight = at_once})); // the feed is read
  const std::string poison = db.query("SELECT id FROM feed_items ORDER BY url LIMIT 1 OFFSET 40").at(0).at("id");
  const std::string key = "item:" + poison;

  std::vector<std::int64_t> together;
  for (int run = 0; run < 12; ++run) {
    const Finished end = bench.start(at_once, {{"MILKRUN_TEST_KILL", "work.before@" + poison}}).wait();
    if (end.signal == 0) {
      REQUIRE_MESSAGE(end.code == 0, end.err);
      CHECK(Report(end).reasons("write-article", "discarded") == "run.crashed_twice");
      CHECK(end.err.find("run.crashed_twice") == std::string::npos); // in words
      break;
    }
    together.push_back(in_flight(bench));
    CHECK(db.number("SELECT count(*) FROM ledger WHERE state = 'discarded'") == 0);
  }
  REQUIRE(together.size() >= 2);
  CHECK(together.front() > largest_group); // or nothing was to be halved
  CHECK(*std::max_element(together.begin() + 1, together.end()) <= largest_group);
  for (std::size_t i = 2; i < together.size(); ++i)
    CHECK(together[i] <= std::max<std::int64_t>(1, together[i - 1] / 2));
  CHECK(together.end()[-1] == 1);
  CHECK(together.end()[-2] == 1);
  CHECK(together.size() <= 8);

  CHECK(sentences(bench.bring_home()) == "");
  CHECK(sentences(bench.judged()) == "");
  CHECK(db.number("SELECT count(*) FROM articles WHERE state = 'published'") == items - 1);
  CHECK(db.query("SELECT key FROM ledger WHERE state = 'discarded'").at(0).at("key") == key);

  bench.milkrun({"items", "retry", key});
  CHECK(sentences(bench.bring_home()) == "");
  CHECK(sentences(bench.judged()) == "");
  CHECK(db.number("SELECT count(*) FROM articles WHERE state = 'published'") == items);
}

TEST_CASE("killed by hand at whatever it works on, seven times over, no run gives anything up") {
  const Bench bench(crowded());
  bench.fresh();
  for (const char* point : {"work.before:20", "settle.after:3", "work.after:9", "arm.after:2", "http.in_flight:4",
                            "settle.before:7", "turn.after:5"})
    CHECK(bench.live_and_die({.point = point, .in_flight = at_once}));
  CHECK(sentences(bench.bring_home()) == "");
  CHECK(sentences(bench.judged()) == "");
  CHECK(DatabaseFile(bench.database()).number("SELECT count(*) FROM articles WHERE state = 'published'") == items);
}

TEST_CASE("a post that two runs died of sending is no poison: it is looked up") {
  const Bench bench(publishing(true));
  bench.fresh();
  REQUIRE(bench.live_and_die({.point = "arm.after"}));
  REQUIRE(bench.live_and_die({.point = "reconcile.after"}));
  const Report third(bench.start(1).wait());
  CHECK(third.items("publish-post", "done") == 1);
  CHECK(sentences(bench.judged()) == "");
}
