// Paces hand out places: an item that comes too early is told when its turn is, and the next one comes after it. N
// waiting items so cost N writes.
//
// Those that go first (Rank) need not wait for the places of those behind: they take the next moment, and whoever
// behind finds its place taken goes to the end of the row. While both wait, those behind keep one place in four.
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
    Time at{};
    Reason reason = {};            // of the pace that makes it wait; empty when the place is now
    std::optional<Time> held = {}; // the item's place so far, and it stays that: it only waits until the sender is free
  };
  // The first moment at which an item may go, by all of `pace`. `held`: the place it was given before.
  Place ask(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, std::optional<Time> held,
            Time now);
  // Takes that place: each pace is free again an interval later.
  void take(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, const Place& place,
            Time now);
  void flush(db::Transaction& tx);
  void forget();
  static void forget_passed(db::Transaction& tx, Time now);

private:
  struct Next {
    Time busy{};   // in use until then
    Time first{};  // the end of the places given to those that go first
    Time behind{}; // the end of the places given to those behind
    Time kept{};   // from then on one of those behind has its turn, whoever waits
    bool dirty = false;
  };
  Next& next(db::Transaction& tx, const std::string& key);
  void load(db::Transaction& tx);
  std::unordered_map<std::string, Next> next_;
  bool asked_ = false; // for all rows, since the last forget()
  bool whole_ = false; // there were few: what is not in memory is free, without a look at the table
  std::vector<std::string> dirty_;
};

} // namespace milkrun::ledger
