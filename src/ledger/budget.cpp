// Budgets as quotas.
#include "ledger/budget.hpp"

#include "base/zone.hpp"

#include <fmt/format.h>

namespace milkrun::ledger {
namespace {

constexpr std::string_view of_all = "platform ", calls = " calls", tokens = " tokens";

} // namespace

std::vector<Quota> quotas_of(const Budgets& budgets, std::string_view service, const Cost& cost, Time now) {
  std::vector<Quota> out;
  const auto found = budgets.find(service);
  if (found == budgets.end()) return out;
  const std::string day = zone::local_date("UTC", now), month = zone::utc_month(now);
  const Time tomorrow = zone::slot_at("UTC", zone::Frequency::daily, now).end, next_month = zone::next_utc_month(now);
  const auto add = [&](const Allowance& may, bool all) {
    const auto one = [&](std::string_view unit, const std::string& period, Time again, std::int64_t amount,
                         const std::optional<std::int64_t>& limit) {
      if (!limit || amount <= 0) return;
      std::string meter = fmt::format("{}{}{}", all ? of_all : "", service, unit);
      Reason full = all ? Reason("quota.budget", {meter, period}) : Reason("quota.share", {meter, period});
      out.push_back({.meter = std::move(meter),
                     .period = period,
                     .amount = amount,
                     .limit = limit,
                     .again = again,
                     .reason = std::move(full),
                     .waits_for = {},
                     .estimate = true});
    };
    one(calls, day, tomorrow, cost.calls, may.calls_per_day);
    one(calls, month, next_month, cost.calls, may.calls_per_month);
    one(tokens, day, tomorrow, cost.tokens, may.tokens_per_day);
    one(tokens, month, next_month, cost.tokens, may.tokens_per_month);
  };
  add(found->second.tenant, false);
  add(found->second.all, true);
  return out;
}

TenantId owner_of(std::string_view meter, const TenantId& tenant) {
  return meter.starts_with(of_all) ? operator_tenant : tenant;
}

std::int64_t counted(std::string_view meter, const Cost& spent) {
  return meter.ends_with(tokens) ? spent.tokens : spent.calls;
}

} // namespace milkrun::ledger
