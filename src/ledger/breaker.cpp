// The breaker's arithmetic and its table.
#include "ledger/breaker.hpp"

#include "base/text.hpp"
#include "ledger/parks.hpp"
#include "sql/breaker.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

constexpr int patience = 5;                              // failures in a row before it rests
constexpr int most_lost = 8;                             // in a row, of all tenants: calls that may have happened
constexpr std::array<int, 6> rests{1, 2, 5, 15, 30, 60}; // minutes
constexpr Millis longest{3'600'000};
constexpr Millis probe_time{120'000}; // nobody else tries it meanwhile
constexpr int most_asked = 50;        // tenants that may go first

Millis rest_of(int step) {
  return std::chrono::minutes(
      rests.at(static_cast<std::size_t>(std::clamp(step, 0, static_cast<int>(rests.size()) - 1))));
}

} // namespace

std::string waits_for(std::string_view service, std::string_view host) { return fmt::format("{} {}", service, host); }

std::string account_at(const Credential& c) { return fmt::format("{}#{}", c.host, account_of(&c)); }

bool is_of_account(const Error& e) {
  return e.fault == Fault::outage &&
         std::ranges::any_of(e.parks, [](const Park& p) { return p.scope == ParkScope::credential; });
}

bool is_of_page(const Error& e) {
  return e.fault == Fault::outage &&
         std::ranges::any_of(e.parks, [](const Park& p) { return p.scope == ParkScope::page && p.rest <= Millis(0); });
}

bool is_ours(const Error& e) {
  return e.fault == Fault::aborted || e.reason.is("network.stopped") || e.reason.is("run.died_after_sending");
}

Destination destination_of(const db::Row& r) {
  return {.service = r.text("service"),
          .host = r.text("host"),
          .tenant = r.text("tenant_id"),
          .failures = static_cast<int>(r.integer("failures")),
          .step = static_cast<int>(r.integer("step")),
          .until = r.time("until"),
          .probe_until = r.time("probe_until"),
          .since = r.time("since"),
          .reason = Reason::stored(r.text("reason"), r.text("args")),
          .detail = r.text("detail"),
          .told_at = r.maybe_time("told_at"),
          .seen_by = r.text("seen_by")};
}

void Breakers::refresh(db::Transaction& tx) {
  rows_.clear();
  for (const db::Row& r : tx.query(sql::breaker::every)) {
    Destination d = destination_of(r);
    Id id{d.service, d.host, d.tenant};
    rows_.emplace(std::move(id), std::move(d));
  }
}

const Destination* Breakers::find(const std::string& service, const std::string& host,
                                  const std::string& tenant) const {
  if (rows_.empty()) return nullptr;
  const auto found = rows_.find({service, host, tenant});
  return found == rows_.end() ? nullptr : &found->second;
}

const Destination* Breakers::rest_of_all(const std::string& service, const std::string& host) const {
  const Destination* all = find(service, host, "");
  return all != nullptr && all->step > 0 ? all : nullptr; // else it counts what was lost
}

// His, as it stands, or none yet.
Destination Breakers::own(const std::string& service, const std::string& host, const TenantId& tenant, Time now) const {
  if (const Destination* has = find(service, host, tenant.value)) return *has;
  Destination d;
  d.service = service;
  d.host = host;
  d.tenant = tenant.value;
  d.since = now;
  return d;
}

// A rest that is over for long says nothing of today, and one beside which others are well nothing of the host.
bool Breakers::another_rests(const Destination& own, Time now) const {
  for (auto at = rows_.lower_bound({own.service, own.host, ""}); at != rows_.end(); ++at) {
    const Destination& d = at->second;
    if (d.service != own.service || d.host != own.host) return false;
    if (d.tenant != own.tenant && d.step > 0 && now - d.until < longest && (d.tenant.empty() || d.seen_by.empty()))
      return true;
  }
  return false;
}

