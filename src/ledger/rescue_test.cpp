// What a dead run left in flight, by table; what crashed together, in groups that are halved; and who is dead.
#include "support/ledger_world.hpp"
#include "support/temp_dir.hpp"

#include <csignal>
#include <ostream>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace milkrun;
using ledger::RunsFile;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis second{1'000}, lease{60'000};

Expected<Reconciled> never(const Item&, const Credentials&, const Outside&) { return Reconciled{}; }

enum class Sort { looks_up, repeats, holds, unknown };

std::vector<Stage> stages(Sort sort) {
  return {{.name = sort == Sort::unknown ? "of another version" : "post",
           .load = {},
           .reconcile = sort == Sort::looks_up ? never : nullptr,
           .repeats = sort == Sort::repeats}};
}

// A run that dies with its items in hand, brought as far as `step`.
enum class Step { begun, armed, looking_up };

struct World : LedgerWorld {
  ledger::RunRow dead = start();

  ledger::RunRow start() {
    return in([](db::Transaction& tx) { return ledger::start_run(tx, "publish", noon); });
  }
  void reach(const std::string& key, Step step, int alone = 0, int suspects = 0) {
    enqueue(key);
    if (step == Step::looking_up)
      test::change(*database,
                   "UPDATE ledger SET state = 'uncertain', uncertain_turn = 7, turn = 7, attempts = 1 WHERE key = $k",
                   {{"k", key}});
    test::change(*database, "UPDATE ledger SET crashes = $n, alone = $n, suspects = $s WHERE key = $k",
                 {{"n", alone}, {"s", suspects}, {"k", key}});
    const std::int64_t turn = take(key, dead.id, {.host = "h", .reserved = {{"posts", "2026-11"}}});
    if (step == Step::armed && !arm(key, dead.id, turn, noon + 60 * second)) throw std::logic_error("not armed");
  }
  std::vector<ledger::Rescued> rescue(Sort sort, bool own_job = true, bool crashed = true) {
    std::vector<ledger::Rescued> all;
    for (bool more = true; more;) {
      const auto some = in([&](db::Transaction& tx) {
        for (const ledger::RunRow& row : ledger::open_runs(tx))
          if (row.id == dead.id) dead = row;
        return ledger::rescue(tx, dead, own_job, stages(sort), crashed, noon + second);
      });
      all.insert(all.end(), some.begin(), some.end());
      more = own_job && static_cast<std::int64_t>(some.size()) == ledger::most_rescued;
    }
    return all;
  }
};

} // namespace

TEST_CASE("each thing a dead run can leave goes to its one state") {
  struct Row {
    Step step;
    Sort sort;
    int alone; // crashes before this one, at which nothing else was in flight
    const char* state;
    int attempts;
    bool quota; // what it reserved is kept
    Reason reason;
  };
  using enum Step;
  using enum Sort;
  const Reason before = "run.died_before_sending", after = "run.died_after_sending", poison = "run.crashed_twice";
  std::vector<Row> table;
  for (const Sort sort : {looks_up, repeats, holds, unknown})
    table.insert(table.end(), {{begun, sort, 0, "due", 0, false, before},
                               {begun, sort, 1, "discarded", 1, false, poison},
                               {begun, sort, 5, "discarded", 1, false, poison},
                               {looking_up, sort, 0, "uncertain", 1, true, "lookup.crashed"},
                               {looking_up, sort, 2, "uncertain", 1, true, "lookup.crashed"},
                               {looking_up, sort, 3, "held", 1, true, "lookup.crashed_often"}});
  table.insert(table.end(),
               {{armed, looks_up, 0, "uncertain", 1, true, after},
                {armed, looks_up, 9, "uncertain", 1, true, after}, // it may have happened: never thrown away
                {armed, unknown, 0, "uncertain", 1, true, after},
                {armed, holds, 0, "held", 1, true, after},
                {armed, holds, 1, "held", 1, true, after},
                {armed, repeats, 0, "due", 0, false, after},
                {armed, repeats, 1, "discarded", 1, false, poison}});
  for (const Row& row : table) {
    CAPTURE(static_cast<int>(row.step));
    CAPTURE(static_cast<int>(row.sort));
    CAPTURE(row.alone);
    World w;
    w.reach("x:1", row.step, row.alone, row.alone > 0 ? 1 : 0);
    const auto rescued = w.rescue(row.sort);
    REQUIRE(rescued.size() == 1);
    CHECK(rescued[0].key == Key{"x", "1"});
    CHECK(rescued[0].tenant == TenantId{"asha"});
    CHECK(rescued[0].decision.reason == row.reason);
    CHECK(rescued[0].decision.quota_stays == row.quota);
    REQUIRE(rescued[0].reserved.size() == 1); // for the caller to give back
    const db::Row r = w.row("x:1");
    const std::string state = row.state;
    CHECK(r.text("state") == state);
    CHECK(r.text("reason") == row.reason.code());
    CHECK(r.integer("crashes") == row.alone + 1);
    CHECK(r.integer("alone") == row.alone + 1);
    CHECK(r.integer("attempts") == row.attempts);
    CHECK(r.null("run_id"));
    CHECK(r.text("quota").empty() == !row.quota);
    CHECK(r.null("finished_at") == (state != "discarded"));
    CHECK(r.null("uncertain_turn") == (state != "uncertain" && state != "held"));
    if (row.step == looking_up) CHECK(r.integer("uncertain_turn") == 7); // the question stays the same
    if (row.step == armed && state == "uncertain") {
      CHECK(r.integer("uncertain_turn") == 1);
      CHECK(r.time("due_at") == noon + 60 * second); // not before the call's end
    }
    const db::Row lost = w.attempt("x:1", row.step == looking_up ? 8 : 1);
    CHECK(lost.text("outcome") == "lost");
    CHECK(lost.text("kind") == (row.step == looking_up ? "reconcile" : "work"));
    CHECK(lost.null("armed_at") == (row.step != armed));
    CHECK(lost.text("host") == "h");
    CHECK(test::rows(*w.database, "SELECT ended_by FROM runs").at(0).text("ended_by") == "rescued");
  }
}

