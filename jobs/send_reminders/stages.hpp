// The stages of send-reminders before the outbox.
#pragma once

#include "job/stage.hpp"

namespace milkrun::send_reminders {

// plan-reminder (`reminder:ID:TURN`): one reminder of one invoice by one rule becomes a line of a message, or never
// will.
Stage plan_reminder();

// The ledger's key of a reminder that waits: a new one each time it is planned, so that it is looked at anew.
Key key_of(const std::string& reminder, std::int64_t turn);

// Gives every invoice that is new or has changed its reminders.
std::size_t discover_invoices(Discovery& d);

} // namespace milkrun::send_reminders
