// What may be spent of credentials that are not the spender's own: by each tenant, and by all together. Tenants of a
// portal are invented as fast as its list is written; what they cost is not.
#pragma once

#include "job/stage.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::ledger {

struct Allowance { // UTC days and months; nullopt: no limit
  std::optional<std::int64_t> calls_per_day = {}, calls_per_month = {}, tokens_per_day = {}, tokens_per_month = {};
};
struct Budget {
  Allowance tenant = {}, all = {};
};
using Budgets = std::map<std::string, Budget, std::less<>>; // by service

// The quotas that an item of such a cost must find room in; empty where the service has no budget.
std::vector<Quota> quotas_of(const Budgets& budgets, std::string_view service, const Cost& cost, Time now);

// Whose row of `usage` a meter is: the tenant's, or the operator's for what all spend together.
TenantId owner_of(std::string_view meter, const TenantId& tenant);
// Of what was spent, what this meter counts.
std::int64_t counted(std::string_view meter, const Cost& spent);

} // namespace milkrun::ledger
