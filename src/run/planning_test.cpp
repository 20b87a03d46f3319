// What needs no network waits for none: it is planned while the places are taken, and in the turn that gives them back.
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <thread>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

// One place, a stage that calls and one that plans.
struct Plans : FakeWorld {
  Plans(int calls, int plans) {
    options.in_flight = 1;
    Stage plan = test::fake::stage("plan");
    plan.plan = [](const Item&, Time) { return Plan{}; };
    plan.work = nullptr;
    plan.reconcile = nullptr;
    job = test::fake::job({std::move(plan), test::fake::stage("post")});
    database.transact([&](db::Transaction& tx) {
      test::add_tenant(tx, "asha");
      for (int i = 0; i < plans; ++i) item_in(tx, "p" + std::to_string(i), "ok", "h.example", "asha");
      for (int i = 0; i < calls; ++i) {
        const std::string id = "c" + std::to_string(i);
        tx.execute(
            test::sql("INSERT INTO feeds (id, tenant_id, url, etag) VALUES ($id, 'asha', 'https://h.example/' || "
                      "$id, 'ok')"),
            {{"id", id}});
        ledger::enqueue(tx, "post", Key{"x", id}, {"asha"}, noon, Rank::first, noon);
      }
    });
  }
  static std::int64_t planned(db::Database& d) {
    return test::number(d, "SELECT count(*) AS n FROM ledger WHERE stage = 'plan' AND state = 'done'");
  }
};

} // namespace

TEST_CASE("with one place for calls, planning goes on beside a backlog of them") {
  Plans w(20, 1'000);
  std::int64_t calls = 0, calls_before = -1;
  w.network.answer = [&](const http::Request&) {
    db::Sqlite theirs(w.path, {.read_only = true});
    if (calls_before < 0 && Plans::planned(theirs) == 1'000) calls_before = calls;
    ++calls;
    return http::Response{.status = 201};
  };
  w.run_at_once();
  CHECK(w.in_state("done") == 1'020);
  CHECK(calls_before >= 0);
  CHECK(calls_before <= 5); // not behind all twenty
}

TEST_CASE("a call that has the only place keeps no planning waiting for its answer") {
  Plans w(1, 1'000);
  std::atomic<bool> all_planned = false;
  w.network.answer = [&](const http::Request&) {
    db::Sqlite theirs(w.path, {.read_only = true});
    for (int i = 0; i < 3'000 && !all_planned; ++i) {
      all_planned = Plans::planned(theirs) == 1'000;
      std::this_thread::sleep_for(Millis(10));
    }
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(all_planned);
  CHECK(w.in_state("done") == 1'001);
}

TEST_CASE("a desk whose only place is taken does not spin when all is planned") {
  Plans w(1, 10);
  std::int64_t statements = -1;
  w.network.answer = [&](const http::Request&) {
    statements = test::statements_at_rest(w.database);
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(statements >= 0);
  CHECK(statements <= 20);
}
