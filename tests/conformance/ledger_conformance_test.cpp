// The ledger's promises that lean on the database, on every database of this build: nobody claims twice, nobody writes
// past a fence, nobody passes a quota.
#include "conformance/database_conformance.hpp"
#include "ledger/ledger.hpp"
#include "support/fakes.hpp"
#include "support/rows.hpp"

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

void enqueue(db::Database& d, const std::string& key, const char* tenant = "asha") {
  d.transact([&](db::Transaction& tx) { ledger::enqueue(tx, "post", key, TenantId{tenant}, noon, noon); });
}

Item item(const std::string& key) { return {.stage = "post", .key = key, .tenant = {"asha"}, .attempt = 1, .row = {}}; }

} // namespace

TEST_CASE("eight threads claim two hundred rows, each row once") {
  each([](db::Database& d) {
    for (int i = 0; i < 200; ++i) enqueue(d, "x:" + std::to_string(i), i % 2 == 0 ? "asha" : "bolt");
    std::mutex lock;
    std::multiset<std::string> seen;
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
          const RunId run{"run" + std::to_string(t)};
          for (bool some = true; some;) {
            std::vector<ledger::Claimed> mine;
            d.transact([&](db::Transaction& tx) {
              mine.clear();
              for (const TenantId& tenant : ledger::tenants_due(tx, "post", noon))
                for (auto& c : ledger::claim(tx, "post", tenant, run, noon, 2)) mine.push_back(std::move(c));
            });
            some = !mine.empty();
            std::lock_guard hold(lock);
            for (const auto& c : mine) seen.insert(c.key);
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
    for (int i = 0; i < 32; ++i) enqueue(d, "x:" + std::to_string(i));
    std::atomic<int> got = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 32; ++i)
        threads.emplace_back([&, i] {
          bool refused = false;
          d.transact([&](db::Transaction& tx) {
            const Quota posts{.meter = "posts", .period = "2026-11", .amount = 1, .limit = 10, .again = noon};
            refused = ledger::reserve(tx, item("x:" + std::to_string(i)), {posts}).has_value();
          });
          if (!refused) ++got;
        });
    }
    CHECK(got == 10);
    CHECK(test::number(d, "SELECT reserved AS n FROM usage WHERE meter = 'posts'") == 10);
    CHECK(test::number(d, "SELECT count(*) AS n FROM reservations") == 10);
  });
}

TEST_CASE("a run that was fenced out changes nothing but its own attempt") {
  each([](db::Database& d) {
    enqueue(d, "x:1");
    const RunId old{"old"}, fresh{"new"};
    d.transact([&](db::Transaction& tx) {
      REQUIRE(ledger::claim(tx, "post", {"asha"}, old, noon, 1).size() == 1);
      REQUIRE(ledger::begin(tx, item("x:1"), old, {.attempt = {"a-old"}, .host = {}}, noon) == 1);
      // another run takes it over
      tx.execute(test::sql("UPDATE ledger SET state = 'due', run_id = NULL, attempt_id = NULL"));
      REQUIRE(ledger::claim(tx, "post", {"asha"}, fresh, noon, 1).size() == 1);
      REQUIRE(ledger::begin(tx, item("x:1"), fresh, {.attempt = {"a-new"}, .host = {}}, noon) == 2);
    });
    d.transact([&](db::Transaction& tx) {
      CHECK_FALSE(ledger::arm(tx, {"a-old"}, "digest", noon, noon));
      const ledger::Decision done{.next = Next::done, .at = noon, .word = "done", .reason = {}, .detail = {}};
      CHECK(ledger::finish(tx, item("x:1"), done, Result{Done{"ref"}},
                           {.run = old, .attempt = AttemptId{"a-old"}, .uncertain = {}},
                           noon) == ledger::Ownership::lost);
    });
    const db::Row row = test::rows(d, "SELECT state, run_id, attempt_id FROM ledger").at(0);
    CHECK(row.text("state") == "running");
    CHECK(row.text("run_id") == "new");
    CHECK(row.text("attempt_id") == "a-new");
    CHECK(test::rows(d, "SELECT outcome FROM attempts WHERE id = 'a-old'").at(0).text("outcome") == "done");
  });
}
