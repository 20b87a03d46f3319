// A dry run says what the next run does, by the same code; it leaves no trace, holds no lock and waits for none.
#include "support/fake_job.hpp"

#include <fstream>
#include <ostream>
#include <thread>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

struct World : FakeWorld {
  World() {
    for (const char* t : {"asha", "bolt"}) tenant(t);
    for (int i = 0; i < 7; ++i) item("go" + std::to_string(i));
    for (int i = 0; i < 3; ++i) item("snooze" + std::to_string(i), "ok", "h.example", "bolt", "snooze");
    for (int i = 0; i < 2; ++i) item("cancel" + std::to_string(i), "ok", "h.example", "bolt", "cancel");
    item("bug", "ok", "h.example", "bolt", "throw");
    item("no credential", "ok", "h.example", "bolt");
    item("crashed");
    item("gone");
    test::change(database, "UPDATE feeds SET first_poll = 'none' WHERE id = 'no credential'");
    test::change(database, "UPDATE ledger SET crashes = 1, suspects = 1 WHERE key = 'x:crashed'");
    test::change(database, "DELETE FROM feeds WHERE id = 'gone'");
  }
};

RunReport dry(FakeWorld& w, db::Database& d) { return dry_run(w.job, w.options, d, w.vault, w.clock); }
RunReport dry(FakeWorld& w) { return dry(w, w.database); }

// Outcome, reason and number of everything that ends without a call.
std::set<std::tuple<std::string, std::string, std::int64_t>> without_call(const RunReport& r) {
  std::set<std::tuple<std::string, std::string, std::int64_t>> out;
  for (const RunCount& c : r.counts)
    if (c.outcome != "done" && c.outcome != "would-run") out.emplace(c.outcome, c.reason.code(), c.items);
  return out;
}

std::string bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::function<void()> in_rule; // runs while the dry run holds its snapshot
Verdict ask(const Item&, Time) {
  if (in_rule) in_rule();
  return Go{};
}
constexpr Rule asking[] = {{"ask", ask}};

} // namespace

TEST_CASE("a dry run predicts the next run, count by count") {
  World w;
  const RunReport said = dry(w);
  CHECK(said.dry);
  CHECK(said.run.value.empty());
  CHECK(w.network.calls() == 0);
  CHECK(said.notes.at(0).text == "polls nothing");
  const RunReport real = w.run();
  CHECK(FakeWorld::items(said, "would-run") == 8);
  CHECK(FakeWorld::items(said, "would-run") == FakeWorld::items(real, "done"));
  CHECK(without_call(said) == without_call(real));
  CHECK(without_call(real).size() == 5);
  REQUIRE(said.tenants.size() == real.tenants.size());
}

TEST_CASE("a dry run leaves every byte of the database and says the same twice") {
  World w;
  const std::string before = bytes(w.path);
  {
    db::Sqlite reading(w.path, {.read_only = true});
    const RunReport first = dry(w, reading), second = dry(w, reading);
    CHECK(without_call(first) == without_call(second));
    CHECK(FakeWorld::items(first, "would-run") == FakeWorld::items(second, "would-run"));
  }
  CHECK(bytes(w.path) == before);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM runs") == 0);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM idle_runs") == 0);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM run_counts") == 0);
  CHECK(w.in_state("due") == 16);
}

TEST_CASE("a dry run sees what discover would find, and its rows are gone afterwards") {
  FakeWorld w;
  w.tenant("asha");
  for (int i = 0; i < 30; ++i) w.item(std::to_string(i));
  test::change(w.database, "DELETE FROM ledger");
  w.job.discovers_in = {{"feeds"}};
  w.job.stages[0].discover = [](Discovery& d) -> std::size_t {
    std::size_t n = 0;
    for (const db::Row& r : d.tx.query(test::sql("SELECT id FROM feeds WHERE tried_slot = ''"))) {
      d.enqueue("post", Key{"x", r.text("id")}, {"asha"}, d.now);
      d.tx.execute(test::sql("UPDATE feeds SET tried_slot = 's' WHERE id = $id"), {{"id", r.text("id")}});
      ++n;
    }
    return n;
  };
  CHECK(FakeWorld::items(dry(w), "would-run") == 30);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM ledger") == 0);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM feeds WHERE tried_slot <> ''") == 0);
  CHECK(FakeWorld::items(dry(w), "would-run") == 30);
}

