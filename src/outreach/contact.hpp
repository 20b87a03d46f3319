// The person a message goes to: where her day and her hours are told.
#pragma once

#include "base/clock.hpp"
#include "db/db.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace milkrun::outreach {

// Her own zone, or else her tenant's: of what is counted over all campaigns, and of what no campaign sends. For any row
// that has contact_timezone and tenant_timezone.
const std::string& zone_of_contact(const db::Row& row);

// Her own zone, or else the campaign's, or else her tenant's: of a campaign's hours, weekdays and delays. For any row
// that has campaign_zone too.
const std::string& zone_in_campaign(const db::Row& row);

// Her language, or else her tenant's. For any row that has contact_language and tenant_language.
const std::string& language_of_contact(const db::Row& row);

// nullopt while she may be written to at t, by window_start, window_end and weekdays of the row; else the next instant
// she may. A window across midnight belongs to the day it opens on.
std::optional<Time> next_opening(const db::Row& row, Time t);

// "Ana" of "Ana María López".
std::string first_name(std::string_view name);

} // namespace milkrun::outreach
