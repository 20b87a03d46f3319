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
  void refresh(db::Transaction& tx);
  // Another number when somebody else has written since the last refresh().
  std::int64_t version() const { return version_; }
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
    forget_credentials();
    rests_changed_ = true;
  }
  // After the settles of a turn: what they changed beside this memory is read anew, once.
  void catch_up(db::Transaction& tx);
  // What finds its secret in a text.
  std::shared_ptr<const Mask> mask_of(const Credential& credential);

  // The park that keeps the item from being admitted, if any, and what would bring it back earlier.
  std::optional<Snooze> parked(const Item& item, const Credential* credential, Time now) const;
  void park(db::Transaction& tx, const ledger::Parked& park, Time now);
  // A credential works again. What it was parked for, when it was.
  std::optional<ledger::Parked> unpark(db::Transaction& tx, const CredentialId& id, Time now);
  // What rested is well again; what it was, when it did.
  std::optional<ledger::Parked> lift(db::Transaction& tx, ParkScope scope, const std::string& id, Time now);
  // An operator wants the item tried: what parks it is parked no more, and who waits for the same credential is due.
  // What was lifted, for people.
  std::vector<std::string> lift(db::Transaction& tx, const Item& item, const Credential* credential, Time now);
  // A service handed out another secret for the credential; false when somebody changed it meanwhile.
  bool renew(db::Transaction& tx, const Credential& credential, const Secret& secret, Time now);

  const ledger::Budgets& budgets; // outlive it
  ledger::Breakers breakers;
  ledger::Usage usage;
  ledger::Paces paces;

private:
  // What no call in flight uses any more is wiped with it.
  void forget_credentials() {
    credentials_.clear();
    secrets_.clear();
  }
  void load_rests(db::Transaction& tx);
  void remember(ledger::Parked park);
  // All of that name, whomever it rests for. The first of them.
  std::optional<ledger::Parked> take_out(ParkScope scope, const std::string& id);
  db::Database& database_;
  const Vault& vault_;
  std::int64_t version_ = -1;
  ledger::Revisions revisions_;
  bool rests_changed_ = false;
  using Chain = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  std::map<Chain, Expected<Credential>> credentials_;
  std::map<std::pair<std::string, Time>, Secret> secrets_;                          // by id and version
  std::map<std::pair<std::string, Time>, std::shared_ptr<const Mask>> masks_;       // by id and version
  std::map<std::tuple<ParkScope, std::string, std::string>, ledger::Parked> parks_; // scope, name, tenant or "" = all
};

} // namespace milkrun
