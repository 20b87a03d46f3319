// Who is claimed, in which order, and at what price: fair, never parked, crashed ones apart, by the index alone.
#include "sql/ledger.hpp"
#include "support/ledger_world.hpp"

#include <algorithm>
#include <deque>
#include <ostream>
#include <set>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis minute{60'000};

std::set<std::string> keys(const std::vector<ledger::Claimed>& claimed) {
  std::set<std::string> out;
  for (const auto& c : claimed) out.insert(c.key);
  return out;
}

std::vector<TenantId> tenants(LedgerWorld& w, Time now = noon) {
  return w.in([&](db::Transaction& tx) { return ledger::tenants_due(tx, "post", now); });
}

std::optional<Time> next_due(LedgerWorld& w, const std::optional<TenantId>& only = {}, Time now = noon) {
  std::optional<Time> out;
  w.database->read([&](db::Transaction& tx) { out = ledger::next_due(tx, "post", only, now); });
  return out;
}

std::vector<ledger::Claimed> claim_crashed(LedgerWorld& w, const std::optional<TenantId>& only = {}) {
  return w.in([&](db::Transaction& tx) { return ledger::claim_crashed(tx, "post", only, w.run, noon); });
}

} // namespace

TEST_CASE("a row is enqueued once, and again changes nothing") {
  LedgerWorld w;
  w.enqueue("x:1");
  w.enqueue("x:1", "bolt", noon + minute);
  CHECK(w.row("x:1").text("tenant_id") == "asha");
  CHECK(w.row("x:1").time("due_at") == noon);
  CHECK(w.claim(w.run).size() == 1);
  w.enqueue("x:1");
  CHECK(w.state("x:1") == "running");
  CHECK_THROWS_AS(w.enqueue("x:2", "nobody"), db::DatabaseError);
}

TEST_CASE("the oldest due rows of the tenant are claimed, and no others") {
  LedgerWorld w;
  for (int i = 0; i < 5; ++i) w.enqueue("x:" + std::to_string(i), "asha", noon - i * minute);
  w.enqueue("x:future", "asha", noon + Millis(1));
  w.enqueue("x:bolts", "bolt", noon - 60 * minute);
  CHECK(keys(w.claim(w.run, "asha", 2)) == std::set<std::string>{"x:4", "x:3"});
  CHECK(keys(w.claim(w.other)) == std::set<std::string>{"x:2", "x:1", "x:0"});
  CHECK(w.claim(w.run).empty());
  CHECK(w.row("x:3").text("run_id") == "run-1");
  CHECK(w.state("x:future") == "due");
  CHECK(w.state("x:bolts") == "due");
  CHECK(keys(w.claim(w.run, "asha", 9, noon + Millis(1))) == std::set<std::string>{"x:future"});
}