// The rest of all is over: who failed there goes behind others that wait, or he would take every probe.
bool Breakers::lets_others_first(db::Transaction& tx, const Destination& all, const Destination* own,
                                 const TenantId& tenant, Time now) const {
  const bool last = all.seen_by == tenant.value, troubled = own != nullptr && own->step > 0;
  if ((!last && !troubled) || now - all.until >= longest) return false;
  const db::Rows waiting = tx.query(
      sql::breaker::who_waits,
      {{"waits_for", waits_for(all.service, all.host)}, {"tenant", tenant.value}, {"now", now}, {"limit", most_asked}});
  return std::ranges::any_of(waiting, [&](const db::Row& r) {
    const Destination* theirs = find(all.service, all.host, r.text("tenant_id"));
    return last || theirs == nullptr || theirs->step == 0;
  });
}

Breakers::Answer Breakers::ask(db::Transaction& tx, const std::string& service, const std::string& host,
                               const TenantId& tenant, Time now) const {
  Answer answer;
  if (host.empty() || rows_.empty()) return answer;
  const auto rest = [&](const Destination& d, Time until) {
    return Answer{.rest = Rest{until, Reason("destination.rests", {waits_for(service, host)}).about(d.reason)}};
  };
  const Destination *all = find(service, host, ""), *his = find(service, host, tenant.value);
  for (const Destination* d : {all, his}) {
    if (d == nullptr || d->step == 0) continue;
    if (d->until > now) return rest(*d, d->until);
    answer.probe = true;
  }
  if (all != nullptr && all->step > 0 && lets_others_first(tx, *all, his, tenant, now))
    return rest(*all, now + probe_time);
  return answer;
}

void Breakers::probe(db::Transaction& tx, const std::string& service, const std::string& host, const TenantId& tenant,
                     Time now) {
  for (const std::string& whose : {std::string(), tenant.value})
    if (const Destination* d = find(service, host, whose); d != nullptr && d->step > 0) {
      Destination tried = *d;
      tried.until = tried.probe_until = now + probe_time;
      put(tx, tried);
    }
}

// A second tenant met it too: it rests for all.
void Breakers::widen(db::Transaction& tx, const Destination& own, Time now) {
  if (own.step == 0 || own.tenant.empty() || !own.seen_by.empty() || !another_rests(own, now)) return;
  Destination all = own;
  all.tenant.clear();
  all.seen_by = own.tenant;
  put(tx, all);
}

// A crowd of tenants with a call each would lose them all before one has failed five times: what was lost is counted
// beside. A tenant's own trouble is not enough, since no more of his counts than makes it rest for him.
void Breakers::count_lost(db::Transaction& tx, const Destination& own, Time now) {
  if (own.failures > patience || !own.seen_by.empty() || rest_of_all(own.service, own.host) != nullptr) return;
  const Destination* counted = find(own.service, own.host, "");
  Destination all = counted != nullptr ? *counted : this->own(own.service, own.host, {}, now);
  ++all.failures;
  all.reason = own.reason;
  all.detail = own.detail;
  all.seen_by = own.tenant;
  if (all.failures >= most_lost) {
    all.step = 1;
    all.until = now + rest_of(0);
  }
  put(tx, all);
}

bool Breakers::lift(db::Transaction& tx, const std::string& service, const std::string& host, const TenantId& tenant,
                    Time now) {
  bool any = false;
  for (const std::string& whose : {std::string(), tenant.value})
    if (const Destination* d = find(service, host, whose);
        d != nullptr && d->step > 0 && d->until > now && d->until != d->probe_until) {
      Destination awake = *d;
      awake.until = now;
      put(tx, awake);
      any = true;
    }
  return any;
}

