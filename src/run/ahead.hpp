// Rows that were read with the one before them: one SELECT serves several visits of a tenant. Each is tried as it was
// read, which is true as long as nobody else has written, and no turn was rolled back: whoever learns of either says
// forget(), and all is read anew. Private to src/run.
#pragma once

#include "ledger/queue.hpp"

#include <deque>
#include <map>
#include <optional>

namespace milkrun {

class Ahead {
public:
  struct Next {
    std::optional<ledger::Candidate> row; // nullopt: there is none
    bool more = false;                    // perhaps
  };
  Next next(db::Transaction& tx, std::string_view stage, Rank rank, const TenantId& tenant, Time now);
  // Rows that stand behind what was read have come to it.
  void grown(std::string_view stage, Rank rank, const TenantId& tenant);
  // What stands in front is not tried now: others are looked for.
  void forget(std::string_view stage, Rank rank, const TenantId& tenant);
  void forget() { kept_.clear(); }

private:
  struct Rows {
    std::deque<ledger::Candidate> rows;
    bool whole = false; // no more were due behind them
  };
  using Id = std::tuple<std::string_view, Rank, TenantId>;
  std::map<Id, Rows> kept_; // the stages' names outlive it
};

} // namespace milkrun
