// Retention: what is over for long enough goes, in small steps; what waits, is held or is young stays.
#include "ledger/prune.hpp"
#include "support/ledger_world.hpp"
#include "support/temp_dir.hpp"

#include "db/migrate.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis day{24LL * 3'600'000};

std::int64_t rows_in(db::Database& d, const char* table) {
  const std::string text = std::string("SELECT count(*) AS n FROM ") + table;
  std::int64_t n = 0;
  d.transact([&](db::Transaction& tx) { n = tx.one(db::Statement{"count", text})->integer("n"); });
  return n;
}

// A row of the ledger in a state, finished (if it is) and tried so long ago.
void old_row(db::Transaction& tx, const std::string& key, const char* state, Millis ago) {
  const bool over = std::string_view(state) == "done" || std::string_view(state) == "cancelled" ||
                    std::string_view(state) == "discarded";
  tx.execute(test::sql("INSERT INTO ledger (stage, key, tenant_id, state, due_at, reason, uncertain_turn, run_id, "
                       "created_at, finished_at) "
                       "VALUES ('post', $key, 'asha', $state, 0, 'bug', 1, CASE WHEN $state = 'running' THEN 'r' END, "
                       "0, $finished)"),
             {{"key", key}, {"state", state}, {"finished", over ? db::Value(to_ms(noon - ago)) : db::Value()}});
}

void old_attempt(db::Transaction& tx, const std::string& key, Millis ago) {
  tx.execute(
      test::sql("INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, finished_at, outcome) "
                "VALUES ('post', $key, 1, 'asha', 'r', 'work', $at, $at, 'done')"),
      {{"key", key}, {"at", noon - ago}});
}

// A run that began so long ago; open: it never ended.
void old_run(db::Transaction& tx, int number, Millis ago, int counts, bool open = false) {
  const std::string id = "run" + std::to_string(number);
  tx.execute(
      test::sql("INSERT INTO runs (id, number, job, host, pid, started_at, heartbeat_at, ended_at) "
                "VALUES ($id, $n, 'j', 'h', 1, $at, $at, $ended)"),
      {{"id", id}, {"n", number}, {"at", noon - ago}, {"ended", open ? db::Value() : db::Value(to_ms(noon - ago))}});
  for (int i = 0; i < counts; ++i)
    tx.execute(test::sql("INSERT INTO run_counts (run_id, tenant_id, stage, outcome, reason, args, items) VALUES ($id, "
                         "$t, 'post', 'done', '', '[]', 1)"),
               {{"id", id}, {"t", std::to_string(i)}});
}

void usage(db::Transaction& tx, const std::string& meter, const char* period, std::int64_t reserved = 0) {
  tx.execute(test::sql("INSERT INTO usage (tenant_id, meter, period, used, reserved) VALUES ('asha', $m, $p, 1, $r)"),
             {{"m", meter}, {"p", period}, {"r", reserved}});
}

} // namespace

TEST_CASE("what is over for 90 days leaves the ledger, what waits or is in doubt never does") {
  LedgerWorld w;
  w.in([](db::Transaction& tx) {
    for (const char* state : {"due", "running", "uncertain", "held", "done", "cancelled", "discarded"}) {
      old_row(tx, std::string("x:old ") + state, state, 90 * day);
      old_row(tx, std::string("x:young ") + state, state, 90 * day - Millis(1));
    }
  });
  const ledger::Pruned p = ledger::prune(*w.database, noon);
  CHECK(p.items == 3);
  CHECK(p.rows() == 3);
  for (const char* state : {"due", "running", "uncertain", "held"})
    CHECK(w.state(std::string("x:old ") + state) == state);
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM ledger WHERE finished_at IS NOT NULL") == 3);
}

TEST_CASE("history and runs stay for 400 days, with what they told; a run that never ended stays for its rescue") {
  LedgerWorld w;
  w.in([](db::Transaction& tx) {
    old_attempt(tx, "x:old", 400 * day);
    old_attempt(tx, "x:young", 400 * day - Millis(1));
    old_run(tx, 1, 500 * day, 3, true);
    old_run(tx, 2, 450 * day, 3);
    old_run(tx, 3, 400 * day, 3);
    old_run(tx, 4, 400 * day - Millis(1), 3);
  });
  const ledger::Pruned p = ledger::prune(*w.database, noon);
  CHECK(p.attempts == 1);
  CHECK(p.runs == 2);
  CHECK(p.counts == 6);
  CHECK(rows_in(*w.database, "attempts") == 1);
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM runs WHERE number IN (1, 4)") == 2);
  CHECK(rows_in(*w.database, "runs") == 2);
  CHECK(rows_in(*w.database, "run_counts") == 6);
}

TEST_CASE("counters of days and contacts go after 40 days, those of months and what is reserved stay") {
  LedgerWorld w;
  w.in([](db::Transaction& tx) {
    usage(tx, "messages", "2024-01");
    usage(tx, "messages a day", "2026-10-09"); // 43 days before 2026-11-21
    usage(tx, "messages a day", "2026-10-12"); // 40
    usage(tx, "messages to contact 7", "2025-01-01");
    usage(tx, "messages to contact 8", "2025-01-01", 1);
  });
  CHECK(ledger::prune(*w.database, noon).counters == 2);
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM usage WHERE period IN ('2024-01', '2026-10-12')") == 2);
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM usage WHERE reserved = 1") == 1);
}

