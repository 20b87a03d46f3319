// Many workers, many tenants, several runs at once: caps, fairness, stopping, and nothing twice.
#include "db/group_commit.hpp"
#include "support/fake_job.hpp"

#include <condition_variable>
#include <ostream>
#include <thread>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;

namespace {

constexpr std::chrono::seconds patience{120}; // a test that would hang fails instead

// Lets calls wait for a condition of the test's own.
struct Gate {
  std::mutex lock;
  std::condition_variable changed;
  bool open = false;
  bool wait() {
    std::unique_lock hold(lock);
    return changed.wait_for(hold, patience, [&] { return open; });
  }
  void release() {
    std::lock_guard hold(lock);
    open = true;
    changed.notify_all();
  }
};

std::string two(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

void expect_each_once(FakeWorld& w, std::size_t items) {
  CHECK(w.network.calls() == items);
  CHECK(std::set<std::string>(w.network.sent.begin(), w.network.sent.end()).size() == items);
  CHECK(w.in_state("done") == static_cast<std::int64_t>(items));
}

} // namespace

TEST_CASE("sixteen workers bring a thousand items of fifty tenants home, each once, within every cap") {
  FakeWorld w;
  w.options.workers = 16;
  for (int t = 0; t < 50; ++t) w.tenant("t" + two(t));
  w.database.transact([&](db::Transaction& tx) {
    for (int t = 0; t < 50; ++t)
      for (int i = 0; i < 20; ++i)
        w.item_in(tx, "t" + two(t) + "." + two(i), "ok", "h" + std::to_string(t % 7) + ".example", "t" + two(t));
  });
  db::GroupCommit group(w.database);
  const RunReport r = run(w.job, w.options, w.rooms(group), {});
  expect_each_once(w, 1'000);
  CHECK(FakeWorld::items(r, "done") == 1'000);
  for (const auto& [tenant, most] : w.network.most_by_tenant) CHECK(most <= 4);
  for (const auto& [host, most] : w.network.most_by_host) CHECK(most <= 4);
  CHECK(w.network.most <= 16);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM attempts WHERE outcome = 'done'") == 1'000);
  CHECK(test::number(w.database, "SELECT sum(moved_count) AS n FROM feeds") == 1'000);
  CHECK(test::number(w.database, "SELECT sum(items) AS n FROM run_counts") == 1'000);
}

TEST_CASE("a tenant and a host get a quarter of the workers, and those they do get") {
  for (const bool one_tenant : {true, false}) {
    CAPTURE(one_tenant);
    FakeWorld w;
    w.options.workers = 8; // a quarter: 2
    for (int t = 0; t < 12; ++t) w.tenant("t" + two(t));
    for (int i = 0; i < 12; ++i)
      w.item(two(i), "ok", one_tenant ? "h" + two(i) + ".example" : "one.example", one_tenant ? "t00" : "t" + two(i));
    std::mutex lock;
    std::condition_variable changed;
    int inside = 0;
    bool met = false;
    w.network.answer = [&](const http::Request&) { // the first two must meet
      std::unique_lock hold(lock);
      met = met || ++inside >= 2;
      changed.notify_all();
      changed.wait_for(hold, patience, [&] { return met; });
      --inside;
      return http::Response{.status = 201};
    };
    w.run();
    CHECK(met);
    CHECK(w.network.most == 2);
    expect_each_once(w, 12);
  }
}

TEST_CASE("a slow host does not delay the others, however many items and tenants wait for it") {
  FakeWorld w;
  w.options.workers = 8;
  for (int t = 0; t < 60; ++t) w.tenant("t" + two(t));
  for (int t = 0; t < 40; ++t) w.item("slow" + two(t), "ok", "slow.example", "t" + two(t)); // first in the ring
  for (int t = 40; t < 60; ++t) w.item("fast" + two(t), "ok", "h" + two(t) + ".example", "t" + two(t));
  Gate others;
  std::atomic<int> fast = 0;
  std::atomic<bool> waited = true;
  w.network.answer = [&](const http::Request& r) {
    if (r.url.find("slow") == std::string::npos) {
      if (++fast == 20) others.release();
    } else if (!others.wait()) {
      waited = false;
    }
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(waited); // all the fast ones were through while slow ones still hung
  CHECK(w.network.most_by_host["slow.example"] <= 2);
  expect_each_once(w, 60);
}

TEST_CASE("a whale's first turn lets every small tenant go") {
  FakeWorld w;
  w.options.workers = 1;
  w.tenant("a-whale");
  w.database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < 300; ++i) w.item_in(tx, "w" + std::to_string(i), "ok", "w.example", "a-whale");
    for (int t = 0; t < 20; ++t) {
      test::add_tenant(tx, "t" + two(t));
      w.item_in(tx, "s" + two(t), "ok", "s.example", "t" + two(t));
    }
  });
  w.run();
  std::size_t last_small = 0;
  for (std::size_t i = 0; i < w.network.sent.size(); ++i)
    if (w.network.sent[i].find("/s") != std::string::npos) last_small = i;
  CHECK(last_small < 64); // and not behind three hundred
  expect_each_once(w, 320);
}

TEST_CASE("two runs at once over one file post nothing twice and leave nothing behind") {
  FakeWorld w;
  w.options.workers = 4;
  for (int t = 0; t < 10; ++t) w.tenant("t" + two(t));
  w.database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < 300; ++i)
      w.item_in(tx, std::to_string(i), "ok", "h" + std::to_string(i % 9) + ".example", "t" + two(i % 10));
  });
  db::Sqlite second(w.path, {});
  db::GroupCommit group_one(w.database), group_two(second);
  std::atomic<std::int64_t> done = 0, rescued = 0;
  {
    std::vector<std::jthread> runs;
    for (db::Database* d : std::initializer_list<db::Database*>{&group_one, &group_two})
      runs.emplace_back([&, d] {
        const RunReport r = run(w.job, w.options, w.rooms(*d), {});
        done += FakeWorld::items(r, "done");
        rescued += r.rescued;
      });
  }
  expect_each_once(w, 300);
  CHECK(done == 300);
  CHECK(rescued == 0); // neither took the other for dead
}

