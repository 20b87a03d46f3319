// Putting rows into the ledger and taking due ones out of it.
#include "ledger/ledger.hpp"
#include "sql/ledger.hpp"

namespace milkrun::ledger {
namespace {

std::vector<Claimed> claimed(const db::Rows& rows) {
  std::vector<Claimed> out;
  for (const db::Row& r : rows) {
    Claimed c{.key = r.text("key"),
              .tenant = {r.text("tenant_id")},
              .attempts = static_cast<int>(r.integer("attempts")),
              .crashes = static_cast<int>(r.integer("crashes")),
              .absent = static_cast<int>(r.integer("absent")),
              .uncertain = {}};
    if (const auto attempt = r.maybe_text("uncertain_attempt")) c.uncertain = AttemptId{*attempt};
    out.push_back(std::move(c));
  }
  return out;
}

std::string only_or_any(const std::optional<TenantId>& only) { return only ? only->value : std::string(); }

} // namespace

void enqueue(db::Transaction& tx, std::string_view stage, const std::string& key, const TenantId& tenant, Time due_at,
             Time now) {
  tx.execute(sql::ledger::enqueue,
             {{"stage", stage}, {"key", key}, {"tenant", tenant.value}, {"due_at", due_at}, {"now", now}});
}

void hasten(db::Transaction& tx, std::string_view stage, const std::string& key, Time due_at) {
  tx.execute(sql::ledger::hasten, {{"stage", stage}, {"key", key}, {"due_at", due_at}});
}

void wake(db::Transaction& tx, std::string_view stage, const TenantId& tenant, const Reason& reason, Time now) {
  tx.execute(sql::ledger::wake, {{"stage", stage},
                                 {"tenant", tenant.value},
                                 {"reason", reason.code()},
                                 {"args", reason.args_json()},
                                 {"now", now}});
}

std::vector<TenantId> tenants_due(db::Transaction& tx, std::string_view stage, Time now) {
  std::vector<TenantId> out;
  for (const db::Row& r : tx.query(sql::ledger::tenants_due, {{"stage", stage}, {"now", now}}))
    out.push_back({r.text("tenant_id")});
  return out;
}

std::optional<Time> next_due(db::Transaction& tx, std::string_view stage, const std::optional<TenantId>& only,
                             Time now) {
  const auto row = tx.one(sql::ledger::next_due, {{"stage", stage}, {"only", only_or_any(only)}, {"now", now}});
  return row ? row->maybe_time("due_at") : std::nullopt;
}

std::vector<Claimed> claim(db::Transaction& tx, std::string_view stage, const TenantId& tenant, const RunId& run,
                           Time now, int limit) {
  return claimed(
      tx.query(sql::ledger::claim,
               {{"stage", stage}, {"tenant", tenant.value}, {"run", run.value}, {"now", now}, {"limit", limit}}));
}

std::vector<Claimed> claim_crashed(db::Transaction& tx, std::string_view stage, const std::optional<TenantId>& only,
                                   const RunId& run, Time now) {
  return claimed(tx.query(sql::ledger::claim_crashed,
                          {{"stage", stage}, {"only", only_or_any(only)}, {"run", run.value}, {"now", now}}));
}

void release(db::Transaction& tx, std::string_view stage, const std::string& key, const RunId& run) {
  tx.execute(sql::ledger::release, {{"stage", stage}, {"key", key}, {"run", run.value}});
}

} // namespace milkrun::ledger
