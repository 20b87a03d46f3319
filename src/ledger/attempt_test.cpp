// Begin, arm and finish: on disk in that order, fenced at every step, late answers kept.
#include "support/ledger_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using ledger::Ownership;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis minute{60'000};

// x:1 claimed by run-1.
struct World : LedgerWorld {
  World() {
    enqueue("x:1");
    REQUIRE(claim(run).size() == 1);
  }
  // What a rescue does to it: the run is dead, the row is free again.
  void take_over(const char* state, const char* uncertain = nullptr) {
    test::change(*database,
                 "UPDATE ledger SET state = $state, reason = 'rescued', run_id = NULL, attempt_id = NULL, "
                 "uncertain_attempt = $u",
                 {{"state", state}, {"u", uncertain != nullptr ? db::Value(std::string(uncertain)) : db::Value()}});
  }
};

} // namespace

TEST_CASE("an attempt is written before the call and ended with its answer") {
  World w;
  const Credential credential{.id = {"c1"},
                              .service = "wordpress",
                              .owner = Owner::platform,
                              .granted_to = {"asha"},
                              .tenant = "asha",
                              .base_url = "https://h",
                              .host = "h",
                              .account = "",
                              .secret = {},
                              .settings = "{}"};
  const auto names = std::make_shared<const db::Row::Names>(db::Row::Names{"title"});
  Item item = w.item("x:1");
  item.row = db::Row(names, {std::string("0123")});
  CHECK(w.in([&](db::Transaction& tx) {
    return ledger::begin(tx, item, w.run, {.attempt = {"a1"}, .credential = &credential, .host = "h"}, noon);
  }) == 1);
  db::Row a = w.attempt("a1");
  CHECK(a.text("kind") == "work");
  CHECK(a.integer("number") == 1);
  CHECK(a.text("input_digest").size() == 64);
  CHECK(a.text("credential_id") == "c1");
  CHECK(a.text("owner") == "platform");
  CHECK(a.text("host") == "h");
  CHECK(a.null("armed_at"));
  CHECK(a.null("finished_at"));
  CHECK(w.row("x:1").text("credential_id") == "c1");

  CHECK(w.arm("a1", noon + minute));
  const auto left = w.in([](db::Transaction& tx) { return ledger::attempt(tx, {"a1"}); });
  REQUIRE(left.has_value());
  CHECK(left->look_after == noon + minute);
  CHECK(left->credential == CredentialId{"c1"});
  CHECK(left->host == "h");

  const Result refused{
      .outcome = std::unexpected(Error{.fault = Fault::transient, .reason = Reason::stored("503"), .http_status = 503}),
      .spent = {{"tokens_in", 812}, {"tokens_out", 7}}};
  CHECK(w.finish("x:1", w.run, "a1", LedgerWorld::decision(Next::due, "503"), refused) == Ownership::ours);
  a = w.attempt("a1");
  CHECK(a.text("outcome") == "transient");
  CHECK(a.integer("http_status") == 503);
  CHECK(a.text("usage") == R"({"tokens_in":812,"tokens_out":7})");
  CHECK(a.time("finished_at") == noon);
  CHECK(w.state("x:1") == "due");
  CHECK(w.row("x:1").integer("attempts") == 1);
  CHECK(w.row("x:1").null("run_id"));
  CHECK(test::number(*w.database, "SELECT used AS n FROM usage WHERE meter = 'tokens_in' AND period = '2026-11'") ==
        812);
}

TEST_CASE("attempts count up, and an uncounted one does not use up a try") {
  World w;
  for (int i = 1; i <= 3; ++i) {
    CAPTURE(i);
    CHECK(w.begin("x:1", w.run, "a" + std::to_string(i)) == (i == 3 ? 2 : i));
    ledger::Decision d = LedgerWorld::decision(Next::due);
    d.counted = i != 2; // rate limited
    CHECK(w.finish("x:1", w.run, "a" + std::to_string(i), d) == Ownership::ours);
    REQUIRE(w.claim(w.run).size() == 1);
  }
  CHECK(w.begin("x:1", w.run, "r1", false) == 2); // a look-up counts nothing
  CHECK(w.attempt("r1").text("kind") == "reconcile");
  CHECK(w.in([&](db::Transaction& tx) { return ledger::lookups(tx, w.item("x:1")); }) == 0);
  CHECK(w.finish("x:1", w.run, "r1", LedgerWorld::decision(Next::due)) == Ownership::ours);
  CHECK(w.row("x:1").integer("attempts") == 2);
}

