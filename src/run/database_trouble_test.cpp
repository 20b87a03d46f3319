// A database that fails in the middle of a run: waited for while somebody may mend it, and never an item's fault.
#include "log/log.hpp"
#include "support/database_door.hpp"
#include "support/fake_job.hpp"

#include <mutex>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;

namespace {

using Kind = db::DatabaseError::Kind;

// Fails so many write transactions from the moment that `fail` says.
class Failing final : public test::DatabaseDoor {
public:
  Failing(db::Database& real, Kind kind) : DatabaseDoor(real), kind_(kind) {}
  std::atomic<int> left = 0;
  bool at_commit = false; // fails when all is done, not before
  std::function<void()> failed = [] {};
  std::function<void()> committed = [] {};

  void transact(const Body& body) override {
    const auto fail = [&] {
      if (left <= 0) return;
      --left;
      failed();
      throw db::DatabaseError(kind_, "planned");
    };
    if (!at_commit) fail();
    real_.transact([&](db::Transaction& tx) {
      body(tx);
      if (at_commit) fail();
    });
    committed();
  }

private:
  const Kind kind_;
};

struct World : FakeWorld {
  World() { tenant("asha"); }
  std::int64_t suspicion() { return test::number(database, "SELECT sum(crashes + suspects + alone) AS n FROM ledger"); }
};

} // namespace

TEST_CASE("a disk that is full for a while delays the run: what was answered is settled, nothing is held or twice") {
  World w;
  w.job.stages[0] = test::fake::stage("post", false); // what is in doubt would be held
  for (int i = 0; i < 6; ++i) w.item(std::to_string(i));
  Failing database(w.database, Kind::full);
  std::once_flag once;
  w.network.answer = [&](const http::Request&) {
    std::call_once(once, [&] { database.left = 2; });
    return http::Response{.status = 201};
  };
  CHECK(milkrun::run(w.job, w.options, w.rooms(database), {}).ended_by == "finished");
  CHECK(database.left == 0);
  CHECK(w.in_state("done") == 6);
  CHECK(w.network.calls() == 6);
}

TEST_CASE("an item that ends leaves its place to the next one in the turn that settles it") {
  World w;
  constexpr int items = 40;
  for (int i = 0; i < items; ++i) w.item(std::to_string(i), "ok");
  w.options.in_flight = 1;
  w.options.compute_threads = 0;
  Failing database(w.database, Kind::busy);
  int turns = 0;
  database.committed = [&] { ++turns; };
  milkrun::run(w.job, w.options, w.rooms(database), {});
  CHECK(w.in_state("done") == items);
  CHECK(turns <= 2 * items + items / 2); // one marks it, one ends it and begins the next
}

TEST_CASE("what a turn says is logged once it is committed, and once") {
  World w;
  for (int i = 0; i < 5; ++i) w.item(std::to_string(i), "outage");
  Failing database(w.database, Kind::busy);
  database.at_commit = true;
  int answered = 0;
  w.network.answer = [&](const http::Request&) {
    if (++answered == 5) database.left = 3;
    return http::Response{.status = 201};
  };
  w.options.compute_threads = 0;
  const log::Capture lines;
  std::size_t said_before = 0;
  database.failed = [&] { said_before += lines.text().find("destination_rests") != std::string::npos ? 1 : 0; };
  milkrun::run(w.job, w.options, w.rooms(database), {});
  CHECK(database.left == 0);
  CHECK(said_before == 0);
  const std::string text = lines.text();
  const std::size_t first = text.find("destination_rests");
  CHECK(first != std::string::npos);
  CHECK(text.find("destination_rests", first + 1) == std::string::npos);
}

TEST_CASE("what was answered is kept for as long as the disk is full, and settled when it is not") {
  World w;
  w.job.stages[0] = test::fake::stage("post", false);
  w.item("1");
  Failing database(w.database, Kind::full);
  database.failed = [&] { w.clock.advance(Millis(6 * 3'600'000)); };
  w.network.answer = [&](const http::Request&) {
    database.left = 4;
    return http::Response{.status = 201};
  };
  CHECK(milkrun::run(w.job, w.options, w.rooms(database), {}).ended_by == "finished");
  CHECK(w.state("1") == "done");
  CHECK(w.network.calls() == 1);
}

