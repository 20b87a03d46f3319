// The order of the questions.
#include "run/judge.hpp"

#include "http/client.hpp"

#include <algorithm>
#include <iterator>

namespace milkrun {
namespace {

Outcome as_outcome(Verdict&& v) {
  if (Snooze* s = std::get_if<Snooze>(&v)) return Outcome(std::move(*s));
  if (Cancel* c = std::get_if<Cancel>(&v)) return Outcome(std::move(*c));
  return Outcome(Done{});
}

// Who spends what is another's finds out beforehand whether there is room for the most it may come to.
void add_budget(Plan& plan, const Stage& stage, const Item& item, const Credential& c, const World& world, Time now) {
  if (c.owner == Owner::tenant || item.tenant == operator_tenant || world.budgets.empty()) return;
  const Cost cost = stage.cost != nullptr ? stage.cost(item, c) : Cost{};
  std::vector<Quota> quotas = ledger::quotas_of(world.budgets, c.service, cost, now);
  std::ranges::move(quotas, std::back_inserter(plan.quota));
}

Snooze wait_for(const ledger::Usage::Full& full, Time now) {
  const Quota& q = *full.quota;
  constexpr Millis soon{15'000};
  if (full.in_use) return {now + soon, Reason("quota.in_use", {q.meter, q.period})};
  return {q.again, q.reason.empty() ? Reason("quota.used_up", {q.meter, q.period}) : q.reason, q.waits_for};
}

bool ask_rests(db::Transaction& tx, Judged& j, const Item& item, World& world, Time now) {
  if (auto wait = world.parked(item, j.credential(), now)) {
    j.verdict = Outcome(std::move(*wait));
    return false;
  }
  if (const Credential* c = j.credential()) j.account = ledger::account_at(*c);
  for (const std::string& where : {j.host, j.account}) {
    const ledger::Breakers::Answer answer = world.breakers.ask(tx, j.service, where, item.tenant, now);
    if (answer.rest) {
      j.verdict = Outcome(Snooze{answer.rest->until, answer.rest->reason, ledger::waits_for(j.service, where)});
      j.probe = false;
      return false;
    }
    j.probe = j.probe || answer.probe;
  }
  return true;
}

} // namespace

Verdict ask_rules(const Stage& stage, const Item& item, Time now) {
  for (const Rule& rule : stage.rules) {
    Verdict v = rule.check(item, now);
    if (!std::holds_alternative<Go>(v)) return v;
  }
  return Go{};
}

Judged judge(db::Transaction& tx, const Stage& stage, const Item& item, const ledger::Candidate& row, World& world,
             Time now) {
  Judged j;
  if (item.row.empty()) {
    j.verdict = Outcome(Cancel{"row_gone"});
    return j;
  }
  j.verdict = as_outcome(ask_rules(stage, item, now));
  if (!j.yes()) return j;
  if (stage.plan != nullptr) j.plan = stage.plan(item, now);
  for (const std::string_view service : j.plan.services) {
    Expected<Credential> c = world.credential(tx, item, service);
    if (!c) {
      j.verdict = std::unexpected(std::move(c).error());
      j.service = service;
      return j;
    }
    j.service = service;
    j.host = c->host;
    add_budget(j.plan, stage, item, *c, world, now);
    j.credentials.emplace(c->service, std::move(*c));
  }
  if (j.plan.services.empty()) {
    j.service = j.plan.service;
    j.host = j.plan.host;
  }
  if (!ask_rests(tx, j, item, world, now)) return j;
  if (!j.plan.pace.empty()) {
    j.place = world.paces.ask(tx, j.plan.pace, j.credential(), row.place_at, now);
    if (j.place->at > now) {
      j.verdict = Outcome(Snooze{j.place->at, j.place->reason});
      return j;
    }
  }
  // An item that comes back after an uncertain try still holds its place in the quota.
  if (row.reserved.empty())
    if (const auto full = world.usage.full(tx, item.tenant, j.plan.quota)) {
      j.verdict = Outcome(wait_for(full, now));
      j.place.reset();
    }
  return j;
}

Judged judge_lookup(db::Transaction& tx, const Item& item, const ledger::Candidate& row, World& world, Time now) {
  Judged j;
  j.host = row.host;
  if (row.credential) {
    // One that is gone, changed or cannot be opened leaves the question open: the look-up then says so.
    Expected<Credential> c = world.again(tx, item.tenant, *row.credential, row.host);
    if (c) {
      j.service = c->service;
      j.credentials.emplace(c->service, std::move(*c));
    } else {
      j.unopened = std::move(c).error();
    }
  }
  ask_rests(tx, j, item, world, now);
  return j;
}

} // namespace milkrun
