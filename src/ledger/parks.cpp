// Which parks an answer asks for, and the table of them.
#include "ledger/parks.hpp"

#include "base/text.hpp"
#include "sql/parks.hpp"

#include <algorithm>
#include <array>

namespace milkrun::ledger {
namespace {

constexpr Millis hour{3'600'000};
constexpr Millis day{24 * 3'600'000};
constexpr int hourly = 24; // a setting that waits is looked at hourly for a day, then daily
constexpr std::array<std::string_view, 9> words{"tenant", "credential", "app",    "page",    "account",
                                                "sender", "host",       "portal", "template"};

ParkScope scope_of(std::string_view w) { return static_cast<ParkScope>(std::ranges::find(words, w) - words.begin()); }

std::string own_id(ParkScope scope, const Item& item, const Credential* credential) {
  switch (scope) {
  case ParkScope::tenant: return item.tenant.value;
  case ParkScope::portal: return portal_of(item);
  default: return credential != nullptr ? credential->id.value : std::string();
  }
}

// What rests for a tenant alone has the tenant behind its name.
std::string row_id(const Parked& p) { return p.of_tenant ? p.id + " " + p.tenant : p.id; }

// Only a provider that knows its host may park by a name that other tenants' credentials share.
bool shared_name(ParkScope s) {
  return s == ParkScope::app || s == ParkScope::page || s == ParkScope::account || s == ParkScope::sender;
}

// Tenants use the platform's credentials beside one another.
bool is_shared(ParkScope scope, const Credential* c) {
  return shared_name(scope) || (scope == ParkScope::credential && c != nullptr && c->owner != Owner::tenant);
}

bool is_of_tenant(ParkScope scope, const Credential* c, const Item& item) {
  return is_shared(scope, c) && item.tenant != operator_tenant;
}

// What was refused rests an hour, and a day once it was refused for a day.
Millis full_rest_of(db::Transaction& tx, const Parked& p) {
  const auto row = tx.one(sql::parks::one, {{"scope", word(p.scope)}, {"id", row_id(p)}});
  return row && row->integer("times") >= hourly ? day : hour;
}

// Who met it is due at its end; those that only waited are let go a moment before him, and try it first: what one item
// wakes by its own text keeps the others away once, not for good.
Millis rest_of(db::Transaction& tx, const Parked& p) { return full_rest_of(tx, p) - Millis(1'000); }

Parked own_park(const Credential& c, const Item& item) {
  Parked p;
  p.id = c.id.value;
  p.tenant = item.tenant.value;
  p.of_tenant = is_of_tenant(ParkScope::credential, &c, item);
  return p;
}

} // namespace

std::string_view word(ParkScope scope) { return words.at(static_cast<std::size_t>(scope)); }

// A template's id begins with its owner's.
std::string name_of(const Parked& p) {
  const std::string_view id = p.id;
  return std::string(word(p.scope)) + " " +
         std::string(p.scope == ParkScope::template_ ? id.substr(std::min(id.find(' ') + 1, id.size())) : id);
}

// Portal work (and only it) carries the portal's id in its row.
std::string portal_of(const Item& item) {
  return item.row.has("portal_id") ? item.row.text_or_empty("portal_id") : std::string();
}

std::string app_of(const Credential* c) { return c == nullptr ? "" : c->app.empty() ? c->id.value : c->app; }

std::string account_of(const Credential* c) {
  return c == nullptr ? "" : c->account.empty() ? c->id.value : c->account;
}

bool changed(db::Transaction& tx, const Credential& c) {
  return tx.one(sql::parks::changed_credential, {{"id", c.id.value}, {"updated_at", c.updated_at}}).has_value();
}

std::string waits_for_template(const std::string& id) { return "template " + id; }

Parked parked_of(const db::Row& r) {
  std::string id = r.text("id");
  const bool of_tenant = !r.text("tenant_id").empty() && id.ends_with(" " + r.text("tenant_id"));
  if (of_tenant) id.resize(id.size() - r.text("tenant_id").size() - 1);
  return {.scope = scope_of(r.text("scope")),
          .id = std::move(id),
          .until = r.time("until"),
          .reason = Reason::stored(r.text("reason"), r.text("args")),
          .detail = r.text("detail"),
          .tenant = r.text("tenant_id"),
          .of_tenant = of_tenant,
          .since = r.time("since"),
          .times = static_cast<int>(r.integer("times")),
          .told_at = r.maybe_time("told_at")};
}

std::vector<Parked> parks(db::Transaction& tx) {
  std::vector<Parked> out;
  for (const db::Row& r : tx.query(sql::parks::every)) out.push_back(parked_of(r));
  return out;
}

std::vector<Parked> parks_of(db::Transaction& tx, const Item& item, const Result& result, const Credential* credential,
                             Time now) {
  std::vector<Park> asked = result.parks;
  std::string detail;
  if (!result.outcome) {
    const Error& e = result.outcome.error();
    detail = e.detail;
    asked.insert(asked.end(), e.parks.begin(), e.parks.end());
    if (e.fault == Fault::setting && !e.item_only && credential != nullptr && e.parks.empty())
      asked.push_back({.scope = ParkScope::credential,
                       .id = {},
                       .rest = rest_of(tx, own_park(*credential, item)),
                       .reason = e.reason});
  }
  std::vector<Parked> out;
  for (Park& p : asked) {
    if (p.scope == ParkScope::host) continue;
    if (shared_name(p.scope) && p.id.empty()) p.scope = ParkScope::credential;
    // A callback's key is refused apart from the portal's list: only portal work rests the portal.
    if (p.scope == ParkScope::portal && p.id.empty() && portal_of(item).empty()) p.scope = ParkScope::credential;
    if (p.scope == ParkScope::credential && p.id.empty() && credential != nullptr && changed(tx, *credential)) continue;
    const std::string id = p.id.empty() ? own_id(p.scope, item, credential) : p.id;
    if (id.empty() || p.rest <= Millis(0)) continue;
    if (p.scope == ParkScope::template_) {
      Parked stored;
      stored.scope = p.scope;
      stored.id = id;
      p.rest = std::max(p.rest, full_rest_of(tx, stored));
    }
    out.push_back({.scope = p.scope,
                   .id = id,
                   .until = now + p.rest,
                   .reason = p.reason,
                   .detail = detail,
                   .tenant = item.tenant.value,
                   .of_tenant = is_of_tenant(p.scope, credential, item),
                   .since = now,
                   .times = 1,
                   .told_at = {}});
  }
  return out;
}

HostRest host_rest_of(const Result& result) {
  HostRest out;
  const auto add = [&](const std::vector<Park>& parks) {
    for (const Park& p : parks)
      if (p.scope == ParkScope::host && p.rest > out.rest) out = {p.rest, p.reason};
  };
  add(result.parks);
  if (!result.outcome) add(result.outcome.error().parks);
  return out;
}

namespace {

Parked put_one(db::Transaction& tx, const Parked& p, Time now) {
  tx.execute(sql::parks::park, {{"scope", word(p.scope)},
                                {"id", row_id(p)},
                                {"until", p.until},
                                {"reason", p.reason.code()},
                                {"args", p.reason.args_json()},
                                {"detail", text::clip(p.detail, 500)},
                                {"tenant", p.tenant},
                                {"now", now}});
  bump(tx, "rests");
  return parked_of(tx.one(sql::parks::one, {{"scope", word(p.scope)}, {"id", row_id(p)}}).value());
}

} // namespace

std::vector<Parked> put(db::Transaction& tx, const Parked& p, Time now) {
  std::vector<Parked> out{put_one(tx, p, now)};
  if (!p.of_tenant ||
      tx.query(sql::parks::another, {{"scope", word(p.scope)}, {"id", p.id}, {"mine", row_id(p)}, {"now", now}})
          .empty())
    return out;
  Parked all = p;
  all.of_tenant = false;
  out.push_back(put_one(tx, all, now));
  return out;
}

void unpark(db::Transaction& tx, ParkScope scope, const std::string& id) {
  if (tx.execute(sql::parks::unpark, {{"scope", word(scope)}, {"id", id}}) > 0) bump(tx, "rests");
}

void told(db::Transaction& tx, const Parked& p, Time now) {
  tx.execute(sql::parks::told, {{"scope", word(p.scope)}, {"id", row_id(p)}, {"now", now}});
}

void forget_parks(db::Transaction& tx, Time now) { tx.execute(sql::parks::forget, {{"before", now - 2 * day}}); }

Revisions revisions(db::Transaction& tx) {
  Revisions out;
  for (const db::Row& r : tx.query(sql::parks::revisions))
    (r.text("name") == "credentials" ? out.credentials : out.rests) = r.integer("n");
  return out;
}

void bump(db::Transaction& tx, std::string_view name) { tx.execute(sql::parks::bump, {{"name", name}}); }

} // namespace milkrun::ledger
