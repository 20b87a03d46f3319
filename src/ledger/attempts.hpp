// History: one row per try, written when it ends. Nothing the queue does depends on it.
#pragma once

#include "ledger/queue.hpp"

namespace milkrun::ledger {

struct Attempt {
  std::string_view stage;
  Key key;
  std::int64_t turn = 0;
  TenantId tenant;
  RunId run;
  bool looked_up = false;
  Time begun_at{};
  std::optional<Time> armed_at = {};
  const Credential* credential = nullptr;
  std::string host = {};
};

// The end of a try. A second answer for the same turn (a run that was taken for dead, and was not) replaces "lost".
void record(db::Transaction& tx, const Attempt& attempt, const Decision& d, const Result& result, Time now);

} // namespace milkrun::ledger
