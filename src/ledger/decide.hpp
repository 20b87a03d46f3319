// From an outcome to the item's next state: pure arithmetic, no database.
#pragma once

#include "job/stage.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::ledger {

struct Decision {
  Next next = Next::done;
  Time at;             // when it is due again; the time of the decision for final states
  bool counted = true; // false: the try that begin counted is given back
  std::string word;    // for counts: done, snoozed, cancelled, retry, discarded, uncertain, held
  Reason reason = {};
  std::string detail = {};
  bool quota_stays = false; // the reservation is kept (it may have happened)
  bool quota_used = false;  // the reservation becomes usage
};

std::string_view word(Next next); // the database's word
std::string_view word(Fault fault);

// `attempts`: counted tries including this one. `chance` in [0,1): the jitter. `look_after`: from the armed attempt.
Decision decide(const Stage& stage, const Outcome& outcome, int attempts, Time now, double chance,
                std::optional<Time> look_after);

// What a look-up for an uncertain attempt means. `absent` counts earlier look-ups that found nothing, `tries` earlier
// finished look-ups. `last`: the item has no try left; absent for good then means discarded instead of sent again.
struct Lookup {
  Decision decision;
  int absent = 0; // new value
};
Lookup decide_lookup(const Expected<Reconciled>& answer, int absent, int tries, bool last, Time now, Millis gap,
                     double chance);

// How long attempt `n` (1 = first) waits before the next.
Millis backoff(const Retry& retry, int n, double chance);

} // namespace milkrun::ledger
