// Quota: reserved before the call, settled with it, never passed; usage is the sum of what was done.
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
      if (memory.full(tx, asha, quota) == nullptr) out = memory.reserve(tx, asha, quota);
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
    const db::Rows r = test::rows(*database, "SELECT used, reserved FROM usage WHERE meter = $m AND period = '2026-11'", {{"m", meter}});
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
  CHECK(w.in([&](db::Transaction& tx) { return w.memory.full(tx, w.asha, more); }) == &more[0]);
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
