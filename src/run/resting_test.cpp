// Who waits for what, in reports: bounded, and yet everybody's turn comes.
#include "run/report.hpp"
#include "support/fake_job.hpp"

#include <fmt/format.h>
#include <map>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;

TEST_CASE("of many who wait for somebody each is told of in time, and those that are not listed are counted") {
  FakeWorld w;
  w.options.in_flight = 64;
  constexpr int waiting = 260;
  w.database.transact([&](db::Transaction& tx) {
    for (int t = 0; t < waiting; ++t) {
      const std::string id = "t" + std::to_string(1'000 + t);
      test::add_tenant(tx, id);
      w.item_in(tx, id, "ok", "h.example", id);
    }
  });
  test::change(w.database, "UPDATE feeds SET first_poll = 'none'"); // a credential that nobody has
  const auto told = [&] { return test::number(w.database, "SELECT count(*) AS n FROM told"); };
  for (int run = 1; run <= 12 && told() < waiting; ++run) {
    CAPTURE(run);
    const std::int64_t before = told();
    const RunReport r = w.run();
    CHECK(r.resting.size() == 50);
    CHECK(r.more_resting == waiting - 50);
    CHECK(told() > before); // news first
  }
  CHECK(told() == waiting);
  const RunReport after = w.run();
  CHECK(after.more_resting == waiting - 50);
  CHECK(std::ranges::none_of(after.resting, &Resting::news));
  CHECK(resting_now(w.database, {}, w.clock.now()).more_resting == waiting - 50);
}

TEST_CASE("of those who wait for one thing each reason that is somebody's move is told, however many stand before it") {
  FakeWorld w;
  w.tenant("asha");
  for (int i = 0; i < 30; ++i) w.item("a" + std::to_string(100 + i));
  w.item("b");
  w.item("c");
  w.item("d");
  test::change(w.database,
               "UPDATE ledger SET due_at = due_at + 7200000, waits_for = 'a thing', reason = CASE key "
               "WHEN 'x:b' THEN 'credential.missing' WHEN 'x:c' THEN 'quota.share' WHEN 'x:d' THEN 'quota.share' "
               "ELSE 'pace.wait' END");
  test::change(w.database,
               "UPDATE ledger SET created_at = created_at - 5000, due_at = due_at - 1000 WHERE key = 'x:d'");
  const auto told = [&] {
    std::map<std::string, Resting> out;
    for (const Resting& r : w.run().resting) out.emplace(r.reason.code(), r);
    return out;
  };
  auto lines = told();
  REQUIRE(lines.size() == 2);
  CHECK(lines.at("credential.missing").items == 1);
  CHECK(lines.at("quota.share").items == 2);
  CHECK(lines.at("quota.share").since == test::noon - Millis(5'000)); // of the oldest
  CHECK(lines.at("quota.share").until == test::noon + Millis(7'199'000));
  for (const auto& [code, line] : lines) CHECK(line.news);
  lines = told();
  for (const auto& [code, line] : lines) CHECK_FALSE(line.news);
  test::change(w.database, "UPDATE ledger SET reason = 'pace.sender' WHERE key IN ('x:b', 'x:c', 'x:d')");
  lines = told(); // nobody's move: one line for all
  REQUIRE(lines.size() == 1);
  CHECK(lines.begin()->second.items == 33);
  CHECK_FALSE(lines.begin()->second.news);
  CHECK(lines.begin()->second.since == test::noon - Millis(5'000));
}

TEST_CASE("what a job knows of and no item waits for is told once a day") {
  FakeWorld w;
  w.tenant("asha");
  w.job.waits = [](db::Transaction&) {
    return std::vector<Waits>{{.word = "feed 1",
                               .tenant = {"asha"},
                               .what = "feed https://h.example/1",
                               .reason = "feed.stopped",
                               .detail = "it is gone",
                               .since = test::noon}};
  };
  const auto told = [&] {
    const RunReport r = w.run();
    REQUIRE(r.resting.size() == 1);
    CHECK(r.resting[0].what == "feed https://h.example/1");
    CHECK(r.resting[0].tenant == "asha");
    CHECK_FALSE(r.resting[0].until.has_value());
    CHECK(r.resting[0].items == 0);
    CHECK(report_text(r).find("; since 2026-11-21T12:00:00Z\n") != std::string::npos);
    return r.resting[0].news;
  };
  CHECK(told());
  CHECK_FALSE(told());
  w.clock.advance(Millis(24 * 3'600'000));
  CHECK(told());
  const Job* jobs[] = {&w.job};
  CHECK(resting_now(w.database, jobs, w.clock.now()).resting.size() == 1);
}

TEST_CASE("of much that rests an idle run looks at some, the next ones go on, and each is told once a day") {
  FakeWorld w;
  constexpr int resting = 620, over = 1'000;
  w.database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < resting + over; ++i)
      tx.execute(test::sql("INSERT INTO parks (scope, id, until, reason, since) VALUES ('credential', $id, $until, "
                           "'credential.unreadable', $since)"),
                 {{"id", fmt::format("c{:05}", i)},
                  {"until", test::noon + Millis(i < resting ? 3'600'000 : -1)},
                  {"since", test::noon - Millis(1)}});
  });
  std::ptrdiff_t news = 0;
  std::int64_t most_statements = 0;
  for (int runs = 0; runs < 60 && news < resting; ++runs) {
    const std::int64_t before = w.database.statements();
    const RunReport r = w.run();
    CHECK(r.idle);
    most_statements = std::max(most_statements, w.database.statements() - before);
    news += std::ranges::count_if(r.resting, &Resting::news);
    CHECK(r.more_resting > 0);
  }
  CHECK(news == resting);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM parks WHERE told_at IS NOT NULL") == resting);
  CHECK(most_statements < 800); // what is over is asked for items that still wait for it
}

TEST_CASE("what items wait for and what rests far behind in the list is told once, as what rests") {
  FakeWorld w;
  w.database.transact([&](db::Transaction& tx) {
    test::add_tenant(tx, "asha");
    w.item_in(tx, "1", "ok", "h.example", "asha");
    for (int i = 0; i < 700; ++i)
      tx.execute(test::sql("INSERT INTO parks (scope, id, until, reason, since) VALUES ('credential', $id, $until, "
                           "'credential.unreadable', $since)"),
                 {{"id", fmt::format("c{:05}", i)}, {"until", test::noon + Millis(3'600'000)}, {"since", test::noon}});
  });
  test::change(w.database, "UPDATE ledger SET waits_for = 'credential c00650', reason = 'credential.missing', "
                           "due_at = due_at + 3600000");
  w.run();
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM told") == 0);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM parks WHERE told_at IS NOT NULL") == 50);
}

