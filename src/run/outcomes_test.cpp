// Each outcome of an item's work moves its row, its stage's row and the report to the one right place.
#include "log/log.hpp"
#include "log/mask.hpp"
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

constexpr Millis second{1'000}, minute{60'000}, hour{3'600'000};

std::unique_ptr<FakeWorld> world() {
  auto w = std::make_unique<FakeWorld>();
  w->tenant("asha");
  return w;
}

// The tenant's own credential, for https://TENANT.example.
void import_password(FakeWorld& w, const std::string& tenant, const char* secret) {
  w.database.transact([&](db::Transaction& tx) {
    w.vault.store(tx,
                  {.scope = "tenant",
                   .tenant = {tenant},
                   .owner_key = tenant,
                   .service = "wordpress",
                   .base_url = "https://" + tenant + ".example",
                   .account = "a",
                   .secret = Secret(secret)},
                  w.clock.now());
  });
}

// An item that needs the tenant's password.
void item_with_password(FakeWorld& w, const std::string& id, const std::string& script = "ok") {
  w.item(id, script, "asha.example");
  test::change(w.database, "UPDATE feeds SET first_poll = 'none' WHERE id = $id", {{"id", id}});
}

void rewrite(FakeWorld& w, const char* script) {
  test::change(w.database, "UPDATE feeds SET etag = $s", {{"s", script}});
}

// With a reason of the tenant's; one that nobody can move is never news.
Result refused_by_password(const Item& item, const Credentials& c, const Outside& out) {
  Result r = test::fake::work(item, c, out);
  if (!r.outcome) r.outcome.error().reason = "wordpress.password_refused";
  return r;
}

} // namespace

TEST_CASE("each outcome moves the item, settles its stage and is counted") {
  struct Row {
    const char* script;
    const char* gate;
    bool looks_up;
    const char* state;
    const char* settled; // what the stage was told; "" = it was not asked
    int attempts, calls;
    const char *outcome, *reason;
  };
  const Row table[] = {
      {"ok", "", true, "done", "done", 1, 1, "done", ""},
      {"quiet", "", true, "done", "done", 1, 0, "done", ""},
      {"repeatable", "", true, "done", "done", 1, 1, "done", ""},
      {"snooze", "", true, "due", "due", 0, 1, "snoozed", "pace.wait"},
      {"cancel", "", true, "cancelled", "cancelled", 1, 1, "cancelled", "feed.gone"},
      {"transient", "", true, "due", "due", 1, 1, "retry", "feed.server_error"},
      {"outage", "", true, "due", "due", 0, 1, "waiting", "feed.server_error"},
      {"rate_limited", "", true, "due", "due", 0, 1, "retry", "feed.server_error"},
      {"setting", "", true, "due", "due", 0, 1, "waiting", "feed.server_error"},
      {"permanent", "", true, "discarded", "discarded", 1, 1, "discarded", "feed.server_error"},
      {"uncertain", "", true, "uncertain", "uncertain", 1, 1, "uncertain", "feed.server_error"},
      {"uncertain", "", false, "held", "held", 1, 1, "held", "feed.server_error"},
      // a bug: waits for its mend while nothing was sent, in doubt once it may have been
      {"throw", "", true, "due", "due", 0, 0, "waiting", "bug"},
      {"throw_armed", "", true, "uncertain", "uncertain", 1, 1, "uncertain", "bug"},
      {"throw_armed", "", false, "held", "held", 1, 1, "held", "bug"},
      // the rules
      {"ok", "snooze", true, "due", "due", 0, 0, "snoozed", "tenant.inactive"},
      {"ok", "cancel", true, "cancelled", "cancelled", 0, 0, "cancelled", "feed.stopped"},
      {"ok", "throw", true, "due", "", 0, 0, "waiting", "bug"},
  };
  for (const Row& row : table)
    for (const bool light : {false, true}) {
      CAPTURE(row.script);
      CAPTURE(row.gate);
      CAPTURE(light);
      const auto w = world();
      w->job.stages[0] = test::fake::stage("post", row.looks_up);
      w->job.stages[0].light = light;
      w->item("1", row.script, "h.example", "asha", row.gate);
      const RunReport r = w->run();
      CHECK(w->state("1") == row.state);
      CHECK(w->ledger_row("1").text("reason") == row.reason);
      CHECK(w->ledger_row("1").integer("attempts") == row.attempts);
      CHECK(w->feed("1").text("last_error") == row.settled);
      CHECK(w->feed("1").integer("moved_count") == (*row.settled == '\0' ? 0 : 1));
      CHECK(w->network.calls() == static_cast<std::size_t>(row.calls));
      REQUIRE(r.counts.size() == 1);
      CHECK(r.counts[0].outcome == row.outcome);
      CHECK(r.counts[0].reason.code() == row.reason);
      CHECK(r.counts[0].items == 1);
      REQUIRE(r.tenants.size() == 1);
      CHECK(r.tenants[0].slug == "asha");
      CHECK(r.held == (std::string_view(row.state) == "held" ? 1 : 0));
      CHECK(r.ended_by == "finished");
      CHECK(test::number(w->database, "SELECT count(*) AS n FROM runs WHERE ended_at IS NOT NULL AND exit_code = 0") ==
            1);
      CHECK(test::number(w->database, "SELECT sum(items) AS n FROM run_counts") == 1);
      const bool tried = *row.gate == '\0';
      CHECK(test::number(w->database, "SELECT count(*) AS n FROM attempts") == (tried ? 1 : 0));
    }
}

TEST_CASE("an item whose own row is gone is cancelled") {
  const auto w = world();
  w->item("1");
  test::change(w->database, "DELETE FROM feeds");
  w->run();
  CHECK(w->state("1") == "cancelled");
  CHECK(w->ledger_row("1").text("reason") == "row_gone");
}