TEST_CASE("a dry run looks at each row once, however many a tenant has") {
  FakeWorld w;
  w.tenant("asha");
  w.tenant("bela");
  w.database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < 1'203; ++i) w.item_in(tx, std::to_string(i), "ok", "h.example", i % 3 == 0 ? "bela" : "asha");
  });
  CHECK(FakeWorld::items(dry(w), "would-run") == 1'203);
  CHECK(w.in_state("due") == 1'203);
}

TEST_CASE("a dry run that writes to a table it has no copy of is refused") {
  FakeWorld w;
  w.tenant("asha");
  w.item("1");
  w.job.stages[0].discover = [](Discovery& d) -> std::size_t {
    d.tx.execute(test::sql("UPDATE feeds SET tried_slot = 's'"));
    return 0;
  };
  CHECK_THROWS_AS(dry(w), db::DatabaseError);
}

TEST_CASE("a dry run holds no lock: others write meanwhile, and it goes on with what it saw") {
  FakeWorld w;
  w.tenant("asha");
  w.item("1");
  w.item("2");
  w.job.stages[0].rules = asking;
  db::Sqlite other(w.path, {.busy_timeout = Millis(0)});
  int wrote = 0;
  in_rule = [&] {
    test::change(other, "UPDATE tenants SET name = name || 'x'"); // throws when it is locked
    test::change(other, "UPDATE ledger SET state = 'cancelled', reason = 'bug', finished_at = 1 WHERE key = 'x:2'");
    ++wrote;
  };
  const RunReport r = dry(w);
  in_rule = nullptr;
  CHECK(wrote == 2);
  CHECK(FakeWorld::items(r, "would-run") == 2);
}

TEST_CASE("a dry run waits for nobody's lock") {
  FakeWorld w;
  w.tenant("asha");
  w.item("1");
  db::Sqlite other(w.path, {});
  RunReport r;
  other.transact([&](db::Transaction&) { r = dry(w); });
  CHECK(FakeWorld::items(r, "would-run") == 1);
}

TEST_CASE("a dry run takes quota and places in its head, so that the next row sees them") {
  FakeWorld w;
  w.tenant("asha");
  for (int i = 0; i < 6; ++i) w.item(std::to_string(i));
  w.job.stages[0].plan = [](const Item& item, Time now) {
    Plan p = test::fake::plan(item, now);
    p.quota = {{.meter = "posts", .period = "2026-11", .amount = 1, .limit = 4, .again = now + Millis(3'600'000)}};
    return p;
  };
  const RunReport quota = dry(w);
  CHECK(FakeWorld::items(quota, "would-run") == 4);
  CHECK(FakeWorld::items(quota, "snoozed", "quota.used_up") == 2);
  w.job.stages[0].plan = [](const Item& item, Time now) {
    Plan p = test::fake::plan(item, now);
    p.pace = {{.key = "s", .interval = Millis(60'000), .reason = "pace.sender"}};
    return p;
  };
  const RunReport paced = dry(w);
  CHECK(FakeWorld::items(paced, "would-run") == 1);
  CHECK(FakeWorld::items(paced, "snoozed", "pace.sender") == 5);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM usage") == 0);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM paces") == 0);
}

TEST_CASE("a dry run of one tenant looks at that tenant alone") {
  World w;
  w.options.tenant = TenantId{"asha"};
  const RunReport r = dry(w);
  CHECK(FakeWorld::items(r, "would-run") == 8);
  CHECK(FakeWorld::items(r, "snoozed") == 0);
  REQUIRE(r.tenants.size() == 1);
  CHECK(r.tenants[0].slug == "asha");
}

TEST_CASE("an uncertain item is said to be looked up") {
  FakeWorld w;
  w.tenant("asha");
  w.item("1", "uncertain");
  w.run();
  w.clock.advance(Millis(60'000));
  const RunReport r = dry(w);
  CHECK(FakeWorld::items(r, "would-look-up") == 1);
  CHECK(w.state("1") == "uncertain");
}
