// One run of one job, top to bottom: the order of the rooms and nothing else. Knows no job and no provider by name.
#pragma once

#include "credentials/vault.hpp"
#include "job/stage.hpp"
#include "run/report.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace milkrun {

struct RunOptions {
  int workers = 16;                  // 1 = a plain loop in the calling thread
  std::optional<std::int64_t> limit; // begin at most this many items
  std::optional<TenantId> tenant;    // only this tenant's items (and the operator's)
  std::optional<Millis> max_runtime; // after it no new item is begun
  Millis lease{60'000};              // a run whose heartbeat is older is dead
  Millis reconcile_gap{600'000};     // between two look-ups that found nothing
  Millis idle_wait{30'000};          // items due within this are waited for
  Millis crashed_turn{60'000};       // a run that is never idle makes room this often for an item that was in a crash
};

// Everything a run needs from outside, made by main.
struct Rooms {
  db::Database& db;
  const Vault& vault;
  http::Client& http;
  const Clock& clock;
  const JobSettings& settings;
  std::string runs_file; // path of the lock file in which live runs hold one byte each; "" = none (tests)
};

// Works until nothing is due and nothing is in flight, `stop` is requested, or max_runtime is over; items in hand are
// finished. Throws db::DatabaseError or std::logic_error when the machine is broken or the program has a bug.
RunReport run(const Job& job, const RunOptions& options, const Rooms& rooms, std::stop_token stop);

// What a run would do now, from the rows already stored: discover, load, plan, gate and begin's checks in one
// transaction that is rolled back. Opens no socket.
RunReport dry_run(const Job& job, const RunOptions& options, db::Database& db, const Vault& vault, const Clock& clock);

// An operator gives a held item up: it is cancelled and its stage told, in one transaction. False: it is not held.
bool drop_held(const Job& job, std::string_view stage, const std::string& key, const TenantId& tenant,
               const Rooms& rooms);

// An operator decides one of the job's claims: the job writes the verdict and what follows, in one transaction. False:
// it was decided before.
bool decide_claim(const Job& job, const OperatorWord& word, const Rooms& rooms);

} // namespace milkrun
