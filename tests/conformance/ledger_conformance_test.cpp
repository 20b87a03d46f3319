// The ledger's promises that lean on the database, on every database of this build: nobody takes twice, nobody writes
// past a fence, nobody passes a quota.
#include "conformance/database_conformance.hpp"
#include "ledger/attempts.hpp"
#include "ledger/quota.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

#include <atomic>
#include <mutex>
#include <ostream>
#include <set>
#include <thread>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;

namespace {

void each(void (*check)(db::Database&)) {
  for (const test::Subject& subject : test::subjects()) {
    CAPTURE(subject.name);
    const std::unique_ptr<db::Database> database = subject.make();
    test::add_tenants(*database, {"asha", "bolt"});
    check(*database);
  }
}

void enqueue(db::Database& d, const std::string& id, const char* tenant = "asha") {
  d.transact([&](db::Transaction& tx) {
    ledger::enqueue(tx, "post", Key{"x", id}, TenantId{tenant}, noon, Rank::first, noon);
  });
}

ledger::Candidate only_candidate(db::Transaction& tx) {
  const auto found = ledger::candidates(tx, "post", Rank::first, {"asha"}, noon, 2);
  REQUIRE(found.size() == 1);
  return found[0];
}

} // namespace

TEST_CASE("eight threads take two hundred rows, each row once") {
  each([](db::Database& d) {
    for (int i = 0; i < 200; ++i) enqueue(d, std::to_string(i), i % 2 == 0 ? "asha" : "bolt");
    std::mutex lock;
    std::multiset<std::string> seen;
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
          const RunId run{"run" + std::to_string(t)};
          for (bool some = true; some;) {
            std::vector<std::string> mine;
            d.transact([&](db::Transaction& tx) {
              mine.clear();
              for (const ledger::TenantDue& tenant : ledger::tenants_due(tx, "post", Rank::first, "", noon, 10))
                for (const ledger::Candidate& c : ledger::candidates(tx, "post", Rank::first, tenant.tenant, noon, 2))
                  if (ledger::take(tx, "post", c, {.run = run}, noon)) mine.push_back(c.key.id);
            });
            some = !mine.empty();
            std::lock_guard hold(lock);
            seen.insert(mine.begin(), mine.end());
          }
        });
    }
    CHECK(seen.size() == 200);
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 200);
    CHECK(test::number(d, "SELECT count(*) AS n FROM ledger WHERE state = 'running'") == 200);
  });
}

TEST_CASE("thirty-two threads reserve a quota of ten, and ten get it") {
  each([](db::Database& d) {
    std::atomic<int> got = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 32; ++i)
        threads.emplace_back([&] {
          const std::vector<Quota> posts{
              {.meter = "posts", .period = "2026-11", .amount = 1, .limit = 10, .again = noon}};
          bool mine = false;
          d.transact([&](db::Transaction& tx) {
            ledger::Usage usage; // what it read is true inside this transaction
            mine = !usage.full(tx, {"asha"}, posts);
            if (mine) usage.reserve(tx, {"asha"}, posts);
            usage.flush(tx);
          });
          if (mine) ++got;
        });
    }
    CHECK(got == 10);
    CHECK(test::number(d, "SELECT reserved AS n FROM usage WHERE meter = 'posts'") == 10);
  });
}

TEST_CASE("a run that was fenced out changes nothing but history") {
  each([](db::Database& d) {
    enqueue(d, "1");
    const Key key{"x", "1"};
    const RunId old{"old"}, fresh{"new"};
    d.transact([&](db::Transaction& tx) {
      REQUIRE(ledger::take(tx, "post", only_candidate(tx), {.run = old}, noon));
      tx.execute(test::sql("UPDATE ledger SET state = 'due', run_id = NULL")); // another run takes it over
      REQUIRE(ledger::take(tx, "post", only_candidate(tx), {.run = fresh}, noon));
    });
    d.transact([&](db::Transaction& tx) {
      CHECK_FALSE(ledger::arm(tx, "post", key, old, 1, noon, noon));
      const ledger::Decision done = ledger::ends(Next::done, noon, {});
      CHECK(ledger::finish(tx, "post", key, done, {.run = old, .turn = 1}, noon) == ledger::Ownership::lost);
      ledger::record(
          tx, {.stage = "post", .key = key, .turn = 1, .tenant = {"asha"}, .run = old, .begun_at = noon, .host = {}},
          done, Result{Done{"ref"}}, noon);
    });
    const db::Row row = test::rows(d, "SELECT state, run_id, turn FROM ledger").at(0);
    CHECK(row.text("state") == "running");
    CHECK(row.text("run_id") == "new");
    CHECK(row.integer("turn") == 2);
    CHECK(test::rows(d, "SELECT outcome FROM attempts WHERE turn = 1").at(0).text("outcome") == "done");
  });
}
