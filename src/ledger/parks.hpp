// Parks: what rests until a time, shared by all runs.
//
// What several tenants use (an app, an account, the platform's credential) rests for the tenant who met the trouble,
// and for all once a second one met it too: no tenant can rest what others use.
#pragma once

#include "ledger/decide.hpp"

#include <optional>
#include <string>
#include <vector>

namespace milkrun::ledger {

struct Parked {
  ParkScope scope = ParkScope::credential;
  std::string id;
  Time until{};
  Reason reason;
  std::string detail;
  std::string tenant;     // id of who met it
  bool of_tenant = false; // it rests for that tenant alone
  Time since{};
  int times = 1; // rests in a row
  std::optional<Time> told_at;
};

std::string_view word(ParkScope scope);
// For people: "template welcome de" (whose it is stands beside it), "host h.example".
std::string name_of(const Parked& park);
// What items wait for (Snooze::waits_for) whose template rests.
std::string waits_for_template(const std::string& id);
Parked parked_of(const db::Row& row);
// All that hold, and those that are over and not forgotten yet.
std::vector<Parked> parks(db::Transaction& tx);
// What was refused is no longer what would be tried: an import changed it while the call was under way.
bool changed(db::Transaction& tx, const Credential& credential);
// The parks that a result asks for, with their ids filled in: an empty id means the call's own credential or portal.
// Nothing for a credential that was changed while the call was under way, and no host: that is the breaker's.
std::vector<Parked> parks_of(db::Transaction& tx, const Item& item, const Result& result, const Credential* credential,
                             Time now);
// How long the result asks the call's host to rest, whatever host an answer names; 0: it does not.
struct HostRest {
  Millis rest{0};
  Reason reason = {};
};
HostRest host_rest_of(const Result& result);
// As they are stored then: an earlier one that lasts longer stays, and one that is renewed keeps since when it was
// told. Two: it rests for all now.
std::vector<Parked> put(db::Transaction& tx, const Parked& park, Time now);
// For all, and for each tenant.
void unpark(db::Transaction& tx, ParkScope scope, const std::string& id);
void told(db::Transaction& tx, const Parked& park, Time now);
void forget_parks(db::Transaction& tx, Time now);

// The portal an item is work of; "" = of none.
std::string portal_of(const Item& item);
// What an app or account without a name of its own is known by.
std::string app_of(const Credential* credential);
std::string account_of(const Credential* credential);

// Counters by which a run's memory learns that somebody changed what it holds.
struct Revisions {
  std::int64_t credentials = -1, rests = -1;
  bool operator==(const Revisions&) const = default;
};
Revisions revisions(db::Transaction& tx);
void bump(db::Transaction& tx, std::string_view name);

} // namespace milkrun::ledger