TEST_CASE("what was in flight together is run again in groups, halved at each further crash, and nobody is poison for "
          "company") {
  World w;
  const auto crash = [&](int items, int suspects) { // so many in one run, all of which may run in groups of `suspects`
    test::change(*w.database, "DELETE FROM ledger");
    w.dead = w.start();
    for (int i = 0; i < items; ++i) w.reach("x:" + std::to_string(i), Step::begun, 0, suspects);
    CHECK(w.rescue(Sort::looks_up).size() == static_cast<std::size_t>(items));
    CHECK(test::number(*w.database, "SELECT count(*) AS n FROM ledger WHERE state = 'due'") == items);
    CHECK(test::number(*w.database, "SELECT sum(alone) AS n FROM ledger") == (items == 1 ? 1 : 0));
    CHECK(test::number(*w.database, "SELECT count(DISTINCT suspects) AS n FROM ledger") == 1);
    return test::number(*w.database, "SELECT min(suspects) AS n FROM ledger");
  };
  CHECK(crash(1'000, 0) == 32);
  CHECK(crash(32, 32) == 16);
  CHECK(crash(16, 16) == 8);
  CHECK(crash(8, 8) == 4);
  CHECK(crash(3, 4) == 1);
  CHECK(crash(2, 2) == 1);
  CHECK(crash(1, 1) == 1);
  CHECK(crash(40, 2) == 1); // beside others, against the rule: still no larger a group than before
}

TEST_CASE("the second crash alone is poison, whatever was in flight at the crashes before") {
  World w;
  w.reach("x:1", Step::begun, 0, 8);
  test::change(*w.database, "UPDATE ledger SET crashes = 5");
  w.rescue(Sort::looks_up);
  CHECK(w.state("x:1") == "due");
  CHECK(w.row("x:1").integer("alone") == 1);
  w.dead = w.start();
  REQUIRE(w.take("x:1", w.dead.id) == 2);
  w.rescue(Sort::looks_up);
  CHECK(w.state("x:1") == "discarded");
  CHECK(w.in([](db::Transaction& tx) {
    return ledger::retry(tx, "post", Key{"x", "1"}, noon);
  })); // an operator brings it back
  CHECK(w.state("x:1") == "due");
  CHECK(w.row("x:1").integer("alone") + w.row("x:1").integer("crashes") == 0);
}

TEST_CASE("what was in flight together stays that, however few another job's rescue has left") {
  World w;
  w.reach("x:1", Step::begun, 1, 1);
  w.enqueue("x:2");
  test::change(*w.database, "UPDATE ledger SET stage = 'other' WHERE key = 'x:2'");
  test::change(*w.database, "UPDATE ledger SET state = 'running', run_id = $r, begun_at = $n WHERE key = 'x:2'",
               {{"r", w.dead.id.value}, {"n", noon}});
  const std::vector<Stage> theirs{{.name = "other", .load = {}, .repeats = true}};
  CHECK(w.in([&](db::Transaction& tx) {
           return ledger::rescue(tx, w.dead, false, theirs, true, noon + second);
         }).size() == 1);
  CHECK(w.rescue(Sort::looks_up).size() == 1);
  CHECK(w.state("x:1") == "due"); // alone once; at this death there were two
  CHECK(w.row("x:1").integer("alone") == 1);
}

TEST_CASE("a run that its database failed counts against none of its items") {
  World w;
  w.reach("x:1", Step::begun, 1, 1);
  CHECK(w.rescue(Sort::looks_up, true, false).size() == 1);
  CHECK(w.state("x:1") == "due");
  CHECK(w.row("x:1").integer("crashes") == 1); // as before
  CHECK(w.row("x:1").integer("alone") == 1);
  CHECK(w.row("x:1").integer("suspects") == 1);
  World armed;
  armed.reach("x:1", Step::armed);
  CHECK(armed.rescue(Sort::looks_up, true, false).size() == 1);
  CHECK(armed.state("x:1") == "uncertain"); // what may have happened is in doubt all the same
  CHECK(armed.row("x:1").integer("crashes") == 0);
}

TEST_CASE("a run says in the file of runs that its database failed it, and its successor by number begins anew") {
  const test::TempDir dir;
  const std::string path = dir.file("runs");
  const RunsFile looker(path);
  CHECK_FALSE(looker.gave_up(7));
  {
    RunsFile owner(path);
    owner.hold(7);
    CHECK_FALSE(looker.gave_up(7));
    owner.give_up();
    CHECK_FALSE(looker.free(7));
  }
  CHECK(looker.gave_up(7));
  CHECK(looker.free(7));
  CHECK_FALSE(looker.gave_up(6));
  CHECK_FALSE(looker.gave_up(8));
  RunsFile again(path);
  again.hold(7);
  CHECK_FALSE(looker.gave_up(7));
}

TEST_CASE("a rescue touches the dead run's rows alone, and a second one finds nothing") {
  World w;
  w.reach("x:1", Step::begun);
  w.enqueue("x:2");
  REQUIRE(w.take("x:2", {"alive"}) == 1);
  CHECK(w.rescue(Sort::looks_up).size() == 1);
  CHECK(w.state("x:2") == "running");
  CHECK(w.rescue(Sort::looks_up).empty());
  CHECK_FALSE(
      w.in([&](db::Transaction& tx) { return ledger::heartbeat(tx, w.dead.id, noon); })); // it learns that it is dead
}

TEST_CASE(
    "of another job's dead run only the items of a stage both have are rescued, and its row stays its own job's") {
  World w;
  w.reach("x:1", Step::begun);
  const auto holds = [&](Sort sort) {
    return w.in([&](db::Transaction& tx) { return ledger::holds_any(tx, w.dead.id, stages(sort)); });
  };
  CHECK_FALSE(holds(Sort::unknown));
  CHECK(holds(Sort::looks_up));
  CHECK(w.rescue(Sort::unknown, false).empty());
  CHECK(w.rescue(Sort::looks_up, false).size() == 1);
  CHECK_FALSE(holds(Sort::looks_up));
  CHECK(w.in([](db::Transaction& tx) { return ledger::open_runs(tx); }).size() == 1);
}

TEST_CASE("on another machine a run is dead when its heartbeat is older than the lease, and not a moment before") {
  World w;
  const test::TempDir dir;
  const RunsFile file(dir.file("runs"));
  w.dead.host = "elsewhere";
  CHECK_FALSE(ledger::is_dead(w.dead, file, noon + lease, lease));
  CHECK(ledger::is_dead(w.dead, file, noon + lease + Millis(1), lease));
  CHECK(w.in([&](db::Transaction& tx) { return ledger::heartbeat(tx, w.dead.id, noon + lease); }));
  const ledger::RunRow again = w.in([](db::Transaction& tx) { return ledger::open_runs(tx); }).at(0);
  CHECK(again.id == w.dead.id);
  CHECK_FALSE(ledger::is_dead(again, RunsFile(""), noon + 2 * lease, lease)); // nor without a file
  w.in([&](db::Transaction& tx) { ledger::end_run(tx, w.dead.id, 0, "finished", noon); });
  CHECK(w.in([](db::Transaction& tx) { return ledger::open_runs(tx); }).empty());
  CHECK_FALSE(w.in([&](db::Transaction& tx) { return ledger::heartbeat(tx, w.dead.id, noon); }));
}

TEST_CASE("on this machine the byte alone decides, however late the heartbeat of a process that runs") {
  const test::TempDir dir;
  const std::string path = dir.file("runs");
  World w;
  {
    RunsFile owner(path);
    const RunsFile looker(path);
    CHECK(looker.free(w.dead.number)); // no file yet: nobody holds anything
    CHECK(ledger::is_dead(w.dead, looker, noon, lease));
    owner.hold(w.dead.number);
    CHECK_FALSE(looker.free(w.dead.number));
    CHECK_FALSE(owner.free(w.dead.number)); // nor does the owner take itself for dead
    CHECK(looker.free(w.dead.number + 1));
    CHECK_FALSE(ledger::is_dead(w.dead, looker, noon, lease));
    RunsFile twin(path);
    CHECK_THROWS_AS(twin.hold(w.dead.number), db::DatabaseError);
    CHECK_FALSE(ledger::is_dead(w.dead, looker, noon + 100 * lease, lease)); // a locked database keeps it from beating
  }
  CHECK(ledger::is_dead(w.dead, RunsFile(path), noon, lease));
}

TEST_CASE(
    "the kernel frees the byte of a process that is killed; one that is stopped past its lease is as good as dead") {
  const test::TempDir dir;
  const std::string path = dir.file("runs");
  int held[2];
  REQUIRE(pipe(held) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    RunsFile file(path);
    file.hold(1);
    const char ready = 'y';
    if (write(held[1], &ready, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char ready = 0;
  REQUIRE(read(held[0], &ready, 1) == 1);
  World w;
  w.dead.pid = child;
  const RunsFile file(path);
  CHECK_FALSE(file.free(1));
  CHECK(file.free(2));
  CHECK_FALSE(ledger::is_dead(w.dead, file, noon + 2 * lease, lease));
  REQUIRE(kill(child, SIGSTOP) == 0);
  REQUIRE(waitpid(child, nullptr, WUNTRACED) == child);
  CHECK_FALSE(ledger::is_dead(w.dead, file, noon + lease, lease));
  CHECK(ledger::is_dead(w.dead, file, noon + 2 * lease, lease));
  REQUIRE(kill(child, SIGKILL) == 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(file.free(1));
  CHECK(ledger::is_dead(w.dead, file, noon, lease));
  close(held[0]);
  close(held[1]);
}

TEST_CASE("run numbers count up and idle runs share one row") {
  LedgerWorld w;
  for (int i = 1; i <= 3; ++i)
    CHECK(w.in([](db::Transaction& tx) { return ledger::start_run(tx, "publish", noon); }).number == i);
  for (int i = 0; i < 4; ++i) w.in([&](db::Transaction& tx) { ledger::note_idle(tx, "publish", noon + i * second); });
  CHECK(test::number(*w.database, "SELECT times AS n FROM idle_runs") == 4);
  CHECK(test::number(*w.database, "SELECT last_at AS n FROM idle_runs") == to_ms(noon + 3 * second));
}

TEST_CASE("a count is added to, keeps its earliest next time and shows the last sample") {
  World w;
  const auto tell = [&](std::int64_t items, std::optional<Time> next, const char* sample) {
    w.in([&](db::Transaction& tx) {
      ledger::tell(tx, w.dead.id,
                   {.tenant = {"asha"},
                    .stage = "post",
                    .outcome = "retry",
                    .reason = Reason("parked", {"host", "x"}),
                    .items = items,
                    .next_at = next,
                    .sample = sample});
    });
    return test::rows(*w.database, "SELECT * FROM run_counts").at(0);
  };
  tell(2, std::nullopt, "a");
  tell(3, noon + second, "b");
  tell(4, noon, "c");
  const db::Row r = tell(5, noon + 9 * second, "d");
  CHECK(r.integer("items") == 14);
  CHECK(r.time("next_at") == noon);
  CHECK(r.text("sample") == "d");
  CHECK(r.text("reason") == "parked");
  CHECK(r.text("args") == R"(["host","x"])");
  CHECK(tell(1, std::nullopt, "e").time("next_at") == noon);
}
