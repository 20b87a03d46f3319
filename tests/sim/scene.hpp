// What a simulated world is about: its jobs, its tenants and items, the services they call, and what must hold.
#pragma once

#include "credentials/vault.hpp"
#include "run/runner.hpp"
#include "sim/database.hpp"
#include "sim/remote.hpp"

#include <string>
#include <vector>

namespace milkrun::sim {

// What everything in one seed's world hangs on.
struct Stand {
  Dice dice;
  Clock clock;
  Trace trace;
  Findings findings;
  db::Sqlite& real;
  const Vault& vault;
  Remote remote;

  Stand(std::uint64_t seed, Time start, bool tell, db::Sqlite& database, const Vault& opens, Service service)
      : dice(seed), clock(start), trace(tell), real(database), vault(opens),
        remote(dice, clock, trace, std::move(service)) {}
};

class Scene {
public:
  virtual ~Scene() = default;
  virtual const std::vector<Job>& jobs() const = 0;
  virtual Served serve(const http::Request&, const std::string& tenant, const Remote&) = 0;
  virtual void set_up(Stand&) = 0;
  // Somebody outside does something between two runs: new items, a new password, consent withdrawn, an operator's word.
  virtual void meddle(Stand&) = 0;
  // Everything that only people can mend is mended.
  virtual void mend(Stand&) = 0;
  // An operator decides each held item.
  virtual void decide_held(Stand&) = 0;
  // Looks at each request that leaves: what must be in the ledger by now?
  virtual void leaving(Stand&, const http::Request&) {}
  // What a transaction is about to make true, beside what judge.hpp asks of the ledger: nothing may be used above its
  // limit at any moment.
  virtual void judge_commit(Stand&, db::Transaction&) {}
  // Invariants beside those of the ledger (judge.hpp). `at_rest`: all has ended.
  virtual void judge(Stand&, bool at_rest) = 0;
};

} // namespace milkrun::sim
