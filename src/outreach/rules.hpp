// The reminder rules that ship, for tenants that have invoices and no rules of their own.
#pragma once

#include "base/id.hpp"
#include "db/db.hpp"

namespace milkrun::outreach {

// Three days before, on the due date, the day after, a week after; each at 10:00, in the texts that ship. A tenant with
// rules of its own loses them. True when the tenant's rules changed.
bool ship_rules(db::Transaction& tx, const TenantId& tenant, Time now);

} // namespace milkrun::outreach
