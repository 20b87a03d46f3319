// The ring: each turn takes a few rows of a tenant, so that a million rows of one delay nobody else. It begins at
// another tenant in each run, so that nobody is always the first: not for what a --limit leaves, and not at the
// destination that one item may try after its rest.
#include "run/admission.hpp"

#include "base/chance.hpp"

#include <algorithm>

namespace milkrun {
namespace {

constexpr int per_visit = 4; // rows of a tenant at its turn
constexpr int share = 3;     // visits to those that go first, then one to those behind them

} // namespace

// The look for tenants begins again; those who are in the ring keep their turn.
void Admission::begin_anew(Ring& ring) {
  ring.whole = ring.wrapped = false;
  ring.after.reset();
}

// Goes on with the look for tenants that have due rows: from where the run began to the last one, and from the first
// one to there.
void Admission::find_tenants(Turn& turn, Line& line, std::string_view stage, Rank rank) {
  Ring& ring = line.of(rank);
  ring.passed = 0;
  if (!start_) start_ = ledger::some_tenant(turn.tx, chance());
  int left = most_tenants;
  while (!ring.whole && left > 0) {
    if (!ring.after) ring.after = start_->value;
    const auto found = ledger::tenants_due(turn.tx, stage, rank, *ring.after, turn.now, left);
    for (const ledger::TenantDue& t : found) {
      ring.after = t.tenant.value;
      if (!t.due || (run_.options.tenant && t.tenant != *run_.options.tenant && t.tenant != operator_tenant)) continue;
      if (ring.known.insert(t.tenant).second) ring.tenants.push_back(t.tenant);
    }
    const bool at_end = static_cast<int>(found.size()) < left;
    left -= static_cast<int>(found.size());
    if (ring.wrapped && (at_end || *ring.after >= start_->value)) {
      begin_anew(ring);
      ring.whole = true;
    } else if (at_end) {
      ring.wrapped = true;
      ring.after = "";
    }
  }
}

bool Admission::others_wait(const TenantId& tenant) const {
  if (!load_.sole(tenant)) return true;
  const auto has_others = [&](const Ring& r) {
    return r.tenants.size() > 1 || (r.tenants.size() == 1 && r.tenants.front() != tenant);
  };
  return std::ranges::any_of(state_.lines, [&](const Line& l) { return has_others(l.first) || has_others(l.behind); });
}

int Admission::room_of(const Turn& turn, const TenantId& tenant, const Planned& planned) const {
  const auto count = [&](const std::map<TenantId, int>& of) {
    const auto found = of.find(tenant);
    return found == of.end() ? 0 : found->second;
  };
  const int has = load_.of(tenant) - count(turn.leaving) + count(planned.tenants);
  const int most = others_wait(tenant) || planned.tenants.size() > 1 ? load_.quarter() : run_.options.in_flight;
  return most - has;
}

// Those that go first, until they have had their share of visits or have nothing more; then one of those behind.
Rank Admission::next_rank(Line& line) {
  if (line.behind.spent()) return Rank::first;
  if (!line.first.spent() && ++line.ahead <= share) return Rank::first;
  line.ahead = 0;
  return Rank::behind;
}

// A few rows of the next tenant of the ring. False: it had no room, or its destination has enough.
bool Admission::visit(Turn& turn, std::size_t index, Ring& ring, Rank rank, int places, Planned& planned) {
  const Stage& stage = run_.job.stages[index];
  const TenantId tenant = ring.tenants.front();
  ring.tenants.pop_front();
  int room = std::min(per_visit, places - taken(turn));
  if (stage.work != nullptr) room = std::min(room, room_of(turn, tenant, planned));
  if (room <= 0) {
    ring.tenants.push_back(tenant);
    ++ring.passed;
    return false;
  }
  const std::vector<ledger::Candidate> rows = ledger::candidates(turn.tx, stage.name, rank, tenant, turn.now, room);
  bool some = false, stuck = false;
  for (const ledger::Candidate& row : rows) {
    if (!try_row(turn, index, row, planned)) {
      stuck = true; // until its destination gives an answer; those of another one need not wait for that
      continue;
    }
    some = true;
  }
  ring.passed = stuck ? ring.passed + 1 : 0;
  if (stuck || static_cast<int>(rows.size()) == room)
    ring.tenants.push_back(tenant);
  else
    ring.known.erase(tenant); // had no more: found again when it has
  return some;
}

bool Admission::admit_stage(Turn& turn, std::size_t index, int places, Planned& planned) {
  const Stage& stage = run_.job.stages[index];
  Line& line = state_.lines[index];
  for (const Rank rank : {Rank::first, Rank::behind}) find_tenants(turn, line, stage.name, rank);
  bool some = false;
  while ((!line.first.spent() || !line.behind.spent()) && turn.judged < (noting_ ? most_noted : most_judged) &&
         taken(turn) < places) {
    const Rank rank = next_rank(line);
    some = visit(turn, index, line.of(rank), rank, places, planned) || some;
  }
  return some;
}

} // namespace milkrun
