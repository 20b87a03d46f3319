// Killed between the small steps in which old rows leave: what is too old goes all the same, and nothing else does.
#include "e2e/database.hpp"
#include "e2e/kill_campaign.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun::e2e;

namespace {

// A year of history, in more rows than a step takes; and the day's pruning is due.
constexpr const char* aged = R"(
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    INSERT INTO ledger (stage, key, tenant_id, state, due_at, turn, created_at, finished_at)
      SELECT 'poll-feed', 'feed:old' || n.i || ':x', t.id, 'done', 0, 1, 0, 1 FROM n, tenants t WHERE t.slug = 'chai';
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, finished_at, outcome)
      SELECT 'poll-feed', 'feed:old' || n.i || ':x', 1, t.id, 'old', 'work', 1, 1, 'done' FROM n, tenants t WHERE t.slug = 'chai';
  UPDATE chores SET done_at = 0 WHERE name = 'prune')";
// A run has something to do: the feed's slot is over.
constexpr const char* next_slot = R"(
  UPDATE feeds SET slot_ends_at = NULL, tried_slot = '';
  DELETE FROM attempts WHERE stage = 'poll-feed' AND key NOT LIKE 'feed:old%';
  DELETE FROM ledger WHERE stage = 'poll-feed' AND key NOT LIKE 'feed:old%')";

// All that is not old.
std::string young(const DatabaseFile& db) {
  std::string out;
  for (const char* rows : {"SELECT stage || key || state AS row FROM ledger WHERE key NOT LIKE 'feed:%' ORDER BY row",
                           "SELECT stage || key || turn AS row FROM attempts WHERE key NOT LIKE 'feed:%' ORDER BY row",
                           "SELECT id || state AS row FROM articles ORDER BY row"})
    for (const Row& row : db.query(rows)) out += row.at("row") + "\n";
  return out;
}

} // namespace

TEST_CASE("killed at any step of the pruning, what is old leaves in the end and nothing else does") {
  const Bench bench(publishing(true));
  bench.fresh();
  REQUIRE(sentences(bench.bring_home()) == "");
  const DatabaseFile db(bench.database());
  const std::string kept = young(db);
  REQUIRE(!kept.empty());
  for (const std::vector<std::string>& points : {std::vector<std::string>{"prune.before"},
                                                 {"prune.after"},
                                                 {"prune.before:3"},
                                                 {"prune.after:4"},
                                                 {"prune.done"},
                                                 {"prune.after:2", "prune.after:2"}}) {
    db.change(aged);
    std::int64_t before = 2400;
    for (const std::string& point : points) {
      INFO("killed at ", point);
      db.change(next_slot);
      REQUIRE(bench.live_and_die({.point = point}));
      const std::int64_t now = db.number("SELECT (SELECT count(*) FROM ledger WHERE key LIKE 'feed:old%') + "
                                         "(SELECT count(*) FROM attempts WHERE key LIKE 'feed:old%')");
      CHECK(now <= before);
      if (point != "prune.before") CHECK(now < before);
      before = now;
      CHECK(db.number("SELECT count(*) FROM chores WHERE name = 'prune' AND done_at = 0") == 1); // not done yet
      CHECK(young(db) == kept);
    }
    db.change(next_slot);
    REQUIRE(sentences(bench.bring_home()) == "");
    CHECK(db.number("SELECT count(*) FROM ledger WHERE key LIKE 'feed:old%'") == 0);
    CHECK(db.number("SELECT count(*) FROM attempts WHERE key LIKE 'feed:old%'") == 0);
    CHECK(db.number("SELECT count(*) FROM chores WHERE name = 'prune' AND done_at > 0") == 1);
    CHECK(young(db) == kept);
    CHECK(sentences(bench.judged()) == "");
  }
}
