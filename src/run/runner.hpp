// One run of one job, top to bottom. Knows no job and no provider by name.
#pragma once

#include "credentials/vault.hpp"
#include "http/net.hpp"
#include "job/stage.hpp"
#include "ledger/budget.hpp"
#include "run/report.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace milkrun {

struct RunOptions {
  int in_flight = 256;     // items on their way at once, 1 to 10,000; a tenant gets a quarter while others wait
  int compute_threads = 2; // 0: everything on the calling thread (the simulator)
  std::optional<std::int64_t> limit = {}; // admit at most this many items
  std::optional<TenantId> tenant = {};    // only this tenant's items (and the operator's)
  std::optional<Millis> max_runtime = {}; // after it no new item is admitted
  Millis lease{60'000};              // a run on another machine, or a stopped one, whose heartbeat is older is dead
  Millis reconcile_gap{600'000};     // between two look-ups that found nothing
  Millis idle_wait{30'000};          // items due within this are waited for
  Millis suspects_turn{60'000};      // a run that is never idle makes room this often for what was in a crash
  ledger::Budgets budgets = {};      // what tenants may spend of the platform's own credentials
  bool alone = true;                 // refuse to start beside a live run of the same job (tests prove it safe without)
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

// What an operator may say of an item. held: resend, drop, arrived. Others: retry (what ended, or waits).
enum class Word { resend, drop, arrived, retry };
// False: the item is not in a state that the word fits; nothing changed. Its stage is told of an end.
bool decide_item(const Job& job, std::string_view stage, const Key& key, const TenantId& tenant, Word word,
                 db::Database& db, const Vault& vault, const Clock& clock);

// An operator decides one of the job's claims: the job writes the verdict and what follows, in one transaction. False:
// it was decided before.
bool decide_claim(const Job& job, const OperatorWord& word, db::Database& db, const Vault& vault, const Clock& clock);

} // namespace milkrun
