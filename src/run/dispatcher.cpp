// The ring: each turn takes at most two rows of a tenant, so that a million rows of one delay nobody else.
#include "run/dispatcher.hpp"

#include "base/kill_point.hpp"

#include <algorithm>

namespace milkrun {
namespace {

constexpr int per_turn = 2;
constexpr std::size_t most_ended = 500; // items ended without a call in one transaction
constexpr std::chrono::seconds ring_age{1};

} // namespace

Dispatcher::Dispatcher(const RunContext& run, std::stop_token stop)
    : run_(run), stop_(std::move(stop)), cap_(std::max(1, (run.options.workers + 3) / 4)), started_(Clocks::now()),
      last_taken_(started_), next_crashed_(started_ + run.options.crashed_turn), rings_(run.job.stages.size()) {}

bool Dispatcher::over() const {
  return done_ || stop_.stop_requested() || !ended_by_.empty() ||
         (run_.options.max_runtime && Clocks::now() - started_ >= *run_.options.max_runtime) ||
         (run_.options.limit && begun_ >= *run_.options.limit);
}

std::string Dispatcher::ended_by() const {
  std::lock_guard hold(lock_);
  if (!ended_by_.empty()) return ended_by_;
  if (stop_.stop_requested()) return "stopped";
  if (run_.options.limit && begun_ >= *run_.options.limit) return "limit";
  if (run_.options.max_runtime && Clocks::now() - started_ >= *run_.options.max_runtime) return "time";
  return "finished";
}

void Dispatcher::end(std::string why) {
  std::lock_guard hold(lock_);
  if (ended_by_.empty()) ended_by_ = std::move(why);
  changed_.notify_all();
}

bool Dispatcher::fits(const Ready& r) const {
  if (alone_ || (r.alone && in_flight_ > 0)) return false;
  if (!r.alone && !ready_.empty() && ready_.front().alone) return false; // its turn: what is in flight ends first
  if (r.host.empty()) return true;
  const auto host = hosts_.find(r.host);
  return host == hosts_.end() || host->second < cap_;
}

std::optional<Ready> Dispatcher::take() {
  const auto found = std::ranges::find_if(ready_, [&](const Ready& r) { return fits(r); });
  if (found == ready_.end()) return std::nullopt;
  Ready r = std::move(*found);
  ready_.erase(found);
  ++in_flight_;
  ++begun_;
  last_taken_ = Clocks::now();
  if (!r.host.empty()) ++hosts_[r.host];
  alone_ = r.alone;
  return r;
}

void Dispatcher::finished(const Ready& r) {
  std::lock_guard hold(lock_);
  --in_flight_;
  ++finishes_;
  if (r.alone) alone_ = false;
  if (const auto t = tenants_.find(r.item.tenant); t != tenants_.end() && --t->second == 0) tenants_.erase(t);
  if (const auto h = hosts_.find(r.host); h != hosts_.end() && --h->second == 0) hosts_.erase(h);
  dry_ = false;
  changed_.notify_all();
}

std::size_t Dispatcher::fitting() const {
  return static_cast<std::size_t>(std::ranges::count_if(ready_, [&](const Ready& r) { return fits(r); }));
}

// Items that wait for a busy host do not count: they must not keep other hosts' items out. While an item of a crash
// waits for its turn or has it, nothing fits, and nothing more is claimed: it may take this run down too.
bool Dispatcher::wants_more() const {
  const bool turn_of_crashed = alone_ || (!ready_.empty() && ready_.front().alone);
  return !dry_ && !refilling_ && !turn_of_crashed && fitting() < static_cast<std::size_t>(run_.options.workers);
}

std::optional<Ready> Dispatcher::next() {
  std::unique_lock hold(lock_);
  while (!over()) {
    if (wants_more()) refill(hold);
    if (std::optional<Ready> r = take()) {
      if (!ready_.empty()) changed_.notify_one();
      return r;
    }
    if (wants_more()) continue;
    if (refilling_ || in_flight_ > 0) {
      // Woken by finished() or a refill; after a second rows that were snoozed for a moment may be due.
      if (changed_.wait_for(hold, stop_, ring_age, [&] { return over() || wants_more() || fitting() > 0; })) continue;
      if (!refilling_) dry_ = false;
      continue;
    }
    const auto until = wait_until();
    if (!until) {
      done_ = true;
      break;
    }
    changed_.wait_until(hold, stop_, *until, [&] { return over(); });
    dry_ = false;
  }
  changed_.notify_all();
  return std::nullopt;
}

// The time the next item within idle_wait is due; nullopt when there is none, and the run is finished.
std::optional<Dispatcher::Clocks::time_point> Dispatcher::wait_until() {
  std::optional<Time> next;
  const Time now = run_.now();
  run_.rooms.db.read([&](db::Transaction& tx) {
    next.reset();
    for (const Stage& s : run_.job.stages)
      if (const auto due = ledger::next_due(tx, s.name, run_.options.tenant, now); due && (!next || *due < *next))
        next = due;
  });
  if (!next || *next - now > run_.options.idle_wait) return std::nullopt;
  // A row that is due and was not claimed became so just now: it is looked for again, in a while and not for ever.
  const Millis wait = std::max(Millis(*next - now), Millis(*next <= now ? 500 : 1));
  const auto at = Clocks::now() + wait;
  if (*next <= now && at - last_taken_ > run_.options.idle_wait) return std::nullopt;
  if (run_.options.max_runtime && at - started_ >= *run_.options.max_runtime) return std::nullopt;
  return at;
}

void Dispatcher::discover_in(db::Transaction& tx, Claims& claims) {
  const Time now = run_.now();
  for (std::size_t i = 0; i < run_.job.stages.size(); ++i) {
    const Stage& stage = run_.job.stages[i];
    Ring& ring = claims.rings[i];
    if (ring.discovered || stage.discover == nullptr) continue;
    Discovery d{.tx = tx,
                .now = now,
                .only = run_.options.tenant,
                .enqueue = [&tx, now](std::string_view s, const std::string& key, const TenantId& tenant,
                                      Time due_at) { ledger::enqueue(tx, s, key, tenant, due_at, now); },
                .hasten = [&tx](std::string_view s, const std::string& key,
                                Time due_at) { ledger::hasten(tx, s, key, due_at); }};
    const std::size_t found = stage.discover(d);
    ring.discovered = found < d.chunk;
    if (found > 0) ring.refreshed.reset();
    claims.more = claims.more || !ring.discovered;
  }
}

void Dispatcher::refresh(db::Transaction& tx, Ring& ring, std::string_view stage) const {
  const std::vector<TenantId> due = ledger::tenants_due(tx, stage, run_.now());
  // Keep the turn: who was served last comes last again.
  const TenantId last = ring.tenants.empty() ? TenantId{} : ring.tenants.back();
  ring.tenants.assign(due.begin(), due.end());
  if (run_.options.tenant)
    std::erase_if(ring.tenants, [&](const TenantId& t) { return t != *run_.options.tenant && t != operator_tenant; });
  std::ranges::rotate(ring.tenants, std::ranges::upper_bound(ring.tenants, last));
  ring.refreshed = Clocks::now();
}

void Dispatcher::claim_stage(db::Transaction& tx, Claims& claims, std::size_t index, std::size_t wanted) {
  const Stage& stage = run_.job.stages[index];
  Ring& ring = claims.rings[index];
  const Time now = run_.now();
  if (!ring.refreshed || ring.tenants.empty() || Clocks::now() - *ring.refreshed > ring_age)
    refresh(tx, ring, stage.name);
  // `full` counts tenants in a row that have no room; a tenant that has nothing more leaves the ring.
  for (std::size_t full = 0;
       full < ring.tenants.size() && claims.ready.size() < wanted && claims.ended.size() < most_ended;) {
    const TenantId tenant = ring.tenants.front();
    ring.tenants.pop_front();
    const int held = claims.tenants[tenant];
    const auto last_host = ring.last_host.find(tenant);
    const int room =
        last_host != ring.last_host.end() && crowded(claims, last_host->second) ? 0 : std::min(per_turn, cap_ - held);
    if (room <= 0) {
      ring.tenants.push_back(tenant);
      ++full;
      continue;
    }
    full = 0;
    const std::vector<ledger::Claimed> claimed = ledger::claim(tx, stage.name, tenant, run_.run, now, room);
    for (const ledger::Claimed& c : claimed)
      if (std::optional<Ready> r = prepare(tx, run_, stage, c, claims.ended)) admit(tx, claims, ring, std::move(*r));
    // What waited for a crowded host may be gone by now (another run took it, its credential is parked): a tenant that
    // had nothing to claim leaves the ring, or its turn would come for ever.
    if (claimed.empty()) ring.last_host.erase(tenant);
    if (static_cast<int>(claimed.size()) == room || ring.last_host.contains(tenant)) ring.tenants.push_back(tenant);
  }
}

// Enough of this host's items are at hand: more would only wait, and keep other hosts' items out.
bool Dispatcher::crowded(const Claims& claims, const std::string& host) const {
  const auto found = claims.hosts.find(host);
  return !host.empty() && found != claims.hosts.end() && found->second >= 2 * cap_;
}

void Dispatcher::admit(db::Transaction& tx, Claims& claims, Ring& ring, Ready&& r) const {
  if (crowded(claims, r.host)) {
    ring.last_host[r.item.tenant] = r.host; // remembered, so that the next turn costs nothing
    return ledger::release(tx, r.stage->name, r.item.key, run_.run);
  }
  ring.last_host.erase(r.item.tenant);
  ++claims.tenants[r.item.tenant];
  if (!r.host.empty()) ++claims.hosts[r.host];
  claims.ready.push_back(std::move(r));
}

void Dispatcher::claim_crashed(db::Transaction& tx, Claims& claims) {
  for (const Stage& stage : run_.job.stages)
    for (const ledger::Claimed& c : ledger::claim_crashed(tx, stage.name, run_.options.tenant, run_.run, run_.now())) {
      if (std::optional<Ready> r = prepare(tx, run_, stage, c, claims.ended)) {
        ++claims.tenants[c.tenant];
        claims.ready.push_back(std::move(*r));
      }
      return;
    }
}

void Dispatcher::claim_in(db::Transaction& tx, Claims& claims, std::size_t wanted) {
  discover_in(tx, claims);
  const auto claim_stages = [&] {
    for (std::size_t i = run_.job.stages.size(); i-- > 0 && claims.ready.size() < wanted;)
      claim_stage(tx, claims, i, wanted);
  };
  const auto begun = Clocks::now();
  claim_stages();
  if (claims.ready.empty() && claims.ended.empty()) { // a ring of a moment ago does not know what was enqueued since
    for (Ring& ring : claims.rings)
      if (ring.refreshed && *ring.refreshed < begun) ring.refreshed.reset();
    claim_stages();
  }
  const bool idle = claims.ready.empty() && claims.ended.empty() && !claims.more && claims.idle;
  if (idle || claims.turn_of_crashed) claim_crashed(tx, claims);
}

Dispatcher::Claims Dispatcher::snapshot() const {
  Claims claims{.ready = {},
                .ended = {},
                .rings = rings_,
                .tenants = tenants_,
                .hosts = hosts_,
                .idle = in_flight_ == 0 && ready_.empty(),
                .turn_of_crashed = Clocks::now() >= next_crashed_,
                .more = false};
  for (const Ready& r : ready_)
    if (!r.host.empty()) ++claims.hosts[r.host];
  return claims;
}

// Claims up to twice the workers' number, never more: a crash strands few. Called with the lock held; the database is
// used without it. tenants_ only shrinks meanwhile (only refill adds), so the caps hold.
void Dispatcher::refill(std::unique_lock<std::mutex>& hold) {
  refilling_ = true;
  std::size_t wanted = 2 * static_cast<std::size_t>(run_.options.workers) - fitting();
  if (run_.options.limit)
    wanted = std::min(wanted, static_cast<std::size_t>(std::max<std::int64_t>(
                                  0, *run_.options.limit - begun_ - static_cast<std::int64_t>(ready_.size()))));
  const std::uint64_t finishes = finishes_;
  if (finishes != discovered_after_) { // an item that ended may have brought rows that are not enqueued yet
    for (Ring& ring : rings_) ring.discovered = false;
    discovered_after_ = finishes;
  }
  const Claims before = snapshot();
  Claims claims;
  hold.unlock();
  kill_point("claim.before");
  try {
    run_.rooms.db.transact([&](db::Transaction& tx) {
      claims = before;
      claim_in(tx, claims, wanted);
    });
  } catch (...) {
    hold.lock();
    refilling_ = false;
    throw;
  }
  kill_point("claim.after");
  hold.lock();
  refilling_ = false;
  rings_ = std::move(claims.rings);
  if (before.turn_of_crashed) next_crashed_ = Clocks::now() + run_.options.crashed_turn;
  // What finished meanwhile made room, or enqueued more, that this refill could not see.
  dry_ = claims.ready.empty() && claims.ended.empty() && !claims.more && finishes_ == finishes;
  for (Ready& r : claims.ready) {
    ++tenants_[r.item.tenant];
    if (r.alone)
      ready_.push_front(std::move(r));
    else
      ready_.push_back(std::move(r));
  }
  for (const Ended& e : claims.ended) run_.tally.add(e.stage, e.decision);
  changed_.notify_all();
}

void Dispatcher::release_rest() {
  std::lock_guard hold(lock_);
  if (ready_.empty()) return;
  run_.rooms.db.transact([&](db::Transaction& tx) {
    for (const Ready& r : ready_) ledger::release(tx, r.item.stage, r.item.key, run_.run);
  });
  ready_.clear();
}

} // namespace milkrun
