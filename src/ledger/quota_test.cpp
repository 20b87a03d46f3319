// Quota: reserved before the call, settled with it, never passed; usage is the sum of what was done.
#include "ledger/budget.hpp"
#include "ledger/quota.hpp"
#include "support/ledger_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

using Pair = std::pair<std::int64_t, std::int64_t>; // used, reserved

Quota posts(std::optional<std::int64_t> limit, std::int64_t amount = 1, const char* period = "2026-11") {
  return {.meter = "posts", .period = period, .amount = amount, .limit = limit, .again = noon + Millis(1)};
}

struct World : LedgerWorld {
  ledger::Usage memory;
  const TenantId asha{"asha"};

  // The reservation, or nullopt when one of the quotas is full.
  std::optional<std::vector<ledger::Reserved>> reserve(const std::vector<Quota>& quota) {
    return in([&](db::Transaction& tx) -> std::optional<std::vector<ledger::Reserved>> {
      std::optional<std::vector<ledger::Reserved>> out;
      if (!memory.full(tx, asha, quota)) out = memory.reserve(tx, asha, quota);
      memory.flush(tx);
      return out;
    });
  }
  void settle(const std::vector<ledger::Reserved>& reserved, bool used) {
    in([&](db::Transaction& tx) {
      memory.settle(tx, asha, reserved, used);
      memory.flush(tx);
    });
  }
  Pair usage(const char* meter = "posts") {
    const db::Rows r = test::rows(*database, "SELECT used, reserved FROM usage WHERE meter = $m AND period = '2026-11'",
                                  {{"m", meter}});
    return r.empty() ? Pair{} : Pair{r.at(0).integer("used"), r.at(0).integer("reserved")};
  }
};

} // namespace

TEST_CASE("a reservation becomes usage when done, and is given back otherwise") {
  for (const bool used : {true, false}) {
    World w;
    const auto place = w.reserve({posts(5, 2)});
    REQUIRE(place);
    CHECK(w.usage() == Pair{0, 2});
    w.settle(*place, used);
    CHECK(w.usage() == (used ? Pair{2, 0} : Pair{0, 0}));
  }
}

TEST_CASE("used and reserved together never pass the limit, and the answer names the quota that is full") {
  World w;
  const auto first = w.reserve({posts(3)});
  const auto second = w.reserve({posts(3, 2)});
  REQUIRE(first);
  REQUIRE(second);
  const std::vector<Quota> more{posts(3)};
  CHECK(w.in([&](db::Transaction& tx) { return w.memory.full(tx, w.asha, more).quota; }) == &more[0]);
  w.settle(*first, true);
  CHECK_FALSE(w.reserve({posts(3)})); // used counts like reserved
  w.settle(*second, false);
  CHECK(w.reserve({posts(3)}));
  CHECK(w.reserve({posts(3)}));
  CHECK_FALSE(w.reserve({posts(3)}));
  CHECK(w.reserve({posts(3, 1, "2026-12")}));
}

TEST_CASE("a limit of nothing lets nothing through, and without a limit what is used is only counted") {
  World w;
  CHECK_FALSE(w.reserve({posts(0)}));
  CHECK_FALSE(w.reserve({posts(-1)}));
  const auto place = w.reserve({posts(std::nullopt, 1'000'000)});
  REQUIRE(place);
  CHECK(w.usage() == Pair{0, 0}); // nothing is set aside
  w.settle(*place, false);
  CHECK(w.usage() == Pair{0, 0});
  w.settle(*place, true);
  CHECK(w.usage() == Pair{1'000'000, 0});
}

TEST_CASE("of several quotas all or none are taken") {
  World w;
  const Quota tokens{.meter = "tokens_in", .period = "2026-11", .amount = 9, .limit = 8, .again = noon};
  CHECK_FALSE(w.reserve({posts(5), tokens}));
  CHECK(w.usage() == Pair{0, 0});
  CHECK(w.usage("tokens_in") == Pair{0, 0});
}

