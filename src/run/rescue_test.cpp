// A run that died, or was stopped past its lease: what another run makes of it, and what its own late answer still
// does.
#include "support/database_door.hpp"
#include "support/fake_job.hpp"

#include <ostream>
#include <thread>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

constexpr Millis minute{60'000};

struct Death {}; // of the process: nothing catches it

Verdict gate_that_kills(const Item& item, Time now) {
  if (item.row.text("stop_reason") == "kill") throw Death{};
  return test::fake::gate(item, now);
}
constexpr Rule deadly[] = {{"script", gate_that_kills}};

struct World : FakeWorld {
  World() { tenant("asha"); }

  // A run that takes items and then is no more: its byte is free.
  void die_with(std::initializer_list<const char*> ids, bool armed, std::vector<ledger::Reserved> reserved = {}) {
    database.transact([&](db::Transaction& tx) {
      const ledger::RunRow dead = ledger::start_run(tx, "fake", clock.now());
      auto waiting = ledger::candidates(tx, "post", Rank::first, {"asha"}, clock.now(), 1'000);
      for (ledger::Candidate& c : ledger::suspects(tx, "post", {}, clock.now(), 1'000)) waiting.push_back(std::move(c));
      for (const char* id : ids) {
        const auto row = std::ranges::find(waiting, Key{"x", id}, &ledger::Candidate::key);
        REQUIRE(row != waiting.end());
        std::optional<Time> look_after;
        if (armed) look_after = clock.now() + minute;
        REQUIRE(ledger::take(tx, "post", *row,
                             {.run = dead.id, .host = "h.example", .armed_until = look_after, .reserved = reserved},
                             clock.now()));
      }
    });
  }
  // The run that lives now has not been heard of for longer than its lease, and another run comes by.
  RunReport stall_and_run_another() {
    test::change(database, "UPDATE runs SET heartbeat_at = heartbeat_at - 61000 WHERE ended_at IS NULL");
    return run_beside();
  }
  // Only rescues.
  std::int64_t rescue() {
    options.limit = 0;
    const std::int64_t items = run().rescued;
    options.limit.reset();
    return items;
  }
};

} // namespace

TEST_CASE("an item that was in flight and not sent runs again; a good end forgets the crash") {
  World w;
  w.item("1");
  w.die_with({"1"}, false);
  const RunReport r = w.run();
  CHECK(r.rescued == 1);
  CHECK(FakeWorld::items(r, "due", "run.died_before_sending") == 1);
  CHECK(w.state("1") == "done");
  CHECK(w.ledger_row("1").integer("crashes") == 0);
}

TEST_CASE("in flight alone at two crashes is poison, its stage is told, and an operator brings it back") {
  World w;
  w.item("1");
  w.die_with({"1"}, false);
  CHECK(w.rescue() == 1);
  w.die_with({"1"}, false);
  const RunReport r = w.run();
  CHECK(r.rescued == 1);
  CHECK(w.state("1") == "discarded");
  CHECK(w.ledger_row("1").text("reason") == "run.crashed_twice");
  CHECK(w.feed("1").text("last_error") == "discarded");
  CHECK(FakeWorld::items(r, "discarded") == 1);
  CHECK(w.network.calls() == 0);
  CHECK(decide_item(w.job, "post", Key{"x", "1"}, {"asha"}, Word::retry, {.user = "root"}, w.database, w.vault, w.clock,
                    {}));
  CHECK(w.feed("1").text("last_error") == "due");
  w.run();
  CHECK(w.state("1") == "done");
}

TEST_CASE("what was armed at its second crash alone is in doubt, never thrown away") {
  World w;
  w.item("1");
  w.die_with({"1"}, false);
  CHECK(w.rescue() == 1);
  w.die_with({"1"}, true);
  CHECK(w.run().rescued == 1);
  CHECK(w.state("1") == "uncertain");
  CHECK(w.network.calls() == 0);
}

TEST_CASE("of many in flight at a crash the one that kills runs is found by halving, and the others are all done") {
  World w;
  for (int i = 0; i < 16; ++i) w.item(std::to_string(i));
  w.die_with({"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}, false);
  CHECK(w.rescue() == 16);
  int crashes = 0;
  for (int i = 0; i < 40 && w.in_state("due") > 0; ++i) {
    bool killed = false;
    w.database.transact([&](db::Transaction& tx) {
      const ledger::RunRow run = ledger::start_run(tx, "fake", noon);
      const int together = ledger::suspects(tx, "post", {}, noon, 1).at(0).suspects;
      const auto group = ledger::suspects(tx, "post", {}, noon, together);
      killed = std::ranges::find(group, Key{"x", "7"}, &ledger::Candidate::key) != group.end();
      for (const ledger::Candidate& c : group) REQUIRE(ledger::take(tx, "post", c, {.run = run.id}, noon));
      if (killed) return; // with all of its group in flight
      for (const ledger::Candidate& c : group)
        ledger::finish(tx, "post", c.key, ledger::ends(Next::done, noon, {}), {.run = run.id, .turn = c.turn + 1},
                       noon);
      ledger::end_run(tx, run.id, 0, "finished", noon);
    });
    if (!killed) continue;
    CHECK(w.rescue() > 0);
    ++crashes;
  }
  CHECK(w.state("7") == "discarded");
  CHECK(w.in_state("done") == 15);
  CHECK(crashes == 5); // in groups of 8, 4, 2, and twice alone
}

TEST_CASE("what kills a run in the very turn that admits it is found by halving too, and all others are done") {
  for (const bool network : {true, false}) {
    CAPTURE(network);
    World w;
    w.tenant("bolt");
    w.options.in_flight = 64;
    w.job.stages[0].rules = deadly;
    if (!network) w.job.stages[0].work = nullptr; // settled where it is admitted
    for (int i = 0; i < 40; ++i)
      w.item(std::to_string(i), "quiet", "h.example", i % 2 ? "bolt" : "asha",
             i == 21   ? "kill"
             : i == 22 ? "snooze"
                       : "");
    int deaths = 0;
    for (bool died = true; died && deaths < 20;) try {
        died = false;
        w.run_at_once();
      } catch (const Death&) {
        died = true;
        ++deaths;
      }
    // At first nobody knows; then in a group of 32, or what is left of the 40, and halved: 16, 8, 4, 2, and twice
    // alone.
    CHECK(deaths <= 8);
    CHECK(w.state("21") == "discarded");
    CHECK(w.ledger_row("21").text("reason") == "run.crashed_twice");
    CHECK(w.feed("21").text("last_error") == "discarded"); // its stage was told
    CHECK(w.in_state("done") == 38);
    CHECK(w.state("22") == "due");
    test::change(w.database, "UPDATE feeds SET stop_reason = '' WHERE id = '21'");
    CHECK(decide_item(w.job, "post", Key{"x", "21"}, {"bolt"}, Word::retry, {.user = "op"}, w.database, w.vault,
                      w.clock, {}));
    w.run_at_once();
    CHECK(w.state("21") == "done");
  }
}

TEST_CASE("what a run after a death notes of its rows it takes back") {
  World w;
  w.die_with({}, false);
  w.item("1", "quiet", "h.example", "asha", "snooze");
  w.item("2");
  w.run();
  CHECK(w.state("1") == "due");
  CHECK(w.state("2") == "done");
  CHECK(test::number(w.database, "SELECT sum(crashes + suspects + alone) AS n FROM ledger") == 0);
}

TEST_CASE("poison whose stage cannot even be told of it ends all the same, and gives back what it held") {
  World w;
  w.item("1");
  test::change(w.database, "UPDATE feeds SET last_modified = 'throw'");
  test::change(w.database, "UPDATE ledger SET crashes = 2, alone = 2, suspects = 1, quota = 'posts|2026-11|1\n'");
  test::change(w.database,
               "INSERT INTO usage (tenant_id, meter, period, reserved) VALUES ('asha', 'posts', '2026-11', 1)");
  CHECK(FakeWorld::items(w.run(), "discarded", "run.crashed_twice") == 1);
  CHECK(w.state("1") == "discarded");
  CHECK(test::number(w.database, "SELECT reserved AS n FROM usage") == 0);
  CHECK(w.network.calls() == 0);
}

TEST_CASE("a settle that throws for poison does not stop the runs after it") {
  World w;
  w.item("1");
  test::change(w.database, "UPDATE feeds SET last_modified = 'throw'");
  test::change(w.database, "UPDATE ledger SET crashes = 1, alone = 1, suspects = 1");
  test::change(w.database,
               "INSERT INTO usage (tenant_id, meter, period, reserved) VALUES ('asha', 'posts', '2026-11', 1)");
  w.die_with({"1"}, false, {{"posts", "2026-11"}});
  w.item("2");
  CHECK(w.run().rescued == 1);
  CHECK(test::number(w.database, "SELECT reserved AS n FROM usage") == 0); // what it held is given back all the same
  CHECK(w.state("1") == "discarded");
  CHECK(w.state("2") == "done");
}

TEST_CASE("what a dead run had reserved is given back, unless it may have happened") {
  for (const bool armed : {false, true}) {
    World w;
    w.item("1");
    test::change(w.database,
                 "INSERT INTO usage (tenant_id, meter, period, reserved) VALUES ('asha', 'posts', '2026-11', 2)");
    w.die_with({"1"}, armed, {{"posts", "2026-11", 2}});
    CHECK(w.rescue() == 1);
    CHECK(test::number(w.database, "SELECT reserved AS n FROM usage") == (armed ? 2 : 0));
  }
}

TEST_CASE("what was in flight at a crash runs in its group, last, with nothing beside it") {
  World w;
  w.options.in_flight = 8;
  for (int i = 0; i < 12; ++i) w.item(std::to_string(i));
  test::change(w.database, "UPDATE ledger SET crashes = 1, suspects = 2 WHERE key IN ('x:3', 'x:7')");
  std::atomic<int> crowded = 0;
  w.network.answer = [&](const http::Request& r) {
    if (r.url.ends_with("/3") || r.url.ends_with("/7")) {
      const std::lock_guard hold(w.network.lock);
      if (w.network.in_flight > 2) ++crowded;
    }
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(crowded == 0);
  CHECK(w.in_state("done") == 12);
  CHECK(w.network.calls() == 12);
  const std::set<std::string> last(w.network.sent.end() - 2, w.network.sent.end());
  CHECK(last == std::set<std::string>{"https://h.example/3", "https://h.example/7"});
  CHECK(test::number(w.database, "SELECT sum(crashes) AS n FROM ledger") == 0);
}

TEST_CASE("groups of suspects come one after the other, the smallest first") {
  World w;
  w.options.in_flight = 8;
  for (int i = 0; i < 6; ++i) w.item(std::to_string(i));
  test::change(w.database, "UPDATE ledger SET crashes = 1, suspects = CASE key WHEN 'x:5' THEN 1 ELSE 5 END");
  std::atomic<int> beside_five = 0;
  w.network.answer = [&](const http::Request& r) {
    if (r.url.ends_with("/5"))
      beside_five = [&] {
        const std::lock_guard hold(w.network.lock);
        return w.network.in_flight;
      }();
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(w.in_state("done") == 6);
  CHECK(w.network.sent.front() == "https://h.example/5");
  CHECK(beside_five == 1);
}

TEST_CASE("a run that is never idle still makes room for what was in a crash") {
  World w;
  for (int i = 0; i < 20; ++i) w.item(std::to_string(i));
  w.item("crashed");
  test::change(w.database, "UPDATE ledger SET crashes = 1, suspects = 1 WHERE key = 'x:crashed'");
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
  w.options.limit = 7;
  w.options.suspects_turn = Millis(0);
  w.run();
  CHECK(w.state("crashed") == "done");
  CHECK(w.in_state("done") == 11);
  CHECK(beside == 1);
}

TEST_CASE("a run of one tenant finds that tenant's suspects too") {
  World w;
  w.tenant("bolt");
  w.item("1");
  w.item("2", "ok", "h.example", "bolt");
  test::change(w.database, "UPDATE ledger SET crashes = 1, suspects = 1");
  w.options.tenant = TenantId{"bolt"};
  w.run();
  CHECK(w.state("2") == "done");
  CHECK(w.state("1") == "due");
}

TEST_CASE("history is not needed: an item in doubt whose attempt somebody deleted is looked up all the same") {
  World w;
  w.item("1");
  w.die_with({"1"}, true);
  w.run();
  REQUIRE(w.state("1") == "uncertain");
  test::change(w.database, "DELETE FROM attempts");
  w.clock.advance(2 * minute);
  w.network.answer = [](const http::Request&) { return http::Response{.status = 200}; };
  w.run();
  CHECK(w.state("1") == "done");
}

TEST_CASE("an item whose call may have left is looked up after its time, with one finding it enough") {
  World w;
  w.item("1");
  w.die_with({"1"}, true);
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

TEST_CASE("a live run of the job is not disturbed: another one says who runs, or does other items") {
  World w;
  w.item("1");
  std::string locked_by;
  std::int64_t rescued = -1;
  std::atomic<bool> first = true;
  w.network.answer = [&](const http::Request&) {
    if (first.exchange(false)) {
      // However late its heartbeat: it holds its byte.
      test::change(w.database, "UPDATE runs SET heartbeat_at = 0");
      locked_by = w.run().locked_by;
      w.item("2");
      rescued = w.run_beside().rescued;
    }
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(locked_by.starts_with("run 1 of fake, pid "));
  CHECK(rescued == 0);
  CHECK(w.in_state("done") == 2);
  CHECK(w.network.calls() == 2);
}

TEST_CASE(
    "taken for dead in the middle of its call, a run's late answer still settles the item, and it does not end well") {
  World w;
  w.runs_file.clear(); // as of another machine: the heartbeat decides
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
  CHECK(r.ended_by == "rescued");
  CHECK(w.network.calls() == 1);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM attempts") == 1);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM attempts WHERE outcome = 'done'") == 1);
  w.clock.advance(100 * minute);
  CHECK(w.run().idle);
}

TEST_CASE("taken for dead before its call, a run sends nothing") {
  World w;
  w.runs_file.clear();
  w.item("1");
  RunReport other;
  std::atomic<bool> once = true;
  test::fake::before_call = [&] { // inside the first run's work, before the request
    if (once.exchange(false)) other = w.stall_and_run_another();
  };
  const RunReport r = w.run();
  CHECK(other.rescued == 1);
  CHECK(FakeWorld::items(other, "done") == 1);
  CHECK(r.counts.empty()); // nothing of it was this run's any more
  CHECK(w.network.calls() == 1);
  CHECK(w.feed("1").integer("moved_count") == 1);
  CHECK(w.state("1") == "done");
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM attempts") == 2);
}

TEST_CASE("a run whose items a run of another job took does not end well either, and begins nothing more") {
  for (const bool armed : {true, false}) {
    CAPTURE(armed);
    World w;
    w.runs_file.clear();
    w.options.in_flight = 1;
    w.item("1", armed ? "ok" : "repeatable");
    w.item("2");
    const Job own = w.job;
    std::atomic<bool> once = true;
    w.network.answer = [&](const http::Request&) {
      if (once.exchange(false)) {
        w.job.name = "another";
        w.options.limit = 0; // only rescues
        CHECK(w.stall_and_run_another().rescued == 1);
        w.options.limit.reset();
        w.job.name = "fake";
      }
      return http::Response{.status = 201};
    };
    const RunOptions options = w.options;
    const RunReport r = milkrun::run(own, options, w.rooms(w.database), {});
    CHECK(r.ended_by == "rescued");
    CHECK(w.network.calls() == 1);
    CHECK(w.state("2") == "due");
    CHECK(w.state("1") == (armed ? "done" : "due"));
    CHECK(test::number(w.database, "SELECT exit_code AS n FROM runs WHERE job = 'fake'") == 75);
  }
}

TEST_CASE("a repeatable call that another run repeats is settled once") {
  World w;
  w.runs_file.clear();
  w.item("1", "repeatable");
  std::atomic<bool> once = true;
  w.network.answer = [&](const http::Request&) {
    if (once.exchange(false)) CHECK(w.stall_and_run_another().rescued == 1);
    return http::Response{.status = 201};
  };
  const RunReport r = w.run();
  CHECK(r.counts.empty());
  CHECK(w.network.calls() == 2);
  CHECK(w.feed("1").integer("moved_count") == 1);
  CHECK(w.state("1") == "done");
}

TEST_CASE("a run that learns by its heartbeat that it was taken for dead begins nothing more") {
  World w;
  w.options.in_flight = 1;
  for (int i = 0; i < 3; ++i) w.item(std::to_string(i));
  w.network.answer = [&](const http::Request&) {
    test::change(w.database, "UPDATE runs SET ended_at = started_at, ended_by = 'rescued', exit_code = 70");
    test::change(w.database, "UPDATE ledger SET state = 'due', run_id = NULL WHERE state = 'running'");
    w.clock.advance(minute); // a beat is due
    return http::Response{.status = 201};
  };
  CHECK(w.run().ended_by == "rescued");
  CHECK(w.network.calls() == 1);
  CHECK(w.in_state("due") == 3);
  CHECK(test::number(w.database, "SELECT exit_code AS n FROM runs") == 70); // its row stays as the other left it
}

TEST_CASE("a run beats while its calls are under way") {
  World w;
  w.item("1");
  const auto beat = [&] { return test::number(w.database, "SELECT heartbeat_at AS n FROM runs"); };
  w.network.answer = [&](const http::Request&) {
    w.clock.advance(minute / 2);
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (beat() == to_ms(noon) && std::chrono::steady_clock::now() < patience)
      std::this_thread::sleep_for(Millis(20));
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(beat() == to_ms(noon + minute / 2));
}

TEST_CASE(
    "a light stage that kills the process in the very turn that admits it is found out too, and the others go on") {
  struct Killed {}; // no std::exception: nothing of ours catches it, and the turn is rolled back as by a crash
  World w;
  w.job.stages[0].light = true;
  w.job.stages[0].work = [](const Item& item, const Credentials& c, const Outside& out) {
    if (item.key.id == "bad") throw Killed();
    return test::fake::work(item, c, out);
  };
  for (const char* id : {"bad", "1", "2", "3"}) w.item(id);
  int crashes = 0;
  while (crashes < 20) {
    try {
      test::ClientNet door(w.network);
      milkrun::run(w.job, w.options, {w.database, w.vault, door, w.clock, w.settings, w.runs_file}, {});
      break;
    } catch (const Killed&) {
      ++crashes;
    }
  }
  CHECK(crashes < 10);
  CHECK(w.state("bad") == "discarded");
  CHECK(w.ledger_row("bad").text("reason") == "run.crashed_twice");
  CHECK(w.in_state("done") == 3);
  CHECK(w.network.calls() == 3);
}

TEST_CASE("a run that stood still between its entry and its first turn, and was taken over, begins nothing") {
  // Is called when the run has entered.
  struct Entered final : test::DatabaseDoor {
    std::function<void()> entered;
    Entered(db::Database& real, std::function<void()> then) : DatabaseDoor(real), entered(std::move(then)) {}
    void transact(const Body& body) override {
      DatabaseDoor::transact(body);
      if (auto call = std::exchange(entered, nullptr)) call();
    }
  };
  World w;
  w.runs_file.clear(); // as of another machine: the beat alone tells
  w.item("1");
  std::string taken_over_by;
  Entered database(w.database, [&] {
    w.clock.advance(2 * w.options.lease);
    RunOptions other = w.options;
    other.limit = 0;
    db::Sqlite theirs(w.path, {});
    test::ClientNet door(w.network, true);
    taken_over_by = milkrun::run(w.job, other, {theirs, w.vault, door, w.clock, w.settings, ""}, {}).ended_by;
  });
  CHECK(milkrun::run(w.job, w.options, w.rooms(database), {}).ended_by == "rescued");
  CHECK(taken_over_by == "limit");
  CHECK(w.network.calls() == 0);
  CHECK(w.state("1") == "due");
}
