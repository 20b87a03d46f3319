// What a dead run left, by table; and who is dead.
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

Job job(std::string_view name, std::string_view stage) {
  return {.name = name, .help = "", .stages = {{.name = stage, .load = {}}}, .report = {}, .preview = {}};
}

// A run that dies with x:1 in hand, brought as far as `step`.
enum class Step { claimed, begun, armed, reconciling };

struct World : LedgerWorld {
  ledger::RunRow dead;
  World() {
    dead = in([](db::Transaction& tx) { return ledger::start_run(tx, "publish", noon); });
    enqueue("x:1");
  }
  void reach(Step step, int crashes) {
    if (step == Step::reconciling)
      test::change(*database, "UPDATE ledger SET state = 'uncertain', uncertain_attempt = 'a0', attempts = 1");
    test::change(*database, "UPDATE ledger SET crashes = $n", {{"n", crashes}});
    if (crashes == 0)
      REQUIRE(claim(dead.id).size() == 1);
    else
      REQUIRE(in([&](db::Transaction& tx) { return ledger::claim_crashed(tx, "post", {}, dead.id, noon); }).size() ==
              1);
    in([&](db::Transaction& tx) {
      tx.execute(
          test::sql("INSERT INTO usage (tenant_id, meter, period, reserved) VALUES ('asha', 'posts', '2026-11', 1)"));
      tx.execute(test::sql("INSERT INTO reservations (stage, key, meter, tenant_id, period, amount) "
                           "VALUES ('post', 'x:1', 'posts', 'asha', '2026-11', 1)"));
    });
    if (step == Step::claimed) return;
    REQUIRE(begin("x:1", dead.id, "a1", step != Step::reconciling).has_value());
    if (step == Step::armed) REQUIRE(arm("a1", noon + 60 * second));
  }
  std::vector<ledger::Rescued> rescue(Sort sort) {
    return in([&](db::Transaction& tx) { return ledger::rescue(tx, dead, stages(sort), noon + second); });
  }
  bool is_dead(const RunsFile& file, Time now) {
    return in([&](db::Transaction& tx) {
             return ledger::dead_runs(tx, job("publish", "post"), file, now, lease);
           }).size() == 1;
  }
};

} // namespace

TEST_CASE("each thing a dead run can leave goes to its one state") {
  struct Row {
    Step step;
    Sort sort;
    int crashes; // before this one
    const char* state;
    int crashes_after;
    int attempts;
    bool quota;         // the reservation is kept
    const char* reason; // "" : nothing happened to it
  };
  using enum Step;
  using enum Sort;
  const char *before = "run.died_before_sending", *after = "run.died_after_sending",
             *poison = "run.crashed_twice";
  std::vector<Row> table;
  for (const Sort sort : {looks_up, repeats, holds, unknown}) {
    table.insert(table.end(), {{claimed, sort, 0, "due", 0, 0, false, ""},
                               {claimed, sort, 1, "due", 1, 0, false, ""},
                               {claimed, sort, 9, "due", 9, 0, false, ""},
                               {begun, sort, 0, "due", 1, 0, false, before},
                               {begun, sort, 1, "discarded", 2, 1, false, poison},
                               {begun, sort, 5, "discarded", 6, 1, false, poison},
                               {reconciling, sort, 0, "uncertain", 1, 1, true, "lookup.crashed"},
                               {reconciling, sort, 2, "uncertain", 3, 1, true, "lookup.crashed"},
                               {reconciling, sort, 3, "held", 4, 1, true, "lookup.crashed_often"}});
  }
  table.insert(table.end(),
               {{armed, looks_up, 0, "uncertain", 1, 1, true, after},
                {armed, looks_up, 1, "uncertain", 2, 1, true, after}, // it may have happened: never thrown away
                {armed, unknown, 0, "uncertain", 1, 1, true, after},
                {armed, holds, 0, "held", 1, 1, true, after},
                {armed, holds, 1, "held", 2, 1, true, after},
                {armed, repeats, 0, "due", 1, 0, false, after},
                {armed, repeats, 1, "discarded", 2, 1, false, poison}});
  for (const Row& row : table) {
    CAPTURE(static_cast<int>(row.step));
    CAPTURE(static_cast<int>(row.sort));
    CAPTURE(row.crashes);
    World w;
    w.reach(row.step, row.crashes);
    const auto rescued = w.rescue(row.sort);
    REQUIRE(rescued.size() == 1);
    CHECK(rescued[0].item.key == "x:1");
    CHECK(rescued[0].decision.reason.code() == row.reason);
    const db::Row r = w.row("x:1");
    CHECK(r.text("state") == row.state);
    CHECK(r.integer("crashes") == row.crashes_after);
    CHECK(r.integer("attempts") == row.attempts);
    CHECK(r.null("run_id"));
    CHECK(r.null("attempt_id"));
    CHECK(test::number(*w.database, "SELECT count(*) AS n FROM reservations") == (row.quota ? 1 : 0));
    CHECK(test::number(*w.database, "SELECT reserved AS n FROM usage") == (row.quota ? 1 : 0));
    const std::string state = row.state;
    CHECK(r.null("uncertain_attempt") == (state != "uncertain" && state != "held"));
    if (row.step == reconciling) CHECK(r.text("uncertain_attempt") == "a0"); // the question stays the same
    if (row.step == armed && state == "uncertain")
      CHECK(r.time("due_at") == noon + 60 * second); // not before the call's end
    if (row.step != claimed) CHECK(w.attempt("a1").text("outcome") == "lost");
    CHECK(test::rows(*w.database, "SELECT ended_by FROM runs").at(0).text("ended_by") == "rescued");
  }
}

