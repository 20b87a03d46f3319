// The ring: a visit takes one row of a tenant, so that a million rows of one delay nobody else. Where more tenants wait
// than there are places, a tenant whose call is back goes on for some rows: over the connection that it has, and in the
// turn that counts the one before. The ring begins at another tenant in each run, so that nobody is always the first:
// not for what a --limit leaves, and not at the destination that one item may try after its rest.
#include "run/admission.hpp"

#include "base/chance.hpp"

#include <algorithm>

namespace milkrun {
namespace {

constexpr int in_place = 32;     // rows of a tenant at a visit, where they need no network
constexpr int share = 3;         // visits to those that go first, then one to those behind them
constexpr int per_look = 32;     // rows of a tenant that are looked at in a turn behind those that are stuck
constexpr int per_stay = 16;     // rows one after the other …
constexpr Millis stay_time{250}; // … that begin within
// A look past all stuck rows costs some 50 us a row, and little comes free meanwhile: the next one waits for that.
constexpr Millis rest_per_row{1};
constexpr Millis first_answers{250}; // they let more leave: what stands behind is looked at when they are late

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
  return std::ranges::any_of(lines_, [&](const Line& l) { return has_others(l.first) || has_others(l.behind); });
}

// Of this turn those that it has begun, without those that it has settled.
int Admission::under_way(const Turn& turn, const TenantId& tenant, const Planned& planned) const {
  const auto count = [&](const std::map<TenantId, int>& of) {
    const auto found = of.find(tenant);
    return found == of.end() ? 0 : found->second;
  };
  return load_.of(tenant) - count(turn.leaving) + count(planned.tenants);
}

int Admission::room_of(const Turn& turn, const TenantId& tenant, const Planned& planned) const {
  const int most = others_wait(tenant) || planned.tenants.size() > 1 ? load_.quarter() : run_.options.in_flight;
  return most - under_way(turn, tenant, planned);
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
  while (room > 0 && left > 0 && (left == per_look || !is_late())) {
    const auto rows = ledger::candidates(turn.tx, stage.name, rank, tenant, turn.now, left, past.rows);
    const bool at_end = static_cast<int>(rows.size()) < left;
    int looked_at = 0;
    for (const ledger::Candidate& row : rows) {
      if (room == 0 || (looked_at > 0 && is_late())) break;
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
  if (left == 0 || is_late()) looking_past_ = true;
  return some;
}

// Those whose calls came back have their places again, in front of the others.
void Admission::come_back(const Turn& turn, Ring& ring) {
  if (ring.stays.empty()) return;
  for (const auto& [tenant, calls] : turn.leaving) {
    const auto stay = ring.stays.find(tenant);
    if (stay == ring.stays.end() || !stay->second.out) continue;
    stay->second.out = false;
    if (stay->second.until > turn.now) {
      ring.tenants.push_front(tenant);
    } else {
      ring.tenants.push_back(tenant);
      ring.stays.erase(stay);
    }
  }
}

// A row of the tenant was admitted: whether it keeps the place for its next one. Only where it is one of many: else it
// waits for its turn in the line, and may have several calls at once.
bool Admission::stays(const Turn& turn, Ring& ring, const TenantId& tenant) const {
  const auto has = ring.stays.find(tenant);
  if (has == ring.stays.end()
          ? ring.tenants.size() + ring.stays.size() < static_cast<std::size_t>(run_.options.in_flight)
          : --has->second.left <= 0) {
    ring.stays.erase(tenant);
    return false;
  }
  if (has == ring.stays.end())
    ring.stays.emplace(tenant, Stay{.left = per_stay, .until = turn.now + stay_time, .out = true});
  else
    has->second.out = true;
  return true;
}

// The next row of the next tenant of the ring (some rows, where none of them is a call). False: it had no room, or its
// destinations have enough.
bool Admission::visit(Turn& turn, std::size_t index, Ring& ring, Rank rank, Planned& planned) {
  const Stage& stage = run_.job.stages[index];
  const TenantId tenant = ring.tenants.front();
  ring.tenants.pop_front();
  const bool calls = stage.work != nullptr;
  const int room =
      calls ? std::min(1, room_of(turn, tenant, planned)) : std::min(in_place, most_to_judge() - turn.judged);
  if (room <= 0) {
    ring.stays.erase(tenant);
    ring.tenants.push_back(tenant);
    ++ring.passed;
    return false;
  }
  auto past = ring.past.find(tenant);
  if (past != ring.past.end() && past->second.again > turn.now && !past->second.host.empty() &&
      has_enough(turn, stage, past->second.host, planned)) {
    ring.stays.erase(tenant);
    ring.tenants.push_back(tenant);
    ++ring.passed;
    return false;
  }
  std::vector<ledger::Candidate> rows;
  bool more = false;
  if (calls && !run_.wary && past == ring.past.end()) {
    Ahead::Next next = ahead_.next(turn.tx, stage.name, rank, tenant, turn.now);
    if (next.row) rows.push_back(std::move(*next.row));
    more = next.more;
  } else {
    rows = ledger::candidates(turn.tx, stage.name, rank, tenant, turn.now, room);
    more = static_cast<int>(rows.size()) == room;
  }
  const std::size_t had = turn.admitted.size();
  bool some = false;
  int stuck = 0; // until their destination gives an answer; those of another one need not wait for that
  int tried = 0;
  for (const ledger::Candidate& row : rows) {
    if (tried > 0 && is_late()) {
      more = true;
      break;
    }
    ++tried;
    if (try_row(turn, index, row, planned))
      some = true;
    else
      ++stuck;
  }
  const bool admitted = turn.admitted.size() > had; // and not put off
  const int gone = tried - stuck;
  if (past != ring.past.end()) {
    past->second.rows = std::max(0, past->second.rows - gone);
    if (stuck == 0 && past->second.rows == 0 && (past->second.at_start || past->second.again <= turn.now))
      ring.past.erase(past);
  }
  if (stuck > 0) {
    ahead_.forget(stage.name, rank, tenant);
    const auto [at, is_new] = ring.past.try_emplace(tenant);
    Past& behind = at->second;
    std::string host = enough_at_;
    if (is_new && at_start_) behind = {.again = turn.now + first_answers, .at_start = true};
    behind.rows = std::max(behind.rows, stuck);
    if (behind.again <= turn.now) some = look_past(turn, index, tenant, rank, behind, room - gone, planned) || some;
    behind.host = std::move(host);
  }
  ring.passed = stuck > 0 && !some ? ring.passed + 1 : 0;
  if (stuck == 0 && !more) {
    ring.known.erase(tenant); // had no more: found again when it has
    ring.past.erase(tenant);
    ring.stays.erase(tenant);
  } else if (!calls || !admitted || !stays(turn, ring, tenant)) {
    ring.stays.erase(tenant);
    ring.tenants.push_back(tenant);
  }
  return some;
}

// A turn that is late ends where something was done: who finds all places taken looks on, and rests when it is round.
bool Admission::admit_stage(Turn& turn, std::size_t index, int places, Planned& planned) {
  const Stage& stage = run_.job.stages[index];
  Line& line = lines_[index];
  for (const Rank rank : {Rank::first, Rank::behind}) find_tenants(turn, line, stage.name, rank);
  bool some = false;
  const auto has_place = [&] { return stage.work == nullptr || taken(turn) < places; };
  while ((!line.first.spent() || !line.behind.spent()) && turn.judged < most_to_judge() && has_place() &&
         !(some && is_late())) {
    const Rank rank = next_rank(line);
    some = visit(turn, index, line.of(rank), rank, planned) || some;
  }
  return some;
}

} // namespace milkrun