namespace {

void old_act(db::Transaction& tx, const char* id, Millis ago) {
  tx.execute(test::sql("INSERT INTO operator_acts (id, at, os_user, verb, tenant_id, from_state, to_state) "
                       "VALUES ($id, $at, 'root', 'items drop', 'asha', 'held', 'cancelled')"),
             {{"id", id}, {"at", noon - ago}});
}

} // namespace

TEST_CASE("an operator may delete earlier, but never what operators did; and asks first how much it is") {
  LedgerWorld w;
  w.in([](db::Transaction& tx) {
    old_row(tx, "x:1", "done", 30 * day);
    old_row(tx, "x:2", "done", 29 * day);
    old_attempt(tx, "x:1", 31 * day);
    old_run(tx, 1, 60 * day, 1, true);
    old_run(tx, 2, 40 * day, 2);
    old_run(tx, 3, 20 * day, 2);
    old_run(tx, 4, 50 * day, 2); // out of its order: an older machine's clock
    usage(tx, "messages a day", "2026-10-15");
    old_act(tx, "a", 399 * day);
    old_act(tx, "b", 400 * day);
  });
  const auto ages = ledger::Ages::all(30 * day);
  ledger::Pruned would;
  w.database->read([&](db::Transaction& tx) { would = ledger::prunable(tx, noon, ages); });
  CHECK(rows_in(*w.database, "runs") == 4);
  const ledger::Pruned p = ledger::prune(*w.database, noon, ages);
  CHECK(p.items == 1);
  CHECK(p.attempts == 1);
  CHECK(p.runs == 1);
  CHECK(p.counts == 2);
  CHECK(p.counters == 1);
  CHECK(p.acts == 1);
  CHECK(would.items == p.items);
  CHECK(would.attempts == p.attempts);
  CHECK(would.runs == p.runs);
  CHECK(would.counts == p.counts);
  CHECK(would.counters == p.counters);
  CHECK(would.acts == p.acts);
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM operator_acts WHERE id = 'a'") == 1);
}

TEST_CASE("no transaction deletes more than 500 rows, and beside 100,000 of them a writer waits for one step only") {
  const test::TempDir dir;
  db::Sqlite database(dir.file("milkrun.db"), {.create = true});
  db::initialise(database);
  test::add_tenants(database, {"asha"});
  database.transact([](db::Transaction& tx) {
    for (int i = 0; i < 60'000; ++i) old_row(tx, "x:" + std::to_string(i), "done", 100 * day);
    for (int i = 0; i < 34'000; ++i) old_attempt(tx, "x:" + std::to_string(i), 500 * day);
    for (int i = 0; i < 3; ++i) old_run(tx, i + 1, 500 * day, 1'500);
    for (int i = 0; i < 1'500; ++i) usage(tx, "messages to contact " + std::to_string(i), "2025-01-01");
    for (int i = 0; i < 500; ++i) old_row(tx, "x:waits" + std::to_string(i), "due", {});
  });
  std::int64_t steps = 0, all = 0;
  for (;;) {
    ledger::Pruned some;
    database.transact([&](db::Transaction& tx) { some = ledger::prune_some(tx, noon); });
    if (some.rows() == 0) break;
    CHECK(some.rows() <= ledger::most_pruned);
    all += some.rows();
    ++steps;
  }
  CHECK(all == 60'000 + 34'000 + 3 + 4'500 + 1'500);
  CHECK(steps <= all / ledger::most_pruned + 12); // and none of them does little
  CHECK(rows_in(database, "ledger") == 500);
  CHECK(rows_in(database, "attempts") + rows_in(database, "runs") + rows_in(database, "run_counts") +
            rows_in(database, "usage") ==
        0);
}

TEST_CASE("it is done once a day, goes on in the next run when it was too much, and ends when it is told to") {
  LedgerWorld w;
  const auto add = [&](int from, int to) {
    w.in([&](db::Transaction& tx) {
      for (int i = from; i < to; ++i) old_row(tx, "x:" + std::to_string(i), "done", 100 * day);
    });
  };
  add(0, 100'200);
  CHECK(ledger::prune_daily(*w.database, noon));
  CHECK(rows_in(*w.database, "ledger") == 200);
  CHECK(ledger::prune_daily(*w.database, noon + Millis(1)));
  CHECK(rows_in(*w.database, "ledger") == 0);
  add(0, 3);
  CHECK_FALSE(ledger::prune_daily(*w.database, noon + day));
  CHECK(rows_in(*w.database, "ledger") == 3);
  std::stop_source stop;
  stop.request_stop();
  CHECK(ledger::prune_daily(*w.database, noon + day + Millis(1), stop.get_token()));
  CHECK(rows_in(*w.database, "ledger") == 3);
  CHECK(ledger::prune_daily(*w.database, noon + day + Millis(1))); // the stop left it for the next run
  CHECK(rows_in(*w.database, "ledger") == 0);
}