TEST_CASE("a claimed uncertain row goes back uncertain") {
  World w;
  test::change(*w.database, "UPDATE ledger SET state = 'uncertain', uncertain_attempt = 'a0'");
  REQUIRE(w.claim(w.dead.id).size() == 1);
  w.rescue(Sort::looks_up);
  CHECK(w.state("x:1") == "uncertain");
  CHECK(w.row("x:1").text("uncertain_attempt") == "a0");
}

TEST_CASE("a rescue touches the dead run's rows alone, and a second one finds nothing") {
  World w;
  w.reach(Step::begun, 0);
  w.enqueue("x:2");
  REQUIRE(w.claim({"alive"}).size() == 1);
  CHECK(w.rescue(Sort::looks_up).size() == 1);
  CHECK(w.state("x:2") == "running");
  CHECK(w.rescue(Sort::looks_up).empty());
  CHECK_FALSE(
      w.in([&](db::Transaction& tx) { return ledger::heartbeat(tx, w.dead.id, noon); })); // and it knows it is dead
}

TEST_CASE("a run is dead when its heartbeat is older than the lease, and not a moment before") {
  World w;
  const RunsFile none("");
  CHECK_FALSE(w.is_dead(none, noon));
  CHECK_FALSE(w.is_dead(none, noon + lease));
  CHECK(w.is_dead(none, noon + lease + Millis(1)));
  CHECK(w.in([&](db::Transaction& tx) { return ledger::heartbeat(tx, w.dead.id, noon + lease); }));
  CHECK_FALSE(w.is_dead(none, noon + 2 * lease));
  w.in([&](db::Transaction& tx) { ledger::end_run(tx, w.dead.id, 0, "finished", noon); });
  CHECK_FALSE(w.is_dead(none, noon + 100 * lease)); // it ended, it did not die
}

TEST_CASE("of another job's dead run only the items of a stage both have are rescued") {
  World w;
  w.reach(Step::begun, 0);
  const auto dead_for = [&](const Job& j) {
    return w.in([&](db::Transaction& tx) { return ledger::dead_runs(tx, j, RunsFile(""), noon + 9 * lease, lease); });
  };
  CHECK(dead_for(job("deliver", "deliver")).empty());
  const auto shared = dead_for(job("deliver", "post"));
  REQUIRE(shared.size() == 1);
  CHECK_FALSE(shared[0].own_job);
  const auto rescue = [&](const Job& j) {
    return w.in([&](db::Transaction& tx) { return ledger::rescue(tx, shared[0], j.stages, noon); });
  };
  CHECK(rescue(job("deliver", "deliver")).empty());
  CHECK(rescue(job("deliver", "post")).size() == 1);
  CHECK(dead_for(job("deliver", "post")).empty());     // nothing of it is left there
  CHECK(dead_for(job("publish", "post")).size() == 1); // its own job still ends its row
}

TEST_CASE("a held byte proves life to every other opener of the file, in this process too") {
  const test::TempDir dir;
  const std::string path = dir.file("runs");
  World w;
  {
    RunsFile owner(path);
    const RunsFile looker(path);
    CHECK(looker.free(w.dead.number)); // no file yet: nobody holds anything
    CHECK(w.is_dead(looker, noon));
    owner.hold(w.dead.number);
    CHECK_FALSE(looker.free(w.dead.number));
    CHECK_FALSE(owner.free(w.dead.number)); // nor does the owner take itself for dead
    CHECK(looker.free(w.dead.number + 1));
    CHECK_FALSE(w.is_dead(looker, noon));
    RunsFile twin(path);
    CHECK_THROWS_AS(twin.hold(w.dead.number), db::DatabaseError);
    CHECK(w.is_dead(looker, noon + lease + Millis(1))); // stopped, not dead: but its lease is over
  }
  CHECK(w.is_dead(RunsFile(path), noon));
}

TEST_CASE("the kernel frees the byte of a process that is killed") {
  const test::TempDir dir;
  const std::string path = dir.file("runs");
  int held[2];
  REQUIRE(pipe(held) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    RunsFile file(path);
    file.hold(7);
    const char ready = 'y';
    if (write(held[1], &ready, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char ready = 0;
  REQUIRE(read(held[0], &ready, 1) == 1);
  const RunsFile file(path);
  CHECK_FALSE(file.free(7));
  CHECK(file.free(8));
  REQUIRE(kill(child, SIGKILL) == 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(file.free(7));
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
