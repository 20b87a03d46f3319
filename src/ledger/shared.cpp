// Parks and quota: database rows, so that all runs and processes share them.
#include "sql/shared.hpp"
#include "ledger/ledger.hpp"

#include <array>
#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

std::string_view word(ParkScope scope) {
  static constexpr std::array words{"tenant", "credential", "app", "page", "account", "sender", "host", "portal"};
  return words.at(static_cast<std::size_t>(scope));
}

// Portal work (and only it) carries the portal's id in its row.
std::string portal_of(const Item& item) {
  return item.row.has("portal_id") ? item.row.text_or_empty("portal_id") : std::string();
}

// An app or an account that has no name of its own is known by its credential.
std::string app_of(const Credential* c) { return c == nullptr ? "" : c->app.empty() ? c->id.value : c->app; }
std::string account_of(const Credential* c) {
  return c == nullptr ? "" : c->account.empty() ? c->id.value : c->account;
}

// One account that several tenants use keeps one pace.
std::string pace_key(const Pace& pace, const Credential* c) {
  return fmt::format("{}:{}", c == nullptr ? "" : c->id.value, pace.key);
}

std::string own_id(ParkScope scope, const Item& item, const Credential* credential, const std::string& host) {
  switch (scope) {
  case ParkScope::tenant: return item.tenant.value;
  case ParkScope::host: return host;
  case ParkScope::portal: return portal_of(item);
  default: return credential != nullptr ? credential->id.value : std::string();
  }
}

void put(db::Transaction& tx, const Park& p, const std::string& id, Time now) {
  if (!id.empty() && p.rest > Millis(0))
    tx.execute(sql::shared::park, {{"scope", word(p.scope)},
                                   {"id", id},
                                   {"until", now + p.rest},
                                   {"reason", p.reason.code()},
                                   {"args", p.reason.args_json()}});
}

// What was refused is no longer what would be tried: an import changed it while the call was under way.
bool changed(db::Transaction& tx, const Credential& c) {
  return tx.one(sql::shared::changed_credential, {{"id", c.id.value}, {"updated_at", c.updated_at}}).has_value();
}

} // namespace

void park(db::Transaction& tx, const Item& item, const Result& result, const Credential* credential,
          const std::string& host, Time now) {
  std::vector<Park> parks = result.parks;
  if (!result.outcome) {
    const Error& e = result.outcome.error();
    parks.insert(parks.end(), e.parks.begin(), e.parks.end());
    if (e.fault == Fault::setting && credential != nullptr && e.parks.empty() && !e.item_only)
      parks.push_back({.scope = ParkScope::credential, .id = {}, .rest = Millis(3'600'000), .reason = e.reason});
  }
  for (Park& p : parks) {
    // Only a provider that knows its host may park by a name that other tenants' credentials share.
    const bool shared_name = p.scope == ParkScope::app || p.scope == ParkScope::page || p.scope == ParkScope::account ||
                             p.scope == ParkScope::sender;
    if (shared_name && p.id.empty()) p.scope = ParkScope::credential;
    // A callback's key is refused apart from the portal's list: only portal work rests the portal.
    if (p.scope == ParkScope::portal && p.id.empty() && portal_of(item).empty()) p.scope = ParkScope::credential;
    if (p.scope == ParkScope::credential && p.id.empty() && credential != nullptr && changed(tx, *credential)) continue;
    put(tx, p, p.id.empty() ? own_id(p.scope, item, credential, host) : p.id, now);
  }
}

std::optional<Snooze> parked(db::Transaction& tx, const Item& item, const Credential* credential,
                             const std::string& host, Time now) {
  const auto row = tx.one(sql::shared::parked, {{"now", now},
                                                {"tenant", item.tenant.value},
                                                {"credential", credential != nullptr ? credential->id.value : ""},
                                                {"host", host},
                                                {"portal", portal_of(item)},
                                                {"app", app_of(credential)},
                                                {"account", account_of(credential)}});
  if (!row) return std::nullopt;
  return Snooze{row->time("until"),
                Reason("parked", {row->text("scope")}).about(Reason::stored(row->text("reason"), row->text("args")))};
}

std::optional<Snooze> paced(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential,
                            Time now) {
  std::optional<Snooze> wait;
  for (const Pace& p : pace)
    if (const auto row = tx.one(sql::shared::paced, {{"key", pace_key(p, credential)}, {"now", now}}))
      if (!wait || row->time("next") > wait->until) wait = Snooze{row->time("next"), p.reason};
  return wait;
}

void take_pace(db::Transaction& tx, const std::vector<Pace>& pace, const Credential* credential, Time now) {
  for (const Pace& p : pace)
    tx.execute(sql::shared::take_pace, {{"key", pace_key(p, credential)}, {"next", now + p.interval}});
}

std::optional<Snooze> reserve(db::Transaction& tx, const Item& item, const std::vector<Quota>& quota) {
  // An item that comes back after an uncertain try still holds its place.
  if (!tx.query(sql::shared::reservations, {{"stage", item.stage}, {"key", item.key}}).empty()) return std::nullopt;
  std::size_t taken = 0;
  std::optional<Snooze> refused;
  for (const Quota& q : quota) {
    const db::Param tenant("tenant", item.tenant.value), meter("meter", q.meter), period("period", q.period);
    tx.execute(sql::shared::open_usage, {tenant, meter, period});
    if (tx.execute(sql::shared::reserve, {tenant, meter, period, {"amount", q.amount}, {"most", db::value(q.limit)}}) ==
        0) {
      refused = Snooze{q.again, q.reason.empty() ? Reason("quota.used_up", {q.meter, q.period}) : q.reason};
      break;
    }
    tx.execute(sql::shared::insert_reservation,
               {{"stage", item.stage}, {"key", item.key}, meter, tenant, period, {"amount", q.amount}});
    ++taken;
  }
  if (refused && taken > 0) free_quota(tx, item.stage, item.key, false);
  return refused;
}

void forget_passed(db::Transaction& tx, Time now) {
  tx.execute(sql::shared::unpark_expired, {{"now", now}});
  tx.execute(sql::shared::forget_paces, {{"now", now}});
}

void free_quota(db::Transaction& tx, std::string_view stage, const std::string& key, bool used) {
  const db::Rows rows = tx.query(sql::shared::reservations, {{"stage", stage}, {"key", key}});
  for (const db::Row& r : rows)
    tx.execute(sql::shared::settle_usage, {{"tenant", r.text("tenant_id")},
                                           {"meter", r.text("meter")},
                                           {"period", r.text("period")},
                                           {"reserved", r.integer("amount")},
                                           {"used", used ? r.integer("amount") : 0}});
  if (!rows.empty()) tx.execute(sql::shared::drop_reservations, {{"stage", stage}, {"key", key}});
}

} // namespace milkrun::ledger