TEST_CASE(
    "held items are told of once per tenant, reason and day, also by idle runs and by other jobs that do the stage") {
  FakeWorld w;
  w.job = test::fake::job({test::fake::stage("post", false)}); // nobody can find out whether it happened
  w.tenant("asha");
  w.tenant("bolt");
  w.item("1", "uncertain");
  w.item("2", "uncertain");
  w.item("3", "uncertain", "h.example", "bolt");
  const RunReport r = w.run();
  CHECK(r.held == 3);
  REQUIRE(r.held_news.size() == 2);
  CHECK(r.held_news[0].tenant == "asha");
  CHECK(r.held_news[0].stage == "post");
  CHECK(r.held_news[0].items == 2);
  CHECK(r.held_news[0].first == "x:1");
  CHECK_FALSE(r.held_news[0].reason.empty());
  CHECK(r.held_news[1].tenant == "bolt");

  const auto idle = [&] {
    const RunReport again = w.run();
    CHECK(again.idle);
    CHECK(again.held == 3);
    return again.held_news.size();
  };
  CHECK(idle() == 0);
  w.job.name = "another";
  CHECK(idle() == 0);
  w.item("4", "uncertain", "h.example", "bolt"); // the same trouble again; its own line of the run tells it
  CHECK(w.run().held_news.empty());
  test::change(w.database, "UPDATE ledger SET reason = 'feed.gone' WHERE key = 'x:4'");
  CHECK(w.run().held_news.size() == 1);
  w.clock.advance(Millis(24 * 3'600'000));
  CHECK(w.run().held_news.size() == 3);
}

