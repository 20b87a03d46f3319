// The person a message goes to: where her day and her hours are told.
#pragma once

#include "base/zone.hpp"
#include "db/db.hpp"

#include <string>

namespace milkrun::outreach {

// Her own zone, or else her tenant's. For any row that has contact_timezone and tenant_timezone.
const std::string& zone_of_contact(const db::Row& row);

// The hours she may be written to in, from window_start and window_end.
zone::Window hours_of(const db::Row& row);

} // namespace milkrun::outreach
