// Booking quota.
#include "ledger/quota.hpp"

#include "ledger/budget.hpp"
#include "sql/quota.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace milkrun::ledger {
namespace {

constexpr std::size_t eight = 8;
constexpr std::size_t most_counts = 50'000; // counts in memory; contacts have some of their own

} // namespace

Usage::Count& Usage::count(db::Transaction& tx, const TenantId& tenant, const std::string& meter,
                           const std::string& period) {
  Id id{tenant.value, meter, period};
  if (const auto found = counts_.find(id); found != counts_.end()) return found->second;
  Count c;
  if (const auto row = tx.one(sql::quota::usage, {{"tenant", tenant.value}, {"meter", meter}, {"period", period}}))
    c = {.used = row->integer("used"), .reserved = row->integer("reserved"), .dirty = false};
  return counts_.emplace(std::move(id), c).first->second;
}

void Usage::touch(Count& c, const Id& id) {
  if (c.dirty) return;
  c.dirty = true;
  dirty_.push_back(id);
}

Usage::Full Usage::full(db::Transaction& tx, const TenantId& tenant, const std::vector<Quota>& quota) {
  Full out;
  for (const Quota& q : quota) {
    if (!q.limit) continue;
    const Count& c = count(tx, owner_of(q.meter, tenant), q.meter, q.period);
    if (c.used + c.reserved + q.amount <= *q.limit) continue;
    const bool in_use = q.estimate && c.used + q.amount <= *q.limit;
    if (!in_use) return {&q, false}; // the longest wait decides
    out = {&q, true};
  }
  return out;
}

std::vector<Reserved> Usage::reserve(db::Transaction& tx, const TenantId& tenant, const std::vector<Quota>& quota) {
  std::vector<Reserved> out;
  for (const Quota& q : quota) {
    out.push_back({q.meter, q.period, q.amount, q.limit.has_value(), q.estimate});
    if (!q.limit) continue;
    const TenantId whose = owner_of(q.meter, tenant);
    Count& c = count(tx, whose, q.meter, q.period);
    c.reserved += q.amount;
    touch(c, {whose.value, q.meter, q.period});
  }
  return out;
}

void Usage::settle(db::Transaction& tx, const TenantId& tenant, const std::vector<Reserved>& reserved, bool used,
                   const std::optional<Cost>& spent) {
  for (const Reserved& r : reserved) {
    const std::int64_t amount = r.estimate ? (spent ? counted(r.meter, *spent) : r.amount) : used ? r.amount : 0;
    if (!r.limited && amount == 0) continue;
    const TenantId whose = owner_of(r.meter, tenant);
    Count& c = count(tx, whose, r.meter, r.period);
    if (r.limited) c.reserved = std::max<std::int64_t>(0, c.reserved - r.amount);
    c.used += amount;
    touch(c, {whose.value, r.meter, r.period});
  }
}

void Usage::book(db::Transaction& tx, const TenantId& tenant, const std::string& meter, const std::string& period,
                 std::int64_t amount) {
  Count& c = count(tx, tenant, meter, period);
  c.used += amount;
  touch(c, {tenant.value, meter, period});
}

void Usage::flush(db::Transaction& tx) {
  std::span<const Id> left(dirty_);
  for (; left.size() >= eight; left = left.subspan(eight)) put_eight(tx, left.first(eight));
  for (const Id& id : left) {
    const Count& c = counts_.at(id);
    tx.execute(sql::quota::put, {{"tenant", std::get<0>(id)},
                                 {"meter", std::get<1>(id)},
                                 {"period", std::get<2>(id)},
                                 {"used", c.used},
                                 {"reserved", c.reserved}});
  }
  for (const Id& id : dirty_) counts_.at(id).dirty = false;
  dirty_.clear();
  if (counts_.size() > most_counts) counts_.clear();
}

void Usage::put_eight(db::Transaction& tx, std::span<const Id> ids) {
  static constexpr std::array<std::array<std::string_view, 5>, eight> names{
      {{"tenant1", "meter1", "period1", "used1", "reserved1"},
       {"tenant2", "meter2", "period2", "used2", "reserved2"},
       {"tenant3", "meter3", "period3", "used3", "reserved3"},
       {"tenant4", "meter4", "period4", "used4", "reserved4"},
       {"tenant5", "meter5", "period5", "used5", "reserved5"},
       {"tenant6", "meter6", "period6", "used6", "reserved6"},
       {"tenant7", "meter7", "period7", "used7", "reserved7"},
       {"tenant8", "meter8", "period8", "used8", "reserved8"}}};
  std::vector<db::Param> params;
  params.reserve(5 * eight);
  for (std::size_t i = 0; i < eight; ++i) {
    const auto& [tenant, meter, period, used, reserved] = names[i];
    const Count& c = counts_.at(ids[i]);
    params.emplace_back(tenant, std::get<0>(ids[i]));
    params.emplace_back(meter, std::get<1>(ids[i]));
    params.emplace_back(period, std::get<2>(ids[i]));
    params.emplace_back(used, c.used);
    params.emplace_back(reserved, c.reserved);
  }
  tx.execute(sql::quota::put_eight, params);
}

void Usage::forget() {
  counts_.clear();
  dirty_.clear();
}

} // namespace milkrun::ledger