Breakers::Failed Breakers::fail(db::Transaction& tx, const std::string& service, const std::string& host,
                                const TenantId& tenant, const Error& seen, Time now) {
  if (host.empty()) return {};
  const Destination* shared = rest_of_all(service, host);
  const auto probed = [&](const Destination& d) { return now >= d.until || d.until == d.probe_until; };
  // His word alone keeps nobody else away twice running: from now on it rests for him, and another may try it.
  if (shared != nullptr && shared->seen_by == tenant.value && probed(*shared)) {
    Destination open = *shared;
    open.until = now;
    open.probe_until = from_ms(0);
    put(tx, open);
    shared = nullptr;
  }
  Destination d = shared != nullptr ? *shared : own(service, host, tenant, now);
  ++d.failures;
  d.reason = seen.reason;
  d.detail = text::clip(seen.detail, 500);
  Failed failed{.failures = d.failures, .until = {}, .began = false};
  // Calls that were on their way when the rest began say nothing new; only after it does a failure lengthen the next.
  if (d.failures >= patience && probed(d)) {
    const Millis asked = std::min(seen.retry_after.value_or(Millis(0)), longest);
    d.until = now + std::max(rest_of(d.step), asked);
    failed.began = d.step == 0;
    ++d.step;
    d.probe_until = from_ms(0);
    if (d.tenant.empty()) d.seen_by = tenant.value;
  }
  put(tx, d);
  if (d.until > now) failed.until = d.until;
  if (rest_of_all(service, host) != nullptr) return failed;
  widen(tx, d, now);
  if (seen.fault == Fault::uncertain) count_lost(tx, d, now);
  if (const Destination* all = rest_of_all(service, host); all != nullptr && !failed.until) {
    failed.until = all->until;
    failed.began = true;
  }
  return failed;
}

void Breakers::rest(db::Transaction& tx, const std::string& service, const std::string& host, const TenantId& tenant,
                    const Asked& asked, Time now) {
  if (host.empty() || asked.rest <= Millis(0)) return;
  Destination d = own(service, host, tenant, now);
  d.until = std::max(d.until, now + std::min(asked.rest, longest));
  d.step = std::max(d.step, 1);
  d.probe_until = from_ms(0);
  d.reason = asked.reason;
  d.detail = text::clip(asked.detail, 500);
  put(tx, d);
  widen(tx, d, now);
}

std::vector<Destination> Breakers::recover(db::Transaction& tx, const std::string& service, const std::string& host,
                                           const TenantId& tenant) {
  std::vector<Destination> out;
  if (rows_.empty() || host.empty()) return out;
  for (const std::string& whose : {std::string(), tenant.value}) {
    const auto found = rows_.find({service, host, whose});
    if (found == rows_.end()) continue;
    if (found->second.step > 0) out.push_back(found->second);
    tx.execute(sql::breaker::drop, {{"service", service}, {"host", host}, {"tenant", whose}});
    rows_.erase(found);
    bump(tx, "rests");
  }
  std::vector<Destination> alone;
  for (auto at = rows_.lower_bound({service, host, ""}); at != rows_.end(); ++at) {
    const Destination& d = at->second;
    if (d.service != service || d.host != host) break;
    if (d.step > 0 && d.seen_by.empty()) alone.push_back(d);
  }
  for (Destination& d : alone) {
    d.seen_by = tenant.value;
    put(tx, d);
  }
  return out;
}

std::vector<Destination> Breakers::all() const {
  std::vector<Destination> out;
  for (const auto& [id, d] : rows_) out.push_back(d);
  return out;
}

void Breakers::put(db::Transaction& tx, const Destination& d) {
  tx.execute(sql::breaker::put, {{"service", d.service},
                                 {"host", d.host},
                                 {"tenant", d.tenant},
                                 {"failures", d.failures},
                                 {"step", d.step},
                                 {"until", d.until},
                                 {"probe_until", d.probe_until},
                                 {"since", d.since},
                                 {"reason", d.reason.code()},
                                 {"args", d.reason.args_json()},
                                 {"detail", d.detail},
                                 {"seen_by", d.seen_by}});
  rows_.insert_or_assign(Id{d.service, d.host, d.tenant}, d);
  bump(tx, "rests");
}

void Breakers::told(db::Transaction& tx, const Destination& d, Time now) {
  tx.execute(sql::breaker::told, {{"service", d.service}, {"host", d.host}, {"tenant", d.tenant}, {"now", now}});
}

void Breakers::forget(db::Transaction& tx, Time now) {
  tx.execute(sql::breaker::forget, {{"before", now - Millis(48LL * 3'600'000)}});
}

} // namespace milkrun::ledger