TEST_CASE("a run that lost the row between any two steps neither begins, arms nor finishes it") {
  SUBCASE("before begin") {
    World w;
    w.take_over("due");
    CHECK(w.begin("x:1", w.run, "a1") == std::nullopt);
    CHECK(test::number(*w.database, "SELECT count(*) AS n FROM attempts") == 0);
  }
  SUBCASE("before begin, and claimed by another run") {
    World w;
    w.take_over("due");
    REQUIRE(w.claim(w.other).size() == 1);
    CHECK(w.begin("x:1", w.run, "a1") == std::nullopt);
    CHECK(w.begin("x:1", w.other, "b1") == 1);
    CHECK(w.begin("x:1", w.other, "b2") == std::nullopt); // and nobody begins twice
  }
  SUBCASE("between begin and arm") {
    World w;
    REQUIRE(w.begin("x:1", w.run, "a1") == 1);
    w.take_over("due");
    CHECK_FALSE(w.arm("a1"));
    REQUIRE(w.claim(w.other).size() == 1);
    CHECK_FALSE(w.arm("a1"));
    REQUIRE(w.begin("x:1", w.other, "b1") == 2);
    CHECK_FALSE(w.arm("a1"));
    CHECK(w.arm("b1"));
    CHECK_FALSE(w.arm("b1")); // a mark is made once
    CHECK(w.attempt("a1").null("armed_at"));
  }
  SUBCASE("between arm and finish, and sent again by another run") {
    World w;
    REQUIRE(w.begin("x:1", w.run, "a1") == 1);
    REQUIRE(w.arm("a1"));
    w.take_over("due");
    REQUIRE(w.claim(w.other).size() == 1);
    REQUIRE(w.begin("x:1", w.other, "b1") == 2);
    CHECK(w.finish("x:1", w.run, "a1", LedgerWorld::decision(Next::done)) == Ownership::lost);
    CHECK(w.state("x:1") == "running");
    CHECK(w.attempt("a1").text("outcome") == "done"); // its own row has the truth
    CHECK(w.finish("x:1", w.other, "b1", LedgerWorld::decision(Next::done)) == Ownership::ours);
    CHECK(w.finish("x:1", w.other, "b1", LedgerWorld::decision(Next::due)) == Ownership::lost); // nor does it end twice
    CHECK(w.state("x:1") == "done");
  }
}

TEST_CASE("an item without an attempt is finished only by its run and only while not begun") {
  World w;
  const auto finish = [&](const RunId& by) {
    return w.in([&](db::Transaction& tx) {
      return ledger::finish(tx, w.item("x:1"), LedgerWorld::decision(Next::cancelled),
                            Result{Cancel{Reason::stored("opted out")}}, {.run = by, .attempt = {}, .uncertain = {}},
                            noon);
    });
  };
  CHECK(finish(w.other) == Ownership::lost);
  REQUIRE(w.begin("x:1", w.run, "a1") == 1);
  CHECK(finish(w.run) == Ownership::lost);
  w.take_over("due");
  REQUIRE(w.claim(w.run).size() == 1);
  CHECK(finish(w.run) == Ownership::ours);
  CHECK(w.state("x:1") == "cancelled");
  CHECK(w.row("x:1").time("finished_at") == noon);
}

TEST_CASE("a late answer resolves the item while it is uncertain by that very attempt") {
  struct Row {
    const char* state;
    const char* uncertain;
    Next next;
    Ownership ownership;
    const char* after;
  };
  const Row table[] = {
      {"uncertain", "a1", Next::done, Ownership::late, "done"},
      {"held", "a1", Next::done, Ownership::late, "done"},
      {"uncertain", "a1", Next::due, Ownership::late, "due"},
      {"uncertain", "a1", Next::discarded, Ownership::late, "discarded"},
      {"uncertain", "a1", Next::uncertain, Ownership::lost, "uncertain"}, // it knows nothing new
      {"uncertain", "a0", Next::done, Ownership::lost, "uncertain"},      // another attempt's question
      {"due", nullptr, Next::done, Ownership::lost, "due"},
  };
  for (const Row& row : table) {
    CAPTURE(row.state);
    CAPTURE(ledger::word(row.next));
    World w;
    REQUIRE(w.begin("x:1", w.run, "a1") == 1);
    REQUIRE(w.arm("a1"));
    w.take_over(row.state, row.uncertain);
    CHECK(w.finish("x:1", w.run, "a1", LedgerWorld::decision(row.next)) == row.ownership);
    CHECK(w.state("x:1") == row.after);
    CHECK(w.attempt("a1").text("outcome") == "done");
  }
}

TEST_CASE("an uncertain item keeps the attempt in question through its look-ups") {
  World w;
  REQUIRE(w.begin("x:1", w.run, "a1") == 1);
  CHECK(w.finish("x:1", w.run, "a1", LedgerWorld::decision(Next::uncertain)) == Ownership::ours);
  CHECK(w.row("x:1").text("uncertain_attempt") == "a1");
  CHECK(w.claim(w.run).at(0).uncertain == AttemptId{"a1"});
  REQUIRE(w.begin("x:1", w.run, "r1", false) == 1);
  const auto look = [&](Next next, int absent, const char* attempt) {
    return w.in([&](db::Transaction& tx) {
      return ledger::finish(
          tx, w.item("x:1"), LedgerWorld::decision(next), Result{fail(Fault::uncertain, Reason::stored("absent"))},
          {.run = w.run, .attempt = AttemptId{attempt}, .uncertain = AttemptId{"a1"}, .absent = absent}, noon);
    });
  };
  CHECK(look(Next::uncertain, 1, "r1") == Ownership::ours);
  CHECK(w.row("x:1").text("uncertain_attempt") == "a1");
  CHECK(w.row("x:1").integer("absent") == 1);
  CHECK(w.row("x:1").integer("attempts") == 1);
  CHECK(w.in([&](db::Transaction& tx) { return ledger::lookups(tx, w.item("x:1")); }) == 1);
  REQUIRE(w.claim(w.run).at(0).absent == 1);
  REQUIRE(w.begin("x:1", w.run, "r2", false) == 1);
  CHECK(look(Next::due, 0, "r2") == Ownership::ours);
  CHECK(w.row("x:1").null("uncertain_attempt"));
  CHECK(w.begin("x:1", w.run, "a2") == std::nullopt);
  REQUIRE(w.claim(w.run).size() == 1);
  CHECK(w.begin("x:1", w.run, "a2") == 2);
}