TEST_CASE("a stage hands its item on to the next one in the same run") {
  const auto w = world();
  w->job = test::fake::job({test::fake::stage("first"), test::fake::stage("second")});
  w->job.stages[0].settle = test::fake::settle_and_enqueue;
  for (int i = 0; i < 20; ++i) w->item(std::to_string(i));
  const RunReport r = w->run();
  CHECK(w->in_state("done") == 40);
  CHECK(FakeWorld::items(r, "done") == 40);
}

TEST_CASE("a stage without network is settled where it is admitted, many in one turn, without history") {
  const auto w = world();
  w->job = test::fake::job({test::fake::stage("first"), test::fake::stage("second")});
  w->job.stages[0].work = nullptr;
  w->job.stages[0].settle = test::fake::settle_and_enqueue;
  w->job.stages[0].plan = [](const Item&, Time now) {
    return Plan{.quota = {{.meter = "plans", .period = "2026-11", .amount = 1, .limit = 150, .again = now + hour}}};
  };
  w->options.in_flight = 8;
  w->database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < 200; ++i) w->item_in(tx, std::to_string(i), "quiet", "h.example", "asha");
  });
  const RunReport r = w->run();
  CHECK(r.ended_by == "finished");
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM ledger WHERE stage = 'first' AND state = 'done'") == 150);
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM ledger WHERE stage = 'second' AND state = 'done'") == 150);
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM attempts WHERE stage = 'first'") == 0);
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM attempts WHERE stage = 'second'") == 150);
  CHECK(test::number(w->database, "SELECT used AS n FROM usage WHERE meter = 'plans'") == 150);
  CHECK(test::number(w->database, "SELECT reserved AS n FROM usage WHERE meter = 'plans'") == 0);
  CHECK(FakeWorld::items(r, "snoozed", "quota.used_up") == 50);
}

TEST_CASE("the call of a light stage is armed by the statement that admits it") {
  const auto statements = [](bool light) {
    const auto w = world();
    w->job.stages[0].light = light;
    w->options.compute_threads = 0;
    w->database.transact([&](db::Transaction& tx) {
      for (int i = 0; i < 40; ++i) w->item_in(tx, std::to_string(i), "ok", "h.example", "asha");
    });
    const std::int64_t before = w->database.statements();
    w->run_at_once();
    const std::int64_t after = w->database.statements();
    CHECK(w->in_state("done") == 40);
    CHECK(test::number(w->database, "SELECT count(*) AS n FROM attempts WHERE armed_at IS NOT NULL") == 40);
    return after - before;
  };
  CHECK(statements(true) + 40 <= statements(false)); // one an item
}

TEST_CASE("paced items get their places at once, an interval apart, and are due exactly then") {
  const auto w = world();
  w->job.stages[0].plan = [](const Item& item, Time) {
    Plan p = test::fake::plan(item, {});
    p.pace = {{.key = "sender", .interval = second, .reason = "pace.sender"}};
    return p;
  };
  for (int i = 0; i < 9; ++i) w->item(std::to_string(i));
  w->run();
  CHECK(w->network.calls() == 1);
  CHECK(test::number(w->database, "SELECT count(DISTINCT due_at) AS n FROM ledger WHERE state = 'due'") == 8);
  CHECK(test::number(w->database, "SELECT max(due_at) AS n FROM ledger WHERE state = 'due'") ==
        to_ms(noon + 8 * second));
  for (int i = 2; i <= 9; ++i) {
    w->clock.advance(second);
    w->run();
    CHECK(w->network.calls() == static_cast<std::size_t>(i)); // each at its own place, and nobody loses it
  }
  CHECK(w->in_state("done") == 9);
}

TEST_CASE("a bug that one row wakes in rules, plan or settle delays that row alone, in every run") {
  const auto w = world();
  w->job.stages[0].plan = [](const Item& item, Time now) {
    if (item.row.text("etag") == "bad plan") throw std::logic_error("plan: a bug");
    return test::fake::plan(item, now);
  };
  w->item("bad gate", "ok", "h.example", "asha", "throw");
  w->item("bad settle", "ok", "h.example", "asha", "snooze");
  w->item("bad plan", "bad plan");
  test::change(w->database, "UPDATE feeds SET last_modified = 'throw' WHERE id = 'bad settle'");
  for (int i = 0; i < 5; ++i) w->item(std::to_string(i));
  test::change(w->database, "UPDATE tenants SET slug = 'asha-gym' WHERE id = 'asha'");
  const log::Capture lines;
  const RunReport r = w->run();
  CHECK(w->in_state("done") == 5);
  CHECK(FakeWorld::items(r, "waiting", "bug") == 3);
  for (const std::string id : {"bad gate", "bad plan", "bad settle"}) {
    CAPTURE(id);
    CHECK(lines.text().find("job=fake stage=post key=\"x:" + id + "\" tenant=asha-gym ") != std::string::npos);
    CHECK(w->state(id) == "due");
    CHECK(w->ledger_row(id).time("due_at") == noon + hour);
    CHECK(w->ledger_row(id).integer("attempts") == 0);
    CHECK(w->feed(id).integer("moved_count") == 0); // what settle wrote before it threw is gone
  }
  CHECK(w->ledger_row("bad gate").text("detail") == "gate: a bug");
}

// Finds rows of `feeds` whose moved_count is below 0; those of asha wake a bug.
std::size_t discover_but_asha(Discovery& d) {
  const db::Rows rows = d.tx.query(test::sql("SELECT id, tenant_id FROM feeds WHERE moved_count < 0 AND "
                                             "coalesce(slot_ends_at, 0) <= $now ORDER BY id LIMIT $chunk"),
                                   {{"now", d.now}, {"chunk", static_cast<std::int64_t>(d.chunk)}});
  for (const db::Row& r : rows)
    d.one(
        {r.text("tenant_id")},
        [&] {
          d.tx.execute(test::sql("UPDATE feeds SET moved_count = 0 WHERE id = $id"), {{"id", r.text("id")}});
          d.enqueue("post", Key{"x", r.text("id")}, {r.text("tenant_id")}, d.now);
          if (r.text("tenant_id") == "asha") throw std::logic_error("discover: a bug");
        },
        [&](Time until) {
          d.tx.execute(test::sql("UPDATE feeds SET slot_ends_at = $until WHERE id = $id"),
                       {{"until", until}, {"id", r.text("id")}});
        });
  return rows.size();
}

