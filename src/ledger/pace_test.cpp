// Pace: places an interval apart, handed out in the order they are asked for; a wait takes nothing but its own place.
#include "ledger/pace.hpp"
#include "support/ledger_world.hpp"

#include <algorithm>
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
    return in([&](db::Transaction& tx) { return paces.ask(tx, pace, &credential, {}, now); });
  }
  // Asks for a place and takes it: when it is.
  Time place(const std::vector<Pace>& pace, Time now) {
    return in([&](db::Transaction& tx) {
      const ledger::Paces::Place place = paces.ask(tx, pace, &credential, {}, now);
      paces.take(tx, pace, &credential, place, now);
      return place.at;
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
    return w.in([&](db::Transaction& tx) { return other.ask(tx, {sender(second)}, &w.credential, {}, noon); }).at;
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

TEST_CASE("of places that have passed some are taken out at once, however many there are") {
  World w;
  test::change(*w.database, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700) "
                            "INSERT INTO paces (key, next) SELECT 'c:' || i, i FROM n");
  const auto left = [&] { return test::number(*w.database, "SELECT count(*) AS n FROM paces"); };
  const auto forget = [&] { return w.in([](db::Transaction& tx) { return ledger::Paces::forget_passed(tx, noon); }); };
  CHECK(forget());
  CHECK(left() == 200);
  CHECK_FALSE(forget());
  CHECK(left() == 0);
}

namespace {

// One sender through its rows: who waits is due exactly at the place it was given, as the desk does it.
struct Queue {
  World w;
  struct Waits {
    Time due;
    Rank rank;
    std::size_t number; // in the order they came
    std::optional<Time> held = {};
  };
  std::vector<Waits> waiting = {};
  struct Went {
    Time at;
    Rank rank;
    std::size_t number;
  };
  std::vector<Went> went = {};
  std::size_t writes = 0, came = 0;

  static std::vector<Pace> pace(Rank rank) {
    return {{.key = "", .interval = second, .reason = "pace.sender", .rank = rank}};
  }
  void come(Rank rank, Time now, int times = 1) {
    for (int i = 0; i < times; ++i) waiting.push_back({now, rank, came++});
    look(now);
  }
  // Everybody whose time has come is looked at: those that go first before the others.
  void look(Time now) {
    std::ranges::stable_sort(waiting, {}, [](const Waits& x) { return std::pair(x.rank == Rank::behind, x.due); });
    std::vector<Waits> left;
    for (Waits& one : waiting) {
      if (one.due <= now) {
        const auto place =
            w.in([&](db::Transaction& tx) { return w.paces.ask(tx, pace(one.rank), &w.credential, one.held, now); });
        w.in([&](db::Transaction& tx) { w.paces.take(tx, pace(one.rank), &w.credential, place, now); });
        ++writes;
        if (place.at <= now) {
          went.push_back({now, one.rank, one.number});
          continue;
        }
        one.due = place.at;
        one.held = place.given;
      }
      left.push_back(one);
    }
    waiting = std::move(left);
  }
  // Until that moment, each at its own time.
  void until(Time end) {
    for (;;) {
      Time next = end;
      for (const Waits& one : waiting) next = std::min(next, one.due);
      look(next);
      if (next >= end) return;
    }
  }
  long count(Rank rank, Time from, Time to) const {
    return std::ranges::count_if(went, [&](const Went& x) { return x.rank == rank && x.at >= from && x.at < to; });
  }
  // The least time between two.
  Millis closest() const {
    Millis least{1'000'000};
    for (std::size_t i = 1; i < went.size(); ++i) least = std::min(least, Millis(went[i].at - went[i - 1].at));
    return least;
  }
};

} // namespace

TEST_CASE("what goes first does not wait behind a thousand that do not") {
  Queue q;
  q.come(Rank::behind, noon, 1'000);
  for (int i = 1; i <= 20; ++i) {
    const Time asked = noon + i * 37 * second + Millis(300);
    q.until(asked);
    q.come(Rank::first, asked);
    q.until(asked + second);
    REQUIRE(q.went.back().at <= asked + second);
    CHECK(q.count(Rank::first, asked, asked + second + Millis(1)) == 1);
  }
  q.until(noon + 1'100 * second);
  CHECK(q.went.size() == 1'020);
  CHECK(q.closest() >= second);
  const std::int64_t last = (q.went.back().at - noon).count();
  CHECK(last <= 1'040'000);               // who goes first costs those behind a moment each, and no more
  CHECK(q.writes < 2'000 + 3 * 20 + 100); // and nobody was looked at over and over
}

TEST_CASE("while both wait, those behind keep one place in four, and neither starves") {
  Queue q;
  q.come(Rank::behind, noon, 300);
  q.come(Rank::first, noon, 300);
  q.until(noon + 200 * second);
  CHECK(q.closest() >= second);
  const long first = q.count(Rank::first, noon, noon + 200 * second),
             behind = q.count(Rank::behind, noon, noon + 200 * second);
  CHECK(first + behind >= 190);
  CHECK(first >= 140);
  CHECK(behind >= 40);
  q.until(noon + 700 * second);
  CHECK(q.went.size() == 600);
  CHECK(q.went.back().at <= noon + 620 * second);
  CHECK(q.writes < 600 * 6);
}

TEST_CASE("alone, those behind have every place, in the order they came") {
  Queue q;
  q.come(Rank::behind, noon, 100);
  q.until(noon + 99 * second);
  REQUIRE(q.went.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(q.went[i].at == noon + static_cast<int>(i) * second);
    CHECK(q.went[i].number == i);
  }
  CHECK(q.writes == 199);
}

TEST_CASE("a place that is still to come stays, however often it is asked for before") {
  World w;
  const std::vector<Pace> pace{sender(second)};
  w.place(pace, noon);
  const Time mine = w.place(pace, noon);
  CHECK(mine == noon + second);
  for (int i = 0; i < 5; ++i)
    w.in([&](db::Transaction& tx) {
      const auto place = w.paces.ask(tx, pace, &w.credential, mine, noon + Millis(100));
      CHECK(place.at == mine);
      w.paces.take(tx, pace, &w.credential, place, noon + Millis(100));
    });
  CHECK(w.place(pace, noon + Millis(100)) == noon + 2 * second);
}
