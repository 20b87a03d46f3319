// May this item be admitted now? One function, asked by the run, the dry run and `items retry`. Private to src/run.
#pragma once

#include "run/world.hpp"

namespace milkrun {

// What the answer was made from, and what booking it needs.
struct Judged {
  Outcome verdict = Outcome(Done{}); // Done: yes. Snooze, Cancel or an Error: no
  Plan plan = {};
  Credentials credentials = {};
  std::string service = {}, host = {};       // the destination it will call
  std::string account = {};                  // and the account there: ledger::account_at; "" without a credential
  bool probe = false;                        // it is the one that tries a destination after a rest
  std::optional<Error> unopened = {};        // of a look-up: why the credential of its attempt cannot be used
  std::optional<ledger::Paces::Place> place; // a pace gave it this place; take it when the verdict is written

  bool yes() const { return verdict && std::holds_alternative<Done>(*verdict); }
  const Credential* credential() const { return credentials.empty() ? nullptr : &credentials.begin()->second; }
};

// Rules of the gate, credential, parks, destination, pace, quota, in this order; the first that is against it decides.
// `row`: the candidate, whose item has its row loaded. Changes nothing: book() does. May throw what a stage's rule or
// plan throws.
Judged judge(db::Transaction& tx, const Stage& stage, const Item& item, const ledger::Candidate& row, World& world,
             Time now);
// The same for an item that is to be looked up: only its own credential and the rests are asked.
Judged judge_lookup(db::Transaction& tx, const Item& item, const ledger::Candidate& row, World& world, Time now);

// What the stage's rules have against the item, or Go.
Verdict ask_rules(const Stage& stage, const Item& item, Time now);

} // namespace milkrun