TEST_CASE("a stop finishes the items in hand, gives the others back and begins none") {
  for (const int workers : {1, 4}) {
    CAPTURE(workers);
    FakeWorld w;
    w.options.workers = workers;
    for (int t = 0; t < 20; ++t) w.tenant("t" + two(t));
    for (int t = 0; t < 20; ++t) w.item(two(t), "ok", "h" + two(t) + ".example", "t" + two(t));
    std::stop_source stop;
    w.network.answer = [&](const http::Request&) {
      stop.request_stop();
      return http::Response{.status = 201};
    };
    const RunReport r = w.run(stop.get_token());
    CHECK(r.ended_by == "stopped");
    CHECK(w.network.calls() >= 1);
    CHECK(w.network.calls() <= static_cast<std::size_t>(workers));
    CHECK(w.in_state("done") == static_cast<std::int64_t>(w.network.calls()));
    CHECK(w.in_state("running") == 0);
    CHECK(w.in_state("due") == 20 - w.in_state("done"));
    CHECK(test::number(w.database, "SELECT sum(attempts) AS n FROM ledger WHERE state = 'due'") == 0);
    w.network.answer = nullptr;
    w.run();
    expect_each_once(w, 20);
  }
}

TEST_CASE("a run that was stopped before it began begins nothing") {
  FakeWorld w;
  w.tenant("asha");
  w.item("1");
  std::stop_source stop;
  stop.request_stop();
  CHECK(w.run(stop.get_token()).ended_by == "stopped");
  CHECK(w.network.calls() == 0);
  CHECK(w.state("1") == "due");
}

