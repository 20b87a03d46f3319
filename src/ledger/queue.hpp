// The queue: rows of the ledger that wait, are in flight, or have ended. Every function is part of the caller's
// transaction and may be re-run with it; none keeps state. Run and turn are the fence: a run that was taken for dead
// changes nothing any more.
#pragma once

#include "ledger/decide.hpp"

#include <optional>
#include <string>
#include <vector>

namespace milkrun::ledger {

// A place in a quota that a row holds.
struct Reserved {
  std::string meter, period;
  std::int64_t amount = 1;
  bool limited = true; // false: only counted when it is used, nothing is set aside meanwhile
  bool estimate = false;
};
std::string quota_text(const std::vector<Reserved>& reserved); // as ledger.quota holds it
std::vector<Reserved> quota_of(std::string_view text);

// A row that is due, as it stands.
struct Candidate {
  Key key;
  TenantId tenant;
  bool uncertain = false; // it is to be looked up
  Time due_at{};
  int attempts = 0, crashes = 0, suspects = 0, alone = 0, absent = 0, lookups = 0;
  std::int64_t turn = 0;
  std::int64_t uncertain_turn = 0;
  std::optional<Time> place_at, look_after;
  std::optional<CredentialId> credential; // of the last attempt
  std::string host;
  std::vector<Reserved> reserved;
};

void enqueue(db::Transaction& tx, std::string_view stage, const Key& key, const TenantId& tenant, Time due_at,
             Rank rank, Time now);
// Brings forward a row that was not tried yet.
void hasten(db::Transaction& tx, std::string_view stage, const Key& key, Time due_at);
// Rows that wait for this are due now: the tenant's, or everybody's. At most `most_woken` of them at once: what is left
// is noted, and wake_more() goes on with it.
inline constexpr std::int64_t most_woken = 500;
void wake(db::Transaction& tx, const TenantId& tenant, std::string_view waits_for, Time now);
void wake_all(db::Transaction& tx, std::string_view waits_for, Time now);
bool wakes_left(db::Transaction& tx);
// The next of what is left. False: nothing was.
bool wake_more(db::Transaction& tx, Time now);

struct TenantDue {
  TenantId tenant;
  bool due = false; // now; else it only has rows that wait
};
// The next `limit` tenants after `after` (in id order) that have rows of the stage of that rank.
std::vector<TenantDue> tenants_due(db::Transaction& tx, std::string_view stage, Rank rank, const std::string& after,
                                   Time now, int limit);
// One of all tenants, by a chance in [0, 1); "" when there is none.
TenantId some_tenant(db::Transaction& tx, double chance);
// When the next row of the stage is due (past or future); `only`: of that tenant or the operator.
std::optional<Time> next_due(db::Transaction& tx, std::string_view stage, const std::optional<TenantId>& only);
// The oldest due rows of a tenant, behind the first `skip` of them.
std::vector<Candidate> candidates(db::Transaction& tx, std::string_view stage, Rank rank, const TenantId& tenant,
                                  Time now, int limit, int skip = 0);
std::vector<Candidate> suspects(db::Transaction& tx, std::string_view stage, const std::optional<TenantId>& only,
                                Time now, int limit);

inline constexpr int poison_work = 2; // crashes alone at which an item that was being worked on is poison
// How many of what crashed together may be in flight together again; `before`: so many at the crash before, 0: none
// was.
int next_group(int before, int together);
// Writes the row's crashes, suspects and alone. False: it has moved on.
bool suspect(db::Transaction& tx, std::string_view stage, const Candidate& row);
// One row that waits, whenever it is due; nullopt when it does not wait.
std::optional<Candidate> candidate(db::Transaction& tx, std::string_view stage, const Key& key);
struct Standing {
  std::string state;  // "" = there is no such row
  std::string reason; // code
};
Standing standing(db::Transaction& tx, std::string_view stage, const Key& key);

struct Take {
  RunId run = {};
  const Credential* credential = nullptr; // null: none, unless `uncertain` keeps that of its attempt
  std::string host = {};
  bool counted = true;                  // false for a look-up
  std::optional<Time> armed_until = {}; // the `once` call leaves with this turn: its look_after
  std::vector<Reserved> reserved = {};
};
// The row is in flight, in the turn after the candidate's. False: somebody else has it (never on SQLite).
bool take(db::Transaction& tx, std::string_view stage, const Candidate& row, const Take& how, Time now);
// The durable mark before the first byte of a `once` call. False: the item is no longer ours; do not send.
bool arm(db::Transaction& tx, std::string_view stage, const Key& key, const RunId& run, std::int64_t turn, Time now,
         Time look_after);
// Whether it is in flight still, with this run, in this turn of the row.
bool is_ours(db::Transaction& tx, std::string_view stage, const Key& key, const RunId& run, std::int64_t turn);
// A row that may not be admitted now. `place_at`: the place a pace gave it.
void put_off(db::Transaction& tx, std::string_view stage, const Candidate& row, const Decision& d,
             std::optional<Time> place_at, Time now);

// In the copy of a dry run: candidates() comes to the rows behind it.
void looked_at(db::Transaction& tx, std::string_view stage, const Candidate& row);

enum class Ownership { ours, late, lost }; // late: taken over, but still uncertain by this very turn

struct Finish {
  RunId run = {};
  std::int64_t turn = 0;
  std::int64_t uncertain_turn = 0; // kept for uncertain and held
  int absent = 0, lookups = 0;
  std::vector<Reserved> reserved = {}; // kept when the decision says so
};
Ownership finish(db::Transaction& tx, std::string_view stage, const Key& key, const Decision& d, const Finish& how,
                 Time now);

// Items of the stage that wait for an operator.
std::int64_t held(db::Transaction& tx, std::string_view stage);

// An operator's word. False: the row is not in a state that it fits.
bool resend(db::Transaction& tx, std::string_view stage, const Key& key, Time now);
bool retry(db::Transaction& tx, std::string_view stage, const Key& key, Time now);
// An uncertain item is looked up now, or as soon as it may be; not between two look-ups that must lie apart.
bool look_now(db::Transaction& tx, std::string_view stage, const Key& key, Time now);
// A held item is done (it arrived) or cancelled; `reserved` gets what it held of quotas.
bool decide_held(db::Transaction& tx, std::string_view stage, const Key& key, Next next, const Reason& reason,
                 const std::string& detail, std::vector<Reserved>& reserved, Time now);

} // namespace milkrun::ledger
