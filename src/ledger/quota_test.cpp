// Quota: reserved before the call, settled with it, shared by all, never passed; usage is the sum of what was done.
#include "support/ledger_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

struct World : LedgerWorld {
  Quota posts(std::int64_t limit, std::int64_t amount = 1) const {
    return {.meter = "posts", .period = "2026-11", .amount = amount, .limit = limit, .again = noon + Millis(1)};
  }
  std::optional<Snooze> reserve(const std::string& key, const std::vector<Quota>& quota) {
    return in([&](db::Transaction& tx) { return ledger::reserve(tx, item(key), quota); });
  }
  std::pair<std::int64_t, std::int64_t> usage(const char* meter = "posts") { // used, reserved
    const db::Rows r = test::rows(*database, "SELECT used, reserved FROM usage WHERE meter = $m", {{"m", meter}});
    return r.empty() ? std::pair<std::int64_t, std::int64_t>{}
                     : std::pair{r.at(0).integer("used"), r.at(0).integer("reserved")};
  }
  // Through the rooms to `next`.
  void bring(const std::string& key, Next next) {
    REQUIRE(begin(key, run, "a-" + key).has_value());
    REQUIRE(finish(key, run, "a-" + key, decision(next)) == ledger::Ownership::ours);
  }
};

using Pair = std::pair<std::int64_t, std::int64_t>;

} // namespace

TEST_CASE("a reservation becomes usage when done, stays while it may have happened, and is given back otherwise") {
  struct Row {
    Next next;
    Pair after;
  };
  const Row table[] = {{Next::done, {1, 0}},      {Next::due, {0, 0}},       {Next::cancelled, {0, 0}},
                       {Next::discarded, {0, 0}}, {Next::uncertain, {0, 1}}, {Next::held, {0, 1}}};
  for (const Row& row : table) {
    CAPTURE(ledger::word(row.next));
    World w;
    w.enqueue("x:1");
    w.claim(w.run);
    REQUIRE_FALSE(w.reserve("x:1", {w.posts(5)}).has_value());
    CHECK(w.usage() == Pair{0, 1});
    w.bring("x:1", row.next);
    CHECK(w.usage() == row.after);
    CHECK(test::number(*w.database, "SELECT count(*) AS n FROM reservations") == row.after.second);
  }
}

TEST_CASE("used and reserved together never pass the limit, and the refusal says which and until when") {
  World w;
  for (int i = 0; i < 5; ++i) w.enqueue("x:" + std::to_string(i));
  w.claim(w.run);
  CHECK_FALSE(w.reserve("x:0", {w.posts(3)}).has_value());
  CHECK_FALSE(w.reserve("x:1", {w.posts(3, 2)}).has_value());
  const auto refused = w.reserve("x:2", {w.posts(3)});
  REQUIRE(refused.has_value());
  CHECK(refused->reason.text() == "quota used up: posts 2026-11");
  CHECK(refused->until == noon + Millis(1));
  w.bring("x:0", Next::done);
  CHECK(w.reserve("x:2", {w.posts(3)}).has_value()); // used counts like reserved
  w.bring("x:1", Next::discarded);
  CHECK_FALSE(w.reserve("x:2", {w.posts(3)}).has_value());
  CHECK_FALSE(w.reserve("x:3", {w.posts(3)}).has_value());
  CHECK(w.reserve("x:4", {w.posts(3)}).has_value());
  CHECK_FALSE(
      w.reserve("x:4", {{.meter = "posts", .period = "2026-12", .amount = 1, .limit = 3, .again = noon}}).has_value());
}

TEST_CASE("no limit is no limit, and a limit of nothing lets nothing through") {
  World w;
  w.enqueue("x:1");
  w.enqueue("x:2");
  CHECK(w.reserve("x:1", {w.posts(0)}).has_value());
  CHECK(w.reserve("x:1", {w.posts(-1)}).has_value());
  CHECK_FALSE(
      w.reserve("x:1", {{.meter = "posts", .period = "2026-11", .amount = 1'000'000, .limit = {}, .again = noon}})
          .has_value());
  CHECK(w.usage() == Pair{0, 1'000'000});
}

TEST_CASE("of several quotas all or none are taken") {
  World w;
  w.enqueue("x:1");
  const Quota tokens{.meter = "tokens_in", .period = "2026-11", .amount = 9, .limit = 8, .again = noon};
  CHECK(w.reserve("x:1", {w.posts(5), tokens}).has_value());
  CHECK(w.usage() == Pair{0, 0});
  CHECK(w.usage("tokens_in") == Pair{0, 0});
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM reservations") == 0);
}

TEST_CASE("an item that comes back after an uncertain try holds the place it has") {
  World w;
  w.enqueue("x:1");
  w.claim(w.run);
  REQUIRE_FALSE(w.reserve("x:1", {w.posts(1)}).has_value());
  w.bring("x:1", Next::uncertain);
  CHECK_FALSE(w.reserve("x:1", {w.posts(1)}).has_value());
  CHECK(w.usage() == Pair{0, 1});
}

TEST_CASE("usage is the sum of what was done, over many items with every end") {
  World w;
  const Next ends[] = {Next::done,      Next::due,       Next::done, Next::discarded,
                       Next::cancelled, Next::uncertain, Next::done};
  std::int64_t done = 0, open = 0;
  for (int i = 0; i < 70; ++i) {
    const std::string key = "x:" + std::to_string(i);
    w.enqueue(key);
    w.claim(w.run);
    const std::int64_t amount = 1 + i % 3;
    REQUIRE_FALSE(w.reserve(key, {w.posts(1'000, amount)}).has_value());
    w.bring(key, ends[i % 7]);
    if (ends[i % 7] == Next::done) done += amount;
    if (ends[i % 7] == Next::uncertain) open += amount;
  }
  CHECK(w.usage() == Pair{done, open});
  CHECK(test::number(*w.database, "SELECT sum(amount) AS n FROM reservations") == open);
}