TEST_CASE("what was spent is booked whatever the item's end, and tenants do not share") {
  World w;
  w.in([&](db::Transaction& tx) {
    w.memory.book(tx, w.asha, "tokens_in", "2026-11", 800);
    w.memory.book(tx, w.asha, "tokens_in", "2026-11", 12);
    w.memory.book(tx, {"bolt"}, "tokens_in", "2026-11", 5);
    w.memory.flush(tx);
  });
  CHECK(test::number(*w.database, "SELECT used AS n FROM usage WHERE tenant_id = 'asha'") == 812);
  CHECK(test::number(*w.database, "SELECT used AS n FROM usage WHERE tenant_id = 'bolt'") == 5);
}

TEST_CASE("a turn of many items reads and writes each count once") {
  World w;
  const std::int64_t before = w.database->statements();
  w.in([&](db::Transaction& tx) {
    for (int i = 0; i < 100; ++i) w.memory.settle(tx, w.asha, w.memory.reserve(tx, w.asha, {posts(500)}), true);
    w.memory.flush(tx);
  });
  CHECK(w.database->statements() - before == 2);
  CHECK(w.usage() == Pair{100, 0});
}

TEST_CASE("counts of many tenants are written eight at a time, each its own") {
  World w;
  std::int64_t before = 0;
  w.in([&](db::Transaction& tx) {
    for (int i = 0; i < 19; ++i) {
      const TenantId tenant{"t" + std::to_string(i)};
      test::add_tenant(tx, tenant.value);
      w.memory.book(tx, tenant, "tokens_in", "2026-11", 100 + i);
    }
    before = w.database->statements();
    w.memory.flush(tx);
  });
  CHECK(w.database->statements() - before == 2 + 3);
  for (const int i : {0, 7, 8, 18})
    CHECK(test::number(*w.database, "SELECT used AS n FROM usage WHERE tenant_id = 't' || $i", {{"i", i}}) == 100 + i);
}

TEST_CASE("memory that is forgotten is read again, and what was not written is not true") {
  World w;
  REQUIRE(w.reserve({posts(2)}));
  w.in([&](db::Transaction& tx) { w.memory.reserve(tx, w.asha, {posts(2)}); }); // a turn that is rolled back
  w.memory.forget();
  w.in([&](db::Transaction& tx) { w.memory.flush(tx); });
  CHECK(w.usage() == Pair{0, 1});
  CHECK(w.reserve({posts(2)}));
  test::change(*w.database, "UPDATE usage SET used = 9, reserved = 0"); // another run
  w.memory.forget();
  CHECK_FALSE(w.reserve({posts(2)}));
}

TEST_CASE("a count that was set right by hand never falls below nothing") {
  World w;
  const auto place = w.reserve({posts(2)});
  REQUIRE(place);
  test::change(*w.database, "UPDATE usage SET reserved = 0");
  w.memory.forget();
  w.settle(*place, true);
  CHECK(w.usage() == Pair{1, 0});
}

