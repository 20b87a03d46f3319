// History says of each try what was called, with whose credential, and what came of it.
#include "support/ledger_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis minute{60'000};

ledger::Attempt attempt_of(const Credential* credential, const RunId& run) {
  return {.stage = "post",
          .key = Key{"x", "1"},
          .turn = 3,
          .tenant = {"asha"},
          .run = run,
          .begun_at = noon - minute,
          .armed_at = noon - Millis(5),
          .credential = credential,
          .host = "h"};
}

} // namespace

TEST_CASE("the end of a try is one row with its answer") {
  LedgerWorld w;
  const Credential c = test::wordpress();
  const Result refused{
      .outcome = std::unexpected(Error{.fault = Fault::transient, .reason = "feed.server_error", .http_status = 503}),
      .spent = {{"tokens_in", 812}, {"tokens_out", 7}}};
  w.in([&](db::Transaction& tx) {
    ledger::record(tx, attempt_of(&c, w.run), LedgerWorld::decision(Next::due, Reason("parked", {"host", "x"})),
                   refused, noon);
  });
  const db::Row a = w.attempt("x:1", 3);
  CHECK(a.text("kind") == "work");
  CHECK(a.text("tenant_id") == "asha");
  CHECK(a.text("run_id") == "run-1");
  CHECK(a.time("begun_at") == noon - minute);
  CHECK(a.time("armed_at") == noon - Millis(5));
  CHECK(a.time("finished_at") == noon);
  CHECK(a.text("outcome") == "transient");
  CHECK(a.text("reason") == "parked");
  CHECK(a.text("args") == R"(["host","x"])");
  CHECK(a.integer("http_status") == 503);
  CHECK(a.text("credential_id") == "c1");
  CHECK(a.text("owner") == "platform");
  CHECK(a.text("host") == "h");
  CHECK(a.text("usage") == R"({"tokens_in":812,"tokens_out":7})");
}

TEST_CASE("each outcome has its word, and a call without a credential none") {
  const std::pair<Outcome, const char*> table[] = {{Done{"https://h/1"}, "done"},
                                                   {Snooze{noon, "pace.wait"}, "snoozed"},
                                                   {Cancel{"feed.gone"}, "cancelled"},
                                                   {fail(Fault::outage, "bug"), "outage"},
                                                   {fail(Fault::setting, "bug"), "setting"},
                                                   {fail(Fault::uncertain, "bug"), "uncertain"}};
  for (const auto& [outcome, word] : table) {
    CAPTURE(word);
    LedgerWorld w;
    ledger::Attempt a = attempt_of(nullptr, w.run);
    a.looked_up = true;
    a.host.clear();
    a.armed_at.reset();
    w.in([&](db::Transaction& tx) { ledger::record(tx, a, LedgerWorld::decision(Next::done), Result{outcome}, noon); });
    const db::Row r = w.attempt("x:1", 3);
    CHECK(r.text("outcome") == word);
    CHECK(r.text("kind") == "reconcile");
    CHECK(r.text("reference") == (done_of(outcome) != nullptr ? "https://h/1" : ""));
    CHECK(r.null("credential_id"));
    CHECK(r.null("owner"));
    CHECK(r.null("host"));
    CHECK(r.null("armed_at"));
    CHECK(r.text("usage").empty());
  }
}

TEST_CASE("the answer of a run that was taken for dead replaces the word 'lost'") {
  LedgerWorld w;
  test::change(
      *w.database,
      "INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, finished_at, outcome, reason) "
      "VALUES ('post', 'x:1', 3, 'asha', 'run-1', 'work', 1, 2, 'lost', 'run.died_after_sending')");
  w.in([&](db::Transaction& tx) {
    ledger::record(tx, attempt_of(nullptr, w.run), LedgerWorld::decision(Next::done, {}), Result{Done{"ref"}}, noon);
  });
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM attempts") == 1);
  CHECK(w.attempt("x:1", 3).text("outcome") == "done");
  CHECK(w.attempt("x:1", 3).text("reference") == "ref");
  CHECK(w.attempt("x:1", 3).text("reason").empty());
}
