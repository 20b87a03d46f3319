// Paces hand out places: an item that comes too early is told when its turn is, and the next one comes after it. N
// waiting items so cost N writes.
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
    Time at;
    Reason reason; // of the pace that makes it wait; empty when the place is now
  };
  // The first moment at which all of `pace` are free.
  Place first_free(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, Time now);
  // Takes the place at `at`: each is free again an interval later.
  void take(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, Time at);
  void flush(db::Transaction& tx);
  void forget();
  static void forget_passed(db::Transaction& tx, Time now);

private:
  struct Next {
    Time at{};
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
