// A run that died, or was stopped past its lease: what another run makes of it, and what its own late answer still
// does.
#include "support/fake_job.hpp"

#include <ostream>
#include <thread>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

constexpr Millis minute{60'000};

struct World : FakeWorld {
  World() { tenant("asha"); }

  // A run that claims and begins the item and then is no more: its byte is free.
  void die_with(const std::string& id, bool armed) {
    database.transact([&](db::Transaction& tx) {
      const ledger::RunRow dead = ledger::start_run(tx, "fake", clock.now());
      const Item item{.stage = "post", .key = "x:" + id, .tenant = {"asha"}, .attempt = 1, .row = {}};
      auto claimed = ledger::claim(tx, "post", {"asha"}, dead.id, clock.now(), 1);
      if (claimed.empty()) claimed = ledger::claim_crashed(tx, "post", {}, dead.id, clock.now());
      REQUIRE(claimed.size() == 1);
      const AttemptId attempt{"a" + std::to_string(dead.number)};
      REQUIRE(ledger::begin(tx, item, dead.id, {.attempt = attempt, .host = "h.example"}, clock.now()).has_value());
      if (armed) REQUIRE(ledger::arm(tx, attempt, "digest", clock.now(), clock.now() + minute));
    });
  }
  // The run that lives now has not been heard of for longer than its lease, and another run comes by.
  RunReport stall_and_run_another() {
    test::change(database, "UPDATE runs SET heartbeat_at = heartbeat_at - 61000 WHERE ended_at IS NULL");
    return run();
  }
};

} // namespace

TEST_CASE(
    "an item that was begun and not sent runs again, alone; at its second crash it is poison and its stage is told") {
  World w;
  w.item("1");
  w.die_with("1", false);
  RunReport r = w.run();
  CHECK(r.rescued == 1);
  CHECK(FakeWorld::items(r, "due", "run.died_before_sending") == 1);
  CHECK(w.state("1") == "done");
  CHECK(w.ledger_row("1").integer("crashes") == 0);

  World again;
  again.item("1");
  again.die_with("1", false);
  again.network.answer = [](const http::Request&) -> Expected<http::Response> {
    throw db::DatabaseError(db::DatabaseError::Kind::broken, "power");
  };
  CHECK_THROWS_AS(again.run(), db::DatabaseError); // the rescuing run dies with it too
  // The call was armed: its second crash leaves it uncertain, never thrown away.
  CHECK(again.run().rescued == 1);
  CHECK(again.state("1") == "uncertain");

  World poison;
  poison.item("1");
  poison.die_with("1", false);
  poison.item("2");
  poison.database.transact([&](db::Transaction& tx) {
    for (const auto& dead : ledger::dead_runs(tx, poison.job, ledger::RunsFile(poison.dir.file("runs")), noon, minute))
      ledger::rescue(tx, dead, poison.job.stages, noon);
    tx.execute(test::sql("UPDATE ledger SET due_at = due_at + 1 WHERE key = 'x:2'"));
  });
  test::change(poison.database,
               "UPDATE ledger SET state = 'cancelled', reason = 'r', finished_at = 0 WHERE key = 'x:2'");
  poison.die_with("1", false);
  r = poison.run();
  CHECK(r.rescued == 1);
  CHECK(poison.state("1") == "discarded");
  CHECK(poison.ledger_row("1").text("reason") == "run.crashed_twice");
  CHECK(poison.feed("1").text("last_error") == "discarded");
  CHECK(FakeWorld::items(r, "discarded") == 1);
  CHECK(poison.network.calls() == 0);
}

TEST_CASE("a settle that throws for poison does not stop the runs after it") {
  World w;
  w.item("1");
  test::change(w.database, "UPDATE feeds SET last_modified = 'throw'");
  test::change(w.database, "UPDATE ledger SET crashes = 1");
  w.die_with("1", false);
  w.item("2");
  CHECK(w.run().rescued == 1);
  CHECK(w.state("1") == "discarded");
  CHECK(w.state("2") == "done");
}

TEST_CASE("a run that is never idle still gives an item of a crash its turn, alone") {
  World w;
  for (const char* id : {"1", "2", "3", "4", "5", "6", "7", "8", "9"}) w.item(id);
  w.item("crashed");
  test::change(w.database, "UPDATE ledger SET crashes = 1 WHERE key = 'x:crashed'");
  int beside = -1;
  w.network.answer = [&](const http::Request& r) {
    if (r.url.ends_with("/crashed")) {
      const std::lock_guard hold(w.network.lock);
      beside = w.network.in_flight;
    }
    return http::Response{.status = 201};
  };
  w.options.limit = 4;
  w.run();
  CHECK(w.in_state("done") == 4);
  CHECK(w.state("crashed") == "due"); // within a minute of the run's start the others go first
  w.options.crashed_turn = Millis(0);
  w.run();
  CHECK(w.in_state("done") == 8);
  CHECK(w.state("crashed") == "done");
  CHECK(beside == 1);
}