std::unique_ptr<FakeWorld> world_with_bad_rows(int bad) {
  auto w = world();
  w->tenant("bolt");
  w->job.stages[0].discover = discover_but_asha;
  static const db::Statement undiscovered =
      test::sql("SELECT 1 AS yes FROM feeds WHERE moved_count < 0 AND coalesce(slot_ends_at, 0) <= $now LIMIT 1");
  w->job.stages[0].undiscovered = &undiscovered;
  w->job.discovers_in = {{"feeds"}};
  w->database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < bad; ++i) w->item_in(tx, "a" + std::to_string(i), "ok", "h.example", "asha");
    for (int i = 0; i < 5; ++i) w->item_in(tx, "b" + std::to_string(i), "ok", "h.example", "bolt");
    tx.execute(test::sql("UPDATE feeds SET moved_count = -1"));
    tx.execute(test::sql("DELETE FROM ledger"));
    w->item_in(tx, "due", "ok", "h.example", "bolt");
  });
  return w;
}

TEST_CASE(
    "a bug that a row wakes in discover costs its tenant the row, however many there are, and nobody else anything") {
  for (const int bad : {1, 700}) {
    CAPTURE(bad);
    const auto w = world_with_bad_rows(bad);
    const RunReport said = dry_run(w->job, w->options, w->database, w->vault, w->clock);
    CHECK(FakeWorld::items(said, "would-run") == 6);
    CHECK(FakeWorld::items(said, "waiting", "bug") == 1);
    const RunReport r = w->run();
    CHECK(w->in_state("done") == 6);
    CHECK(test::number(w->database, "SELECT count(*) AS n FROM ledger") == 6); // and nothing by halves
    CHECK(FakeWorld::items(r, "waiting", "bug") == 1);                         // told once, as asha's
    CHECK(test::number(w->database,
                       "SELECT count(*) AS n FROM run_counts WHERE tenant_id = 'asha' AND reason = 'bug'") == 1);
  }
}

TEST_CASE(
    "thousands of rows that discover cannot use are read some in each turn, once an hour, and are one line a day") {
  constexpr int bad = 2'000;
  const auto w = world_with_bad_rows(bad);
  static std::size_t read, most, looks;
  read = most = looks = 0;
  w->job.stages[0].discover = [](Discovery& d) {
    const std::size_t found = discover_but_asha(d);
    most = std::max(most, found);
    read += found;
    ++looks;
    return found;
  };
  const auto errors = [&] {
    const log::Capture lines;
    w->run();
    std::size_t n = 0;
    for (std::size_t at = lines.text().find("discover: a bug"); at != std::string::npos;
         at = lines.text().find("discover: a bug", at + 1))
      ++n;
    return n;
  };
  CHECK(errors() == 1);
  CHECK(w->in_state("done") == 6);
  CHECK(most == 500);                 // a turn's
  CHECK(read <= 2 * (bad + 5 + 500)); // each look of a turn that is run again counts twice
  CHECK(looks < 30);
  read = looks = 0;
  CHECK(errors() == 0);
  CHECK(read == 0); // they stand in nobody's way
  w->clock.advance(hour);
  CHECK(errors() == 0);
  CHECK(read >= bad);
  w->clock.advance(23 * hour);
  CHECK(errors() == 1);
}

TEST_CASE("items that wake a bug are one line a day, and an idle run says that they wait") {
  const auto w = world();
  for (int i = 0; i < 40; ++i) w->item(std::to_string(i), "ok", "h.example", "asha", "throw");
  const auto told = [&] {
    const log::Capture lines;
    const RunReport r = w->run();
    REQUIRE(r.resting.size() == 1);
    CHECK(r.resting[0].what == "stage post");
    CHECK(r.resting[0].tenant == "asha");
    CHECK(r.resting[0].reason == Reason("bug"));
    CHECK(r.resting[0].items == 40);
    CHECK(r.resting[0].until == w->ledger_row("0").time("due_at"));
    const bool logged = lines.text().find("gate: a bug") != std::string::npos;
    CHECK(logged == r.resting[0].news);
    CHECK(lines.text().find("gate: a bug") == lines.text().rfind("gate: a bug"));
    return r.resting[0].news;
  };
  CHECK(told());
  CHECK_FALSE(told()); // idle
  w->clock.advance(hour);
  CHECK_FALSE(told()); // tried again
  w->clock.advance(23 * hour);
  CHECK(told());
}

TEST_CASE("calls that our own stop broke off say nothing of their destination: the next run goes on at once") {
  const auto w = world();
  w->job = test::fake::job({test::fake::stage("post", false)});
  w->options.in_flight = 8;
  w->tenant("bolt");
  for (int i = 0; i < 8; ++i) w->item(std::to_string(i), "ok", "h.example", i < 4 ? "asha" : "bolt");
  w->network.answer = [](const http::Request&) -> Expected<http::Response> {
    return fail(Fault::uncertain, "network.stopped");
  };
  w->run();
  CHECK(w->in_state("held") == 8);
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM parks") == 0);
  w->network.answer = nullptr;
  for (int i = 0; i < 4; ++i) w->item("more" + std::to_string(i), "ok", "h.example", i < 2 ? "asha" : "bolt");
  const RunReport next = w->run();
  CHECK(w->in_state("done") == 4);
  CHECK(FakeWorld::items(next, "snoozed") == 0);
}

