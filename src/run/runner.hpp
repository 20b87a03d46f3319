// One run of one job, top to bottom. Knows no job and no provider by name.
#pragma once

#include "credentials/vault.hpp"
#include "http/net.hpp"
#include "job/stage.hpp"
#include "ledger/acts.hpp"
#include "ledger/budget.hpp"
#include "run/report.hpp"

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace milkrun {

// How far a run is, while it runs.
struct Progress {
  std::int64_t done = 0;    // items that came to an end in this run
  std::int64_t waiting = 0; // items it tried and that wait for another time
  int in_flight = 0;
  std::int64_t due = 0; // items that are due and not begun, counted to `most_due`
  Millis elapsed{0};
  std::string waits_for = {};            // the host of most of the calls under way
  std::optional<Time> next_at = {};      // nothing in flight: the next item's time
  std::optional<Time> locked_since = {}; // another program holds the database
};
inline constexpr std::int64_t most_due = 10'000;

struct RunOptions {
  int in_flight = 256;     // items on their way at once, 1 to 10,000; a tenant gets a quarter while others wait
  int compute_threads = 2; // 0: everything on the calling thread (the simulator)
  std::optional<std::int64_t> limit = {}; // admit at most this many items
  std::optional<TenantId> tenant = {};    // only this tenant's items (and the operator's)
  std::optional<Millis> max_runtime = {}; // after it no new item is admitted
  Millis lease{60'000};          // a run on another machine, or a stopped one, whose heartbeat is older is dead
  Millis reconcile_gap{600'000}; // between two look-ups that found nothing
  Millis idle_wait{30'000};      // items due within this are waited for
  Millis suspects_turn{60'000};  // a run that is never idle makes room this often for what was in a crash
  ledger::Budgets budgets = {};  // what tenants may spend of the platform's own credentials
  bool alone = true;             // refuse to start beside a live run of the same job (tests prove it safe without)
  std::function<void(const Progress&)> progress = {}; // told about twice a second, on the run's own thread
};

// Everything a run needs from outside, made by main.
struct Rooms {
  db::Database& db;
  const Vault& vault;
  http::Net& net;
  const Clock& clock;
  const JobSettings& settings;
  std::string runs_file; // path of the lock file in which live runs hold one byte each; "" = none (tests)
};

// Works until nothing is due and nothing is in flight, `stop` is requested, or max_runtime is over; items in hand are
// finished. A live run of the same job: report.locked_by says which, and nothing was done. Throws db::DatabaseError or
// std::logic_error when the machine is broken or the program has a bug.
RunReport run(const Job& job, const RunOptions& options, const Rooms& rooms, std::stop_token stop);

// What a run would do now, from the rows already stored, by the same code as a run: discover (into copies), load,
// judge. Reads a snapshot, holds no lock, opens no socket.
RunReport dry_run(const Job& job, const RunOptions& options, db::Database& db, const Vault& vault, const Clock& clock);

// What the config says of jobs: an operator's word is carried out and judged as a run would.
struct Bounds {
  JobSettings settings = {};
  ledger::Budgets budgets = {};
};

// What an operator may say of an item. held: resend, drop, arrived. Others: retry (what ended, or waits).
enum class Word { resend, drop, arrived, retry };
// False: the item is not in a state that the word fits; nothing changed. Its stage is told of an end.
bool decide_item(const Job& job, std::string_view stage, const Key& key, const TenantId& tenant, Word word,
                 const ledger::Operator& who, db::Database& db, const Vault& vault, const Clock& clock,
                 const Bounds& bounds);

struct Named { // an item of the ledger
  std::string stage;
  Key key;
  TenantId tenant;
};
struct Retried {
  bool done = false;                // false: it is not in a state that fits, or its stage woke a bug; nothing changed
  std::string from;                 // the state it was in
  Reason next = {};                 // what the judge says of it now; empty: it is tried
  std::optional<Time> next_at = {}; // and waits for; nullopt with a reason: it ends again
};
// Several items are looked at now, in one transaction: what ended waits again, what waits is due, and what rests in
// their way (a parked credential, a destination) rests no more. In their order.
std::vector<Retried> retry_items(const Job& job, std::span<const Named> items, const ledger::Operator& who,
                                 db::Database& db, const Vault& vault, const Clock& clock, const Bounds& bounds);

// An operator decides one of the job's claims: the job writes the verdict and what follows, in one transaction. False:
// it was decided before. `from`: the claim's state.
bool decide_claim(const Job& job, const OperatorWord& word, std::string_view from, const ledger::Operator& who,
                  db::Database& db, const Vault& vault, const Clock& clock, const Bounds& bounds);

// An operator wants an item of a feed published: the ledger's key of what comes next, or why it may not be. `from`: the
// item's state.
std::expected<Key, Reason> publish_item(const Job& job, const PublishWord& word, std::string_view from,
                                        const ledger::Operator& who, db::Database& db, const Vault& vault,
                                        const Clock& clock, const Bounds& bounds);

// What items wait for now, as a run's report tells it: its resting and more_resting.
RunReport resting_now(db::Database& db, std::span<const Job* const> jobs, Time now);

} // namespace milkrun