TEST_CASE("a whale of ten thousand rows delays none of twenty small tenants") {
  LedgerWorld w;
  w.in([](db::Transaction& tx) {
    for (int i = 0; i < 10'000; ++i)
      ledger::enqueue(tx, "post", "w:" + std::to_string(i), {"asha"}, noon - minute, noon);
    for (int t = 0; t < 20; ++t) {
      const std::string id = "small" + std::to_string(t);
      test::add_tenant(tx, id);
      ledger::enqueue(tx, "post", "s:" + id, {id}, noon, noon);
    }
  });
  const std::vector<TenantId> due = tenants(w);
  CHECK(due.size() == 21);
  CHECK(std::ranges::is_sorted(due));
  int served = 0, rows = 0;
  for (const TenantId& t : due) {
    const auto got = w.claim(w.run, t.value, 2);
    served += got.empty() ? 0 : 1;
    rows += static_cast<int>(got.size());
  }
  CHECK(served == 21);
  CHECK(rows == 22); // one turn of the ring
  CHECK(tenants(w) == std::vector<TenantId>{{"asha"}});
}

TEST_CASE("what is parked is neither claimed nor waited for until the park ends") {
  LedgerWorld w;
  w.enqueue("x:1");
  w.enqueue("x:2");
  w.enqueue("x:3", "bolt", noon + 10 * minute);
  test::change(*w.database, "UPDATE ledger SET credential_id = 'c1' WHERE key = 'x:1'");
  w.park("credential", "c1", noon + minute);
  CHECK(keys(w.claim(w.run)) == std::set<std::string>{"x:2"});
  CHECK(next_due(w) == noon + 10 * minute);
  CHECK(next_due(w, {}, noon + minute) == noon); // the park ends at its very time
  CHECK(keys(w.claim(w.run, "asha", 9, noon + minute)) == std::set<std::string>{"x:1"});

  w.park("tenant", "bolt", noon + 20 * minute);
  CHECK(tenants(w, noon + 10 * minute).empty());
  CHECK(next_due(w, {}, noon + 10 * minute) == std::nullopt);
  CHECK(tenants(w, noon + 20 * minute) == std::vector<TenantId>{{"bolt"}});
  CHECK(next_due(w, {}, noon + 20 * minute) == noon + 10 * minute);
}

TEST_CASE("the park of a host, a portal, a credential or a tenant keeps an item from being begun, the longest first") {
  LedgerWorld w;
  const Credential credential{.id = {"c1"},
                              .service = "wordpress",
                              .granted_to = {"asha"},
                              .tenant = "asha",
                              .base_url = "https://h",
                              .host = "h",
                              .account = "",
                              .secret = {},
                              .settings = "{}"};
  const auto names = std::make_shared<const db::Row::Names>(db::Row::Names{"portal_id"});
  Item item = w.item("x:1");
  item.row = db::Row(names, {std::string("door")});
  const auto parked = [&](const Item& i, const Credential* c, const std::string& host, Time now) {
    return w.in([&](db::Transaction& tx) { return ledger::parked(tx, i, c, host, now); });
  };
  int n = 0;
  for (const auto& [scope, id] :
       {std::pair{"tenant", "asha"}, {"credential", "c1"}, {"host", "h"}, {"portal", "door"}}) {
    CAPTURE(scope);
    CHECK((parked(item, &credential, "h", noon).has_value()) == (n > 0));
    w.park(scope, id, noon + ++n * minute);
    const auto snooze = parked(item, &credential, "h", noon);
    REQUIRE(snooze.has_value());
    CHECK(snooze->until == noon + n * minute);
    CHECK(snooze->reason.text() == std::string(scope) + " parked: busy");
  }
  Item stranger = w.item("x:2");
  stranger.tenant = {"bolt"};
  CHECK_FALSE(parked(stranger, nullptr, "h:8443", noon).has_value());
  CHECK_FALSE(parked(stranger, nullptr, "", noon).has_value());
  CHECK_FALSE(parked(item, &credential, "h", noon + 4 * minute).has_value());
}

TEST_CASE("a longer park replaces a shorter one, and a shorter one changes nothing") {
  LedgerWorld w;
  const auto park = [&](Millis rest, const char* reason) {
    const Result r{.outcome = Outcome(Done{}),
                   .parks = {{.scope = ParkScope::app, .id = "a", .rest = rest, .reason = reason}}};
    w.in([&](db::Transaction& tx) { ledger::park(tx, w.item("x"), r, nullptr, "", noon); });
    return test::rows(*w.database, "SELECT until, reason FROM parks WHERE scope = 'app'").at(0);
  };
  CHECK(park(minute, "first").time("until") == noon + minute);
  CHECK(park(5 * minute, "longer").text("reason") == "longer");
  CHECK(park(2 * minute, "shorter").text("reason") == "longer");
  CHECK(park(2 * minute, "shorter").time("until") == noon + 5 * minute);
}

TEST_CASE("a refused credential is parked by itself for an hour, and a park without an id means the call's own") {
  LedgerWorld w;
  const Credential credential{.id = {"c1"},
                              .service = "wordpress",
                              .granted_to = {"asha"},
                              .tenant = "asha",
                              .base_url = "https://h",
                              .host = "h",
                              .account = "",
                              .secret = {},
                              .settings = "{}"};
  const auto park = [&](const Error& e) {
    w.in([&](db::Transaction& tx) {
      tx.execute(test::sql("DELETE FROM parks"));
      ledger::park(tx, w.item("x"), Result{std::unexpected(e)}, &credential, "h", noon);
    });
    std::string all;
    for (const db::Row& r : test::rows(*w.database, "SELECT scope, id, until FROM parks ORDER BY scope"))
      all += r.text("scope") + ":" + r.text("id") + "+" + std::to_string((r.time("until") - noon) / minute) + ";";
    return all;
  };
  const auto rest = [](ParkScope scope, Millis how_long, std::string id = "") {
    return Park{.scope = scope, .id = std::move(id), .rest = how_long, .reason = Reason::stored("r")};
  };
  CHECK(park({.fault = Fault::setting, .reason = Reason::stored("401")}) == "credential:c1+60;");
  CHECK(park({.fault = Fault::setting,
              .reason = Reason::stored("401"),
              .parks = {rest(ParkScope::credential, 5 * minute)}}) == "credential:c1+5;");
  CHECK(park({.fault = Fault::transient,
              .reason = Reason::stored("503"),
              .parks = {rest(ParkScope::host, 5 * minute)}}) == "host:h+5;");
  CHECK(park({.fault = Fault::transient,
              .reason = Reason::stored("503"),
              .parks = {rest(ParkScope::tenant, minute), rest(ParkScope::page, minute, "p9")}}) ==
        "page:p9+1;tenant:asha+1;");
  CHECK(
      park({.fault = Fault::rate_limited, .reason = Reason::stored("429"), .parks = {rest(ParkScope::host, Millis(0))}})
          .empty());
  CHECK(park({.fault = Fault::permanent, .reason = Reason::stored("400")}).empty());
}

TEST_CASE("rows that were in flight at a crash are left by the claim, and come one at a time, least crashed first") {
  LedgerWorld w;
  for (const char* key : {"x:1", "x:2", "x:3", "x:4"}) w.enqueue(key);
  w.enqueue("x:bolts", "bolt");
  w.enqueue("x:later", "asha", noon + minute);
  test::change(*w.database, "UPDATE ledger SET crashes = 2 WHERE key = 'x:1'");
  test::change(*w.database, "UPDATE ledger SET crashes = 1 WHERE key IN ('x:2', 'x:later')");
  test::change(*w.database, "UPDATE ledger SET crashes = 3 WHERE key = 'x:bolts'");
  CHECK(keys(w.claim(w.run)) == std::set<std::string>{"x:3", "x:4"});
  CHECK(keys(claim_crashed(w)) == std::set<std::string>{"x:2"});
  CHECK(keys(claim_crashed(w, TenantId{"bolt"})) == std::set<std::string>{"x:bolts"});
  CHECK(keys(claim_crashed(w)) == std::set<std::string>{"x:1"});
  CHECK(claim_crashed(w).empty());
}

TEST_CASE("the next due time is the earliest of all tenants, or of one and the operator") {
  LedgerWorld w;
  CHECK(next_due(w) == std::nullopt);
  w.enqueue("x:1", "bolt", noon + 3 * minute);
  w.enqueue("x:2", "asha", noon + 2 * minute);
  w.enqueue("x:3", "asha", noon + 9 * minute);
  CHECK(next_due(w) == noon + 2 * minute);
  CHECK(next_due(w, TenantId{"bolt"}) == noon + 3 * minute);
  w.enqueue("x:4", "operator", noon - minute);
  CHECK(next_due(w, TenantId{"bolt"}) == noon - minute);
  CHECK(next_due(w, {}, noon) == noon - minute);
  test::change(*w.database, "UPDATE ledger SET state = 'done', finished_at = 0");
  CHECK(next_due(w) == std::nullopt);
}

TEST_CASE("waking touches only the tenant's waiting rows of that reason, and never an uncertain one") {
  LedgerWorld w;
  const Time later = noon + 30 * minute;
  for (const char* key : {"x:1", "x:2", "x:3", "x:4"})
    w.enqueue(key, std::string(key) == "x:3" ? "bolt" : "asha", later);
  test::change(*w.database, "UPDATE ledger SET reason = 'portal unread' WHERE key <> 'x:2'");
  test::change(*w.database, "UPDATE ledger SET state = 'uncertain', uncertain_attempt = 'a' WHERE key = 'x:4'");
  w.in([&](db::Transaction& tx) { ledger::wake(tx, "post", {"asha"}, "portal unread", noon); });
  CHECK(w.row("x:1").time("due_at") == noon);
  for (const char* key : {"x:2", "x:3", "x:4"}) CHECK(w.row(key).time("due_at") == later);
}

TEST_CASE("a claimed row goes back as it was, and only by the run that holds it") {
  LedgerWorld w;
  w.enqueue("x:1");
  test::change(*w.database, "UPDATE ledger SET state = 'uncertain', uncertain_attempt = 'a', absent = 1, crashes = 0");
  REQUIRE(w.claim(w.run).at(0).uncertain == AttemptId{"a"});
  w.in([&](db::Transaction& tx) { ledger::release(tx, "post", "x:1", w.other); });
  CHECK(w.state("x:1") == "running");
  w.in([&](db::Transaction& tx) { ledger::release(tx, "post", "x:1", w.run); });
  CHECK(w.state("x:1") == "uncertain");
  CHECK(w.row("x:1").integer("absent") == 1);
  REQUIRE(w.claim(w.run).size() == 1);
  REQUIRE(w.begin("x:1", w.run, "b", false) == 0);
  w.in([&](db::Transaction& tx) { ledger::release(tx, "post", "x:1", w.run); });
  CHECK(w.state("x:1") == "running"); // begun: it cannot be given back unseen
}

TEST_CASE("claim, ring, next due and crashed rows are found by the index and never by reading the backlog") {
  struct Row {
    const db::Statement* statement;
    std::vector<std::string> parameters;
    const char* index;
  };
  const Row table[] = {
      {&sql::ledger::claim, {"stage", "tenant", "run", "now", "limit"}, "ledger_claimable"},
      {&sql::ledger::tenants_due, {"stage", "now"}, "ledger_claimable"},
      {&sql::ledger::next_due, {"stage", "only", "now"}, "ledger_claimable"},
      {&sql::ledger::claim_crashed, {"stage", "only", "run", "now"}, "ledger_crashed"},
  };
  std::deque<std::string> texts; // prepared statements are kept by the text's address
  LedgerWorld w;
  for (const Row& row : table) {
    CAPTURE(row.statement->name);
    const std::string& explain = texts.emplace_back("EXPLAIN QUERY PLAN " + std::string(row.statement->sql));
    std::vector<db::Param> params;
    for (const std::string& p : row.parameters)
      params.emplace_back(p, p == "now" || p == "limit" ? db::Value(std::int64_t{1}) : db::Value(p));
    std::string plan;
    w.in([&](db::Transaction& tx) {
      for (const db::Row& r : tx.query(db::Statement{row.statement->name, explain}, std::span<const db::Param>(params)))
        plan += r.text("detail") + "\n";
    });
    CAPTURE(plan);
    CHECK(plan.find(row.index) != std::string::npos);
    for (const char* scan : {"SCAN l", "SCAN ledger", "SCAN p", "SCAN parks", "TEMP B-TREE"}) {
      CAPTURE(scan);
      CHECK(plan.find(scan) == std::string::npos);
    }
  }
}
