// Which rows wait, in which order they are found, and who may move them: fair, fenced, and by the index alone.
#include "support/ledger_world.hpp"

#include <algorithm>
#include <ostream>
#include <set>

#include <doctest/doctest.h>

using namespace milkrun;
using ledger::Ownership;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis minute{60'000};

std::vector<std::string> keys(const std::vector<ledger::Candidate>& candidates) {
  std::vector<std::string> out;
  for (const auto& c : candidates) out.push_back(c.key.text());
  return out;
}
using Keys = std::vector<std::string>;

// The tenants with due rows, gathered a few at a time.
std::vector<std::string> ring(LedgerWorld& w, Time now = noon, int limit = 3) {
  std::vector<std::string> out;
  std::string after;
  for (;;) {
    const auto found =
        w.in([&](db::Transaction& tx) { return ledger::tenants_due(tx, "post", Rank::first, after, now, limit); });
    for (const ledger::TenantDue& t : found) {
      after = t.tenant.value;
      if (t.due) out.push_back(after);
    }
    if (static_cast<int>(found.size()) < limit) return out;
  }
}

std::optional<Time> next_due(LedgerWorld& w, const std::optional<TenantId>& only = {}) {
  return w.in([&](db::Transaction& tx) { return ledger::next_due(tx, "post", only); });
}

Keys suspects(LedgerWorld& w, const std::optional<TenantId>& only = {}, int limit = 100, Time now = noon) {
  return keys(w.in([&](db::Transaction& tx) { return ledger::suspects(tx, "post", only, now, limit); }));
}

void put_off(LedgerWorld& w, const std::string& key, const ledger::Decision& d, std::optional<Time> place = {}) {
  const ledger::Candidate c = w.candidate(key);
  w.in([&](db::Transaction& tx) { ledger::put_off(tx, "post", c, d, place, noon); });
}

ledger::Decision waits_for(const char* what, Time at) {
  return {.next = Next::due, .at = at, .word = "snoozed", .reason = "pace.wait", .detail = "why", .waits_for = what};
}

} // namespace

TEST_CASE("a row is enqueued once, and again changes nothing") {
  LedgerWorld w;
  w.enqueue("x:1");
  w.enqueue("x:1", "bolt", noon + minute);
  CHECK(w.row("x:1").text("tenant_id") == "asha");
  CHECK(w.row("x:1").time("due_at") == noon);
  CHECK(w.take("x:1", w.run) == 1);
  w.enqueue("x:1");
  CHECK(w.state("x:1") == "running");
  CHECK_THROWS_AS(w.enqueue("x:2", "nobody"), db::DatabaseError);
}

TEST_CASE("the oldest due rows of the tenant are found, and no others") {
  LedgerWorld w;
  for (int i = 0; i < 5; ++i) w.enqueue("x:" + std::to_string(i), "asha", noon - i * minute);
  w.enqueue("x:future", "asha", noon + Millis(1));
  w.enqueue("x:bolts", "bolt", noon - 60 * minute);
  CHECK(keys(w.due("asha", 2)) == Keys{"x:4", "x:3"});
  REQUIRE(w.take("x:4", w.run) == 1);
  REQUIRE(w.take("x:3", w.run) == 1);
  CHECK(keys(w.due()) == Keys{"x:2", "x:1", "x:0"});
  CHECK(w.row("x:3").text("run_id") == "run-1");
  CHECK(keys(w.due("asha", 9, noon + Millis(1))).back() == "x:future");
}

