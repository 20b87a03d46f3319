// From an outcome to the item's next state: pure arithmetic, no database.
#pragma once

#include "job/stage.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::ledger {

struct Decision {
  Next next = Next::done;
  Time at{};           // when it is due again; the time of the decision for final states
  bool counted = true; // false: the try that the admission counted is given back
  std::string word;    // for counts: done, snoozed, cancelled, retry, waiting, discarded, uncertain, held
  Reason reason = {};
  std::string detail = {};
  std::string waits_for = {}; // what makes it due earlier (Snooze::waits_for)
  bool quota_stays = false;   // what it reserved is kept (it may have happened)
  bool quota_used = false;    // what it reserved becomes usage
};

std::string_view word(Next next); // the database's word
std::string_view word(Fault fault);
std::string_view word(Owner owner);

// An item that ends or is given to a person, with the words that go with it.
Decision ends(Next next, Time now, Reason reason, std::string detail = {});

// What the attempt's world says beside its outcome.
struct Around {
  int attempts = 1;                     // counted tries including this one
  double chance = 0.5;                  // the jitter, in [0, 1)
  std::optional<Time> look_after = {};  // of the armed call
  int failures = 1;                     // of the destination, in a row, this one included; of a page: the item's turns
  std::optional<Time> rests_until = {}; // the destination rests
  std::string destination = {};         // "SERVICE HOST": what brings a waiting item back
  std::string credential = {};          // "credential ID": what brings back an item that waits for a setting
};
Decision decide(const Stage& stage, const Outcome& outcome, Time now, const Around& around);

// What a look-up for an uncertain attempt means. `absent` counts earlier look-ups that found nothing, `lookups` those
// that could not tell. `wait`: so long after it is known that nothing happened; no number of lost answers ends an item.
struct Lookup {
  Decision decision;
  int absent = 0, lookups = 0; // new values
};
struct LookingUp {
  int absent = 0, lookups = 0;
  Millis wait{0};            // before the next try, once it is known that the last one did not happen
  std::optional<Time> since; // when the first look-up was possible
  Millis gap{600'000};       // between two that found nothing
};
Lookup decide_lookup(const Expected<Reconciled>& answer, const LookingUp& so_far, Time now, const Around& around);

// How long attempt `n` (1 = first) waits before the next.
Millis backoff(const Retry& retry, int n, double chance);

} // namespace milkrun::ledger