TEST_CASE("an item in doubt whose attempt somebody deleted is held, and the others go on") {
  World w;
  w.item("1");
  w.die_with("1", true);
  w.run();
  REQUIRE(w.state("1") == "uncertain");
  test::change(w.database, "DELETE FROM attempts");
  w.item("2");
  w.clock.advance(2 * minute);
  const RunReport r = w.run();
  CHECK(w.state("1") == "held");
  CHECK(w.ledger_row("1").text("detail") == "the row of its attempt is gone");
  CHECK(w.state("2") == "done");
  CHECK(r.held == 1);
  CHECK(w.network.calls() == 1);
}

TEST_CASE("an item whose call may have left is looked up after its time, with one finding it enough") {
  World w;
  w.item("1");
  w.die_with("1", true);
  CHECK(w.run().rescued == 1);
  CHECK(w.state("1") == "uncertain");
  CHECK(w.network.calls() == 0);
  CHECK(w.run().idle);
  w.clock.advance(minute);
  w.network.answer = [](const http::Request&) { return http::Response{.status = 200}; };
  w.run();
  CHECK(w.state("1") == "done");
  CHECK(w.network.calls("https://h.example/1?look") == 1);
  CHECK(w.network.calls("https://h.example/1") == 0);
}

TEST_CASE("a run that is only silent keeps its item when it holds no mark, unless its lease is over") {
  World w;
  w.item("1");
  std::int64_t rescued = -1;
  w.network.answer = [&](const http::Request&) {
    rescued = w.run().rescued; // another run, while this one is in its call and beats
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(rescued == 0);
  CHECK(w.state("1") == "done");
  CHECK(w.network.calls() == 1);
}

TEST_CASE("taken for dead in the middle of its call, a run's late answer still settles the item") {
  World w;
  w.item("1");
  RunReport other;
  w.network.answer = [&](const http::Request&) {
    other = w.stall_and_run_another();
    CHECK(w.state("1") == "uncertain");
    return http::Response{.status = 201};
  };
  const RunReport r = w.run();
  CHECK(other.rescued == 1);
  CHECK(w.state("1") == "done");
  CHECK(w.feed("1").text("last_error") == "done");
  CHECK(w.feed("1").integer("moved_count") == 1);
  CHECK(FakeWorld::items(r, "done") == 1);
  CHECK(w.network.calls() == 1);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM attempts WHERE outcome = 'done'") == 1);
  w.clock.advance(100 * minute);
  CHECK(w.run().idle);
}

TEST_CASE("taken for dead before its call, a run sends nothing") {
  World w;
  w.item("1");
  RunReport other;
  bool once = true;
  test::fake::before_call = [&] { // inside the first run's work, before the request
    if (!std::exchange(once, false)) return;
    other = w.stall_and_run_another();
  };
  const RunReport r = w.run();
  CHECK(other.rescued == 1);
  CHECK(FakeWorld::items(other, "done") == 1);
  CHECK(r.counts.empty()); // nothing of it was this run's any more
  CHECK(w.network.calls() == 1);
  CHECK(w.feed("1").integer("moved_count") == 1);
  CHECK(w.state("1") == "done");
  CHECK(test::rows(w.database, "SELECT outcome FROM attempts ORDER BY number, begun_at, outcome").size() == 2);
}

TEST_CASE("a repeatable call that another run repeats is settled once") {
  World w;
  w.item("1", "repeatable");
  bool once = true;
  w.network.answer = [&](const http::Request&) {
    if (std::exchange(once, false)) CHECK(w.stall_and_run_another().rescued == 1);
    return http::Response{.status = 201};
  };
  const RunReport r = w.run();
  CHECK(r.counts.empty());
  CHECK(w.network.calls() == 2);
  CHECK(w.feed("1").integer("moved_count") == 1);
  CHECK(w.state("1") == "done");
}

// Counts the transactions that other threads than the maker's finish: with one worker they are heartbeats.
struct Beats final : db::Database {
  db::Database& inner;
  const std::thread::id mine = std::this_thread::get_id();
  std::atomic<int> seen = 0;
  explicit Beats(db::Database& d) : inner(d) {}
  void transact(const Body& body) override {
    inner.transact(body);
    if (std::this_thread::get_id() != mine) ++seen;
  }
  void read(const Body& body) override { inner.read(body); }
  void rehearse(const Body& body) override { inner.rehearse(body); }
};

TEST_CASE("a run that learns by its heartbeat that it was taken for dead begins nothing more") {
  World w;
  Beats beats(w.database);
  w.options.workers = 1;
  w.options.lease = Millis(300); // beats every 50 ms, on the machine's own clock
  for (int i = 0; i < 3; ++i) w.item(std::to_string(i));
  w.network.answer = [&](const http::Request&) {
    test::change(w.database, "UPDATE runs SET ended_at = 1, ended_by = 'rescued'");
    test::change(w.database,
                 "UPDATE ledger SET state = 'due', run_id = NULL, attempt_id = NULL WHERE state = 'running'");
    // The first beat may have begun before that; the thread ends with the one that found the row ended.
    for (const int before = beats.seen; beats.seen < before + 1;) std::this_thread::yield();
    const auto told = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    while (std::chrono::steady_clock::now() < told) std::this_thread::yield();
    return http::Response{.status = 201};
  };
  CHECK(run(w.job, w.options, w.rooms(beats), {}).ended_by == "rescued by another run");
  CHECK(w.network.calls() == 1);
  CHECK(w.in_state("due") == 3);
}