TEST_CASE("a bug of discover's own statement costs its stage new rows, and nobody else anything") {
  const auto w = world();
  w->job.stages[0].discover = [](Discovery& d) -> std::size_t {
    d.enqueue("post", Key{"x", "half"}, {"asha"}, d.now);
    throw std::logic_error("discover: a bug");
  };
  for (int i = 0; i < 5; ++i) w->item(std::to_string(i));
  const RunReport said = dry_run(w->job, w->options, w->database, w->vault, w->clock);
  CHECK(FakeWorld::items(said, "would-run") == 5);
  CHECK(FakeWorld::items(said, "waiting", "bug") == 1);
  const RunReport r = w->run();
  CHECK(w->in_state("done") == 5);
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM ledger") == 5); // and nothing by halves
  CHECK(FakeWorld::items(r, "waiting", "bug") >= 1);
}

TEST_CASE("a settle that breaks a constraint is a bug of that item") {
  const auto w = world();
  w->job.stages[0].settle = [](Settling& s, const Item& item, const Result& result) {
    test::fake::settle(s, item, result);
    if (item.key.id == "3")
      s.tx.execute(test::sql("INSERT INTO tenants (id, slug, name, created_at) VALUES ('asha', 'asha', 'a', 0)"));
  };
  for (int i = 0; i < 6; ++i) w->item(std::to_string(i));
  CHECK(w->run().ended_by == "finished");
  CHECK(w->in_state("done") == 5);
  CHECK(w->state("3") == "held"); // it was sent
}

TEST_CASE("a bug in settle after the call ends nobody's run: what may have happened is held, all else waits") {
  struct Row {
    const char* script;
    bool repeats;
    const char *state, *outcome;
    int calls;
  };
  for (const Row& row : {Row{"ok", false, "held", "done", 1}, Row{"ok", true, "due", "done", 1},
                         Row{"transient", false, "due", "transient", 1},
                         Row{"uncertain", false, "held", "uncertain", 1}, Row{"quiet", false, "due", "done", 0}}) {
    CAPTURE(row.script);
    CAPTURE(row.repeats);
    const auto w = world();
    w->job.stages[0].repeats = row.repeats;
    w->tenant("bolt");
    w->item("bad", row.script);
    test::change(w->database, "UPDATE feeds SET last_modified = 'throw' WHERE id = 'bad'");
    for (int i = 0; i < 5; ++i) w->item(std::to_string(i), "ok", "h.example", "bolt");
    const RunReport r = w->run();
    CHECK(w->in_state("done") == 5);
    CHECK(r.ended_by == "finished");
    CHECK(w->state("bad") == row.state);
    CHECK(w->ledger_row("bad").text("reason") == "bug");
    CHECK(w->ledger_row("bad").text("detail") == "settle: a bug");
    CHECK(w->feed("bad").integer("moved_count") == 0);
    CHECK(FakeWorld::items(r, std::string_view(row.state) == "held" ? "held" : "waiting") == 1); // both are warned of
    CHECK(w->network.calls() == static_cast<std::size_t>(5 + row.calls));
    CHECK(test::number(w->database, "SELECT count(*) AS n FROM attempts WHERE key = 'x:bad' AND outcome = $outcome",
                       {{"outcome", row.outcome}}) == 1); // what the service said is kept
    w->run();
    CHECK(w->network.calls() == static_cast<std::size_t>(5 + row.calls)); // and nothing is sent again by itself
  }
}

TEST_CASE("a stage whose call differs at replay waits for its mend, and the others get their work") {
  const auto w = world();
  static std::atomic<int> clock = 0; // as a clock of its own
  test::fake::before_call = [] { ++clock; };
  w->job.stages[0].work = [](const Item& item, const Credentials& c, const Outside& out) {
    if (item.key.id != "bad") return test::fake::work(item, c, out);
    http::Request r{.url = "https://h.example/bad?at=" + std::to_string(++clock)};
    static_cast<void>(out.http.send(r));
    return Result{Done{"ref"}};
  };
  w->item("bad");
  w->item("good");
  w->run();
  CHECK(w->state("good") == "done");
  CHECK(w->state("bad") == "due");
  CHECK(w->ledger_row("bad").text("detail") == "call 1 differs at replay: GET h.example");
}

TEST_CASE("a tenant without a credential gets a reason, the others their work, and a new credential brings it back") {
  const auto w = world();
  w->tenant("bolt");
  item_with_password(*w, "1");
  w->item("2", "ok", "h.example", "bolt");
  const RunReport r = w->run();
  CHECK(w->state("2") == "done");
  CHECK(w->state("1") == "due");
  CHECK(FakeWorld::items(r, "waiting", "credential.missing") == 1);
  CHECK(w->run().idle);
  import_password(*w, "asha", "s3cret-pass");
  w->run(); // without waiting for the hour
  CHECK(w->state("1") == "done");
}

TEST_CASE("a refused credential is parked at its first item; the run neither calls with it again nor waits for it") {
  const auto w = world();
  w->options.in_flight = 1;
  w->tenant("bolt");
  for (const char* t : {"asha", "bolt"}) import_password(*w, t, "s3cret-pass");
  w->database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < 30; ++i) w->item_in(tx, "a" + std::to_string(i), "setting", "asha.example", "asha");
    for (int i = 0; i < 5; ++i) w->item_in(tx, "b" + std::to_string(i), "ok", "bolt.example", "bolt");
    tx.execute(test::sql("UPDATE feeds SET first_poll = 'none'"));
  });
  RunReport r = w->run();
  CHECK(w->in_state("done") == 5);
  CHECK(w->network.calls() == 6);
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM ledger WHERE state = 'due' AND tenant_id = 'asha'") == 30);
  REQUIRE(r.resting.size() == 1);
  CHECK(r.resting[0].what == "credential wordpress of asha");
  CHECK(r.resting[0].items == 30);
  r = w->run(); // nothing of it is due before the park ends, and what rests is still told
  CHECK(r.idle);
  REQUIRE(r.resting.size() == 1);
  CHECK(r.resting[0].until == noon + hour - second);
  SUBCASE("tried again after an hour") {
    w->clock.advance(hour + minute);
    rewrite(*w, "ok");
    r = w->run();
    CHECK(w->in_state("done") == 35);
    CHECK(r.resting.empty());
  }
  SUBCASE("its change brings all of it back at once") {
    import_password(*w, "asha", "new-s3cret");
    rewrite(*w, "ok");
    w->run();
    CHECK(w->in_state("done") == 35);
  }
}

