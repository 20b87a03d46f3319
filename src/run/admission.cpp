// What is looked at in a turn, and how an item leaves.
#include "run/admission.hpp"

#include "base/kill_point.hpp"
#include "log/log.hpp"

#include <algorithm>
#include <utility>

namespace milkrun {

Admission::Admission(const RunContext& run, const Load& load) : run_(run), load_(load) {
  lines_.resize(run.job.stages.size());
  state_.discovered.resize(run.job.stages.size());
  state_.next_suspects = run.now() + run.options.suspects_turn;
  before_ = state_;
}

void Admission::begin_again() {
  state_ = before_;
  if (!std::exchange(touched_, false)) return;
  for (Line& line : lines_) line = {};
  ahead_.forget();
  dry_ = plans_dry_ = false;
}

void Admission::applied(const Turn& turn) {
  for (std::size_t i = 0; i < run_.job.stages.size(); ++i) {
    Line& line = lines_[i];
    for (const auto& [stage, tenant, rank] : turn.fresh) {
      if (stage != run_.job.stages[i].name ||
          (run_.options.tenant && tenant != *run_.options.tenant && tenant != operator_tenant))
        continue;
      if (line.of(rank).known.insert(tenant).second)
        line.of(rank).tenants.push_back(tenant);
      else
        ahead_.grown(run_.job.stages[i].name, rank, tenant);
    }
    if (!turn.woke) continue;
    for (Ring* ring : line.rings()) begin_anew(*ring);
  }
  if (turn.woke) ahead_.forget();
  if (!touched_) // nothing was admitted in it
    for (Line& line : lines_)
      for (Ring* ring : line.rings()) come_back(turn, *ring);
  admitted_ += static_cast<std::int64_t>(turn.admitted.size());
  notes_.clear();
  noted_ = touched_ = false;
  before_ = state_;
}

bool Admission::plans() const {
  return !run_.wary && std::ranges::any_of(run_.job.stages, [](const Stage& s) { return s.work == nullptr; });
}

bool Admission::stale() const {
  // Where nothing may be admitted before something comes back, time alone asks for no turn.
  if (state_.suspects_out || (run_.options.limit && admitted_ >= *run_.options.limit)) return false;
  return run_.now() - state_.refreshed >= ring_age;
}

void Admission::find_anew() {
  for (Line& line : lines_)
    for (Ring* ring : line.rings()) {
      ring->whole = false;
      for (const auto& [tenant, stay] : ring->stays)
        if (stay.out) ring->tenants.push_back(tenant);
      ring->stays.clear();
    }
  ahead_.forget();
}

bool Admission::whole() const { return std::ranges::all_of(lines_, &Line::whole); }

// True: rows may have become due.
bool Admission::wake_more(Turn& turn) {
  if (!state_.waking) return false;
  state_.waking = ledger::wake_more(turn.tx, turn.now);
  if (state_.waking) find_anew();
  return state_.waking;
}

bool Admission::discover(Turn& turn) {
  bool more = false;
  for (std::size_t i = 0; i < run_.job.stages.size(); ++i) {
    const Stage& stage = run_.job.stages[i];
    Discovered& found = state_.discovered[i];
    if (found.whole || stage.discover == nullptr) continue;
    found.whole = true;
    const auto look = [&] {
      Discovery d{.tx = turn.tx,
                  .now = turn.now,
                  .only = run_.options.tenant,
                  .chunk = chunk,
                  .enqueue =
                      [&turn](std::string_view s, const Key& key, const TenantId& tenant, Time due_at, Rank rank) {
                        ledger::enqueue(turn.tx, s, key, tenant, due_at, rank, turn.now);
                        if (due_at <= turn.now) turn.fresh.emplace(std::string(s), tenant, rank);
                      },
                  .hasten =
                      [&turn](std::string_view s, const Key& key, Time due_at) {
                        ledger::hasten(turn.tx, s, key, due_at);
                        turn.woke = true;
                      }};
      d.guard = [&](const TenantId& tenant, const Discovery::Row& row, const Discovery::PutOff& put_off) {
        guarded(turn, {.stage = stage.name, .tenant = &tenant}, row, [&](const Bug& bug) {
          put_off(turn.now + mend_time);
          if (found.buggy.insert(tenant).second)
            turn.tally.add(stage.name, tenant, wait_for_mend(turn.now, stage, bug));
        });
      };
      found.whole = stage.discover(d) < d.chunk;
    };
    // A bug that one row wakes costs its tenant that row for an hour; one of the statement itself costs the stage its
    // new rows.
    guarded(turn, {.stage = stage.name}, look,
            [&](const Bug& bug) { turn.tally.add(stage.name, operator_tenant, wait_for_mend(turn.now, stage, bug)); });
    more = more || !found.whole;
  }
  return more;
}

namespace {

// One that is gone, or of another host now, can tell nothing any more: a person decides. Another (a wrong master key)
// is waited for.
Looked lookup_without_credential(Error e) {
  if (e.reason.is("credential.gone") || e.reason.is("credential.moved")) e.fault = Fault::permanent;
  return std::unexpected(std::move(e));
}

} // namespace

void Admission::begin(Turn& turn, const Stage& stage, Item item, const ledger::Candidate& row, Judged judged,
                      Planned& planned) {
  kill_point("admit.before");
  World& world = run_.world;
  auto flight = std::make_unique<Flight>();
  Flight& f = *flight;
  f.script = {.stage = &stage,
              .item = std::move(item),
              .credentials = std::move(judged.credentials),
              .looking_up = row.uncertain,
              .answers = {},
              .begun = turn.now};
  f.row = row;
  f.turn = row.turn + 1;
  f.service = std::move(judged.service);
  f.host = std::move(judged.host);
  f.account = std::move(judged.account);
  f.reserved = row.reserved;
  if (row.uncertain) {
    if (judged.unopened) f.end = Step(lookup_without_credential(std::move(*judged.unopened)));
  } else {
    if (f.reserved.empty()) f.reserved = world.usage.reserve(turn.tx, f.item().tenant, judged.plan.quota);
    if (judged.place) world.paces.take(turn.tx, judged.plan.pace, f.credential(), *judged.place, turn.now);
  }
  if (judged.probe)
    for (const std::string& where : {f.host, f.account})
      world.breakers.probe(turn.tx, f.service, where, f.item().tenant, turn.now);
  // What kills the process inside the transaction leaves no trace of itself. After a crash it is admitted first.
  if (stage.light && !run_.wary && row.crashes == 0 && !f.end) {
    Step first = step(f.script, run_.rooms.settings);
    if (Wanted* wanted = std::get_if<Wanted>(&first))
      f.next = std::move(*wanted);
    else
      f.end = std::move(first);
  }
  if (f.wants_arm()) {
    kill_point("arm.before");
    f.armed_at = turn.now;
    f.look_after = turn.now + 2 * f.next->request.timeout;
  }
  const bool ours = ledger::take(turn.tx, stage.name, row,
                                 {.run = run_.run,
                                  .credential = f.credential(),
                                  .host = f.host,
                                  .counted = !row.uncertain,
                                  .armed_until = f.look_after,
                                  .reserved = f.reserved},
                                 turn.now);
  if (!ours) throw std::logic_error("a row that was read in this transaction was taken meanwhile");
  ++planned.tenants[f.item().tenant];
  if (!f.host.empty()) ++planned.hosts[f.host];
  turn.admitted.push_back(std::move(flight));
}

bool Admission::has_enough(const Turn& turn, const Stage& stage, const std::string& host, const Planned& planned) {
  const auto there = planned.hosts.find(host);
  const int more = there == planned.hosts.end() ? 0 : there->second;
  at_start_ = load_.full_at_start(host, stage, more);
  return at_start_ || turn.failing.contains(host) || load_.full(host, more);
}

// False: the row stays as it is for now, its destination has enough.
bool Admission::admit_row(Turn& turn, const Stage& stage, const ledger::Candidate& row, Planned& planned) {
  ++turn.judged;
  bool admitted = true;
  enough_at_.clear();
  at_start_ = false;
  const auto body = [&] {
    Item item{.stage = std::string(stage.name),
              .key = row.key,
              .tenant = row.tenant,
              .attempt = row.attempts + 1,
              .row = load_row(turn.tx, stage, row.key)};
    if (row.uncertain && stage.work != nullptr) {
      Judged j = judge_lookup(turn.tx, item, row, run_.world, turn.now);
      if (!j.yes()) return settle_in_place(turn, stage, item, row, j);
      return begin(turn, stage, std::move(item), row, std::move(j), planned);
    }
    // One in flight learns what the next ones of its tenant need (a sign-in): they do not all find out for themselves.
    if (item.row.has("one_learns") && item.row.flag("one_learns") && under_way(turn, row.tenant, planned) > 0) {
      admitted = false;
      return;
    }
    Judged j = judge(turn.tx, stage, item, row, run_.world, turn.now);
    if (!j.yes() || stage.work == nullptr) return settle_in_place(turn, stage, item, row, j);
    if (has_enough(turn, stage, j.host, planned)) {
      enough_at_ = j.host;
      admitted = false;
      return;
    }
    begin(turn, stage, std::move(item), row, std::move(j), planned);
  };
  const std::size_t had = turn.admitted.size();
  guarded(turn, {.stage = stage.name, .key = &row.key, .tenant = &row.tenant}, body, [&](const Bug& bug) {
    turn.admitted.resize(had);
    ledger::Decision d = wait_for_mend(turn.now, stage, bug);
    if (row.uncertain) d.next = Next::uncertain;
    d.quota_stays = true;
    ledger::put_off(turn.tx, stage.name, row, d, std::nullopt, turn.now);
    turn.tally.add(stage.name, row.tenant, d);
  });
  return admitted;
}

int Admission::within_limit(int places) const {
  if (!run_.options.limit) return places;
  return static_cast<int>(std::clamp<std::int64_t>(*run_.options.limit - admitted_, 0, places));
}

void Admission::admit(Turn& turn, int places) {
  places = within_limit(places);
  state_.suspects_out = state_.suspects_out && load_.in_flight() > 0;
  looking_past_ = false;
  touched_ = true;
  if (const std::int64_t version = run_.world.version(); version != std::exchange(seen_, version)) ahead_.forget();
  for (Line& line : lines_)
    for (Ring* ring : line.rings()) come_back(turn, *ring);
  Planned planned;
  if ((places <= 0 && !plans()) || state_.suspects_out) {
    if (has_noted()) admit_noted(turn, false, planned);
    dry_ = plans_dry_ = true; // until something comes back
    return;
  }
  if (turn.now - state_.refreshed >= ring_age) {
    state_.refreshed = turn.now;
    if (!run_.wary) find_anew(); // else the notes have looked
    state_.ended = true;
    state_.waking = true;
  }
  if (state_.ended) // an item that ended may have brought rows that are not enqueued yet
    for (Discovered& found : state_.discovered) found.whole = false;
  state_.ended = false;
  const bool more = wake_more(turn) | discover(turn);
  begin_looking();
  const bool some = run_.wary ? admit_noted(turn, true, planned) : look(turn, places, more, planned);
  // Tenants and hosts that have all they may have do not count: what comes back asks for another look.
  dry_ = state_.draining || (!some && !more && turn.fresh.empty() && !turn.woke && whole() && !looking_past_);
}

} // namespace milkrun
