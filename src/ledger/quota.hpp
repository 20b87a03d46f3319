// Usage of all tenants: read once, changed in memory, written at the end of each turn.
#pragma once

#include "ledger/queue.hpp"

#include <map>
#include <optional>
#include <span>
#include <tuple>

namespace milkrun::ledger {

// Valid inside one write transaction, and over several as long as nobody else wrote: call forget() when somebody did,
// or when a transaction was rolled back.
class Usage {
public:
  // The quota that has no room for the item, if any; nothing is changed.
  struct Full {
    const Quota* quota = nullptr;
    bool in_use = false; // it has room once items on their way have given back what was set aside for them
    explicit operator bool() const { return quota != nullptr; }
  };
  Full full(db::Transaction& tx, const TenantId& tenant, const std::vector<Quota>& quota);
  std::vector<Reserved> reserve(db::Transaction& tx, const TenantId& tenant, const std::vector<Quota>& quota);
  // What was reserved is used, or given back. Of an estimate `spent` is used in any case; not known (the run died): all
  // of it.
  void settle(db::Transaction& tx, const TenantId& tenant, const std::vector<Reserved>& reserved, bool used,
              const std::optional<Cost>& spent = {});
  // What was spent, reserved or not.
  void book(db::Transaction& tx, const TenantId& tenant, const std::string& meter, const std::string& period,
            std::int64_t amount);
  void flush(db::Transaction& tx);
  void forget();

private:
  struct Count {
    std::int64_t used = 0, reserved = 0;
    bool dirty = false;
  };
  using Id = std::tuple<std::string, std::string, std::string>; // tenant, meter, period
  Count& count(db::Transaction& tx, const TenantId& tenant, const std::string& meter, const std::string& period);
  void touch(Count& c, const Id& id);
  void put_eight(db::Transaction& tx, std::span<const Id> ids);
  std::map<Id, Count> counts_;
  std::vector<Id> dirty_;
};

} // namespace milkrun::ledger
