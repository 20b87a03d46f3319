// The durable queue and memory of what was tried. Every function is part of the caller's transaction and may be
// re-run with it; none keeps state. `run` is the fence: a run that was taken for dead changes nothing but its own
// attempt row.
#pragma once

#include "ledger/decide.hpp"

#include <optional>
#include <string>
#include <vector>

namespace milkrun::ledger {

struct Claimed {
  std::string key;
  TenantId tenant;
  int attempts = 0, crashes = 0, absent = 0;
  std::optional<AttemptId> uncertain; // the attempt that may have happened
};

void enqueue(db::Transaction& tx, std::string_view stage, const std::string& key, const TenantId& tenant, Time due_at,
             Time now);
// Brings forward a row that was not tried yet.
void hasten(db::Transaction& tx, std::string_view stage, const std::string& key, Time due_at);
void wake(db::Transaction& tx, std::string_view stage, const TenantId& tenant, const Reason& reason, Time now);

// Tenants with due rows of the stage that are not parked, in id order.
std::vector<TenantId> tenants_due(db::Transaction& tx, std::string_view stage, Time now);
// When the next row of the stage is due (past or future), rows under a park left out; `only` empty = any tenant.
std::optional<Time> next_due(db::Transaction& tx, std::string_view stage, const std::optional<TenantId>& only,
                             Time now);

// The oldest due rows of one tenant become `running`, owned by the run. Rows with a parked credential and rows that
// were in flight at a crash are left.
std::vector<Claimed> claim(db::Transaction& tx, std::string_view stage, const TenantId& tenant, const RunId& run,
                           Time now, int limit);
std::vector<Claimed> claim_crashed(db::Transaction& tx, std::string_view stage, const std::optional<TenantId>& only,
                                   const RunId& run, Time now);
void release(db::Transaction& tx, std::string_view stage, const std::string& key, const RunId& run);

// The park that keeps the item from being begun, if any.
std::optional<Snooze> parked(db::Transaction& tx, const Item& item, const Credential* credential,
                             const std::string& host, Time now);
// Takes the quota; a Snooze says which one is used up (nothing is taken then).
std::optional<Snooze> reserve(db::Transaction& tx, const Item& item, const std::vector<Quota>& quota);

// The latest pace that has no place now, if any. Then take_pace(), once nothing else keeps the item back: a place is
// not given back.
std::optional<Snooze> paced(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, Time now);
void take_pace(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, Time now);

struct Begin {
  AttemptId attempt;
  bool counted = true; // false for a reconcile
  const Credential* credential = nullptr;
  std::string host;
};
// Writes the attempt. nullopt: the item is no longer this run's.
std::optional<int> begin(db::Transaction& tx, const Item& item, const RunId& run, const Begin& what, Time now);
// The durable mark before the first byte of a `once` call. False: another run took the item over; do not send.
bool arm(db::Transaction& tx, const AttemptId& attempt, const std::string& digest, Time now, Time look_after);

// What an attempt left behind, when the item became uncertain.
struct Attempt {
  AttemptId id;
  std::optional<Time> look_after;
  std::optional<CredentialId> credential;
  std::string host;
};
std::optional<Attempt> attempt(db::Transaction& tx, const AttemptId& id);
// Finished look-ups of the item so far.
int lookups(db::Transaction& tx, const Item& item);

enum class Ownership { ours, late, lost }; // late: taken over, but still uncertain by this very attempt

struct Finish {
  RunId run;
  std::optional<AttemptId> attempt;   // none: the item was not begun
  std::optional<AttemptId> uncertain; // kept for uncertain and held
  int absent = 0;
};
// Moves the item to its next state, ends the attempt, settles quota. settle() runs only unless lost.
Ownership finish(db::Transaction& tx, const Item& item, const Decision& decision, const Result& result,
                 const Finish& how, Time now);

// An operator's word on a held item. False: it is not held. Its place in a quota stays with a resend.
bool resend(db::Transaction& tx, std::string_view stage, const std::string& key, Time now);
bool drop(db::Transaction& tx, std::string_view stage, const std::string& key, const Reason& reason, Time now);

// Parks of a result; an empty id means the call's own credential, host or portal.
void park(db::Transaction& tx, const Item& item, const Result& result, const Credential* credential,
          const std::string& host, Time now);
// Parks and paces whose time has passed are no longer needed.
void forget_passed(db::Transaction& tx, Time now);
void free_quota(db::Transaction& tx, std::string_view stage, const std::string& key, bool used);

} // namespace milkrun::ledger
