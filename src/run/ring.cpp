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
constexpr int per_look = 32; // rows of a tenant that are looked at in a turn behind those that are stuck
// A look past all stuck rows costs some 50 us a row, and little comes free meanwhile: the next one waits for that.
constexpr Millis rest_per_row{1};

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

// The rows behind those whose destination has enough: a slow gateway keeps no letter of its tenant from another one,
// and costs a bounded look however many rows wait for it.
bool Admission::look_past(Turn& turn, std::size_t index, const TenantId& tenant, Rank rank, Past& past, int room,
                          Planned& planned) {
  const Stage& stage = run_.job.stages[index];
  bool some = false;
  int left = per_look;
  while (room > 0 && left > 0) {
    const auto rows = ledger::candidates(turn.tx, stage.name, rank, tenant, turn.now, left, past.rows);
    const bool at_end = static_cast<int>(rows.size()) < left;
    int looked_at = 0;
    for (const ledger::Candidate& row : rows) {
      if (room == 0) break;
      ++looked_at;
      if (try_row(turn, index, row, planned)) {
        some = true;
        --room;
      } else {
        ++past.rows;
      }
    }
    left -= looked_at;
    if (at_end && looked_at == static_cast<int>(rows.size())) {
      past = {.rows = 0, .again = turn.now + past.rows * rest_per_row};
      return some;
    }
  }
  if (left == 0) looking_past_ = true;
  return some;
}

// A few rows of the next tenant of the ring. False: it had no room, or its destinations have enough.
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
  bool some = false;
  int stuck = 0; // until their destination gives an answer; those of another one need not wait for that
  for (const ledger::Candidate& row : rows) {
    if (try_row(turn, index, row, planned))
      some = true;
    else
      ++stuck;
  }
  const int gone = static_cast<int>(rows.size()) - stuck;
  if (const auto past = ring.past.find(tenant); past != ring.past.end())
    past->second.rows = std::max(0, past->second.rows - gone);
  if (stuck > 0 && gone < room) {
    Past& past = ring.past[tenant];
    past.rows = std::max(past.rows, stuck);
    if (past.again <= turn.now) some = look_past(turn, index, tenant, rank, past, room - gone, planned) || some;
  }
  ring.passed = stuck > 0 && !some ? ring.passed + 1 : 0;
  if (stuck > 0 || static_cast<int>(rows.size()) == room) {
    ring.tenants.push_back(tenant);
  } else {
    ring.known.erase(tenant); // had no more: found again when it has
    ring.past.erase(tenant);
  }
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