TEST_CASE("a candidate carries what the admission needs of its row") {
  LedgerWorld w;
  w.enqueue("feed:7:2026-11-21");
  test::change(*w.database,
               "UPDATE ledger SET attempts = 2, turn = 5, place_at = 11, look_after = 12, absent = 1, lookups = 3, "
               "credential_id = 'c1', host = 'h', uncertain_turn = 4, state = 'uncertain', quota = 'posts|2026-11|2' "
               "|| char(10)");
  const ledger::Candidate c = w.candidate("feed:7:2026-11-21");
  CHECK(c.key == Key{"feed", "7", "2026-11-21"});
  CHECK(c.uncertain);
  CHECK(c.attempts == 2);
  CHECK(c.turn == 5);
  CHECK(c.uncertain_turn == 4);
  CHECK(c.absent == 1);
  CHECK(c.lookups == 3);
  CHECK(c.place_at == from_ms(11));
  CHECK(c.look_after == from_ms(12));
  CHECK(c.credential == CredentialId{"c1"});
  CHECK(c.host == "h");
  REQUIRE(c.reserved.size() == 1);
  CHECK(c.reserved[0].amount == 2);
}

TEST_CASE("a whale of ten thousand rows delays none of twenty small tenants") {
  LedgerWorld w;
  w.in([](db::Transaction& tx) {
    for (int i = 0; i < 10'000; ++i)
      ledger::enqueue(tx, "post", Key{"w", std::to_string(i)}, {"asha"}, noon - minute, Rank::first, noon);
    for (int t = 0; t < 20; ++t) {
      const std::string id = "small" + std::to_string(t);
      test::add_tenant(tx, id);
      ledger::enqueue(tx, "post", Key{"s", id}, {id}, noon, Rank::first, noon);
    }
  });
  const std::vector<std::string> due = ring(w);
  CHECK(due.size() == 21);
  CHECK(std::ranges::is_sorted(due));
  int served = 0, taken = 0;
  for (const std::string& t : due) {
    const auto got = w.due(t, 2);
    served += got.empty() ? 0 : 1;
    for (const ledger::Candidate& c : got) taken += w.take(c, w.run) != 0 ? 1 : 0;
  }
  CHECK(served == 21);
  CHECK(taken == 22); // one turn of the ring
  CHECK(ring(w) == std::vector<std::string>{"asha"});
}

TEST_CASE("a tenant whose rows only wait is passed over, and the look goes on behind it") {
  LedgerWorld w;
  test::add_tenants(*w.database, {"cleo", "dan"});
  w.enqueue("x:1", "asha", noon + minute);
  w.enqueue("x:2", "bolt");
  w.enqueue("x:3", "cleo", noon + minute);
  w.enqueue("x:4", "dan");
  for (const int limit : {1, 2, 3, 9}) CHECK(ring(w, noon, limit) == std::vector<std::string>{"bolt", "dan"});
  CHECK(ring(w, noon + minute).size() == 4);
}

TEST_CASE("rows that were in flight at a crash are no candidates, and come smallest group first") {
  LedgerWorld w;
  for (const char* key : {"x:1", "x:2", "x:3", "x:4"}) w.enqueue(key);
  w.enqueue("x:bolts", "bolt");
  w.enqueue("x:later", "asha", noon + minute);
  w.enqueue("x:ops", "operator");
  test::change(*w.database, "UPDATE ledger SET crashes = 2, suspects = 1 WHERE key = 'x:1'");
  test::change(*w.database, "UPDATE ledger SET crashes = 1, suspects = 8 WHERE key IN ('x:2', 'x:later')");
  test::change(*w.database, "UPDATE ledger SET crashes = 3, suspects = 4 WHERE key IN ('x:bolts', 'x:ops')");
  CHECK(keys(w.due()) == Keys{"x:3", "x:4"});
  CHECK(ring(w) == std::vector<std::string>{"asha"});
  CHECK(suspects(w).front() == "x:1");
  CHECK(suspects(w).back() == "x:2");
  CHECK(suspects(w, {}, 1) == Keys{"x:1"});
  const Keys of_bolt = suspects(w, TenantId{"bolt"});
  CHECK(std::set<std::string>(of_bolt.begin(), of_bolt.end()) == std::set<std::string>{"x:bolts", "x:ops"});
  CHECK(suspects(w, {}, 100, noon + minute).size() == 5);
}

TEST_CASE("the next due time is the earliest of all tenants, or of one and the operator, suspects included") {
  LedgerWorld w;
  CHECK(next_due(w) == std::nullopt);
  w.enqueue("x:1", "bolt", noon + 3 * minute);
  w.enqueue("x:2", "asha", noon + 2 * minute);
  w.enqueue("x:3", "asha", noon + 9 * minute);
  CHECK(next_due(w) == noon + 2 * minute);
  CHECK(next_due(w, TenantId{"bolt"}) == noon + 3 * minute);
  w.enqueue("x:4", "operator", noon - minute);
  CHECK(next_due(w, TenantId{"bolt"}) == noon - minute);
  CHECK(next_due(w) == noon - minute);
  test::change(*w.database, "UPDATE ledger SET crashes = 1, suspects = 1 WHERE key IN ('x:4', 'x:1')");
  CHECK(next_due(w) == noon - minute);
  CHECK(next_due(w, TenantId{"bolt"}) == noon - minute);
  test::change(*w.database, "DELETE FROM ledger WHERE key = 'x:4'");
  CHECK(next_due(w, TenantId{"bolt"}) == noon + 3 * minute); // a suspect of its own
  test::change(*w.database, "UPDATE ledger SET state = 'done', finished_at = 0");
  CHECK(next_due(w) == std::nullopt);
}

TEST_CASE("a row that waits untried is brought forward, never back, and not once it has a reason of its own") {
  LedgerWorld w;
  w.enqueue("x:1", "asha", noon + Millis(9'000));
  const auto hasten = [&](Time due) {
    w.in([&](db::Transaction& tx) { ledger::hasten(tx, "post", Key{"x", "1"}, due); });
    return w.row("x:1").time("due_at");
  };
  CHECK(hasten(noon + Millis(4'000)) == noon + Millis(4'000));
  CHECK(hasten(noon + Millis(5'000)) == noon + Millis(4'000));
  test::change(*w.database, "UPDATE ledger SET reason = 'feed.server_error'");
  CHECK(hasten(noon) == noon + Millis(4'000));
  test::change(*w.database, "UPDATE ledger SET reason = '', attempts = 1");
  CHECK(hasten(noon) == noon + Millis(4'000));
  test::change(*w.database, "UPDATE ledger SET attempts = 0, state = 'done', finished_at = 0");
  CHECK(hasten(noon) == noon + Millis(4'000));
}

TEST_CASE("waking makes due what waits for that very thing: the tenant's rows, or everybody's") {
  LedgerWorld w;
  const Time later = noon + 30 * minute;
  for (const char* key : {"x:1", "x:2", "x:3", "x:4", "x:5"})
    w.enqueue(key, std::string(key) == "x:3" ? "bolt" : "asha", later);
  for (const char* key : {"x:1", "x:3"}) put_off(w, key, waits_for("portal", later));
  put_off(w, "x:2", waits_for("portal 2", later));
  w.in([&](db::Transaction& tx) { ledger::wake(tx, {"asha"}, "portal", noon); });
  CHECK(w.row("x:1").time("due_at") == noon);
  CHECK(w.row("x:1").text("waits_for").empty());
  for (const char* key : {"x:2", "x:3", "x:4"}) CHECK(w.row(key).time("due_at") == later);
  w.in([&](db::Transaction& tx) { ledger::wake_all(tx, "portal", noon); });
  CHECK(w.row("x:3").time("due_at") == noon);
  CHECK(w.row("x:2").time("due_at") == later);
  w.in([&](db::Transaction& tx) { ledger::wake_all(tx, "", noon); }); // nothing waits for nothing
  CHECK(w.row("x:4").time("due_at") == later);
}

TEST_CASE("many rows that wait for one thing are woken some at a time, and what is left is not forgotten") {
  LedgerWorld w;
  const Time later = noon + 30 * minute;
  const std::int64_t many = 2 * ledger::most_woken + 7;
  for (std::int64_t i = 0; i < many; ++i) w.enqueue("x:" + std::to_string(i), i % 2 == 0 ? "bolt" : "asha", later);
  test::change(*w.database, "UPDATE ledger SET waits_for = 'ai h', reason = 'destination.rests'");
  const auto due = [&] { return test::number(*w.database, "SELECT count(*) AS n FROM ledger WHERE waits_for = ''"); };
  w.in([&](db::Transaction& tx) { ledger::wake_all(tx, "ai h", noon); });
  CHECK(due() == ledger::most_woken);
  for (std::int64_t expected : {2 * ledger::most_woken, many, many}) {
    const bool left = due() < many;
    w.in([&](db::Transaction& tx) {
      CHECK(ledger::wakes_left(tx) == left);
      CHECK(ledger::wake_more(tx, noon) == left);
    });
    CHECK(due() == expected);
  }
  w.in([&](db::Transaction& tx) { CHECK_FALSE(ledger::wakes_left(tx)); });
}

TEST_CASE("an uncertain row that waits is woken too, but never before its time to be looked up") {
  LedgerWorld w;
  for (const char* key : {"x:1", "x:2"}) {
    w.enqueue(key);
    const std::int64_t turn = w.take(key, w.run);
    ledger::Decision d = LedgerWorld::decision(Next::uncertain);
    d.at = noon + 30 * minute;
    d.waits_for = "fake h";
    REQUIRE(w.finish(key, w.run, turn, d) == Ownership::ours);
  }
  test::change(*w.database, "UPDATE ledger SET look_after = $t WHERE key = 'x:2'", {{"t", noon + minute}});
  w.in([&](db::Transaction& tx) { ledger::wake_all(tx, "fake h", noon); });
  CHECK(w.row("x:1").time("due_at") == noon);
  CHECK(w.row("x:2").time("due_at") == noon + minute);
  CHECK(w.state("x:2") == "uncertain");
}

TEST_CASE("a row in flight has its run, its turn and its credential, and counts a try") {
  LedgerWorld w;
  const Credential c = test::wordpress();
  w.enqueue("x:1");
  put_off(w, "x:1", waits_for("portal", noon), noon);
  CHECK(w.row("x:1").time("place_at") == noon);
  CHECK(w.take("x:1", w.run, {.credential = &c, .host = "h", .reserved = {{"posts", "2026-11"}}}) == 1);
  const db::Row r = w.row("x:1");
  CHECK(r.text("state") == "running");
  CHECK(r.text("kind") == "work");
  CHECK(r.text("run_id") == "run-1");
  CHECK(r.integer("turn") == 1);
  CHECK(r.integer("attempts") == 1);
  CHECK(r.time("begun_at") == noon);
  CHECK(r.text("credential_id") == "c1");
  CHECK(r.text("owner") == "platform");
  CHECK(r.text("host") == "h");
  CHECK(r.text("quota") == "posts|2026-11|1\n");
  CHECK(r.text("waits_for").empty());
  CHECK(r.null("armed_at"));
  CHECK(r.null("place_at"));
}

TEST_CASE("a call that leaves with its turn is armed by the admission itself") {
  LedgerWorld w;
  w.enqueue("x:1");
  REQUIRE(w.take("x:1", w.run, {.armed_until = noon + minute}) == 1);
  CHECK(w.row("x:1").time("armed_at") == noon);
  CHECK(w.row("x:1").time("look_after") == noon + minute);
}

TEST_CASE("turns count every admission, tries only what was the item's own") {
  LedgerWorld w;
  w.enqueue("x:1");
  for (int i = 1; i <= 3; ++i) {
    CAPTURE(i);
    const std::int64_t turn = w.take("x:1", w.run);
    CHECK(turn == i);
    ledger::Decision d = LedgerWorld::decision(i == 3 ? Next::uncertain : Next::due);
    d.counted = i != 2; // rate limited
    CHECK(w.finish("x:1", w.run, turn, d) == Ownership::ours);
  }
  CHECK(w.row("x:1").integer("attempts") == 2);
  const std::int64_t lookup = w.take("x:1", w.run);
  CHECK(lookup == 4);
  CHECK(w.row("x:1").integer("attempts") == 2); // a look-up counts nothing
  CHECK(w.row("x:1").text("kind") == "reconcile");
}

TEST_CASE("a row that is put off keeps its turn and tries, and one that moved meanwhile is left alone") {
  LedgerWorld w;
  w.enqueue("x:1");
  const ledger::Candidate old = w.candidate("x:1");
  put_off(w, "x:1", waits_for("portal", noon + minute), noon + minute);
  db::Row r = w.row("x:1");
  CHECK(r.text("state") == "due");
  CHECK(r.time("due_at") == noon + minute);
  CHECK(r.text("reason") == "pace.wait");
  CHECK(r.text("detail") == "why");
  CHECK(r.text("waits_for") == "portal");
  CHECK(r.time("place_at") == noon + minute);
  CHECK(r.integer("turn") == 0);
  CHECK(r.integer("attempts") == 0);
  REQUIRE(w.take("x:1", w.run) == 1);
  w.in([&](db::Transaction& tx) {
    ledger::put_off(tx, "post", old, LedgerWorld::decision(Next::cancelled), std::nullopt, noon);
  });
  CHECK(w.state("x:1") == "running");
  w.enqueue("x:2");
  put_off(w, "x:2", LedgerWorld::decision(Next::cancelled));
  CHECK(w.state("x:2") == "cancelled");
  CHECK(w.row("x:2").time("finished_at") == noon);
}

TEST_CASE("a run that lost the row between any two steps neither takes, arms nor finishes it") {
  LedgerWorld w;
  w.enqueue("x:1");
  const auto take_over = [&] { // what a rescue does
    test::change(*w.database, "UPDATE ledger SET state = 'due', reason = 'run.died_before_sending', run_id = NULL");
  };
  const ledger::Candidate seen = w.candidate("x:1");
  SUBCASE("between reading and taking") {
    REQUIRE(w.take(seen, w.other) == 1);
    CHECK(w.take(seen, w.run) == 0);
    CHECK(w.row("x:1").text("run_id") == "run-2");
    REQUIRE(w.finish("x:1", w.other, 1, LedgerWorld::decision(Next::due)) == Ownership::ours);
    CHECK(w.take(seen, w.run) == 0); // due again, but in another turn
  }
  SUBCASE("between taking and arming") {
    REQUIRE(w.take(seen, w.run) == 1);
    take_over();
    CHECK_FALSE(w.arm("x:1", w.run, 1));
    REQUIRE(w.take("x:1", w.other) == 2);
    CHECK_FALSE(w.arm("x:1", w.run, 1));
    CHECK_FALSE(w.arm("x:1", w.run, 2));
    CHECK_FALSE(w.arm("x:1", w.other, 1));
    CHECK(w.row("x:1").null("armed_at"));
    CHECK(w.arm("x:1", w.other, 2, noon + minute));
    CHECK(w.row("x:1").time("armed_at") == noon);
    CHECK(w.row("x:1").time("look_after") == noon + minute);
  }
  SUBCASE("between arming and finishing, and sent again by another run") {
    REQUIRE(w.take(seen, w.run) == 1);
    REQUIRE(w.arm("x:1", w.run, 1));
    take_over();
    REQUIRE(w.take("x:1", w.other) == 2);
    CHECK(w.finish("x:1", w.run, 1, LedgerWorld::decision(Next::done)) == Ownership::lost);
    CHECK(w.state("x:1") == "running");
    CHECK(w.finish("x:1", w.other, 2, LedgerWorld::decision(Next::done)) == Ownership::ours);
    CHECK(w.finish("x:1", w.other, 2, LedgerWorld::decision(Next::due)) == Ownership::lost); // nor does it end twice
    CHECK(w.state("x:1") == "done");
  }
}

TEST_CASE("a late answer resolves the item while it is uncertain by that very turn") {
  struct Row {
    const char* state;
    std::int64_t uncertain;
    Next next;
    Ownership ownership;
    const char* after;
  };
  const Row table[] = {
      {"uncertain", 1, Next::done, Ownership::late, "done"},
      {"held", 1, Next::done, Ownership::late, "done"},
      {"uncertain", 1, Next::due, Ownership::late, "due"},
      {"uncertain", 1, Next::discarded, Ownership::late, "discarded"},
      {"uncertain", 1, Next::uncertain, Ownership::lost, "uncertain"}, // it knows nothing new
      {"uncertain", 7, Next::done, Ownership::lost, "uncertain"},      // another turn's question
      {"due", 0, Next::done, Ownership::lost, "due"},
  };
  for (const Row& row : table) {
    CAPTURE(row.state);
    CAPTURE(ledger::word(row.next));
    LedgerWorld w;
    w.enqueue("x:1");
    REQUIRE(w.take("x:1", w.run) == 1);
    REQUIRE(w.arm("x:1", w.run, 1));
    test::change(*w.database,
                 "UPDATE ledger SET state = $state, reason = 'run.died_after_sending', run_id = NULL, crashes = 1, "
                 "suspects = 4, uncertain_turn = $u",
                 {{"state", row.state}, {"u", row.uncertain != 0 ? db::Value(row.uncertain) : db::Value()}});
    CHECK(w.finish("x:1", w.run, 1, LedgerWorld::decision(row.next)) == row.ownership);
    CHECK(w.state("x:1") == row.after);
    const bool over = row.ownership == Ownership::late;
    CHECK(w.row("x:1").integer("crashes") == (over ? 0 : 1));
    CHECK(w.row("x:1").null("uncertain_turn") == (over || row.uncertain == 0));
  }
}

TEST_CASE("an uncertain item keeps the turn in question and its place in the quota through its look-ups") {
  LedgerWorld w;
  const Credential c = test::wordpress();
  const std::vector<ledger::Reserved> place{{"posts", "2026-11", 2}};
  w.enqueue("x:1");
  REQUIRE(w.take("x:1", w.run, {.credential = &c, .host = "h", .armed_until = noon + minute, .reserved = place}) == 1);
  CHECK(w.finish("x:1", w.run, 1, LedgerWorld::decision(Next::uncertain), {.reserved = place}) == Ownership::ours);
  const auto look = [&](Next next, int absent) {
    const ledger::Candidate seen = w.candidate("x:1");
    const std::int64_t turn = w.take(seen, w.run, {.host = "h", .reserved = seen.reserved});
    return w.finish("x:1", w.run, turn, LedgerWorld::decision(next),
                    {.uncertain_turn = seen.uncertain_turn, .absent = absent, .lookups = 3, .reserved = seen.reserved});
  };
  CHECK(w.candidate("x:1").uncertain_turn == 1);
  CHECK(look(Next::uncertain, 1) == Ownership::ours);
  const ledger::Candidate seen = w.candidate("x:1");
  CHECK(seen.uncertain_turn == 1);
  CHECK(seen.turn == 2);
  CHECK(seen.absent == 1);
  CHECK(seen.lookups == 3);
  CHECK(seen.credential == CredentialId{"c1"}); // a look-up whose credential is gone still knows which it was
  CHECK(seen.look_after == noon + minute);
  REQUIRE(seen.reserved.size() == 1);
  CHECK(seen.reserved[0].amount == 2);
  CHECK(look(Next::due, 0) == Ownership::ours);
  CHECK(w.row("x:1").null("uncertain_turn"));
  CHECK(w.row("x:1").text("quota").empty());
  CHECK(w.row("x:1").integer("attempts") == 1);
  CHECK(w.take("x:1", w.run) == 4);
}

TEST_CASE("a finish ends what crashes were remembered for, and clips what people wrote") {
  LedgerWorld w;
  w.enqueue("x:1");
  test::change(*w.database, "UPDATE ledger SET crashes = 2, suspects = 1, alone = 1");
  const std::int64_t turn = w.take("x:1", w.run);
  ledger::Decision d = LedgerWorld::decision(Next::held);
  d.reason = Reason("parked", {"host", "busy"});
  d.detail = std::string(9'000, 'x');
  REQUIRE(w.finish("x:1", w.run, turn, d) == Ownership::ours);
  const db::Row r = w.row("x:1");
  CHECK(r.integer("crashes") + r.integer("suspects") + r.integer("alone") == 0);
  CHECK(r.text("reason") == "parked");
  CHECK(r.text("args") == R"(["host","busy"])");
  CHECK(r.text("detail").size() <= 1'010);
  CHECK(r.integer("uncertain_turn") == turn);
}

TEST_CASE("places in a quota come back from their text as they went in") {
  const std::vector<ledger::Reserved> some{{"posts", "2026-11", 3, true}, {"to:+49:x", "2026-11-21", 1, false}};
  const std::vector<ledger::Reserved> back = ledger::quota_of(ledger::quota_text(some));
  REQUIRE(back.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(back[i].meter == some[i].meter);
    CHECK(back[i].period == some[i].period);
    CHECK(back[i].amount == some[i].amount);
    CHECK(back[i].limited == some[i].limited);
  }
  CHECK(ledger::quota_text({}).empty());
  for (const char* broken : {"", "\n", "posts", "posts|2026-11", "posts|2026-11|", "||"}) {
    CAPTURE(broken);
    CHECK(ledger::quota_of(broken).empty());
  }
}

TEST_CASE("an operator's word moves only what it fits") {
  struct Row {
    const char* state;
    bool resend, retry, decide;
  };
  for (const Row& row :
       {Row{"due", false, true, false}, Row{"running", false, false, false}, Row{"uncertain", false, false, false},
        Row{"held", true, false, true}, Row{"done", false, false, false}, Row{"cancelled", false, true, false},
        Row{"discarded", false, true, false}}) {
    CAPTURE(row.state);
    for (const int word : {0, 1, 2}) {
      LedgerWorld w;
      w.enqueue("x:1", "asha", noon + minute);
      test::change(*w.database,
                   "UPDATE ledger SET state = $s, reason = 'bug', attempts = 6, uncertain_turn = 1, quota = "
                   "'posts|2026-11|1' || char(10), "
                   "run_id = CASE WHEN $s = 'running' THEN 'r' END, finished_at = CASE WHEN $s IN ('done', "
                   "'cancelled', 'discarded') THEN 1 END",
                   {{"s", row.state}});
      std::vector<ledger::Reserved> reserved;
      const Key key{"x", "1"};
      const bool done = w.in([&](db::Transaction& tx) {
        if (word == 0) return ledger::resend(tx, "post", key, noon);
        if (word == 1) return ledger::retry(tx, "post", key, noon);
        return ledger::decide_held(tx, "post", key, Next::done, "operator.arrived", "", reserved, noon);
      });
      CHECK(done == (word == 0 ? row.resend : word == 1 ? row.retry : row.decide));
      if (!done) {
        CHECK(w.state("x:1") == row.state);
      } else if (word == 2) {
        CHECK(w.state("x:1") == "done");
        CHECK(w.row("x:1").text("quota").empty());
        CHECK(reserved.size() == 1);
      } else {
        CHECK(w.state("x:1") == "due");
        CHECK(w.row("x:1").time("due_at") == noon);
        CHECK(w.row("x:1").integer("attempts") == (word == 1 ? 0 : 6));
        CHECK(w.row("x:1").text("quota").empty() == (word == 1 && std::string(row.state) != "due"));
      }
    }
  }
}

TEST_CASE("items that wait for an operator are counted by stage") {
  LedgerWorld w;
  for (const char* key : {"x:1", "x:2", "x:3"}) w.enqueue(key);
  test::change(*w.database, "UPDATE ledger SET state = 'held', reason = 'bug', uncertain_turn = 1 WHERE key <> 'x:3'");
  w.in([&](db::Transaction& tx) {
    CHECK(ledger::held(tx, "post") == 2);
    CHECK(ledger::held(tx, "other") == 0);
  });
}
