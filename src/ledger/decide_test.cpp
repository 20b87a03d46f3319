// The state machine's arithmetic, by table: whose trouble it is, every kind of stage, every look-up.
#include "ledger/decide.hpp"
#include "support/fakes.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using ledger::Around;
using ledger::Decision;
using test::noon;

namespace {

constexpr Millis second{1'000}, minute{60'000}, hour{3'600'000};

Expected<Reconciled> never(const Item&, const Credentials&, const Outside&) { return Reconciled{}; }

enum class Sort { looks_up, repeats, holds };

Stage stage(Sort sort) {
  return {.name = "post",
          .load = {},
          .reconcile = sort == Sort::looks_up ? never : nullptr,
          .repeats = sort == Sort::repeats,
          .retry = {.base = 30 * second, .cap = hour, .max_attempts = 6}};
}

Error error(Fault fault, std::optional<Millis> after = {}, std::vector<Millis> parks = {}) {
  Error e{.fault = fault, .reason = "feed.server_error", .detail = "why", .retry_after = after};
  for (const Millis rest : parks)
    e.parks.push_back({.scope = ParkScope::host, .id = {}, .rest = rest, .reason = "feed.slow_down"});
  return e;
}

Around around(int attempts) {
  return {
      .attempts = attempts, .look_after = noon + 4 * minute, .destination = "fake h", .credential = "credential c1"};
}

Decision decide(Sort sort, const Outcome& outcome, int attempts) {
  return ledger::decide(stage(sort), outcome, noon, around(attempts));
}

} // namespace

TEST_CASE("every fault at every kind of stage leads to its one state") {
  struct Row {
    Fault fault;
    Sort sort;
    int attempts;
    Next next;
    Millis wait; // from now
    bool counted;
    const char *word, *waits_for;
  };
  using enum Fault;
  using enum Sort;
  std::vector<Row> table;
  for (const Sort sort : {looks_up, repeats, holds})
    table.insert(table.end(),
                 {
                     {transient, sort, 1, Next::due, 15 * second, true, "retry", ""},
                     {transient, sort, 2, Next::due, 30 * second, true, "retry", ""},
                     {transient, sort, 5, Next::due, 4 * minute, true, "retry", ""},
                     {transient, sort, 6, Next::discarded, Millis(0), true, "discarded", ""},
                     {transient, sort, 7, Next::discarded, Millis(0), true, "discarded", ""},
                     {outage, sort, 1, Next::due, 15 * second, false, "waiting", "fake h"},
                     {outage, sort, 99, Next::due, 15 * second, false, "waiting", "fake h"}, // never given up for it
                     {rate_limited, sort, 1, Next::due, minute, false, "retry", ""},
                     {rate_limited, sort, 99, Next::due, minute, false, "retry", ""},
                     {setting, sort, 0, Next::due, hour, false, "waiting", "credential c1"},
                     {setting, sort, 99, Next::due, hour, false, "waiting", "credential c1"},
                     {aborted, sort, 1, Next::due, Millis(0), false, "released", ""},
                     {aborted, sort, 99, Next::due, Millis(0), false, "released", ""},
                     {permanent, sort, 1, Next::discarded, Millis(0), true, "discarded", ""},
                 });
  table.insert(table.end(), {
                                {uncertain, looks_up, 1, Next::uncertain, 4 * minute, true, "uncertain", ""},
                                {uncertain, looks_up, 99, Next::uncertain, 4 * minute, true, "uncertain", ""},
                                {uncertain, repeats, 1, Next::due, 15 * second, false, "waiting", "fake h"},
                                {uncertain, repeats, 99, Next::due, 15 * second, false, "waiting", "fake h"},
                                {uncertain, holds, 1, Next::held, Millis(0), true, "held", ""},
                                {uncertain, holds, 99, Next::held, Millis(0), true, "held", ""},
                            });
  for (const Row& row : table) {
    CAPTURE(ledger::word(row.fault));
    CAPTURE(static_cast<int>(row.sort));
    CAPTURE(row.attempts);
    const Decision d = decide(row.sort, std::unexpected(error(row.fault)), row.attempts);
    CHECK(ledger::word(d.next) == ledger::word(row.next));
    CHECK((d.at - noon).count() == row.wait.count());
    CHECK(d.counted == row.counted);
    CHECK(d.word == row.word);
    CHECK(d.waits_for == row.waits_for);
    CHECK(d.reason.is("feed.server_error"));
    CHECK(d.detail == "why");
    // What may have happened keeps its place in the quota; nothing that failed uses it.
    CHECK(d.quota_stays == (row.next == Next::uncertain || row.next == Next::held));
    CHECK_FALSE(d.quota_used);
  }
}