TEST_CASE("a run of one tenant tells of that tenant and of what is of all, and uses up nobody else's line of the day") {
  FakeWorld w;
  for (const std::string tenant : {"asha", "bolt", "cora"}) {
    w.tenant(tenant);
    w.item(tenant, "ok", "h.example", tenant);
    w.item("held " + tenant, "ok", "h.example", tenant);
  }
  test::change(w.database, "UPDATE feeds SET first_poll = 'none'"); // a credential that nobody has
  test::change(w.database, "UPDATE ledger SET state = 'held', uncertain_turn = 1, reason = 'feed.gone' "
                           "WHERE key LIKE 'x:held %'");
  const auto park = [&](const char* scope, const std::string& id, const char* tenant) {
    test::change(w.database,
                 "INSERT INTO parks (scope, id, tenant_id, until, reason, since) VALUES ($scope, $id, $tenant, $until, "
                 "'credential.unreadable', $since)",
                 {{"scope", scope},
                  {"id", id},
                  {"tenant", tenant},
                  {"until", test::noon + Millis(3'600'000)},
                  {"since", test::noon}});
  };
  park("credential", "of bolt", "bolt");
  park("credential", "of cora", "cora");
  park("app", "of all", "cora");
  w.options.tenant = TenantId{"bolt"};
  const RunReport one = w.run();
  std::vector<std::string> tenants;
  for (const Resting& r : one.resting) {
    CHECK(r.news);
    tenants.push_back(r.tenant);
  }
  std::ranges::sort(tenants);
  CHECK(tenants == std::vector<std::string>{"bolt", "bolt", "cora"}); // the app rests for all
  CHECK(one.held == 1);
  REQUIRE(one.held_news.size() == 1);
  CHECK(one.held_news[0].tenant == "bolt");
  w.options.tenant.reset();
  const RunReport all = w.run();
  CHECK(std::ranges::count_if(all.resting, &Resting::news) == 3); // asha's and cora's items, cora's park
  CHECK(std::ranges::none_of(all.resting, [](const Resting& r) { return r.news && r.tenant == "bolt"; }));
  CHECK(all.held == 3);
  CHECK(all.held_news.size() == 2);
}

TEST_CASE("of many tenants with held items some are told of by each run, and each only once") {
  FakeWorld w;
  w.job = test::fake::job({test::fake::stage("post", false)});
  for (int t = 0; t < 30; ++t) {
    w.tenant("t" + std::to_string(10 + t));
    const std::string tenant = "t" + std::to_string(10 + t);
    w.item(std::to_string(t), "uncertain", tenant + ".example", tenant); // a host that breaks leaves no crowd
  }
  CHECK(w.run().held_news.size() == 20);
  CHECK(w.run().held_news.size() == 10);
  CHECK(w.run().held_news.empty());
}

TEST_CASE("the standing of the one tenant of a run is told, however many are before it") {
  FakeWorld w;
  for (int t = 0; t < 205; ++t) w.tenant("t" + std::to_string(1'000 + t));
  w.job.standing =
      test::sql("SELECT id AS tenant_id, slug, 'tenant.feed_stopped' AS reason, '[\"feed.gone_410\"]' AS args "
                "FROM tenants WHERE id <> 'operator' AND ($only = '' OR id = $only) ORDER BY slug LIMIT $limit");
  w.item("1", "ok", "h.example", "operator");
  w.options.tenant = TenantId{"t1204"};
  const RunReport r = w.run();
  REQUIRE(r.tenants.size() == 1);
  CHECK(r.tenants[0].slug == "t1204");
  CHECK(r.tenants[0].story == "feed stopped: the feed is gone (410)");
  CHECK_FALSE(r.cut);
}