TEST_CASE("what somebody must act on is news once a day") {
  const auto w = world();
  import_password(*w, "asha", "s3cret-pass");
  w->item("1", "setting", "asha.example");
  test::change(w->database, "UPDATE feeds SET first_poll = 'none'");
  w->job.stages[0].work = refused_by_password;
  const RunReport first = w->run();
  REQUIRE(first.resting.size() == 1);
  CHECK(first.resting[0].news);
  const RunReport second = w->run();
  REQUIRE(second.resting.size() == 1);
  CHECK_FALSE(second.resting[0].news);
  Time told = noon;
  for (int hours = 0; hours < 26; ++hours) { // refused again each hour
    w->clock.advance(hour);
    const RunReport r = w->run();
    if (!r.resting.empty() && r.resting[0].news) {
      CHECK(w->clock.now() - told >= 24 * hour);
      told = w->clock.now();
    }
  }
  CHECK(told > noon);
}

TEST_CASE("a rest that is over stays told while its items have not tried again, whatever job's run comes between") {
  const auto w = world();
  import_password(*w, "asha", "s3cret-pass");
  w->item("1", "setting", "asha.example");
  test::change(w->database, "UPDATE feeds SET first_poll = 'none'");
  w->job.stages[0].work = refused_by_password;
  const RunReport first = w->run();
  REQUIRE(first.resting.size() == 1);
  CHECK(first.resting[0].news);
  Job another = test::fake::job({test::fake::stage("another")});
  w->clock.advance(2 * hour);
  std::swap(w->job, another);
  const RunReport between = w->run();
  REQUIRE(between.resting.size() == 1);
  CHECK_FALSE(between.resting[0].news);
  CHECK(between.resting[0].what == first.resting[0].what);
  CHECK(between.resting[0].since == first.resting[0].since);
  w->clock.advance(23 * hour); // the next day it is news, once
  CHECK(w->run().resting.at(0).news);
  std::swap(w->job, another);
  CHECK_FALSE(w->run().resting.at(0).news); // renewed
}

TEST_CASE("who has no credential, or one that does not open, is told by every run, and is news once a day") {
  const auto w = world();
  w->tenant("bolt");
  import_password(*w, "bolt", "s3cret-pass");
  w->item("1", "ok", "asha.example", "asha"); // asha has none
  w->item("2", "ok", "bolt.example", "bolt");
  test::change(w->database, "UPDATE feeds SET first_poll = 'none'");
  test::change(w->database, "UPDATE credentials SET sealed = 'broken'");
  const auto told = [](const RunReport& r, bool news) {
    REQUIRE(r.resting.size() == 2);
    std::set<std::string> all;
    for (const Resting& one : r.resting) {
      all.insert(one.what + ", " + one.tenant);
      CHECK(one.news == news);
      CHECK(one.items == 1);
      CHECK(one.until > noon);
    }
    CHECK(all == std::set<std::string>{"a credential for wordpress, asha", "a credential for wordpress, bolt"});
  };
  told(w->run(), true);
  const RunReport idle = w->run();
  CHECK(idle.idle);
  told(idle, false);
  w->clock.advance(25 * hour);
  told(w->run(), true);
}

TEST_CASE("a list of what waits is bounded and says that it was cut; what was not told today is told next") {
  const auto w = world();
  for (int i = 0; i < 120; ++i) {
    const std::string id = "t" + std::to_string(i);
    w->tenant(id);
    w->item(id, "ok", id + ".example", id);
  }
  test::change(w->database, "UPDATE feeds SET first_poll = 'none'");
  std::set<std::string> news;
  for (int run = 0; run < 3; ++run) {
    const RunReport r = w->run();
    CHECK(r.resting.size() == 50);
    CHECK(r.more_resting == 70);
    for (const Resting& one : r.resting)
      if (one.news) CHECK(news.insert(one.tenant).second);
  }
  CHECK(news.size() == 120);
}

TEST_CASE("a credential that a settle stores forgets nothing of what the turn has counted") {
  const auto w = world();
  w->job.stages[0].plan = [](const Item& item, Time) {
    return Plan{.service = "fake",
                .host = "h.example",
                .quota = {{.meter = "posts", .period = "2026-11", .limit = 5, .again = noon + hour}}};
    static_cast<void>(item);
  };
  w->job.stages[0].settle = [](Settling& s, const Item& item, const Result& result) {
    test::fake::settle(s, item, result);
    s.store_credential({.scope = "tenant",
                        .tenant = {"asha"},
                        .owner_key = "asha",
                        .service = "wordpress",
                        .base_url = "https://asha.example",
                        .account = "a",
                        .secret = Secret("pass-of-" + item.key.id)});
  };
  for (int i = 0; i < 4; ++i) w->item(std::to_string(i));
  w->run_at_once(); // all four in one turn
  CHECK(w->in_state("done") == 4);
  const db::Row usage = test::rows(w->database, "SELECT used, reserved FROM usage WHERE meter = 'posts'").at(0);
  CHECK(usage.integer("used") == 4);
  CHECK(usage.integer("reserved") == 0);
}