TEST_CASE("what a service asks for is honoured within a day, and never shortens the backoff") {
  struct Row {
    Fault fault;
    std::optional<Millis> after;
    std::vector<Millis> parks;
    Millis wait;
  };
  const Row table[] = {
      {Fault::transient, 10 * minute, {}, 10 * minute},
      {Fault::transient, second, {}, 15 * second},
      {Fault::transient, 1'000 * hour, {}, 24 * hour},
      {Fault::transient, -minute, {}, 15 * second},
      {Fault::transient, Millis::max(), {}, 24 * hour},
      {Fault::outage, 10 * minute, {}, 10 * minute},
      {Fault::outage, 1'000 * hour, {}, 24 * hour},
      {Fault::outage, Millis(0), {}, 15 * second},
      {Fault::rate_limited, 5 * second, {}, 5 * second},
      {Fault::rate_limited, Millis(0), {}, minute}, // it costs no try: at once would be asked for ever
      {Fault::rate_limited, -hour, {}, minute},
      {Fault::rate_limited, Millis(0), {2 * hour}, 2 * hour},
      {Fault::rate_limited, Millis(0), {Millis(0)}, minute},
      {Fault::rate_limited, 1'000 * hour, {}, 24 * hour},
      {Fault::rate_limited, {}, {2 * hour, hour}, 2 * hour},
      {Fault::rate_limited, 3 * hour, {2 * hour}, 3 * hour},
      {Fault::setting, {}, {15 * minute}, 15 * minute}, // the park says how long
      {Fault::setting, {}, {5 * hour}, 5 * hour},
      {Fault::setting, {}, {Millis(0)}, hour},
  };
  for (const Row& row : table) {
    CAPTURE(ledger::word(row.fault));
    CAPTURE(row.wait.count());
    const Decision d = decide(Sort::holds, std::unexpected(error(row.fault, row.after, row.parks)), 1);
    CHECK(ledger::word(d.next) == "due");
    CHECK((d.at - noon).count() == row.wait.count());
  }
}

TEST_CASE("an outage backs off with the destination's failures, and waits for its rest to end") {
  Around a = around(1);
  a.failures = 4;
  const auto at = [&](std::optional<Millis> after = {}) {
    return ledger::decide(stage(Sort::holds), std::unexpected(error(Fault::outage, after)), noon, a).at - noon;
  };
  CHECK(at() == 2 * minute);
  a.rests_until = noon + minute;
  CHECK(at() == minute + second); // behind all that only waited for it: they try it first
  CHECK(at(10 * minute) == 10 * minute);
  a.rests_until = {};
  a.chance = 0;
  CHECK(at() == second); // never at once: a run would spin on it
}

TEST_CASE("what worked, waits or is called off goes to its state and costs no attempt too many") {
  const Decision done = decide(Sort::holds, Done{"ref"}, 3);
  CHECK(done.next == Next::done);
  CHECK(done.quota_used);
  CHECK_FALSE(done.quota_stays);
  CHECK(done.reason.empty());
  const Decision snoozed = decide(Sort::holds, Snooze{noon + hour, "pace.wait", "portal"}, 3);
  CHECK(snoozed.next == Next::due);
  CHECK(snoozed.at == noon + hour);
  CHECK_FALSE(snoozed.counted);
  CHECK_FALSE(snoozed.quota_stays);
  CHECK(snoozed.word == "snoozed");
  CHECK(snoozed.reason.is("pace.wait"));
  CHECK(snoozed.waits_for == "portal");
  CHECK(decide(Sort::holds, Snooze{noon - hour, "pace.wait"}, 3).at > noon); // or a run would spin on it
  const Decision cancelled = decide(Sort::holds, Cancel{"feed.stopped"}, 3);
  CHECK(cancelled.next == Next::cancelled);
  CHECK(cancelled.reason.is("feed.stopped"));
  CHECK_FALSE(cancelled.quota_used);
}

TEST_CASE("an uncertain fault without an armed mark is looked up at once") {
  CHECK(ledger::decide(stage(Sort::looks_up), std::unexpected(error(Fault::uncertain)), noon, {}).at == noon);
}

TEST_CASE("the backoff doubles to its cap, and the jitter is full") {
  const Retry retry{.base = 30 * second, .cap = hour, .max_attempts = 6};
  const Millis whole[] = {30 * second, 30 * second, minute,      2 * minute, 4 * minute,
                          8 * minute,  16 * minute, 32 * minute, hour,       hour};
  for (int n = 0; n < 10; ++n) {
    CAPTURE(n);
    CHECK(ledger::backoff(retry, n, 0.0).count() == 0);
    CHECK(ledger::backoff(retry, n, 0.5) == whole[n] / 2);
    CHECK(ledger::backoff(retry, n, 0.999'999'9) <= whole[n]);
  }
  for (const int n : {-5, 60, 1'000'000, std::numeric_limits<int>::max()}) {
    CAPTURE(n);
    CHECK(ledger::backoff(retry, n, 0.999) >= Millis(0));
    CHECK(ledger::backoff(retry, n, 0.999) <= hour);
  }
}

TEST_CASE("a look-up decides by what it saw, how often, and whose trouble kept it from seeing") {
  using Answer = Expected<Reconciled>;
  const auto saw = [](Presence p) {
    return Answer(Reconciled{.presence = p, .why = "wordpress.another_post", .detail = "of another"});
  };
  const auto failed = [](Fault f, std::optional<Millis> after = {}, std::vector<Millis> parks = {}) {
    return Answer(std::unexpected(error(f, after, std::move(parks))));
  };
  struct Row {
    Answer answer;
    int absent, lookups;
    Millis since; // the first look-up was possible so long ago
    Next next;
    Millis wait;
    int absent_after, lookups_after;
    const char* waits_for = "";
  };
  const Row table[] = {
      {saw(Presence::found), 0, 0, minute, Next::done, Millis(0), 0, 0},
      {saw(Presence::found), 1, 7, minute, Next::done, Millis(0), 0, 0},
      {saw(Presence::absent), 0, 0, minute, Next::uncertain, 10 * minute, 1,
       0}, // once is not enough: it may still arrive
      {saw(Presence::absent), 1, 3, minute, Next::due, Millis(0), 0, 0},
      // who cannot tell is asked again for a day, then a person decides
      {saw(Presence::unknown), 0, 0, minute, Next::uncertain, 15 * second, 0, 1},
      {saw(Presence::unknown), 1, 2, minute, Next::uncertain, minute, 1, 3},
      {saw(Presence::unknown), 1, 2, 24 * hour, Next::held, Millis(0), 1, 2},
      {failed(Fault::transient), 0, 0, minute, Next::uncertain, 15 * second, 0, 1},
      {failed(Fault::transient, 20 * minute), 0, 0, minute, Next::uncertain, 20 * minute, 0, 1},
      {failed(Fault::transient), 0, 9, 25 * hour, Next::held, Millis(0), 0, 9},
      {failed(Fault::rate_limited, {}, {2 * hour}), 1, 0, minute, Next::uncertain, 2 * hour, 1, 1},
      {failed(Fault::uncertain), 0, 0, minute, Next::uncertain, 15 * second, 0, 1},
      // another's trouble is waited for as long as it takes
      {failed(Fault::outage), 0, 9, 100 * hour, Next::uncertain, 15 * second, 0, 9, "fake h"},
      {failed(Fault::outage, 5 * hour), 1, 0, minute, Next::uncertain, 5 * hour, 1, 0, "fake h"},
      {failed(Fault::setting, {}, {2 * hour}), 0, 0, minute, Next::uncertain, 2 * hour, 0, 0, "credential c1"},
      {failed(Fault::setting), 1, 9, 100 * hour, Next::uncertain, hour, 1, 9, "credential c1"},
      {failed(Fault::aborted), 1, 6, minute, Next::uncertain, Millis(0), 1, 6},
      {failed(Fault::permanent), 1, 0, minute, Next::held, Millis(0), 1, 0},
  };
  for (const Row& row : table) {
    CAPTURE(&row - table);
    const ledger::Lookup l = ledger::decide_lookup(
        row.answer, {.absent = row.absent, .lookups = row.lookups, .since = noon - row.since, .gap = 10 * minute}, noon,
        around(1));
    CHECK(ledger::word(l.decision.next) == ledger::word(row.next));
    CHECK((l.decision.at - noon).count() == row.wait.count());
    CHECK(l.absent == row.absent_after);
    CHECK(l.lookups == row.lookups_after);
    CHECK(l.decision.waits_for == row.waits_for);
    CHECK(l.decision.quota_used == (row.next == Next::done));
    CHECK(l.decision.quota_stays == (row.next == Next::uncertain || row.next == Next::held));
    if (row.next == Next::held) CHECK_FALSE(l.decision.reason.empty()); // the schema wants one
    if (row.answer && row.answer->presence == Presence::unknown) {
      CHECK(l.decision.reason.args_json() == R"(["wordpress.another_post"])");
      CHECK(l.decision.detail == "of another");
    }
    CHECK(l.decision.counted); // the admission did not count it, so there is nothing to give back
  }
}

TEST_CASE("a look-up for an outage ends its wait with the destination's rest") {
  Around a = around(1);
  a.rests_until = noon + 5 * minute;
  CHECK(ledger::decide_lookup(std::unexpected(error(Fault::outage)), {.since = noon}, noon, a).decision.at ==
        noon + 5 * minute + second);
}

TEST_CASE("an item whose answer was lost is sent again however often that was, once it surely did not happen") {
  const auto look = [](Presence p, int absent) {
    return ledger::decide_lookup(Reconciled{.presence = p},
                                 {.absent = absent, .lookups = 1, .wait = 5 * minute, .since = noon}, noon, around(1))
        .decision;
  };
  CHECK(look(Presence::absent, 0).next == Next::uncertain);
  CHECK(look(Presence::absent, 1).next == Next::due);
  CHECK(look(Presence::absent, 1).at == noon + 5 * minute);
  CHECK_FALSE(look(Presence::absent, 1).quota_stays);
  CHECK(look(Presence::found, 1).next == Next::done);
  CHECK(look(Presence::unknown, 1).next == Next::uncertain);
}

TEST_CASE("the words are the database's and each is its own") {
  CHECK(ledger::word(Next::due) == "due");
  CHECK(ledger::word(Next::uncertain) == "uncertain");
  CHECK(ledger::word(Next::held) == "held");
  CHECK(ledger::word(Next::done) == "done");
  CHECK(ledger::word(Next::cancelled) == "cancelled");
  CHECK(ledger::word(Next::discarded) == "discarded");
  CHECK(ledger::word(Fault::outage) == "outage");
  CHECK(ledger::word(Fault::setting) == "setting");
  CHECK(ledger::word(Fault::rate_limited) == "rate_limited");
  CHECK(ledger::word(Fault::transient) == "transient");
  CHECK(ledger::word(Fault::permanent) == "permanent");
  CHECK(ledger::word(Fault::uncertain) == "uncertain");
  CHECK(ledger::word(Fault::aborted) == "aborted");
  CHECK(ledger::word(Owner::tenant) == "tenant");
  CHECK(ledger::word(Owner::platform) == "platform");
  CHECK(ledger::word(Owner::portal) == "portal");
}
