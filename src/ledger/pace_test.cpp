// Pace: one place an interval, for every process; a wait takes nothing.
#include "support/ledger_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

Pace recipient(const char* number) { return {.key = number, .interval = Millis(6'000), .reason = Reason::stored("pace: recipient")}; }
Pace sender(Millis interval) { return {.key = "", .interval = interval, .reason = Reason::stored("pace: sender")}; }

struct Paced : LedgerWorld {
  Credential credential = [] {
    Credential c;
    c.id = {"c1"};
    return c;
  }();
  std::optional<Snooze> keep(const std::vector<Pace>& pace, Time now) {
    return in([&](db::Transaction& tx) {
      const auto wait = ledger::paced(tx, pace, &credential, now);
      if (!wait) ledger::take_pace(tx, pace, &credential, now);
      return wait;
    });
  }
};

} // namespace

TEST_CASE("a paced thing is used once an interval, each key by itself") {
  Paced w;
  CHECK_FALSE(w.keep({recipient("+1")}, noon));
  const auto wait = w.keep({recipient("+1")}, noon + Millis(5'999));
  REQUIRE(wait);
  CHECK(wait->until == noon + Millis(6'000));
  CHECK(wait->reason.code() == "pace: recipient");
  CHECK_FALSE(w.keep({recipient("+2")}, noon + Millis(1)));
  CHECK_FALSE(w.keep({recipient("+1")}, noon + Millis(6'000)));
}

TEST_CASE("who must wait for one pace takes no place of another, and waits for the latest") {
  Paced w;
  CHECK_FALSE(w.keep({sender(Millis(10'000)), recipient("+1")}, noon));
  const auto wait = w.keep({recipient("+1"), sender(Millis(10'000))}, noon + Millis(7'000));
  REQUIRE(wait);
  CHECK(wait->until == noon + Millis(10'000));
  CHECK(wait->reason.code() == "pace: sender");
  CHECK_FALSE(w.keep({recipient("+1")}, noon + Millis(7'000))); // its place was not taken by the one that waits
  w.credential.id = {"c2"};
  CHECK_FALSE(w.keep({sender(Millis(10'000))}, noon + Millis(1)));
}

TEST_CASE("a row that waits untried is brought forward, never back, and not once it was tried") {
  LedgerWorld w;
  w.enqueue("x:1");
  const auto hasten = [&](Time due) { w.in([&](db::Transaction& tx) { ledger::hasten(tx, "post", "x:1", due); }); };
  const auto due = [&] {
    return test::rows(*w.database, "SELECT due_at FROM ledger WHERE key = 'x:1'").at(0).time("due_at");
  };
  test::change(*w.database, "UPDATE ledger SET due_at = $t", {{"t", noon + Millis(9'000)}});
  hasten(noon + Millis(4'000));
  CHECK(due() == noon + Millis(4'000));
  hasten(noon + Millis(5'000));
  CHECK(due() == noon + Millis(4'000));
  test::change(*w.database, "UPDATE ledger SET reason = 'wordpress: busy', attempts = 1");
  hasten(noon);
  CHECK(due() == noon + Millis(4'000));
}