TEST_CASE(
    "what a full disk kept from being settled when the run was stopped is in doubt, looked up, and not done twice") {
  World w;
  w.item("1");
  Failing database(w.database, Kind::full);
  std::stop_source stop;
  database.failed = [&] {
    stop.request_stop();
    w.clock.advance(Millis(4'000));
  };
  w.network.answer = [&](const http::Request& r) {
    if (r.url.ends_with("?look")) return http::Response{.status = 200};
    database.left = 1'000'000;
    return http::Response{.status = 201};
  };
  CHECK_THROWS_AS(milkrun::run(w.job, w.options, w.rooms(database), stop.get_token()), db::DatabaseError);
  CHECK(w.state("1") == "running");
  w.options.limit = 0;
  CHECK(w.run().rescued == 1);
  CHECK(w.state("1") == "uncertain");
  w.options.limit.reset();
  w.clock.advance(Millis(3'600'000));
  w.run();
  CHECK(w.state("1") == "done");
  CHECK(w.network.calls("https://h.example/1") == 1);
}

TEST_CASE("a run that a full disk ends in the end is no crash of what it leaves: not even the second one alone") {
  World w;
  w.item("1", "repeatable");
  for (int death = 0; death < 3; ++death) {
    Failing database(w.database, Kind::full);
    std::stop_source stop;
    database.failed = [&] {
      stop.request_stop();
      w.clock.advance(Millis(4'000));
    };
    w.network.answer = [&](const http::Request&) {
      database.left = 1'000'000;
      return http::Response{.status = 201};
    };
    CHECK_THROWS_AS(milkrun::run(w.job, w.options, w.rooms(database), stop.get_token()), db::DatabaseError);
    CHECK(w.state("1") == "running");
    CHECK(w.suspicion() == 0);
  }
  w.network.answer = nullptr;
  const RunReport r = w.run();
  CHECK(r.rescued == 1);
  CHECK(w.state("1") == "done");
}

TEST_CASE("a broken database ends the run at once, and is no crash of an item either") {
  World w;
  w.item("1", "repeatable");
  Failing database(w.database, Kind::broken);
  w.network.answer = [&](const http::Request&) {
    database.left = 1'000'000;
    return http::Response{.status = 201};
  };
  CHECK_THROWS_AS(milkrun::run(w.job, w.options, w.rooms(database), {}), db::DatabaseError);
  w.options.limit = 0;
  CHECK(w.run().rescued == 1);
  CHECK(w.suspicion() == 0);
}

TEST_CASE("a stop is heard while the database is locked and nothing is in flight, and is no crash") {
  World w;
  w.options.idle_wait = Millis(30'000);
  w.item("1");
  w.item("2");
  test::change(w.database, "UPDATE ledger SET due_at = due_at + 20000 WHERE key = 'x:2'"); // waited for
  Failing database(w.database, Kind::busy);
  database.failed = [&] { w.clock.advance(Millis(5'000)); };
  std::stop_source stop;
  database.committed = [&] {
    if (stop.stop_requested() || w.in_state("done") == 0) return;
    database.left = 1'000;
    stop.request_stop();
    w.clock.advance(Millis(15'000)); // a beat is due
  };
  const RunReport r = milkrun::run(w.job, w.options, w.rooms(database), stop.get_token());
  CHECK(r.ended_by == "stopped");
  CHECK(database.left > 900);
  w.options.idle_wait = Millis(0);
  w.clock.advance(Millis(20'000));
  w.run(); // after no crash: nothing is noted
  CHECK(w.state("2") == "done");
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM runs WHERE ended_at IS NULL") == 0);
}

TEST_CASE(
    "what a run after a death has noted of its rows it takes back, also when it is stopped before it tries them") {
  for (const bool by_time : {false, true}) {
    CAPTURE(by_time);
    World w;
    w.database.transact([&](db::Transaction& tx) { ledger::start_run(tx, "fake", w.clock.now()); }); // dead: no byte
    w.item("1");
    Failing database(w.database, Kind::busy);
    std::stop_source stop;
    bool locked = false;
    database.committed = [&] {
      if (locked || w.suspicion() == 0) return;
      locked = true;
      database.left = 3;
      if (!by_time) stop.request_stop();
      w.clock.advance(Millis(10'000));
    };
    if (by_time) w.options.max_runtime = Millis(5'000);
    const RunReport r = milkrun::run(w.job, w.options, w.rooms(database), stop.get_token());
    CHECK(locked);
    CHECK(r.ended_by == (by_time ? "time" : "stopped"));
    CHECK(w.network.calls() == 0);
    CHECK(w.state("1") == "due");
    CHECK(w.suspicion() == 0);
  }
}
