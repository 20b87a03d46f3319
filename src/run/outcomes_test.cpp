// Each outcome of an item's work moves its row, its stage's row and the report to the one right place.
#include "log/mask.hpp"
#include "support/fake_job.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::FakeWorld;
using test::noon;

namespace {

constexpr Millis minute{60'000}, hour{3'600'000};

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
      {"snooze", "", true, "due", "due", 0, 1, "snoozed", "work: not yet"},
      {"cancel", "", true, "cancelled", "cancelled", 1, 1, "cancelled", "work: never"},
      {"transient", "", true, "due", "due", 1, 1, "retry", "fake: transient"},
      {"rate_limited", "", true, "due", "due", 0, 1, "retry", "fake: rate_limited"},
      {"credential", "", true, "due", "due", 0, 1, "waiting", "fake: credential"},
      {"permanent", "", true, "discarded", "discarded", 1, 1, "discarded", "fake: permanent"},
      {"uncertain", "", true, "uncertain", "uncertain", 1, 1, "uncertain", "fake: uncertain"},
      {"uncertain", "", false, "held", "held", 1, 1, "held", "fake: uncertain"},
      // a bug: retried while nothing was sent, in doubt once it may have been
      {"throw", "", true, "due", "due", 1, 0, "retry", "bug"},
      {"throw_armed", "", true, "uncertain", "uncertain", 1, 1, "uncertain", "bug"},
      {"throw_armed", "", false, "held", "held", 1, 1, "held", "bug"},
      // the gate
      {"ok", "snooze", true, "due", "due", 0, 0, "snoozed", "gate: not yet"},
      {"ok", "cancel", true, "cancelled", "cancelled", 0, 0, "cancelled", "gate: never"},
      {"ok", "throw", true, "due", "", 0, 0, "waiting", "bug"},
  };
  for (const Row& row : table) {
    CAPTURE(row.script);
    CAPTURE(row.gate);
    const auto w = world();
    w->job.stages[0] = test::fake::stage("post", row.looks_up);
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
    CHECK(r.held == (std::string_view(row.state) == "held" ? 1 : 0));
    CHECK(r.ended_by == "finished");
    CHECK(test::number(w->database, "SELECT count(*) AS n FROM runs WHERE ended_at IS NOT NULL AND exit_code = 0") ==
          1);
    CHECK(test::number(w->database, "SELECT count(*) AS n FROM run_tenants") == 1);
    CHECK(test::number(w->database, "SELECT count(*) AS n FROM attempts WHERE finished_at IS NULL") == 0);
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

TEST_CASE("a bug that one row wakes in gate or settle delays that row alone, in every run") {
  const auto w = world();
  w->item("bad gate", "ok", "h.example", "asha", "throw");
  w->item("bad settle", "ok", "h.example", "asha", "snooze");
  test::change(w->database, "UPDATE feeds SET last_modified = 'throw' WHERE id = 'bad settle'");
  for (int i = 0; i < 5; ++i) w->item(std::to_string(i));
  const RunReport r = w->run();
  CHECK(w->in_state("done") == 5);
  CHECK(FakeWorld::items(r, "waiting", "bug") == 2);
  for (const char* id : {"bad gate", "bad settle"}) {
    CHECK(w->state(id) == "due");
    CHECK(w->ledger_row(id).time("due_at") == noon + hour);
    CHECK(w->feed(id).integer("moved_count") == 0); // what settle wrote before it threw is gone
  }
  CHECK(w->ledger_row("bad gate").text("detail") == "gate: a bug");
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
    CHECK(test::number(w->database, "SELECT count(*) AS n FROM attempts WHERE key LIKE '%bad' AND outcome = $outcome",
                       {{"outcome", row.outcome}}) == 1); // what the service said is kept
    w->run();
    CHECK(w->network.calls() == static_cast<std::size_t>(5 + row.calls)); // and nothing is sent again by itself
  }
}

TEST_CASE("a bug that a row wakes between claim and begin delays that row alone") {
  const auto w = world();
  w->options.workers = 1;
  w->item("1");
  w->item("2");
  test::fake::before_call = [&] { // both are claimed, one is begun
    test::change(w->database, "UPDATE feeds SET stop_reason = 'throw' WHERE moved_count = 0");
  };
  const RunReport r = w->run();
  CHECK(r.ended_by == "finished");
  CHECK(w->in_state("done") == 1);
  CHECK(w->in_state("due") == 1);
  CHECK(FakeWorld::items(r, "waiting", "bug") == 1);
  CHECK(w->network.calls() == 1);
}

TEST_CASE("a tenant without a credential gets a reason, and the others their work") {
  const auto w = world();
  w->tenant("bolt");
  w->item("1");
  w->item("2", "ok", "h.example", "bolt");
  test::change(w->database, "UPDATE feeds SET first_poll = 'none' WHERE id = '2'");
  const RunReport r = w->run();
  CHECK(w->state("1") == "done");
  CHECK(w->state("2") == "due");
  CHECK(FakeWorld::items(r, "waiting", "no credential: wordpress") == 1);
}

TEST_CASE("a refused credential is parked at its first item; the run neither calls with it again nor waits for it") {
  const auto w = world();
  w->options.workers = 1;
  w->tenant("bolt");
  for (const char* t : {"asha", "bolt"}) import_password(*w, t, "s3cret-pass");
  w->database.transact([&](db::Transaction& tx) {
    for (int i = 0; i < 30; ++i) w->item_in(tx, "a" + std::to_string(i), "credential", "asha.example", "asha");
    for (int i = 0; i < 5; ++i) w->item_in(tx, "b" + std::to_string(i), "ok", "bolt.example", "bolt");
    tx.execute(test::sql("UPDATE feeds SET first_poll = 'none'"));
  });
  w->run();
  CHECK(w->in_state("done") == 5);
  CHECK(w->network.calls() == 6);
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM ledger WHERE state = 'due' AND tenant_id = 'asha'") == 30);
  CHECK(w->run().idle); // nothing of it is due before the park ends
  w->clock.advance(hour + minute);
  test::change(w->database, "UPDATE feeds SET etag = 'ok'");
  w->run();
  CHECK(w->in_state("done") == 35);
}

TEST_CASE("a password that was changed while the old one was refused is not parked") {
  const auto w = world();
  import_password(*w, "asha", "old-s3cret");
  w->item("1", "credential", "asha.example");
  test::change(w->database, "UPDATE feeds SET first_poll = 'none'");
  w->network.answer = [&](const http::Request&) {
    w->clock.advance(Millis(1'000));
    import_password(*w, "asha", "new-s3cret"); // while the call with the old one is under way
    return http::Response{.status = 401};
  };
  w->run();
  CHECK(test::number(w->database, "SELECT count(*) AS n FROM parks") == 0);
}

TEST_CASE("the secret a look-up uses is kept out of the log like any other") {
  const auto w = world();
  import_password(*w, "asha", "looked-up-canary-0123456789");
  w->database.transact([&](db::Transaction& tx) {
    w->item_in(tx, "1", "ok", "asha.example", "asha");
    const ledger::RunRow dead = ledger::start_run(tx, "fake", noon);
    const Item item{.stage = "post", .key = "x:1", .tenant = {"asha"}, .attempt = 1, .row = {}};
    REQUIRE(ledger::claim(tx, "post", {"asha"}, dead.id, noon, 1).size() == 1);
    Credential c = *w->vault.resolve(tx, {{"asha"}, {}, {}, {}}, "wordpress");
    REQUIRE(ledger::begin(tx, item, dead.id, {.attempt = {"a1"}, .credential = &c, .host = c.host}, noon));
    REQUIRE(ledger::arm(tx, {"a1"}, "digest", noon, noon));
  });
  CHECK(log::masked("looked-up-canary-0123456789") == "looked-up-canary-0123456789");
  w->network.answer = [](const http::Request&) { return http::Response{.status = 200}; };
  w->run(); // rescues
  w->run();
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
  test::change(w->database, "UPDATE feeds SET etag = 'ok'");
  w->network.answer = [](const http::Request& r) {
    return http::Response{.status = r.url.ends_with("look") ? 404 : 201};
  };
  w->run();
  CHECK(w->network.calls(look) == 2);
  CHECK(w->network.calls(url) == 2);
  CHECK(w->state("1") == "done");
  CHECK(w->ledger_row("1").integer("attempts") == 2);
}

TEST_CASE("a look-up that finds the effect ends the item without sending; one that cannot know holds it") {
  for (const int status : {200, 401}) {
    CAPTURE(status);
    const auto w = world();
    w->item("1", "uncertain");
    w->run();
    w->clock.advance(minute);
    w->network.answer = [&](const http::Request&) { return http::Response{.status = status}; };
    w->run();
    CHECK(w->state("1") == (status == 200 ? "done" : "held"));
    CHECK(w->feed("1").text("last_error") == (status == 200 ? "done" : "held"));
    CHECK(w->network.calls("https://h.example/1") == 1);
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
                              "SELECT count(*) AS n FROM run_tenants", "SELECT count(*) AS n FROM idle_runs"})
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
  CHECK(before == "1 1 0 1 1 0 ");
  CHECK(counts() == "1 1 0 1 1 1 ");
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
  CHECK(w->network.by_tenant.contains("asha")); // from the first run only
}

TEST_CASE("a broken database ends the run with its error, not with a report") {
  const auto w = world();
  for (int i = 0; i < 10; ++i) w->item(std::to_string(i));
  w->job.stages[0].load = test::sql("SELECT id FROM nowhere WHERE id = $id");
  CHECK_THROWS_AS(w->run(), db::DatabaseError);
  CHECK(w->in_state("due") == 10);
}
