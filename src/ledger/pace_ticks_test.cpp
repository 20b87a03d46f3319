// Pace when cron looks at it only now and then: what is late keeps its place, its order and the sender's whole rate.
#include "ledger/pace.hpp"
#include "support/ledger_world.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <random>

#include <doctest/doctest.h>

using namespace milkrun;
using test::LedgerWorld;
using test::noon;

namespace {

constexpr Millis second{1'000}, minute{60'000}, hour{3'600'000};
constexpr Millis idle_wait{30'000}; // so long a run waits for what is due next

// A sender whose messages are looked at while a run lives, as the desk does it.
struct Sender {
  LedgerWorld w = {};
  Credential credential = test::wordpress();
  Millis interval;
  bool pair = true; // a recipient has six seconds between two

  struct Item {
    std::string to;
    Rank rank;
    std::size_t number;
    Time due;
    std::optional<Time> place = {};
  };
  std::vector<Item> waiting = {};
  struct Went {
    Time at;
    std::string to;
    Rank rank;
    std::size_t number;
  };
  std::vector<Went> went = {};
  std::size_t writes = 0, came = 0;

  std::vector<Pace> pace(const Item& item) const {
    std::vector<Pace> out;
    if (pair) out.push_back({.key = item.to, .interval = 6 * second, .reason = "pace.recipient"});
    if (interval > Millis(0))
      out.push_back({.key = "", .interval = interval, .reason = "pace.sender", .rank = item.rank});
    return out;
  }
  void come(Time now, int times, Rank rank = Rank::behind, int first = 0) {
    for (int i = 0; i < times; ++i) waiting.push_back({"+" + std::to_string(first + i), rank, came++, now});
  }
  // One that is due, of those that go first before the others; false: none is.
  bool look(ledger::Paces& paces, Time now) {
    const auto key = [](const Item& i) { return std::tuple(i.rank == Rank::behind, i.due); };
    auto one = waiting.end();
    for (auto i = waiting.begin(); i != waiting.end(); ++i)
      if (i->due <= now && (one == waiting.end() || key(*i) < key(*one))) one = i;
    if (one == waiting.end()) return false;
    const auto by = pace(*one);
    const auto place = w.in([&](db::Transaction& tx) {
      const auto found = paces.ask(tx, by, &credential, one->place, now);
      paces.take(tx, by, &credential, found, now);
      paces.flush(tx);
      return found;
    });
    ++writes;
    if (place.at <= now) {
      went.push_back({now, one->to, one->rank, one->number});
      waiting.erase(one);
    } else {
      one->due = place.at;
      one->place = place.given;
    }
    return true;
  }
  // A run that cron starts. How many went.
  std::size_t run(Time now) {
    const std::size_t before = went.size();
    ledger::Paces paces; // remembers nothing of the run before
    for (;;) {
      while (look(paces, now)) {
      }
      Time next = now + idle_wait + second;
      for (const Item& i : waiting) next = std::min(next, i.due);
      if (next > now + idle_wait) break;
      now = std::max(now, next);
    }
    w.in([&](db::Transaction& tx) { ledger::Paces::forget_passed(tx, now); });
    return went.size() - before;
  }
  bool in_order(Rank rank = Rank::behind) const {
    std::vector<std::size_t> numbers;
    for (const Went& x : went)
      if (x.rank == rank) numbers.push_back(x.number);
    return std::ranges::is_sorted(numbers);
  }
  // The least time between two.
  Millis closest() const {
    Millis least{1'000'000'000};
    for (std::size_t i = 1; i < went.size(); ++i) least = std::min(least, Millis(went[i].at - went[i - 1].at));
    return least;
  }
};

} // namespace

TEST_CASE("a place that is missed is not lost: each tick sends one at least, in the order they came") {
  for (const bool pair : {true, false}) {
    for (const Millis phase : {Millis(0), 5 * second, 25 * second, 59 * second + Millis(700)}) {
      CAPTURE(pair);
      CAPTURE(phase.count());
      Sender s{.interval = minute, .pair = pair};
      s.come(noon, 30);
      CHECK(s.run(noon + 5 * second) == 1);
      for (int tick = 1; tick < 30; ++tick) CHECK(s.run(noon + tick * 5 * minute + phase) >= 1);
      CHECK(s.went.size() == 30);
      CHECK(s.in_order());
      CHECK(s.closest() >= minute);
      CHECK(s.writes < 30 * 15); // each is looked at a few times, not at every tick
    }
  }
}

TEST_CASE("an interval longer than the ticks keeps its rate, whatever their phase") {
  Sender s{.interval = 8 * hour};
  s.come(noon, 6);
  Time now = noon + 5 * second;
  for (int tick = 0; tick < 10; ++tick, now += 4 * hour + 7 * second) s.run(now);
  CHECK(s.went.size() == 5); // at 0, 8, 16, 24 and 32 hours
  CHECK(s.in_order());
  CHECK(s.closest() >= 8 * hour - second);
  CHECK(s.writes < 6 * 4);
}

TEST_CASE("while a run lives, what is late goes at the full rate, and what comes meanwhile stands behind it") {
  Sender s{.interval = 10 * second};
  s.come(noon, 40);
  s.waiting.front().due = noon; // the first run dies after its first message
  ledger::Paces paces;
  while (s.look(paces, noon)) {
  }
  REQUIRE(s.went.size() == 1);
  const Time later = noon + hour + 3 * second;
  s.come(later - minute, 10, Rank::behind, 100);
  CHECK(s.run(later) == 49);
  CHECK(s.in_order());
  CHECK(s.closest() == 10 * second);
  CHECK(s.went.back().at == later + 48 * 10 * second);
  CHECK(s.writes < 50 * 4);
}

TEST_CASE("those whose places are to come wait behind those who were late, and nobody's place recedes") {
  Sender s{.interval = minute};
  s.come(noon, 20);
  s.run(noon);
  // Ticks of 90 seconds: each finds one that is late and one that is nearly so.
  for (int tick = 1; tick <= 20; ++tick) s.run(noon + tick * 90 * second);
  CHECK(s.in_order());
  CHECK(s.went.size() == 20);
}

TEST_CASE("a late row of which some are gone goes on with the next one that is there") {
  Sender s{.interval = minute};
  s.come(noon, 20);
  s.run(noon);
  std::erase_if(s.waiting, [](const Sender::Item& i) { return i.number >= 3 && i.number < 12; });
  for (int tick = 1; tick < 12; ++tick) s.run(noon + tick * 15 * minute);
  CHECK(s.waiting.empty());
  CHECK(s.in_order());
  CHECK(s.closest() >= minute);
  s.come(noon + 5 * hour, 2);
  CHECK(s.run(noon + 5 * hour) == 1);
  CHECK(s.run(noon + 5 * hour + minute) == 1);
}

TEST_CASE("an invoice does not wait behind what its recipient or anybody else is still to get, and neither starves") {
  struct Row {
    Millis interval, tick;
  };
  for (const Row& row : {Row{10 * minute, 5 * minute}, Row{minute, 5 * minute}, Row{20 * minute, 20 * minute},
                         Row{45 * second, minute}, Row{2 * minute, 90 * second}}) {
    CAPTURE(row.interval.count());
    Sender s{.interval = row.interval};
    s.come(noon - 30 * second, 20);
    s.run(noon - 30 * second);
    const std::size_t before = s.went.size();
    s.come(noon + 10 * second, 12, Rank::first);
    for (int tick = 0; tick < 150; ++tick) s.run(noon + tick * row.tick + 10 * second);
    CHECK(s.waiting.empty());
    CHECK(s.in_order());
    CHECK(s.in_order(Rank::first));
    CHECK(s.closest() >= row.interval - second);
    const auto first = [&](std::size_t of) {
      const auto from = s.went.begin() + static_cast<std::ptrdiff_t>(before);
      return std::count_if(from, from + static_cast<std::ptrdiff_t>(of),
                           [](const Sender::Went& x) { return x.rank == Rank::first; });
    };
    CHECK(first(4) >= 3);
    CHECK(first(16) >= 11);
    CHECK(first(16) <= 13);
  }
}

TEST_CASE("whatever comes, goes and is looked at when: in order, apart, and one at each look that may") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 chance(seed);
    const auto some = [&](int most) { return static_cast<int>(chance() % static_cast<unsigned>(most)); };
    const Millis interval = std::array{second, 7 * second, minute, 10 * minute, hour}[seed % 5];
    Sender s{.interval = interval, .pair = false};
    Time now = noon;
    const bool gaps = seed % 2 == 0; // some are called off meanwhile
    int phones = 0;
    for (int step = 0; step < 60; ++step) {
      if (some(4) == 0 || step == 0) s.come(now, 1 + some(8), Rank::behind, phones += 10);
      if (some(6) == 0 && gaps) std::erase_if(s.waiting, [&](const Sender::Item&) { return some(5) == 0; });
      const bool may = !s.waiting.empty() && (s.went.empty() || now >= s.went.back().at + interval);
      const auto least = std::ranges::min_element(s.waiting, {}, &Sender::Item::due);
      const bool due = may && least->due <= now;
      const std::size_t sent = s.run(now);
      if (due && !gaps) CHECK(sent >= 1); // the place of one that is gone may be waited for
      now = std::max(now, s.went.empty() ? now : s.went.back().at) + Millis(1 + some(2) * some(2'000'000)) +
            interval / (1 + some(3));
    }
    for (int more = 0; more < 2'000 && !s.waiting.empty(); ++more) s.run(now += interval + Millis(some(900)));
    CHECK(s.waiting.empty());
    CHECK(s.in_order());
    CHECK(s.closest() >= interval - std::min(interval / 8, second));
  }
}

TEST_CASE("who waits for a recipient's distance takes no place of the sender's, and moves nobody") {
  Sender s{.interval = second};
  for (int i = 0; i < 3; ++i) s.come(noon, 1); // three to the same one
  s.come(noon, 20, Rank::behind, 1);
  CHECK(s.run(noon) == 23);
  CHECK(s.closest() >= second);
  std::vector<Time> same;
  for (const Sender::Went& x : s.went)
    if (x.to == "+0") same.push_back(x.at);
  REQUIRE(same.size() == 3);
  CHECK(same[1] - same[0] >= 6 * second);
  CHECK(same[1] - same[0] <= 8 * second);
  CHECK(same[2] - same[1] >= 6 * second);
  CHECK(s.went.back().at <= noon + 25 * second);
}
