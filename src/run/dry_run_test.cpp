// A dry run says what the next run does, by the same code, and leaves no trace.
#include "support/fake_job.hpp"

#include <fstream>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;

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
    test::change(database, "UPDATE ledger SET crashes = 1 WHERE key = 'x:crashed'");
    test::change(database, "DELETE FROM feeds WHERE id = 'gone'");
  }
};

using Count = std::tuple<std::string, std::string, std::int64_t>;

// Outcome, reason and number of everything that ends without a call.
std::set<Count> without_call(const RunReport& r) {
  std::set<Count> out;
  for (const RunCount& c : r.counts)
    if (c.outcome != "done" && c.outcome != "would-run") out.emplace(c.outcome, c.reason, c.items);
  return out;
}

std::string bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("a dry run predicts the next run, count by count") {
  World w;
  const RunReport dry = dry_run(w.job, w.options, w.database, w.vault, w.clock);
  CHECK(dry.dry);
  CHECK(dry.run.value.empty());
  CHECK(w.network.calls() == 0);
  CHECK(dry.notes.at(0).text == "polls nothing");
  const RunReport real = w.run();
  CHECK(FakeWorld::items(dry, "would-run") == 8);
  CHECK(FakeWorld::items(dry, "would-run") == FakeWorld::items(real, "done"));
  CHECK(without_call(dry) == without_call(real));
  CHECK(without_call(real).size() == 5);
  REQUIRE(dry.tenants.size() == real.tenants.size());
}

TEST_CASE("a dry run leaves every byte of the database and says the same twice") {
  World w;
  const std::string before = bytes(w.path);
  RunReport first;
  {
    db::Sqlite reading(w.path, {.read_only = true});
    first = dry_run(w.job, w.options, reading, w.vault, w.clock);
    const RunReport second = dry_run(w.job, w.options, reading, w.vault, w.clock);
    CHECK(without_call(first) == without_call(second));
    CHECK(FakeWorld::items(first, "would-run") == FakeWorld::items(second, "would-run"));
  }
  CHECK(bytes(w.path) == before);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM runs") == 0);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM idle_runs") == 0);
  CHECK(w.in_state("due") == 16);
}

TEST_CASE("a dry run of one tenant looks at that tenant alone") {
  World w;
  w.options.tenant = TenantId{"asha"};
  const RunReport r = dry_run(w.job, w.options, w.database, w.vault, w.clock);
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
  const RunReport r = dry_run(w.job, w.options, w.database, w.vault, w.clock);
  CHECK(FakeWorld::items(r, "would-look-up") == 1);
  CHECK(w.state("1") == "uncertain");
}
