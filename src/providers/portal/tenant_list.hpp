// The tenant list as the portal sends it. Private to this folder.
#pragma once

#include "providers/portal/portal.hpp"

namespace milkrun::portal {

// Sorts the rows of a JSON array into tenants and problems. Unknown fields are ignored, missing ones have defaults,
// older names are known. Read as a stream: only one row is ever a tree. Errors: outage "portal.answer_not_list" (also
// for a list that breaks off: whoever is missing would be taken for gone), "portal.list_too_long".
Expected<TenantList> read_tenants(std::string_view body);

} // namespace milkrun::portal
