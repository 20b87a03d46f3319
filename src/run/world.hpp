// What a run remembers of the database between its turns: opened credentials, parks, destinations, usage, paces. Valid
// while nobody else has changed them; private to src/run.
#pragma once

#include "base/mask.hpp"
#include "credentials/vault.hpp"
#include "ledger/breaker.hpp"
#include "ledger/budget.hpp"
#include "ledger/pace.hpp"
#include "ledger/parks.hpp"
#include "ledger/quota.hpp"

#include <map>
#include <memory>
#include <tuple>

namespace milkrun {

class World {
public:
  World(db::Database& database, const Vault& vault, const ledger::Budgets& may_spend)
      : budgets(may_spend), database_(database), vault_(vault) {}

  // First thing in each turn: forgets what another process may have changed since the last one.
  void refresh(db::Transaction& tx, Time now);
  // A turn was rolled back: what it changed in memory is not true.
  void forget();
  // Usage and paces of the turn become rows.
  void flush(db::Transaction& tx);

  // The credential of the item's chain for a service; opened once per run and change.
  Expected<Credential> credential(db::Transaction& tx, const Item& item, std::string_view service);
  // The one an earlier attempt used, while it is the tenant's and on that host.
  Expected<Credential> again(db::Transaction& tx, const TenantId& tenant, const CredentialId& id,
                             const std::string& host) const;
  // A settle stored one, and took its park away.
  void credential_changed() {
    credentials_.clear();
    rests_changed_ = true;
  }
  // After the settles of a turn: what they changed beside this memory is read anew, once.
  void catch_up(db::Transaction& tx, Time now);
  // What finds its secret in a text.
  std::shared_ptr<const Mask> mask_of(const Credential& credential);

  // The park that keeps the item from being admitted, if any, and what would bring it back earlier.
  std::optional<Snooze> parked(const Item& item, const Credential* credential, Time now) const;
  void park(db::Transaction& tx, const ledger::Parked& park, Time now);
  // A credential works again.
  void unpark(db::Transaction& tx, const CredentialId& id, Time now);
  std::vector<ledger::Parked> parks() const;

  const ledger::Budgets& budgets; // outlive it
  ledger::Breakers breakers;
  ledger::Usage usage;
  ledger::Paces paces;

private:
  void load_rests(db::Transaction& tx, Time now);
  void remember(ledger::Parked park);
  db::Database& database_;
  const Vault& vault_;
  std::int64_t version_ = -1;
  ledger::Revisions revisions_;
  bool rests_changed_ = false;
  using Chain = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  std::map<Chain, Expected<Credential>> credentials_;
  std::map<std::pair<std::string, Time>, std::shared_ptr<const Mask>> masks_;       // by id and version
  std::map<std::tuple<ParkScope, std::string, std::string>, ledger::Parked> parks_; // scope, name, tenant or "" = all
};

} // namespace milkrun