TEST_CASE("a grant that is given while the run works is seen, and one that is taken away is not used any more") {
  const auto w = world();
  w->options.in_flight = 1;
  w->database.transact([&](db::Transaction& tx) {
    w->vault.store(tx,
                   {.scope = "platform",
                    .tenant = {"operator"},
                    .owner_key = "platform",
                    .service = "wordpress",
                    .base_url = "https://asha.example",
                    .account = "a",
                    .secret = Secret("platform-pass")},
                   noon);
  });
  for (int i = 0; i < 3; ++i) item_with_password(*w, std::to_string(i));
  w->run();
  CHECK(w->network.calls() == 0); // no grant
  test::change(w->database, "INSERT INTO platform_grants (tenant_id, service) VALUES ('asha', 'wordpress')");
  test::change(w->database, "UPDATE ledger SET due_at = 0");
  w->network.answer = [&](const http::Request&) {
    db::Sqlite theirs(w->path, {}); // as import does it
    theirs.transact([](db::Transaction& tx) {
      tx.execute(test::sql("DELETE FROM platform_grants"));
      tx.execute(test::sql("UPDATE revisions SET n = n + 1 WHERE name = 'credentials'"));
    });
    return http::Response{.status = 201};
  };
  w->run();
  CHECK(w->network.calls() == 1);
}

TEST_CASE("a password that was changed while the old one was refused is not parked, and is tried at once") {
  const auto w = world();
  import_password(*w, "asha", "old-s3cret");
  item_with_password(*w, "1", "setting");
  w->network.answer = [&](const http::Request&) {
    w->clock.advance(second);
    import_password(*w, "asha", "new-s3cret"); // while the call with the old one is under way
    return http::Response{.status = 401};
  };
  w->run();
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM parks WHERE until > 0") == 0);
  w->network.answer = nullptr;
  rewrite(*w, "ok");
  w->clock.advance(second);
  w->run(); // with the new one, not in an hour
  CHECK(w->state("1") == "done");
}

TEST_CASE("an item that is refused by its own text keeps the others of its credential away once, not for good") {
  const auto w = world();
  w->options.in_flight = 1;
  w->job.stages[0].work = refused_by_password;
  import_password(*w, "asha", "s3cret-pass");
  item_with_password(*w, "1", "setting");
  w->run();
  for (const char* id : {"2", "3", "4"}) item_with_password(*w, id, "ok");
  w->run(); // they wait with it
  CHECK(w->in_state("done") == 0);
  w->clock.advance(hour + minute);
  w->run();
  CHECK(w->in_state("done") == 3);
  CHECK(w->state("1") == "due");
}

TEST_CASE("what waits alone for its provider is told and counted, and a change of its credential wakes it") {
  const auto w = world();
  w->job.stages[0].work = [](const Item& item, const Credentials& c, const Outside& out) {
    Result r = test::fake::work(item, c, out);
    if (r.outcome) return r;
    Error e{.fault = Fault::outage, .reason = "ai.request_refused", .detail = "odd"};
    e.parks.push_back({.scope = ParkScope::page, .id = {}, .rest = Millis(0), .reason = e.reason});
    return Result{std::unexpected(std::move(e))};
  };
  import_password(*w, "asha", "s3cret-pass");
  for (const char* id : {"1", "2"}) item_with_password(*w, id, "setting");
  item_with_password(*w, "3", "ok");
  const RunReport r = w->run();
  CHECK(w->in_state("done") == 1);
  REQUIRE(r.resting.size() == 1);
  CHECK(r.resting[0].what == "credential wordpress of asha");
  CHECK(r.resting[0].reason.code() == "ai.request_refused");
  CHECK(r.resting[0].items == 2);
  CHECK(r.resting[0].news);
  import_password(*w, "asha", "new-s3cret");
  rewrite(*w, "ok");
  w->run();
  CHECK(w->in_state("done") == 3);
}

TEST_CASE("a credential that works again after it was changed, or mended where it is used, is told once") {
  const auto w = world();
  w->job.stages[0].work = refused_by_password;
  import_password(*w, "asha", "old-s3cret");
  item_with_password(*w, "1", "setting");
  CHECK(w->run().recovered.empty());
  rewrite(*w, "ok");
  SUBCASE("changed") {
    import_password(*w, "asha", "new-s3cret");
    w->clock.advance(second);
  }
  SUBCASE("mended there, and looked at an hour later") { w->clock.advance(hour); }
  const RunReport r = w->run();
  CHECK(w->state("1") == "done");
  REQUIRE(r.recovered.size() == 1);
  CHECK(r.recovered[0].starts_with("credential wordpress of asha works again, after "));
  item_with_password(*w, "2", "ok");
  CHECK(w->run().recovered.empty());
}

TEST_CASE(
    "a host that asked for a rest and answers another call in the same run is told of by nobody; told of, its end is "
    "told too") {
  const auto w = world();
  w->options.in_flight = 1;
  w->job.stages[0].work = [](const Item& item, const Credentials& c, const Outside& out) {
    Result r = test::fake::work(item, c, out);
    if (r.outcome) return r;
    r.outcome.error().parks = {{ParkScope::host, "", 5 * minute, "feed.slow_down"}};
    return r;
  };
  SUBCASE("two at once") {
    w->options.in_flight = 2;
    w->item("1", "rate_limited");
    w->item("2");
    CHECK(w->run().recovered.empty());
    CHECK(w->state("2") == "done");
    CHECK(w->state("1") == "due");
  }
  SUBCASE("one after the other, in two runs") {
    w->item("1", "rate_limited");
    const RunReport first = w->run();
    REQUIRE(first.resting.size() == 1);
    w->clock.advance(5 * minute);
    rewrite(*w, "ok");
    const RunReport second = w->run();
    CHECK(w->state("1") == "done");
    REQUIRE(second.recovered.size() == 1);
    CHECK(second.recovered[0] == "fake h.example is well again, after feed: asked to slow down");
  }
}

TEST_CASE("a destination in trouble rests after five failures, uses up no try, is probed by one item, and wakes all "
          "when it is well") {
  const auto w = world();
  w->options.in_flight = 1;
  for (int i = 0; i < 20; ++i) w->item(std::to_string(i), "outage");
  RunReport r = w->run();
  CHECK(w->network.calls() == 5);
  CHECK(FakeWorld::items(r, "snoozed", "destination.rests") == 15);
  REQUIRE(r.resting.size() == 1);
  CHECK(r.resting[0].what == "destination fake h.example");
  CHECK(r.resting[0].items == 20);
  CHECK(r.resting[0].news);
  CHECK(test::number(w->database, "SELECT sum(attempts) AS n FROM ledger") == 0);
  w->clock.advance(minute);
  w->run();
  CHECK(w->network.calls() == 6); // one tries it, the others wait on
  w->clock.advance(2 * minute);
  rewrite(*w, "ok");
  r = w->run();
  CHECK(w->in_state("done") == 20);
  REQUIRE(r.recovered.size() == 1);
  CHECK(r.recovered[0].starts_with("fake h.example is well again"));
  CHECK(r.resting.empty());
}