TEST_CASE("when the time is over no item is begun, and the report says so") {
  FakeWorld w;
  w.tenant("asha");
  for (int i = 0; i < 5; ++i) w.item(std::to_string(i));
  w.options.max_runtime = Millis(0);
  CHECK(w.run().ended_by == "time");
  CHECK(w.network.calls() == 0);
  CHECK(w.in_state("due") == 5);
  w.options.max_runtime = Millis(600'000);
  CHECK(w.run().ended_by == "finished");
  expect_each_once(w, 5);
}

TEST_CASE("an item due in a moment is waited for") {
  FakeWorld w;
  w.tenant("asha");
  SystemClock system;
  const Rooms rooms{w.database, w.vault, w.network, system, w.settings, ""};
  w.options.idle_wait = Millis(60'000);
  w.item("1");
  test::change(w.database, "UPDATE ledger SET due_at = $t", {{"t", system.now() + Millis(300)}});
  run(w.job, w.options, rooms, {});
  CHECK(w.state("1") == "done");
}

TEST_CASE("what was in flight at a crash runs alone and last") {
  FakeWorld w;
  w.options.workers = 8;
  for (int t = 0; t < 12; ++t) w.tenant("t" + two(t));
  for (int t = 0; t < 12; ++t) w.item(two(t), "ok", "h" + two(t) + ".example", "t" + two(t));
  test::change(w.database, "UPDATE ledger SET crashes = 1 WHERE key IN ('x:03', 'x:07')");
  std::atomic<int> beside = 0;
  w.network.answer = [&](const http::Request& r) {
    if (r.url.ends_with("/03") || r.url.ends_with("/07")) {
      std::lock_guard hold(w.network.lock);
      if (w.network.in_flight != 1) ++beside;
    }
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(beside == 0);
  expect_each_once(w, 12);
  const std::set<std::string> last(w.network.sent.end() - 2, w.network.sent.end());
  CHECK(last == std::set<std::string>{"https://h03.example/03", "https://h07.example/07"});
  CHECK(test::number(w.database, "SELECT sum(crashes) AS n FROM ledger") == 0);
}

TEST_CASE("while an item that was in flight at a crash runs alone, no more than a refill is claimed") {
  FakeWorld w;
  w.options.workers = 4;
  w.options.crashed_turn = Millis(0); // at the first refill
  for (int t = 0; t < 60; ++t) w.tenant("t" + two(t));
  for (int t = 0; t < 60; ++t) w.item(two(t), "ok", "h" + two(t) + ".example", "t" + two(t));
  test::change(w.database, "UPDATE ledger SET crashes = 1 WHERE key = 'x:59'");
  std::int64_t most = 0;
  w.network.answer = [&](const http::Request& r) {
    if (r.url.ends_with("/59")) // time enough for the others to claim all there is
      for (int i = 0; i < 2'000; ++i) most = std::max(most, w.in_state("running"));
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(most > 0);
  CHECK(most <= 2 * w.options.workers + 1); // what a crash would strand
  expect_each_once(w, 60);
}

TEST_CASE("a row that is no longer claimable while its host was crowded does not keep the ring turning") {
  FakeWorld w;
  w.options.workers = 4; // a quarter: 1; a host is crowded from two at hand
  for (int t = 0; t < 8; ++t) {
    w.tenant("t" + two(t));
    w.item(two(t), "ok", "one.example", "t" + two(t));
  }
  std::once_flag once;
  w.network.answer = [&](const http::Request&) { // as if another run had taken what waits, or its credential rested
    std::call_once(once, [&] {
      test::change(w.database, "UPDATE ledger SET due_at = due_at + 3600000 WHERE state = 'due' AND stage = $stage",
                   {{"stage", "post"}});
    });
    return http::Response{.status = 201};
  };
  const RunReport r = w.run(); // the old ring never came back from its turn
  CHECK(r.ended_by == "finished");
  CHECK(w.in_state("due") + w.in_state("done") == 8);
  CHECK(w.in_state("due") > 0);
}
