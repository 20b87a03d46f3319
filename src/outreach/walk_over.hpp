// Whether somebody walks through a drip no longer, whatever its next step asks. Pure.
#pragma once

#include "base/reason.hpp"
#include "db/db.hpp"

#include <optional>

namespace milkrun::outreach {

// Why her walk is over: the campaign has ended, she opted out, answered, or has the tag that it was for. Asked when a
// step is planned, and again when its message is sent.
//
// For rows that have campaign_status, exit_on_opt_out, exit_on_reply, goal_tag, tags (JSON), wrote_at, started_at (of
// the walk), opted_out_whatsapp, opted_out_email (1: she wants no more).
std::optional<Reason> walk_is_over(const db::Row& row);

} // namespace milkrun::outreach
