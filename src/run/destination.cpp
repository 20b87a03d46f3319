// What an answer means for all who call the same destination, or use the same credential.
#include "run/destination.hpp"

#include "base/zone.hpp"
#include "log/log.hpp"
#include "run/tell.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun {
namespace {

// An answer that makes sense came from there.
void recover(Turn& turn, const Flight& f, const std::string& where) {
  const std::string destination = ledger::waits_for(f.service, where);
  for (const ledger::Destination& d : turn.run.world.breakers.recover(turn.tx, f.service, where, f.item().tenant)) {
    ledger::wake_all(turn.tx, destination, turn.now);
    turn.woke = true;
    // A rest that it asked for, and of which nobody heard yet, is over without a word.
    if (d.failures == 0 && !d.told_at) continue;
    turn.recovered.push_back(fmt::format("{} is well again, after {}", destination, d.reason.text()));
  }
}

} // namespace

void note_destination(Turn& turn, const Flight& f, const Error* e, ledger::Around& around) {
  World& world = turn.run.world;
  const TenantId& tenant = f.item().tenant;
  if (e != nullptr && ledger::is_of_page(*e)) {
    around.failures = static_cast<int>(f.turn);
    // It waits alone, but the credential's settings may be what it met: their change wakes it, and a report shows it.
    if (const Credential* c = f.credential()) around.destination = waits_for(c->id);
    recover(turn, f, f.host);
    recover(turn, f, f.account);
    return;
  }
  const bool of_account = e != nullptr && !f.account.empty() && ledger::is_of_account(*e);
  const std::string& where = of_account ? f.account : f.host;
  around.destination = ledger::waits_for(f.service, where);
  if (of_account) recover(turn, f, f.host); // it answers for itself
  if (e != nullptr && ledger::is_ours(*e)) return;
  if (e != nullptr && (e->fault == Fault::outage || e->fault == Fault::uncertain)) {
    const ledger::Breakers::Failed failed = world.breakers.fail(turn.tx, f.service, where, tenant, *e, turn.now);
    around.failures = std::max(1, failed.failures);
    around.rests_until = failed.until;
    if (failed.began)
      turn.lines.emplace_back([service = f.service, where, tenant = slug_of(turn.tx, tenant.value),
                               until = zone::utc(*failed.until), seen = e->reason.text()] {
        log::warn("destination_rests",
                  {{"service", service}, {"host", where}, {"tenant", tenant}, {"until", until}, {"seen", seen}});
      });
    return;
  }
  if (f.script.answers.empty()) return;
  if (e != nullptr && std::ranges::any_of(e->parks, [](const Park& p) { return p.scope == ParkScope::host; }))
    return; // it answers, and asks to be left alone
  recover(turn, f, f.host);
  recover(turn, f, f.account);
}

void rest_what_it_says(Turn& turn, const Flight& f, const Result& result) {
  for (const ledger::Parked& p : ledger::parks_of(turn.tx, f.item(), result, f.credential(), turn.now))
    turn.run.world.park(turn.tx, p, turn.now);
  if (const ledger::HostRest asked = ledger::host_rest_of(result); asked.rest > Millis(0)) {
    const Error* e = result.outcome ? nullptr : &result.outcome.error();
    turn.run.world.breakers.rest(turn.tx, f.service, f.host, f.item().tenant,
                                 {.rest = asked.rest, .reason = asked.reason, .detail = e != nullptr ? e->detail : ""},
                                 turn.now);
  }
  const Credential* c = f.credential();
  for (const Park& p : result.lifts)
    if (const auto was = turn.run.world.lift(turn.tx, p.scope, p.id, turn.now)) {
      turn.woke = true;
      turn.recovered.push_back(fmt::format("{} is well again, after {}", ledger::name_of(*was), was->reason.text()));
    }
  if (!result.outcome || done_of(result.outcome) == nullptr || c == nullptr) return;
  if (const auto was = turn.run.world.unpark(turn.tx, c->id, turn.now); was && was->reason.mover() != Mover::nobody_)
    turn.recovered.push_back(
        fmt::format("credential {} of {} works again, after {}", c->service, c->tenant, was->reason.text()));
}

} // namespace milkrun
