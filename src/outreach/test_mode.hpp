// Test mode: of a tenant, or of the whole installation, only a list of recipients is really written to.
#pragma once

#include "db/db.hpp"
#include "outreach/channel.hpp"

#include <optional>
#include <string>
#include <vector>

namespace milkrun::outreach {

// Where a message to the contact of the row goes: her own address; with test mode on and her not on the list, the
// address that gets what is meant for others; nullopt where there is none: it is not sent at all. "" = she has no
// address on this channel. For rows that have safe_recipients, safe_for_all, redirect_phone and redirect_email.
std::optional<std::string> recipient_of(const db::Row& row, const Channel& by);

// One sentence for each tenant, and for the installation, that is in test mode: every report shows them.
std::vector<std::string> test_mode_warnings(db::Transaction& tx, Time now);

} // namespace milkrun::outreach
