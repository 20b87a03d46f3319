// The tenant list as the portal sends it. Private to this folder.
#pragma once

#include "providers/portal/portal.hpp"

#include <nlohmann/json.hpp>

namespace milkrun::portal {

// Sorts the rows of a JSON array into tenants and problems. Unknown fields are ignored, missing ones have defaults,
// older names are known.
TenantList read_tenants(const nlohmann::json& list);

} // namespace milkrun::portal
