// Pace: places an interval apart, handed out in the order they are asked for; a wait takes nothing but its own place.
#include "ledger/pace.hpp"
#include "support/ledger_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis second{1'000};

Pace recipient(const char* number) { return {.key = number, .interval = 6 * second, .reason = "pace.recipient"}; }
Pace sender(Millis interval) { return {.key = "", .interval = interval, .reason = "pace.sender"}; }

struct World : LedgerWorld {
  Credential credential = test::wordpress();
  ledger::Paces paces;

  ledger::Paces::Place ask(const std::vector<Pace>& pace, Time now) {
    return in([&](db::Transaction& tx) { return paces.first_free(tx, pace, &credential, now); });
  }
  // Asks for a place and takes it: when it is.
  Time place(const std::vector<Pace>& pace, Time now) {
    return in([&](db::Transaction& tx) {
      const Time at = paces.first_free(tx, pace, &credential, now).at;
      paces.take(tx, pace, &credential, at);
      return at;
    });
  }
  void flush() {
    in([&](db::Transaction& tx) { paces.flush(tx); });
  }
};

} // namespace

TEST_CASE("a thousand that ask at once get places an interval apart, for one write in all") {
  World w;
  const std::int64_t before = w.database->statements();
  for (int i = 0; i < 1'000; ++i) CHECK(w.place({sender(second)}, noon) == noon + i * second);
  w.flush();
  CHECK(w.database->statements() - before == 2); // read once, written once
  CHECK(test::number(*w.database, "SELECT next AS n FROM paces") == to_ms(noon + 1'000 * second));
}

TEST_CASE("a paced thing is used once an interval, each key and credential by itself") {
  World w;
  CHECK(w.place({recipient("+1")}, noon) == noon);
  const auto wait = w.ask({recipient("+1")}, noon + Millis(5'999));
  CHECK(wait.at == noon + 6 * second);
  CHECK(wait.reason.is("pace.recipient"));
  CHECK(w.ask({recipient("+2")}, noon + Millis(1)).at == noon + Millis(1));
  CHECK(w.ask({recipient("+2")}, noon + Millis(1)).reason.empty());
  CHECK(w.ask({recipient("+1")}, noon + 6 * second).at == noon + 6 * second);
  w.credential.id = {"c2"};
  CHECK(w.ask({recipient("+1")}, noon).at == noon);
}

TEST_CASE("of several paces the latest decides, and asking takes no place of any") {
  World w;
  CHECK(w.place({sender(10 * second), recipient("+1")}, noon) == noon);
  for (int i = 0; i < 3; ++i) {
    const auto wait = w.ask({recipient("+1"), sender(10 * second)}, noon + 7 * second);
    CHECK(wait.at == noon + 10 * second);
    CHECK(wait.reason.is("pace.sender"));
  }
  CHECK(w.ask({recipient("+1")}, noon + 7 * second).at == noon + 7 * second);
}

TEST_CASE("a place that is taken later than it was free moves the next one from there") {
  World w;
  CHECK(w.place({sender(second)}, noon) == noon);
  CHECK(w.place({sender(second)}, noon + 60 * second) == noon + 60 * second);
  CHECK(w.ask({sender(second)}, noon).at == noon + 61 * second);
}

TEST_CASE("what is free costs no look of its own while the places taken are few, and is found when they are many") {
  World w;
  std::int64_t before = w.database->statements();
  for (int i = 0; i < 500; ++i) CHECK(w.place({recipient(std::to_string(i).c_str())}, noon) == noon);
  CHECK(w.database->statements() - before == 1);
  w.flush();
  w.paces.forget();
  before = w.database->statements();
  CHECK(w.ask({recipient("7")}, noon).at == noon + 6 * second);
  CHECK(w.ask({recipient("new")}, noon).at == noon);
  CHECK(w.database->statements() - before == 1);
  for (int i = 500; i < 1'500; ++i) w.place({recipient(std::to_string(i).c_str())}, noon);
  w.flush();
  w.paces.forget();
  for (const char* taken : {"7", "1499"}) CHECK(w.ask({recipient(taken)}, noon).at == noon + 6 * second);
  CHECK(w.ask({recipient("new")}, noon).at == noon);
}

TEST_CASE("another run sees what was written, and memory that is forgotten is read again") {
  World w;
  w.place({sender(second)}, noon);
  ledger::Paces other;
  const auto ask_other = [&] {
    return w.in([&](db::Transaction& tx) { return other.first_free(tx, {sender(second)}, &w.credential, noon); }).at;
  };
  CHECK(ask_other() == noon); // not flushed yet
  w.flush();
  CHECK(ask_other() == noon); // it remembers
  other.forget();
  CHECK(ask_other() == noon + second);
  w.place({sender(second)}, noon); // and what a rolled back turn took is forgotten
  w.paces.forget();
  w.flush();
  CHECK(w.ask({sender(second)}, noon).at == noon + second);
  w.in([](db::Transaction& tx) { ledger::Paces::forget_passed(tx, noon + Millis(999)); });
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM paces") == 1);
  w.in([](db::Transaction& tx) { ledger::Paces::forget_passed(tx, noon + second); });
  CHECK(test::number(*w.database, "SELECT count(*) AS n FROM paces") == 0);
}
