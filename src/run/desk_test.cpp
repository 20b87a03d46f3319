// Many items, many tenants, several runs at once: caps, fairness, stopping, a locked database, and nothing twice.
#include "run/admission.hpp"
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

// Calls wait here until so many are inside at once.
struct Meeting {
  explicit Meeting(int n) : expected(n) {}
  const int expected;
  std::mutex lock;
  std::condition_variable changed;
  int inside = 0;
  bool met = false;
  void join() {
    std::unique_lock hold(lock);
    met = met || ++inside >= expected;
    changed.notify_all();
    changed.wait_for(hold, patience, [&] { return met; });
    --inside;
  }
};

std::string two(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

void expect_each_once(FakeWorld& w, std::size_t items) {
  CHECK(w.network.calls() == items);
  CHECK(std::set<std::string>(w.network.sent.begin(), w.network.sent.end()).size() == items);
  CHECK(w.in_state("done") == static_cast<std::int64_t>(items));
}

} // namespace

TEST_CASE("sixteen at once bring a thousand items of fifty tenants home, each once, no tenant more than a quarter") {
  FakeWorld w;
  w.options.in_flight = 16;
  w.database.transact([&](db::Transaction& tx) {
    for (int t = 0; t < 50; ++t) {
      test::add_tenant(tx, "t" + two(t));
      for (int i = 0; i < 20; ++i)
        w.item_in(tx, "t" + two(t) + "." + two(i), "ok", "h" + std::to_string(t % 7) + ".example", "t" + two(t));
    }
  });
  const RunReport r = w.run();
  expect_each_once(w, 1'000);
  CHECK(FakeWorld::items(r, "done") == 1'000);
  for (const auto& [tenant, most] : w.network.most_by_tenant) CHECK(most <= 4);
  CHECK(w.network.most <= 16);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM attempts WHERE outcome = 'done'") == 1'000);
  CHECK(test::number(w.database, "SELECT sum(moved_count) AS n FROM feeds") == 1'000);
  CHECK(test::number(w.database, "SELECT sum(items) AS n FROM run_counts") == 1'000);
}

TEST_CASE("a tenant gets a quarter of the places while others wait, and all of them when nobody does") {
  for (const bool alone : {true, false}) {
    CAPTURE(alone);
    FakeWorld w;
    w.options.in_flight = 8; // a quarter: 2
    w.tenant("a-whale");
    for (int i = 0; i < 24; ++i) w.item(two(i), "ok", "h" + two(i) + ".example", "a-whale");
    if (!alone)
      for (int t = 0; t < 8; ++t) {
        w.tenant("t" + two(t));
        for (int i = 0; i < 3; ++i) w.item("s" + two(3 * t + i), "ok", "one.example", "t" + two(t));
      }
    Meeting all(8);
    w.network.answer = [&](const http::Request&) {
      all.join();
      return http::Response{.status = 201};
    };
    w.run();
    CHECK(all.met); // every place was used at once
    CHECK(w.network.most == 8);
    if (!alone) {
      // The whale's share while the others waited; at the end it may have all.
      std::size_t whales = 0;
      for (std::size_t i = 0; i < 8; ++i) whales += w.network.sent[i].starts_with("https://h") ? 1 : 0;
      CHECK(whales <= 2); // none, where the run begins behind it
    }
    expect_each_once(w, alone ? 24 : 48);
  }
}

TEST_CASE("one host serves all tenants at once: there is no cap on a host that is well") {
  FakeWorld w;
  w.options.in_flight = 16;
  for (int t = 0; t < 16; ++t) {
    w.tenant("t" + two(t));
    w.item(two(t), "ok", "one.example", "t" + two(t));
  }
  Meeting all(16);
  w.network.answer = [&](const http::Request&) {
    all.join();
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(all.met);
  expect_each_once(w, 16);
}

TEST_CASE("a host that failed is cut back: it delays nobody, and the desk does not spin while it is full") {
  FakeWorld w;
  w.options.in_flight = 8;
  for (int t = 0; t < 60; ++t) w.tenant("t" + two(t));
  for (int t = 0; t < 40; ++t) w.item("slow" + two(t), "ok", "slow.example", "t" + two(t)); // first in the ring
  for (int t = 40; t < 60; ++t) w.item("fast" + two(t), "ok", "h" + two(t) + ".example", "t" + two(t));
  Gate others;
  std::atomic<int> fast = 0, slow = 0, hanging = 0, most_hanging = 0;
  std::atomic<bool> waited = true;
  std::int64_t statements = -1;
  w.network.answer = [&](const http::Request& r) -> Expected<http::Response> {
    if (r.url.find("slow") == std::string::npos) {
      if (++fast == 20) {
        // All the fast ones are through while slow ones still hang: now nothing can be admitted.
        statements = test::statements_at_rest(w.database);
        others.release();
      }
      return http::Response{.status = 201};
    }
    if (++slow <= 8) return fail(Fault::outage, "network.cannot_connect");
    most_hanging = std::max(most_hanging.load(), ++hanging);
    if (!others.wait()) waited = false;
    --hanging;
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(waited);
  CHECK(most_hanging <= 2);
  CHECK(statements <= 20);
  CHECK(w.in_state("done") == 52);
  CHECK(w.in_state("due") == 8); // what failed waits for its next try
}

TEST_CASE("rows of a tenant whose host has enough keep its next row for another host from nothing") {
  FakeWorld w;
  w.options.in_flight = 8;
  w.options.idle_wait = Millis(700); // for those three, and not for what failed
  w.tenant("asha");
  for (int i = 0; i < 4; ++i) w.item("s" + two(i), "ok", "slow.example"); // cut back by their failures
  for (int i = 0; i < 90; ++i) w.item("h" + two(i), "ok", "slow.example");
  w.item("fast", "ok", "fast.example");
  test::change(w.database,
               "UPDATE ledger SET due_at = due_at + 500 + length(key) WHERE key >= 'x:fast' AND key < 'x:g'; "
               "UPDATE ledger SET due_at = due_at + 100 WHERE key >= 'x:h' AND key < 'x:i'");
  Gate fast;
  std::atomic<int> failures = 0;
  std::atomic<bool> waited = true;
  w.network.answer = [&](const http::Request& r) -> Expected<http::Response> {
    const std::string id = r.url.substr(r.url.rfind('/') + 1);
    if (id == "fast") fast.release();
    if (id.starts_with("s") && failures < 4) {
      if (++failures == 4) w.clock.advance(Millis(2'000));
      return fail(Fault::outage, "network.cannot_connect");
    }
    if (id.starts_with("h") && !fast.wait()) waited = false;
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(waited);
  CHECK(w.state("fast") == "done");
  for (int i = 0; i < 90; ++i) CHECK(w.state("h" + two(i)) == "done");
}

TEST_CASE("a host that failed gets its places back with its good answers") {
  Load load(64);
  Flight f;
  const Stage posts = test::fake::stage("post");
  f.script.stage = &posts;
  f.host = "h";
  f.script.item.tenant = {"asha"};
  const auto answer = [&](bool well) {
    load.left(f);
    load.back(f, well, Millis(50));
  };
  int places = 0;
  const auto most = [&] { // how many it may have at once now
    places = 0;
    while (!load.full("h") && places < 64) {
      load.left(f);
      ++places;
    }
    return places;
  };
  const auto give_back = [&] {
    for (int i = 0; i < places; ++i) load.back(f, true, Millis(50));
  };
  CHECK(most() == 64);
  give_back();
  answer(false);
  CHECK(most() == 8); // half of a quarter
  for (int i = 0; i < places; ++i) load.back(f, false, Millis(50));
  CHECK(most() == 1);
  give_back();
  for (int i = 0; i < 8; ++i) answer(true);
  CHECK(most() <= 16);
  CHECK(places > 1);
  give_back();
  for (int i = 0; i < 64; ++i) answer(true);
  CHECK(most() == 64);
  give_back();
  CHECK(load.in_flight() == 0);
}

TEST_CASE("a host that turns slow is cut back too") {
  Load load(64);
  Flight f;
  const Stage posts = test::fake::stage("post");
  f.script.stage = &posts;
  f.host = "h";
  f.script.item.tenant = {"asha"};
  load.left(f); // never quite unused
  for (int i = 0; i < 50; ++i) {
    load.left(f);
    load.back(f, true, Millis(100));
  }
  for (int i = 0; i < 20; ++i) load.left(f);
  CHECK_FALSE(load.full("h"));
  load.back(f, true, Millis(9'000));
  CHECK(load.full("h"));
}

TEST_CASE("calls that nobody can look up begin slowly at a host: few before its first answer, one more with each") {
  Load load(64);
  const Stage sends = test::fake::stage("post", false);
  const Stage posts = test::fake::stage("post");
  Flight f;
  f.host = "h";
  f.script.stage = &sends;
  f.script.item.tenant = {"asha"};
  f.script.answers.emplace_back();
  const auto leave = [&](int calls) {
    for (int i = 0; i < calls; ++i) load.left(f);
  };
  const auto come_back = [&](int calls, bool well) {
    for (int i = 0; i < calls; ++i) load.back(f, well, Millis(50));
  };
  CHECK_FALSE(load.full_at_start("h", sends, 7));
  CHECK(load.full_at_start("h", sends, 8)); // within a turn, too
  leave(8);
  CHECK(load.full_at_start("h", sends));
  CHECK_FALSE(load.full_at_start("h", posts)); // these can be looked up
  CHECK_FALSE(load.full_at_start("other", sends));
  CHECK_FALSE(load.full_at_start("", sends)); // no network
  come_back(8, true);
  CHECK_FALSE(load.full_at_start("h", sends, 15)); // unused for a moment, and remembered
  CHECK(load.full_at_start("h", sends, 16));
  leave(16);
  come_back(16, true);
  CHECK_FALSE(load.full_at_start("h", sends, 31));
  CHECK(load.full_at_start("h", sends, 32));
  CHECK_FALSE(load.full("h", 32)); // that is its only limit
  f.host = "broken";
  leave(8);
  come_back(1, false);
  CHECK(load.full("broken")); // 7 are there
  come_back(3, true);
  CHECK(load.full("broken")); // 4, and half of the first 8 is its most
  come_back(1, true);
  CHECK_FALSE(load.full("broken"));
  come_back(3, true);
  // What ended without a call has heard nothing.
  f.host = "untouched";
  f.script.answers.clear();
  leave(8);
  come_back(8, true);
  CHECK(load.full_at_start("untouched", sends, 8));
  CHECK(load.in_flight() == 0);
}

TEST_CASE("a host that breaks at once leaves no crowd held, whoever writes to it") {
  FakeWorld w;
  w.job = test::fake::job({test::fake::stage("post", false)});
  w.options.in_flight = 64;
  for (int t = 0; t < 20; ++t) w.tenant("t" + two(t));
  for (int i = 0; i < 60; ++i) w.item(two(i), "ok", "one.example", "t" + two(i % 20));
  w.network.answer = [](const http::Request&) { return fail(Fault::uncertain, "network.connection_lost"); };
  w.run();
  CHECK(w.network.calls() <= 8);
  CHECK(w.in_state("held") == static_cast<std::int64_t>(w.network.calls()));
  CHECK(w.in_state("held") + w.in_state("due") == 60);
  // The next ones know of it: each tries it by one, and not before its rest is over.
  std::size_t calls = w.network.calls();
  for (const int minutes : {1, 2, 5, 15, 30, 60, 60}) {
    CAPTURE(minutes);
    w.clock.advance(Millis(minutes * 60'000 - 10'000));
    w.run();
    CHECK(w.network.calls() == calls);
    w.clock.advance(Millis(20'000));
    w.run();
    CHECK(w.network.calls() == calls + 1);
    calls = w.network.calls();
    CHECK(w.in_state("held") == static_cast<std::int64_t>(calls));
  }
  w.network.answer = nullptr;
  w.clock.advance(Millis(24 * 3'600'000));
  w.run();
  CHECK(w.in_state("due") == 0);
}

TEST_CASE("a host that answers has all places after a few round trips") {
  FakeWorld w;
  w.job = test::fake::job({test::fake::stage("post", false)});
  w.options.in_flight = 32;
  for (int t = 0; t < 8; ++t) w.tenant("t" + two(t));
  for (int i = 0; i < 56; ++i) w.item(two(i), "ok", "one.example", "t" + two(i % 8));
  Meeting first(8), all(32);
  std::atomic<int> calls = 0, answered = 0, before_an_answer = 0;
  w.network.answer = [&](const http::Request&) {
    const int n = ++calls;
    if (answered == 0) before_an_answer = n;
    if (n <= 8) first.join();
    if (n > 24) all.join();
    ++answered;
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(first.met);
  CHECK(before_an_answer == 8);
  CHECK(all.met);
  expect_each_once(w, 56);
}

TEST_CASE("a host that does not answer at all keeps its first calls, and nothing of its tenants from another host") {
  FakeWorld w;
  w.job = test::fake::job({test::fake::stage("post", false)});
  w.options.in_flight = 64;
  for (int t = 0; t < 12; ++t) {
    w.tenant("t" + two(t));
    for (int i = 0; i < 40; ++i) w.item("s" + two(t) + "." + two(i), "ok", "slow.example", "t" + two(t));
    w.item("z" + two(t), "ok", "h" + two(t) + ".example", "t" + two(t));
  }
  test::change(w.database, "UPDATE ledger SET due_at = due_at + 1 WHERE key >= 'x:z'");
  Gate others;
  std::atomic<int> slow = 0, fast = 0;
  std::atomic<bool> waited = true;
  std::int64_t statements = -1;
  w.clock.advance(Millis(10));
  w.network.answer = [&](const http::Request& r) -> Expected<http::Response> {
    if (r.url.find("slow") == std::string::npos) {
      if (++fast == 12) {
        statements = test::statements_at_rest(w.database);
        others.release();
      }
      return http::Response{.status = 201};
    }
    if (++slow == 8) w.clock.advance(Millis(2'000)); // the desk looks again
    if (slow <= 8 && !others.wait()) waited = false;
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(waited);
  CHECK(fast == 12);
  CHECK(statements <= 20); // it does not spin meanwhile
  CHECK(w.in_state("done") == 12 * 41);
}

TEST_CASE("a whale's first turn lets every small tenant go") {
  FakeWorld w;
  w.options.in_flight = 1;
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

TEST_CASE("more tenants than one turn looks for are all found") {
  FakeWorld w;
  w.options.in_flight = 64;
  w.database.transact([&](db::Transaction& tx) {
    for (int t = 0; t < 700; ++t) {
      const std::string id = "t" + std::to_string(1'000 + t);
      test::add_tenant(tx, id);
      w.item_in(tx, id, "quiet", "h.example", id);
    }
  });
  CHECK(w.run().ended_by == "finished");
  CHECK(w.in_state("done") == 700);
}

TEST_CASE("two runs at once over one file call nothing twice and leave nothing behind") {
  FakeWorld w;
  w.options.in_flight = 4;
  w.options.alone = false;
  w.database.transact([&](db::Transaction& tx) {
    for (int t = 0; t < 10; ++t) test::add_tenant(tx, "t" + two(t));
    for (int i = 0; i < 300; ++i)
      w.item_in(tx, std::to_string(i), "ok", "h" + std::to_string(i % 9) + ".example", "t" + two(i % 10));
  });
  std::atomic<std::int64_t> done = 0, rescued = 0;
  {
    std::vector<std::jthread> runs;
    for (int i = 0; i < 2; ++i)
      runs.emplace_back([&] {
        const RunReport r = w.run_beside();
        done += FakeWorld::items(r, "done");
        rescued += r.rescued;
      });
  }
  expect_each_once(w, 300);
  CHECK(done == 300);
  CHECK(rescued == 0); // neither took the other for dead
}

TEST_CASE("a stop finishes the items in hand, leaves the others as they are and begins none") {
  for (const int in_flight : {1, 4}) {
    CAPTURE(in_flight);
    FakeWorld w;
    w.options.in_flight = in_flight;
    for (int t = 0; t < 20; ++t) w.tenant("t" + two(t));
    for (int t = 0; t < 20; ++t) w.item(two(t), "ok", "h" + two(t) + ".example", "t" + two(t));
    std::stop_source stop;
    w.network.answer = [&](const http::Request&) {
      stop.request_stop();
      return http::Response{.status = 201};
    };
    const RunReport r = w.run(stop.get_token());
    CHECK(r.ended_by == "stopped");
    CHECK(test::number(w.database, "SELECT exit_code AS n FROM runs") == 143);
    CHECK(w.network.calls() >= 1);
    CHECK(w.network.calls() <= static_cast<std::size_t>(in_flight));
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

TEST_CASE("a stop is heard within a turn, however many rows are to be put off") {
  FakeWorld w;
  w.tenant("asha");
  w.database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < 3'000; ++i) w.item_in(tx, std::to_string(i), "ok", "h.example", "asha", "snooze");
  });
  static std::stop_source stop;
  stop = {};
  w.job.stages[0].settle = [](Settling&, const Item&, const Result&) { stop.request_stop(); }; // at the first one
  const RunReport r = w.run(stop.get_token());
  CHECK(r.ended_by == "stopped");
  CHECK(FakeWorld::items(r, "snoozed") > 0);
  CHECK(FakeWorld::items(r, "snoozed") <= 512);
}

TEST_CASE("a stop is heard within a turn, however long each row is judged, with a call and without") {
  for (const bool calls : {true, false}) {
    CAPTURE(calls);
    FakeWorld w;
    w.tenant("asha");
    if (!calls) w.job.stages[0].work = nullptr;
    w.database.transact([&](db::Transaction& tx) {
      for (int i = 0; i < 100; ++i) w.item_in(tx, std::to_string(i), "ok", "h.example", "asha", "snooze");
    });
    static std::stop_source stop;
    static test::FakeClock* clock = nullptr;
    stop = {};
    clock = &w.clock;
    w.job.stages[0].settle = [](Settling&, const Item&, const Result&) {
      stop.request_stop(); // at the first one
      clock->advance(Millis(30));
    };
    const RunReport r = w.run(stop.get_token());
    CHECK(r.ended_by == "stopped");
    CHECK(FakeWorld::items(r, "snoozed") == 4); // 100 ms
    CHECK(FakeWorld::items(w.run(), "snoozed") == 96);
  }
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
  const Rooms rooms{w.database, w.vault, w.net, system, w.settings, ""};
  w.options.idle_wait = Millis(60'000);
  w.item("1");
  w.item("2");
  test::change(w.database, "UPDATE ledger SET due_at = $t WHERE key = 'x:1'", {{"t", system.now() + Millis(300)}});
  run(w.job, w.options, rooms, {});
  CHECK(w.state("1") == "done");
}

TEST_CASE("rows that become due in the middle of a run are found, whoever put them there") {
  FakeWorld w;
  w.tenant("asha");
  w.tenant("bolt");
  w.item("1");
  std::once_flag once;
  w.network.answer = [&](const http::Request&) {
    std::call_once(once, [&] { w.item("2", "ok", "h.example", "bolt"); });
    return http::Response{.status = 201};
  };
  w.run();
  CHECK(w.in_state("done") == 2);
}

TEST_CASE("a row that another took, or that rests, while its host was crowded does not keep the run turning") {
  FakeWorld w;
  w.options.in_flight = 4;
  for (int t = 0; t < 8; ++t) {
    w.tenant("t" + two(t));
    w.item(two(t), "ok", "one.example", "t" + two(t));
  }
  std::once_flag once;
  w.network.answer = [&](const http::Request&) {
    std::call_once(
        once, [&] { test::change(w.database, "UPDATE ledger SET due_at = due_at + 3600000 WHERE state = 'due'"); });
    return http::Response{.status = 201};
  };
  const RunReport r = w.run();
  CHECK(r.ended_by == "finished");
  CHECK(w.in_state("due") + w.in_state("done") == 8);
  CHECK(w.in_state("due") > 0);
}

TEST_CASE(
    "a database that another program holds for seconds delays the run, and nothing is held, lost or twice for it") {
  FakeWorld w;
  w.database.wait_for_lock(Millis(0));
  w.options.in_flight = 4;
  w.job.stages[0] = test::fake::stage("post", false); // what is in doubt would be held
  for (int t = 0; t < 4; ++t) {
    w.tenant("t" + two(t));
    for (int i = 0; i < 5; ++i) w.item(two(5 * t + i), i == 3 ? "repeatable" : "ok", "h.example", "t" + two(t));
  }
  db::Sqlite other(w.path, {});
  Gate held;
  std::jthread holder;
  std::once_flag once;
  w.network.answer = [&](const http::Request&) {
    std::call_once(once, [&] { // it has the lock before this call's answer comes back
      holder = std::jthread([&] {
        other.transact([&](db::Transaction&) {
          held.release();
          std::this_thread::sleep_for(std::chrono::seconds(3));
        });
      });
      held.wait();
    });
    return http::Response{.status = 201};
  };
  const auto begun = std::chrono::steady_clock::now();
  const RunReport r = w.run();
  CHECK(std::chrono::steady_clock::now() - begun > std::chrono::seconds(2));
  CHECK(r.ended_by == "finished");
  expect_each_once(w, 20);
  CHECK(w.in_state("held") == 0);
  CHECK(FakeWorld::items(r, "done") == 20);
}

TEST_CASE("a database that is held at the start and at the end of a run is waited for too") {
  FakeWorld w;
  w.database.wait_for_lock(Millis(0));
  w.tenant("asha");
  w.item("1");
  db::Sqlite other(w.path, {});
  Gate held;
  std::jthread holder([&] {
    other.transact([&](db::Transaction&) {
      held.release();
      std::this_thread::sleep_for(std::chrono::seconds(1));
    });
  });
  held.wait();
  CHECK(w.run().ended_by == "finished");
  CHECK(w.state("1") == "done");
}

namespace {

// Can be looked at once, and is held from then on.
class HeldSoon final : public db::Database {
public:
  explicit HeldSoon(db::Database& real) : real_(real) {}
  void transact(const Body&) override { held(); }
  void read(const Body& body) override {
    if (looked_++ > 0) held();
    real_.read(body);
  }
  void rehearse(std::span<const db::Copy> copies, const Body& body) override { real_.rehearse(copies, body); }
  std::int64_t data_version() override { return real_.data_version(); }
  std::int64_t statements() const override { return real_.statements(); }

private:
  [[noreturn]] static void held() { throw db::DatabaseError(db::DatabaseError::Kind::busy, "held"); }
  db::Database& real_;
  int looked_ = 0;
};

} // namespace

TEST_CASE("that nothing is due is no failure of a run, whoever holds the database when it is told") {
  FakeWorld w;
  w.job.warnings = [](db::Transaction& tx, Time) { // some note that they have spoken
    tx.execute(test::sql("UPDATE feeds SET moved_count = 0"));
    return std::vector<std::string>{};
  };
  HeldSoon database(w.database);
  const RunReport r = milkrun::run(w.job, w.options, w.rooms(database), {});
  CHECK(r.idle);
  CHECK(r.ended_by == "finished");
}

TEST_CASE("a run with nothing to do notes what others note: a test mode that is on is in every report") {
  FakeWorld w;
  Job job = w.job;
  job.warnings = [](db::Transaction&, Time) { return std::vector<std::string>{"test mode"}; };
  const RunReport r = milkrun::run(job, w.options, w.rooms(w.database), {});
  CHECK(r.idle);
  REQUIRE(r.notes.size() == 1);
  CHECK(r.notes[0].text == "test mode");
}

TEST_CASE("with no compute threads everything runs on the calling thread") {
  FakeWorld w;
  w.options.compute_threads = 0;
  w.tenant("asha");
  for (int i = 0; i < 20; ++i) w.item(std::to_string(i), i % 3 == 0 ? "repeatable" : "ok");
  static std::thread::id mine;
  static std::atomic<int> elsewhere;
  mine = std::this_thread::get_id();
  elsewhere = 0;
  test::fake::before_call = [] { elsewhere += std::this_thread::get_id() == mine ? 0 : 1; };
  w.run();
  CHECK(elsewhere == 0);
  expect_each_once(w, 20);
}

TEST_CASE("a call of a hundred tenants' items costs less than seven statements") {
  FakeWorld w;
  w.options.in_flight = 64;
  w.options.compute_threads = 0;
  w.job.stages[0].light = true;
  w.job.stages[0].plan = [](const Item& item, Time now) {
    Plan p = test::fake::plan(item, now);
    p.quota = {{.meter = "messages", .period = "2026-11", .amount = 1, .limit = 1'000, .again = now}};
    return p;
  };
  constexpr int items = 2'000;
  w.database.transact([&](db::Transaction& tx) {
    for (int t = 0; t < 100; ++t) test::add_tenant(tx, "t" + two(t));
    for (int i = 0; i < items; ++i) w.item_in(tx, std::to_string(i), "ok", "h.example", "t" + two(i % 100));
  });
  const std::int64_t before = w.database.statements();
  w.run_at_once();
  const std::int64_t spent = w.database.statements() - before;
  CHECK(w.in_state("done") == items);
  CHECK(static_cast<double>(spent) / items <= 6.8);
}

TEST_CASE("the first run of a day takes out what is over for long enough") {
  FakeWorld w;
  w.tenant("asha");
  w.item("old");
  w.item("new");
  w.run();
  test::change(w.database, "UPDATE ledger SET finished_at = 0 WHERE key = 'x:old'");
  w.item("2");
  w.run(); // the same day
  CHECK(w.in_state("done") == 3);
  w.clock.advance(Millis(24LL * 3'600'000));
  CHECK(w.run().idle); // nothing to do is nothing to do
  CHECK(w.in_state("done") == 3);
  w.item("3");
  w.run();
  CHECK(w.in_state("done") == 3);
  CHECK(test::number(w.database, "SELECT count(*) AS n FROM ledger WHERE key = 'x:old'") == 0);
}

TEST_CASE("domain rows that a settle brings are discovered in the same run") {
  FakeWorld w;
  w.tenant("asha");
  w.item("1");
  w.job.stages[0].discover = [](Discovery& d) -> std::size_t {
    const db::Rows found = d.tx.query(test::sql("SELECT id FROM feeds WHERE tried_slot = 'new'"));
    for (const db::Row& r : found) {
      d.enqueue("post", Key{"x", r.text("id")}, {"asha"}, d.now);
      d.tx.execute(test::sql("UPDATE feeds SET tried_slot = '' WHERE id = $id"), {{"id", r.text("id")}});
    }
    return found.size();
  };
  w.job.stages[0].settle = [](Settling& s, const Item& item, const Result&) {
    if (item.key.id.size() < 4)
      s.tx.execute(test::sql("INSERT INTO feeds (id, tenant_id, url, etag, tried_slot) VALUES ($id, 'asha', "
                             "'https://h.example/' || $id, 'ok', 'new')"),
                   {{"id", item.key.id + "1"}});
  };
  w.run();
  CHECK(w.in_state("done") == 4); // 1, 11, 111, 1111
}

TEST_CASE("the desk sleeps while what was in a crash is out alone, and while it makes room for it") {
  for (const bool making_room : {false, true}) {
    CAPTURE(making_room);
    FakeWorld w;
    w.tenant("asha");
    w.item("1");
    w.item("crashed");
    test::change(w.database, "UPDATE ledger SET crashes = 1, suspects = 1 WHERE key = 'x:crashed'");
    if (making_room) w.options.suspects_turn = Millis(0);
    std::int64_t statements = 0;
    w.network.answer = [&](const http::Request& r) {
      if (r.url.ends_with("/crashed") != making_room) {
        statements = test::statements_at_rest(w.database);
      }
      return http::Response{.status = 201};
    };
    w.run();
    CHECK(w.in_state("done") == 2);
    CHECK(statements <= 20);
  }
}