TEST_CASE("an account that is down rests alone, is tried by one item, and its gateway's other accounts go on") {
  const auto w = world();
  w->tenant("bela");
  w->options.in_flight = 1;
  static bool down;
  down = true;
  w->job.stages[0].work = [](const Item& item, const Credentials& c, const Outside& out) {
    Result r = test::fake::work(item, c, out);
    if (item.tenant == TenantId{"asha"} && down)
      return Result{
          std::unexpected(Error{.fault = Fault::outage,
                                .reason = "whatsapp.account_not_ready",
                                .parks = {{ParkScope::credential, "", Millis(0), "whatsapp.account_not_ready"}}})};
    return r;
  };
  for (const char* tenant : {"asha", "bela"})
    w->database.transact([&](db::Transaction& tx) {
      w->vault.store(tx,
                     {.scope = "tenant",
                      .tenant = {tenant},
                      .owner_key = tenant,
                      .service = "wordpress",
                      .base_url = "https://gateway.example",
                      .account = tenant,
                      .secret = Secret("pass")},
                     w->clock.now());
    });
  const auto add = [&](const std::string& id, const char* tenant) {
    w->item(id, "ok", "gateway.example", tenant);
    test::change(w->database, "UPDATE feeds SET first_poll = 'none' WHERE id = $id", {{"id", id}});
  };
  for (int i = 0; i < 20; ++i) add("a" + std::to_string(i), "asha");
  for (int i = 0; i < 20; ++i) add("b" + std::to_string(i), "bela");
  RunReport r = w->run();
  CHECK(w->in_state("done") == 20);
  CHECK(w->network.calls() == 25);
  REQUIRE(r.resting.size() == 1);
  CHECK(r.resting[0].what == "destination wordpress gateway.example#asha");
  CHECK(r.resting[0].items == 20);
  w->clock.advance(minute);
  w->run();
  CHECK(w->network.calls() == 26); // one tries it, the others wait on
  w->clock.advance(2 * minute);
  down = false;
  r = w->run();
  CHECK(w->in_state("done") == 40);
  REQUIRE(r.recovered.size() == 1);
  CHECK(r.recovered[0].starts_with("wordpress gateway.example#asha is well again"));
}

TEST_CASE("the secret a look-up uses is kept out of the log like any other") {
  const auto w = world();
  import_password(*w, "asha", "looked-up-canary-0123456789");
  item_with_password(*w, "1");
  w->database.transact([&](db::Transaction& tx) {
    const ledger::RunRow dead = ledger::start_run(tx, "fake", noon);
    const Credential c = *w->vault.resolve(tx, {{"asha"}, {}, {}, {}}, "wordpress");
    const ledger::Candidate row = ledger::candidates(tx, "post", Rank::first, {"asha"}, noon, 1).at(0);
    REQUIRE(
        ledger::take(tx, "post", row, {.run = dead.id, .credential = &c, .host = c.host, .armed_until = noon}, noon));
  });
  CHECK(log::masked("looked-up-canary-0123456789") == "looked-up-canary-0123456789");
  w->network.answer = [](const http::Request&) { return http::Response{.status = 200}; };
  w->run(); // rescues, and looks it up
  CHECK(w->state("1") == "done");
  CHECK(log::masked("looked-up-canary-0123456789") == "***");
}

TEST_CASE("an uncertain item is looked up after its time, twice and ten minutes apart, before it is sent again") {
  const auto w = world();
  w->item("1", "uncertain");
  w->run();
  const std::string url = "https://h.example/1", look = url + "?look";
  CHECK(w->ledger_row("1").time("due_at") == noon + minute); // twice the request's timeout of 30 s
  CHECK(w->run().idle);
  w->network.answer = [](const http::Request&) { return http::Response{.status = 404}; };
  w->clock.advance(minute);
  w->run();
  CHECK(w->network.calls(look) == 1);
  CHECK(w->state("1") == "uncertain");
  CHECK(w->feed("1").text("last_error") == "uncertain");
  w->clock.advance(10 * minute - Millis(1));
  CHECK(w->run().idle);
  w->clock.advance(Millis(1));
  rewrite(*w, "ok");
  w->network.answer = [](const http::Request& r) {
    return http::Response{.status = r.url.ends_with("look") ? 404 : 201};
  };
  w->run();
  CHECK(w->network.calls(look) == 2);
  CHECK(w->network.calls(url) == 2);
  CHECK(w->state("1") == "done");
  CHECK(w->ledger_row("1").integer("attempts") == 2);
}

TEST_CASE("a look-up that finds the effect ends the item without sending; one that cannot know for a day holds it") {
  for (const int status : {200, 401}) {
    CAPTURE(status);
    const auto w = world();
    w->item("1", "uncertain");
    w->run();
    w->network.answer = [&](const http::Request&) { return http::Response{.status = status}; };
    for (int i = 0; i < 26; ++i) {
      w->clock.advance(hour);
      w->run();
      if (i == 0) CHECK(w->state("1") == (status == 200 ? "done" : "uncertain"));
    }
    CHECK(w->state("1") == (status == 200 ? "done" : "held"));
    CHECK(w->feed("1").text("last_error") == (status == 200 ? "done" : "held"));
    CHECK(w->network.calls("https://h.example/1") == 1);
    if (status == 401) CHECK(w->ledger_row("1").text("reason") == "lookup.unknown");
  }
}

