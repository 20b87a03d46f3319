// What operators did by hand: who, when, to what, from which state to which. Written in the act's own transaction, read
// by `acts list` and `items show`, pruned with the history.
#pragma once

#include "base/clock.hpp"
#include "base/id.hpp"
#include "db/db.hpp"

#include <string>
#include <string_view>

namespace milkrun::ledger {

// Who gives a command: the account it runs as, and who says to be behind it ("" = nobody says).
struct Operator {
  std::string user;
  std::string name = {};
};

struct Act {
  std::string_view verb;  // the command: "items retry"
  std::string stage = {}; // of an item of the ledger; "" = of something else
  std::string key = {};   // as a ledger's key; "" = of nothing single
  TenantId tenant = operator_tenant;
  std::string from, to;  // states
  std::string note = {}; // why, what else; clipped
};

void record(db::Transaction& tx, const Operator& who, const Act& act, Time now);

} // namespace milkrun::ledger