TEST_CASE("usage is the sum of what was done, over many items with every end") {
  World w;
  std::int64_t done = 0, open = 0;
  for (int i = 0; i < 70; ++i) {
    const std::int64_t amount = 1 + i % 3;
    const auto place = w.reserve({posts(1'000, amount)});
    REQUIRE(place);
    const int end = i % 7; // 0, 2, 6: done; 5: stays in doubt; else given back
    if (end == 5)
      open += amount;
    else
      w.settle(*place, end == 0 || end == 2 || end == 6);
    if (end == 0 || end == 2 || end == 6) done += amount;
  }
  CHECK(w.usage() == Pair{done, open});
}

namespace {

// Of the platform's AI: a tenant 3 calls a day and 100 tokens, all tenants 5 calls a day.
const ledger::Budgets budgets{
    {"ai",
     {.tenant = {.calls_per_day = 3, .tokens_per_day = 100}, .all = {.calls_per_day = 5, .calls_per_month = 1000}}}};

struct Spending : LedgerWorld {
  ledger::Usage memory;

  std::vector<Quota> quotas(std::int64_t calls, std::int64_t tokens, Time now = noon) {
    return ledger::quotas_of(budgets, "ai", {.calls = calls, .tokens = tokens}, now);
  }
  ledger::Usage::Full full(const char* tenant, const std::vector<Quota>& quotas) {
    return in([&](db::Transaction& tx) { return memory.full(tx, {tenant}, quotas); });
  }
  std::vector<ledger::Reserved> reserve(const char* tenant, const std::vector<Quota>& quotas) {
    return in([&](db::Transaction& tx) { return memory.reserve(tx, {tenant}, quotas); });
  }
  void settle(const char* tenant, const std::vector<ledger::Reserved>& reserved, std::optional<Cost> spent) {
    in([&](db::Transaction& tx) {
      memory.settle(tx, {tenant}, ledger::quota_of(ledger::quota_text(reserved)), false, spent);
      memory.flush(tx);
    });
  }
  Pair usage(const char* tenant, const char* meter, const char* period = "2026-11-21") {
    const db::Rows r =
        test::rows(*database, "SELECT used, reserved FROM usage WHERE tenant_id = $t AND meter = $m AND period = $p",
                   {{"t", tenant}, {"m", meter}, {"p", period}});
    return r.empty() ? Pair{} : Pair{r.at(0).integer("used"), r.at(0).integer("reserved")};
  }
};

} // namespace

TEST_CASE("of another's account the most it may cost is set aside, and what it cost is booked, also when it failed") {
  Spending w;
  const std::vector<Quota> wanted = w.quotas(2, 80);
  const auto held = w.reserve("asha", wanted);
  // There will be room once that is back: a short wait, not one until tomorrow.
  const ledger::Usage::Full second = w.full("asha", wanted);
  REQUIRE(second);
  CHECK(second.in_use);
  CHECK(!w.full("bolt", wanted));
  w.settle("asha", held, Cost{.calls = 1, .tokens = 30});
  CHECK(w.usage("asha", "ai calls") == Pair(1, 0));
  CHECK(w.usage("asha", "ai tokens") == Pair(30, 0));
  CHECK(w.usage("operator", "platform ai calls") == Pair(1, 0));
  CHECK(w.usage("operator", "platform ai calls", "2026-11") == Pair(1, 0));
  const ledger::Usage::Full third = w.full("asha", wanted); // 30 + 80 tokens are too many today
  REQUIRE(third);
  CHECK(!third.in_use);
  CHECK(third.quota->meter == "ai tokens");
  CHECK(third.quota->reason.is("quota.share"));
  CHECK(third.quota->again == noon + Millis(12LL * 3'600'000));
  CHECK(!w.full("asha", w.quotas(2, 80, noon + Millis(12LL * 3'600'000)))); // the next day
}

TEST_CASE("what a run that died had set aside of another's account counts as spent") {
  Spending w;
  w.settle("asha", w.reserve("asha", w.quotas(2, 80)), std::nullopt);
  CHECK(w.usage("asha", "ai calls") == Pair(2, 0));
  CHECK(w.usage("operator", "platform ai calls") == Pair(2, 0));
}

TEST_CASE("any number of tenants spends no more than all together may") {
  Spending w;
  int got = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string tenant = "invented-" + std::to_string(i);
    test::add_tenants(*w.database, {tenant.c_str()});
    if (w.full(tenant.c_str(), w.quotas(2, 10))) continue;
    ++got;
    w.settle(tenant.c_str(), w.reserve(tenant.c_str(), w.quotas(2, 10)), Cost{.calls = 2, .tokens = 10});
  }
  CHECK(got == 2);
  CHECK(w.usage("operator", "platform ai calls") == Pair(4, 0));
  const std::vector<Quota> wanted = w.quotas(2, 10);
  const ledger::Usage::Full full = w.full("asha", wanted);
  REQUIRE(full);
  CHECK(full.quota->reason.is("quota.budget"));
  CHECK(ledger::quotas_of(budgets, "whatsapp", {}, noon).empty());
}
