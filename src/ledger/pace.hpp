// Paces hand out places: an item that comes too early is told when its turn is, and the next one comes after it. N
// waiting items so cost N writes.
//
// A place is given once and stays its item's, however late it is looked at: a row of items that nobody looked at in
// time is late as a whole, goes on from where it stood, in its order, and what comes new stands at its end.
//
// Those that go first (Rank) need not wait for the places of those behind: they take the next moment. Whoever behind
// finds its place taken goes to the end of the row; where places lie far apart it keeps its own and waits. While both
// wait, those behind keep one place in four.
#pragma once

#include "ledger/decide.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace milkrun::ledger {

// Read once, changed in memory, written at the end of each turn (see Usage).
class Paces {
public:
  struct Place {
    Time at{};                     // when it is to be looked at; not later than now: it goes
    Reason reason = {};            // of the pace that makes it wait; empty when it goes
    Time given{};                  // its place in the row, by which the order is kept
    std::optional<Time> anew = {}; // the place that is to be counted: it has had none, or another one
    bool aside = false;            // it lets others that are due too be looked at, and comes again a moment later
  };
  // The first moment at which an item may go, by all of `pace`. `held`: the place it was given before.
  Place ask(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, std::optional<Time> held,
            Time now);
  // Takes that place, or goes: each pace is then free again an interval later.
  void take(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, const Place& place,
            Time now);
  void flush(db::Transaction& tx);
  void forget();
  // Takes out places that have passed, 500 rows at most; true: there may be more.
  static bool forget_passed(db::Transaction& tx, Time now);

private:
  struct Row {      // of those that go first, or of those behind
    Time end{};     // of the places given
    Time awaited{}; // of a row that is late: the place whose turn it is; 0: it is in time
    bool late() const { return awaited != Time{} && awaited < end; }
  };
  struct Next {
    Time busy{}; // in use until then
    Row first = {}, behind = {};
    Time kept{};               // from then on one of those behind has its turn, whoever waits
    Time aside{};              // the place of the one that has stepped aside, and goes when nobody came before it
    Time stepped{}, yielded{}; // when somebody last stepped aside: for the row's order, for those behind
    bool dirty = false, dirty_late = false;
    Row& of(Rank rank) { return rank == Rank::first ? first : behind; }
    const Row& of(Rank rank) const { return rank == Rank::first ? first : behind; }
    bool behind_wait(Time now) const { return behind.end > now || behind.late(); }
  };
  static Next read(const db::Row& row);
  static Place place_in(const Next& n, const Pace& pace, std::optional<Time> held, Time now);
  static bool lower_steps_aside(const Next& n, Time place, Time now);
  static Place turn_in(const Next& n, const Pace& pace, std::optional<Time> held, Time now);
  static void give(Next& n, const Pace& pace, const Place& place);
  static void go(Next& n, const Pace& pace, Time given, Time now);
  static void wait(Next& n, const Pace& pace, const Place& place, Time now);
  static bool is_over(const Next& n, Time now); // nothing waits for it
  Next& next(db::Transaction& tx, const std::string& key);
  void load(db::Transaction& tx);
  std::unordered_map<std::string, Next> next_;
  bool asked_ = false; // for all rows, since the last forget()
  bool whole_ = false; // there were few: what is not in memory is free, without a look at the table
  std::vector<std::string> dirty_;
  std::size_t sweep_at_ = 8'192; // when there are so many
  Time now_{};                   // of the last question
};

} // namespace milkrun::ledger