TEST_CASE("a look-up that makes a once call is a bug, and nothing is sent") {
  const auto w = world();
  w->item("1", "uncertain");
  w->run();
  w->job.stages[0].reconcile = [](const Item& item, const Credentials&, const Outside& out) -> Expected<Reconciled> {
    http::Request r{.method = "POST", .url = item.row.text("url")};
    r.effect = http::Effect::once;
    static_cast<void>(out.http.send(r));
    return Reconciled{.presence = Presence::absent};
  };
  w->clock.advance(minute);
  w->run();
  CHECK(w->network.calls() == 1);
  CHECK(w->state("1") == "uncertain");
  CHECK(w->ledger_row("1").text("reason") == "bug.lookup");
}

TEST_CASE("a look-up whose credential cannot be opened waits for it, and says so") {
  const auto w = world();
  import_password(*w, "asha", "s3cret-pass");
  item_with_password(*w, "1", "uncertain");
  w->run();
  REQUIRE(w->state("1") == "uncertain");
  const std::string sealed = test::rows(w->database, "SELECT sealed FROM credentials").at(0).text("sealed");
  test::change(w->database, "UPDATE credentials SET sealed = 'x'");
  w->clock.advance(minute);
  w->run();
  CHECK(w->state("1") == "uncertain");
  CHECK(w->ledger_row("1").text("reason") == "credential.unreadable");
  CHECK(w->ledger_row("1").text("waits_for").starts_with("credential "));
  test::change(w->database, "UPDATE credentials SET sealed = $s", {{"s", sealed}});
  w->clock.advance(hour);
  w->network.answer = [](const http::Request&) { return http::Response{.status = 200}; };
  w->run();
  CHECK(w->state("1") == "done");
}

TEST_CASE("an uncertain item whose credential is gone is held") {
  const auto w = world();
  import_password(*w, "asha", "s3cret-pass");
  item_with_password(*w, "1", "uncertain");
  w->run();
  REQUIRE(w->state("1") == "uncertain");
  test::change(w->database, "DELETE FROM credentials");
  w->clock.advance(minute);
  w->run();
  CHECK(w->state("1") == "held");
  CHECK(w->ledger_row("1").text("reason") == "credential.gone");
  CHECK(w->network.calls() == 1);
}

TEST_CASE("what an item held of a quota is used when it is done, kept while it is in doubt, given back otherwise") {
  for (const auto& [script, used, reserved] :
       {std::tuple{"ok", 1, 0}, {"uncertain", 0, 1}, {"permanent", 0, 0}, {"outage", 0, 0}, {"throw", 0, 0}}) {
    CAPTURE(script);
    const auto w = world();
    w->job.stages[0].plan = [](const Item& item, Time now) {
      Plan p = test::fake::plan(item, now);
      p.quota = {{.meter = "posts", .period = "2026-11", .amount = 1, .limit = 5, .again = now + hour}};
      return p;
    };
    w->item("1", script);
    w->run();
    CHECK(test::number(w->database, "SELECT used AS n FROM usage") == used);
    CHECK(test::number(w->database, "SELECT reserved AS n FROM usage") == reserved);
  }
}

TEST_CASE("an idle run writes one row and nothing else") {
  const auto w = world();
  w->item("1", "ok", "h.example", "asha", "snooze");
  w->run();
  const auto counts = [&] {
    std::string out;
    for (const char* table : {"SELECT count(*) AS n FROM runs", "SELECT count(*) AS n FROM run_counts",
                              "SELECT count(*) AS n FROM attempts", "SELECT count(*) AS n FROM ledger",
                              "SELECT count(*) AS n FROM idle_runs"})
      out += std::to_string(test::number(w->database, table)) + " ";
    return out;
  };
  const std::string before = counts();
  for (int i = 0; i < 3; ++i) {
    const RunReport r = w->run();
    CHECK(r.idle);
    CHECK(r.run.value.empty());
    CHECK(r.counts.empty());
  }
  CHECK(before == "1 1 0 1 0 ");
  CHECK(counts() == "1 1 0 1 1 ");
  CHECK(test::number(w->database, "SELECT times AS n FROM idle_runs") == 3);
}

TEST_CASE("limit and tenant say what a run may begin, and the rest stays as it was") {
  const auto w = world();
  w->tenant("bolt");
  for (int i = 0; i < 20; ++i) w->item(std::to_string(i), "ok", "h.example", i % 2 == 0 ? "asha" : "bolt");
  w->options.limit = 3;
  CHECK(w->run().ended_by == "limit");
  CHECK(w->network.calls() == 3);
  CHECK(w->in_state("due") == 17);
  CHECK(w->in_state("running") == 0);
  w->options.limit.reset();
  w->options.tenant = TenantId{"bolt"};
  CHECK(w->run().ended_by == "finished");
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM ledger WHERE state = 'done' AND tenant_id = 'bolt'") ==
        10);
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM ledger WHERE state = 'due' AND tenant_id = 'asha'") >= 7);
  CHECK(w->run().idle); // what the others have is not this run's
}

TEST_CASE("a broken database ends the run with its error, not with a report") {
  const auto w = world();
  for (int i = 0; i < 10; ++i) w->item(std::to_string(i));
  w->job.stages[0].load = test::sql("SELECT id FROM nowhere WHERE id = $id");
  CHECK_THROWS_AS(w->run(), db::DatabaseError);
  CHECK(w->in_state("due") == 10);
}

TEST_CASE("a row whose key a foreign hand wrote ends like any other, and is not judged for ever") {
  const auto w = world();
  w->item("1");
  w->item("2");
  test::change(w->database, "UPDATE ledger SET key = 'x:1:a:b' WHERE key = 'x:1'");
  test::change(w->database, "UPDATE ledger SET key = 'x%20:2' WHERE key = 'x:2'");
  const RunReport r = w->run();
  CHECK(r.ended_by == "finished");
  CHECK(w->in_state("done") == 2);
  CHECK(w->network.calls() == 2);
}
